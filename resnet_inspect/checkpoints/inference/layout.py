"""Our names and shapes -> stem, stages and blocks, as far as they are there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from resnet_inspect.shapes import Shape

Shapes: TypeAlias = Mapping[str, Shape]

MAX_STAGES = 16
"""As many as a config can have."""

_NOTHING = (0, 0, 0, 0)
_IN_A_BLOCK = re.compile(r"(?:layer([0-9]{1,2})|stages\.([0-9]{1,2})\.blocks)\.([0-9]{1,5})\.(.+)")


@dataclass(slots=True)
class Block:
    """What one block holds: name below the block -> shape."""

    tensors: dict[str, Shape] = field(default_factory=dict)

    def filters(self, number: int) -> Shape:
        """Shape of a convolution of its main branch, counted from 1, or of any layer: four numbers, 0 for unknown."""
        return four(self.tensors.get(f"conv{number}.weight"))

    @property
    def is_whole(self) -> bool:
        """Whether it has the convolutions that every block has."""
        return self.filters(1) != _NOTHING and self.filters(2) != _NOTHING

    @property
    def kind(self) -> str:
        """Basic, or bottleneck with its third convolution."""
        return "bottleneck" if "conv3.weight" in self.tensors else "basic"

    @property
    def out_channels(self) -> int:
        """Channels of its last convolution."""
        return self.filters(3 if self.kind == "bottleneck" else 2)[0]

    @property
    def in_channels(self) -> int:
        """Channels that it reads."""
        return self.filters(1)[1]

    @property
    def projection(self) -> Shape | None:
        """Shape of the convolution on its shortcut, if there is one."""
        for name in ("downsample.0.weight", "downsample.1.weight", "downsample.conv.weight"):
            if len(shape := self.tensors.get(name, ())) == 4:
                return shape
        return None

    @property
    def pooled_projection(self) -> bool:
        """Whether something without weights stands before that convolution."""
        return len(self.tensors.get("downsample.1.weight", ())) == 4


@dataclass(frozen=True, slots=True)
class Layout:
    """A network's tensors, sorted by where they are.

    Attributes:
        preact: whether the names are those of a pre-activation net.
        stages: the blocks of each stage; both without gaps.
        outside: the tensors of stem and head, by their whole names.
    """

    preact: bool
    stages: tuple[tuple[Block, ...], ...]
    outside: Shapes

    def stem(self, name: str) -> Shape:
        """Shape of a convolution of the stem; four numbers, 0 for unknown."""
        return four(self.outside.get(f"{name}.weight"))


def four(shape: Shape | None) -> Shape:
    """A convolution's shape as it is; zeros for anything else."""
    return shape if shape is not None and len(shape) == 4 else _NOTHING


def layout(shapes: Shapes) -> Layout:
    """Sort tensors by stage and block; those behind a gap, and of blocks without convolutions, are left out."""
    blocks: dict[tuple[int, int], Block] = {}
    outside: dict[str, Shape] = {}
    preact = False
    for name, shape in shapes.items():
        place = _IN_A_BLOCK.fullmatch(name)
        if place is None:
            outside[name] = shape
            continue
        preact = preact or place[1] is None
        stage = int(place[1]) - 1 if place[1] else int(place[2])
        blocks.setdefault((stage, int(place[3])), Block()).tensors[place[4]] = shape
    return Layout(preact, _without_gaps(blocks), outside)


def _without_gaps(blocks: Mapping[tuple[int, int], Block]) -> tuple[tuple[Block, ...], ...]:
    stages: list[tuple[Block, ...]] = []
    for stage in range(MAX_STAGES):
        found: list[Block] = []
        while (block := blocks.get((stage, len(found)))) and block.is_whole:
            found.append(block)
        if not found:
            break
        stages.append(tuple(found))
    return tuple(stages)
