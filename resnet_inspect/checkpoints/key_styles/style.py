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
    """

    name: str
    title: str
    first: str
    body: tuple[Case, ...]
    heads: tuple[Case, ...]
    placement: str

    @functools.cached_property
    def body_names(self) -> Dictionary:
        """Their modules -> ours."""
        return Dictionary(self.body)

    @functools.cached_property
    def head_names(self) -> Dictionary:
        """Their classifiers -> ours."""
        return Dictionary(self.heads)
