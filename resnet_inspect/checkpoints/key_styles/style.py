"""One project's way of naming weights."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from resnet_inspect.checkpoints.key_styles.patterns import Case, Dictionary


@dataclass(frozen=True)
class KeyStyle:
    """How a project names a ResNet's modules.

    Attributes:
        name: a word for machines: ``transformers``.
        title: whose names these are, for people.
        first: what the first convolution of the first block is called: the mark by which the style is found.
        body: the modules of stem and stages.
        heads: those of the classifier, which may stand beside the rest.
        placement: which convolution strides in nets with such names, as far as is known, with its source.
        within: what the body usually stands behind, its classifier beside it; empty where it is nothing particular.
        needs: a module without which it is not this style; empty where the mark is enough.
    """

    name: str
    title: str
    first: str
    body: tuple[Case, ...]
    heads: tuple[Case, ...]
    placement: str
    within: str = ""
    needs: str = ""

    @functools.cached_property
    def body_names(self) -> Dictionary:
        """Their modules -> ours."""
        return Dictionary(self.body)

    @functools.cached_property
    def head_names(self) -> Dictionary:
        """Their classifiers -> ours."""
        return Dictionary(self.heads)

    @functools.cached_property
    def head_depth(self) -> int:
        """Parts of the longest name of a classifier, by its dots; 0 where none has one."""
        return max((case.theirs.count(".") + 1 for case in self.heads), default=0)

    @functools.cached_property
    def block_names(self) -> Dictionary:
        """Their blocks -> ours, where a block is a module of its own."""
        blocks = {_block(case.theirs): _block(case.ours) for case in self.body}
        return Dictionary([(theirs, ours) for theirs, ours in blocks.items() if theirs and ours])

    @functools.cached_property
    def block_depth(self) -> int:
        """Parts of the name of a block, by its dots; 0 where no block is a module of its own."""
        return max(_block(case.theirs).count(".") + 1 if _block(case.theirs) else 0 for case in self.body)


def _block(pattern: str) -> str:
    """``layer{stage:1}.{block:0}`` of ``layer{stage:1}.{block:0}.conv{layer:1}``; empty where it names no block."""
    stage, found, _ = pattern.partition("{block:0}.")
    return stage + found.removesuffix(".")
