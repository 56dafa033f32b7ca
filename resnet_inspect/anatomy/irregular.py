"""Sentences about networks that are not a sequence of blocks."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from resnet_inspect.anatomy.records import Anatomy, Block


def irregularities(anatomy: Anatomy) -> Iterator[str]:
    """Describe parallel blocks, layers that run several times, and additions that do not end a block."""
    for before, block in pairwise(anatomy.blocks):
        if not block.follows:
            one, two = (part.stage if block.index == 0 else _place(part) for part in (before, block))
            yield f"{two} does not depend on {one}, but is parallel to it; from there on, the paper has no names"
    again = [layer.name for layer in anatomy.layers if layer.weighted and layer.name.endswith("#2")]
    if again:
        yield f"{_many(len(again), 'weighted layer')} more than once: {_some([n.removesuffix('#2') for n in again])}"
    if anatomy.blocks and anatomy.undecided:
        ends = "1 addition joins" if len(anatomy.undecided) == 1 else f"{len(anatomy.undecided)} additions join"
        yield f"{ends} other parts of the network than the branches of a block: {_some(anatomy.undecided)}"


def _place(block: Block) -> str:
    return f"block {block.index + 1} of {block.stage}"


def _many(number: int, noun: str) -> str:
    return f"1 {noun} runs" if number == 1 else f"{number} {noun}s run"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if names[3:] else "")
