"""Which name on the left is which on the right: of layers, and of the entries of the state_dicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.compare import Pair
from resnet_inspect.trace.records import Trace


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Two entries of the state_dicts that hold the same thing.

    Attributes:
        left, right: their names; the shapes are equal.
    """

    left: str
    right: str


def key_pairs(pairs: Sequence[Pair], left: Trace, right: Trace) -> tuple[KeyPair, ...]:
    """The entries that aligned layers share, in the order of the left state_dict.

    Entries are partners if their modules are and their last names and shapes are the same. One that could have two
    partners, as in a module that is called twice, has none.
    """
    partners = _one_to_one(pairs)
    theirs = dict(right.state_dict)
    return tuple(_mapped(left.state_dict, partners, theirs))


def _mapped(
    state_dict: Sequence[tuple[str, tuple[int, ...]]], partners: dict[str, str], theirs: dict[str, tuple[int, ...]]
) -> Iterator[KeyPair]:
    for name, shape in state_dict:
        module, _, own = name.rpartition(".")
        if module in partners:
            other = f"{partners[module]}.{own}".removeprefix(".")
            if theirs.get(other) == shape:
                yield KeyPair(name, other)


def _one_to_one(pairs: Sequence[Pair]) -> dict[str, str]:
    """Module on the left -> module on the right, where each has but one partner."""
    seen = {pair.modules for pair in pairs}
    lefts = Counter(left for left, _ in seen)
    rights = Counter(right for _, right in seen)
    return {left: right for left, right in seen if lefts[left] == rights[right] == 1}
