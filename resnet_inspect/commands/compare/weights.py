"""The corresponding entries of two state_dicts, and a sentence about loading one into the other model."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from resnet_inspect.anatomy.compare import Pair
from resnet_inspect.anatomy.equality import Agreement
from resnet_inspect.text import pluralise
from resnet_inspect.tracing.records import Trace


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Two corresponding entries of the state_dicts, of equal shape.

    Attributes:
        left, right: their names.
    """

    left: str
    right: str


Outputs = Literal["equal", "equal at this input size", "equal as far as seen", "different"]

_EFFECTS: Mapping[Outputs, str] = {
    "equal": "and compute the same",
    "equal at this input size": "and compute the same at this input size",
    "equal as far as seen": "and run through the same operators, shapes and arguments, as far as seen",
    "different": "but compute different outputs",
}


_OTHER_OPERATORS = "but run other operators, or in another order"
"""Said where outputs are not known to differ: two operators may compute the same for a reason not known."""


def outputs_of(agreed: Agreement | None) -> Outputs:
    """Return what two networks compute of equal inputs with equal weights."""
    if agreed is None:
        return "different"
    if not agreed.seen:
        return "equal as far as seen"
    return "equal" if agreed.extent == "always" else "equal at this input size"


def key_pairs(
    pairs: Sequence[Pair], left: Trace, right: Trace, read: Sequence[tuple[str, str]] = ()
) -> tuple[KeyPair, ...]:
    """Return the corresponding entries of aligned layers, in the order of the left state_dict.

    Entries correspond if their modules do, and their last names and shapes are equal. An entry that could correspond to
    two others, as in a module that is called twice, corresponds to none.

    Args:
        pairs: the aligned layers.
        left: the run of the left model.
        right: that of the right one.
        read: entries that correspond because the same operator reads them, whatever their names are.
    """
    theirs = dict(right.state_dict)
    known = dict(read)
    found = {key.left: key.right for key in _mapped(left.state_dict, _one_to_one(pairs), theirs)} | known
    if known:  # what no operator reads, num_batches_tracked, corresponds by its name if it does by nothing else
        taken = {*found.values()}
        found = {n: n for n, shape in left.state_dict if theirs.get(n) == shape and n not in taken} | found
    readers = Counter(found.values())
    return tuple(
        KeyPair(name, found[name])
        for name, _ in left.state_dict
        if name in found and (name in known or readers[found[name]] == 1)
    )


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
    """Return module on the left -> module on the right, for pairs whose modules are in no other pair."""
    seen = {pair.modules for pair in pairs}
    lefts = Counter(left for left, _ in seen)
    rights = Counter(right for _, right in seen)
    return {left: right for left, right in seen if lefts[left] == rights[right] == 1}


def weights_in_words(
    left: Trace, right: Trace, keys: Sequence[KeyPair], outputs: Outputs, *, same_operators: bool
) -> str:
    """Say whether weights of each model load into the other, and whether the outputs are equal then."""
    ours, theirs = dict(left.state_dict), dict(right.state_dict)
    effect = _EFFECTS[outputs] if outputs != "different" or same_operators else _OTHER_OPERATORS
    if ours == theirs and outputs != "different":
        return f"same state_dict ({len(ours)} entries): weights load with strict=True {effect}"
    if ours == theirs:
        return (
            f"same state_dict ({len(ours)} entries, same names and shapes): weights of either load into the other with "
            f"strict=True, without a warning, {effect}"
        )
    if len(keys) == len(ours) == len(theirs):
        example = next(f"{key.left} is {key.right}" for key in keys if key.left != key.right)
        return (
            f"same state_dict under other names ({len(ours)} entries; {example}): renamed, weights of either load into "
            f"the other with strict=True, {effect}"
        )
    parts = [
        _named_keys("only on the left", [key for key in ours if key not in theirs]),
        _named_keys("only on the right", [key for key in theirs if key not in ours]),
        _named_keys("of a different shape", [key for key in ours if key in theirs and ours[key] != theirs[key]]),
    ]
    return "the state_dicts differ, so strict=True fails: " + "; ".join(part for part in parts if part)


def _named_keys(what: str, keys: Sequence[str]) -> str:
    """Return ``3 keys only on the left (fc.bias, …)``."""
    if not keys:
        return ""
    more = ", …" if len(keys) > 2 else ""
    return f"{pluralise(len(keys), 'key')} {what} ({', '.join(keys[:2])}{more})"
