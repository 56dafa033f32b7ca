"""The corresponding entries of two state_dicts, and a sentence about loading one into the other model."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.compare import Pair
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


def key_pairs(pairs: Sequence[Pair], left: Trace, right: Trace) -> tuple[KeyPair, ...]:
    """Return the corresponding entries of aligned layers, in the order of the left state_dict.

    Entries correspond if their modules do, and their last names and shapes are equal. An entry that could correspond to
    two others, as in a module that is called twice, corresponds to none.
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
    """Return module on the left -> module on the right, for pairs whose modules are in no other pair."""
    seen = {pair.modules for pair in pairs}
    lefts = Counter(left for left, _ in seen)
    rights = Counter(right for _, right in seen)
    return {left: right for left, right in seen if lefts[left] == rights[right] == 1}


def weights_in_words(left: Trace, right: Trace, keys: Sequence[KeyPair], *, same_function: bool) -> str:
    """Say whether weights of each model load into the other, and whether the outputs are equal then."""
    ours, theirs = dict(left.state_dict), dict(right.state_dict)
    if ours == theirs and same_function:
        return f"same state_dict ({len(ours)} entries): weights load with strict=True and compute the same"
    if ours == theirs:
        return (
            f"same state_dict ({len(ours)} entries, same names and shapes): weights of either load into the other with "
            "strict=True, without a warning, but compute different outputs"
        )
    if len(keys) == len(ours) == len(theirs):
        example = next(f"{key.left} is {key.right}" for key in keys if key.left != key.right)
        effect = "and compute the same" if same_function else "but compute different outputs"
        return (
            f"same state_dict under other names ({len(ours)} entries; {example}): renamed, weights of either load into "
            f"the other with strict=True, {effect}"
        )
    parts = [
        _listed("only on the left", [key for key in ours if key not in theirs]),
        _listed("only on the right", [key for key in theirs if key not in ours]),
        _listed("of a different shape", [key for key in ours if key in theirs and ours[key] != theirs[key]]),
    ]
    return "the state_dicts differ, so strict=True fails: " + "; ".join(part for part in parts if part)


def _listed(what: str, keys: Sequence[str]) -> str:
    """Return ``3 keys only on the left (fc.bias, …)``."""
    if not keys:
        return ""
    more = ", …" if len(keys) > 2 else ""
    return f"{pluralise(len(keys), 'key')} {what} ({', '.join(keys[:2])}{more})"
