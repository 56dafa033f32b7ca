"""Sort tensors by stem, stages and blocks, and require those that every network has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape

Shapes: TypeAlias = Mapping[str, Shape]

FOLDED = "folded into the convolutions, which have biases"

MAX_STAGES = 16
"""Stages that a config can have."""

_NOTHING = (0, 0, 0, 0)
_IN_A_BLOCK = re.compile(r"(?:layer([0-9]{1,6})|stages\.([0-9]{1,6})\.blocks)\.([0-9]{1,6})\.(.+)")


@dataclass(slots=True)
class BlockTensors:
    """The tensors of a block: name within the block -> shape."""

    tensors: dict[str, Shape] = field(default_factory=dict)

    def filters(self, number: int) -> Shape:
        """Return the shape of a convolution of the main branch, counted from 1; zeros if it is missing."""
        return four(self.tensors.get(f"conv{number}.weight"))

    @property
    def is_whole(self) -> bool:
        """``True`` if it has both convolutions that every block has."""
        return self.filters(1) != _NOTHING and self.filters(2) != _NOTHING

    @property
    def kind(self) -> str:
        """``bottleneck`` if it has a third convolution, else ``basic``."""
        return "bottleneck" if "conv3.weight" in self.tensors else "basic"

    @property
    def out_channels(self) -> int:
        """Channels of its last convolution."""
        return self.filters(3 if self.kind == "bottleneck" else 2)[0]

    @property
    def in_channels(self) -> int:
        """Channels that its first convolution reads."""
        return self.filters(1)[1]

    @property
    def projection(self) -> Shape | None:
        """Shape of the convolution on its shortcut; ``None`` if there is none."""
        for name in ("downsample.0.weight", "downsample.1.weight", "downsample.conv.weight"):
            if len(shape := self.tensors.get(name, ())) == 4:
                return shape
        return None

    @property
    def pooled_projection(self) -> bool:
        """``True`` if a layer without weights precedes that convolution."""
        return len(self.tensors.get("downsample.1.weight", ())) == 4


@dataclass(frozen=True, slots=True)
class Layout:
    """A network's tensors, sorted by stages and blocks.

    Attributes:
        preact: ``True`` if the names are those of a pre-activation network.
        stages: the blocks of each stage, both up to the first gap in their numbers.
        outside: the tensors of stem and head, by their full names.
    """

    preact: bool
    stages: tuple[tuple[BlockTensors, ...], ...]
    outside: Shapes

    def stem(self, name: str) -> Shape:
        """Return the shape of a convolution of the stem; zeros if it is missing."""
        return four(self.outside.get(f"{name}.weight"))

    def require_stem(self) -> None:
        """Require that the first convolution is among the tensors.

        Raises:
            RequestError: if it is missing.
        """
        firsts = ("stem.conv", "stem.conv1") if self.preact else ("conv1", "conv1.0")
        if not any(f"{first}.weight" in self.outside for first in firsts):
            names = " or ".join(f"{first}.weight" for first in firsts)
            raise RequestError(
                f"the weights have a ResNet's blocks, but no first convolution ({names}): the stem is missing, or is "
                "of another kind"
            )

    def require_same_blocks(self) -> None:
        """Require that all blocks of a stage have a third convolution, or none of them.

        Raises:
            RequestError: if they differ, which no config describes.
        """
        for number, stage in enumerate(self.stages, start=1):
            kinds = [block.kind for block in stage]
            if len(set(kinds)) > 1:
                without = kinds.index("basic") + 1
                raise RequestError(
                    "the weights have a ResNet's names, but no config describes them: the blocks of a stage are alike, "
                    f"and in stage {number} block {without} has no conv3, block {kinds.index('bottleneck') + 1} has one"
                )

    @property
    def without_norms(self) -> str:
        """The reason why no block has a normalisation with weights, in words; empty if one has."""
        blocks = [block.tensors for stage in self.stages for block in stage]
        if any(name.startswith(("bn", "norm")) for tensors in blocks for name in tensors):
            return ""
        folded = all("conv1.bias" in tensors for tensors in blocks)
        return FOLDED if folded else "it has no parameters, as InstanceNorm by default, or there is none"


def four(shape: Shape | None) -> Shape:
    """Return the shape of a 2-D convolution unchanged, and zeros for any other."""
    return shape if shape is not None and len(shape) == 4 else _NOTHING


def place_in_block(name: str) -> tuple[int, int, str] | None:
    """Return stage and block of a tensor, counted from 0, and its name in the block; ``None`` outside of blocks."""
    found = _IN_A_BLOCK.fullmatch(name)
    if found is None:
        return None
    return int(found[1]) - 1 if found[1] else int(found[2]), int(found[3]), found[4]


def layout(shapes: Shapes) -> Layout:
    """Sort tensors by stage and block, without those after a gap or of blocks that lack convolutions."""
    blocks: dict[tuple[int, int], BlockTensors] = {}
    outside: dict[str, Shape] = {}
    preact = False
    for name, shape in shapes.items():
        place = place_in_block(name)
        if place is None:
            outside[name] = shape
            continue
        preact = preact or name.startswith("stages")
        stage, block, inner = place
        blocks.setdefault((stage, block), BlockTensors()).tensors[inner] = shape
    return Layout(preact, _without_gaps(blocks), outside)


def _without_gaps(blocks: Mapping[tuple[int, int], BlockTensors]) -> tuple[tuple[BlockTensors, ...], ...]:
    stages: list[tuple[BlockTensors, ...]] = []
    for stage in range(MAX_STAGES):
        found: list[BlockTensors] = []
        while (block := blocks.get((stage, len(found)))) and block.is_whole:
            found.append(block)
        if not found:
            break
        stages.append(tuple(found))
    return tuple(stages)
