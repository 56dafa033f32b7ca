"""Proof that two networks compute the same function, and the weights that correspond."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from resnet_inspect.anatomy.computation import computation
from resnet_inspect.anatomy.spellings import Step
from resnet_inspect.tracing.records import Operand, Trace


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two networks that compute the same if their weights are equal.

    Attributes:
        extent: ``always``, or ``here`` if only at this input size.
        seen: ``True`` if all was seen; ``False`` if both read constants whose values are unknown, or use kernels or
            values that a trace does not show.
        ops: numbers of the operators that correspond.
        keys: names of the entries of the state_dicts that correspond, of those that the networks read.
    """

    extent: Literal["always", "here"]
    seen: bool
    ops: tuple[tuple[int, int], ...]
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first operators in which two networks differ although their operands agree.

    Attributes:
        ops: their numbers.
        field: ``operator``, ``inputs``, or ``weights`` if all but the entries of the state_dicts agrees.
        left, right: what differs.
    """

    ops: tuple[int, int]
    field: Literal["operator", "inputs", "weights"]
    left: str
    right: str


def agreement(left: Trace, right: Trace) -> Agreement | None:
    """Return how two networks correspond that compute the same; ``None`` if they do not, or one did not run.

    Entries of equal state_dicts correspond by their names; those of others by what reads them.
    """
    if left.failure or right.failure or not (left.results and right.results):
        return None
    resized = left.input_shape != right.input_shape
    named = dict(left.state_dict) == dict(right.state_dict)
    for at_size in (False,) if resized else (False, True):
        sides = tuple(_Side(trace, named=named, at_size=at_size, sized=not resized) for trace in (left, right))
        found = _correspondence(*sides)
        if found is not None:
            ops, keys = found
            seen = not any(_is_hidden(side.trace, side.graph.steps) for side in sides)
            return Agreement("here" if at_size else "always", seen, ops, keys)
    return None


def fingerprint(trace: Trace) -> str:
    """Return a hash of what a network computes, in which entries of its state_dict have their names."""
    side = _Side(trace, named=True, at_size=False, sized=True)
    results = (name.encode() + side.digest(operand) for name, operand in side.graph.results)
    return hashlib.sha256(b"".join(results)).hexdigest()


def is_seen(trace: Trace) -> bool:
    """Return whether a trace shows all that the network computes with: values of all constants, no hidden numbers."""
    return not _is_hidden(trace, computation(trace, at_size=False).steps)


def divergence(left: Trace, right: Trace) -> Divergence | None:
    """Return where two networks that do not agree begin to differ, as seen from their outputs."""
    named = dict(left.state_dict) == dict(right.state_dict)
    ours, theirs = (_Side(trace, named=named, at_size=True, sized=True) for trace in (left, right))
    pairs = list(zip(ours.results, theirs.results, strict=False))
    waiting = [pair for pair in pairs if ours.digest(pair[0]) != theirs.digest(pair[1])]
    return _first_difference(ours, theirs, waiting[0]) if waiting else None


class _Side:
    """The computation of one network, with a hash of each step that covers all that the step depends on."""

    def __init__(self, trace: Trace, *, named: bool, at_size: bool, sized: bool) -> None:
        self.trace = trace
        self.graph = computation(trace, at_size=at_size)
        self.results = [operand for _, operand in self.graph.results]
        self._shapes = dict(trace.state_dict)
        self._types = dict(trace.entry_types)
        self._named = named
        self._hashes: list[bytes] = []
        heads: dict[tuple[object, ...], bytes] = {}  # a network repeats the same few operators
        for step in self.graph.steps:
            operands = [self.digest(operand) for operand in step.operands]
            own = step.name, step.arguments, step.shape if sized else (), step.dtype
            head = heads.get(own) or heads.setdefault(own, repr((own[0], sorted(own[1], key=str), own[2:])).encode())
            if len(operands) > 1 and step.commutes:
                operands.sort()
            self._hashes.append(hashlib.sha256(head + b"".join(operands)).digest())

    def digest(self, operand: Operand) -> bytes:
        """Return a hash of an operand of a step."""
        if isinstance(operand, str):
            text = self.label(operand)
        elif isinstance(operand, tuple) and operand[0] >= 0:
            return hashlib.sha256(self._hashes[operand[0]] + str(operand[1]).encode()).digest()
        elif isinstance(operand, int) and operand >= 0:
            return self._hashes[operand]
        else:
            text = f"input {operand}"
        return hashlib.sha256(text.encode()).digest()

    def label(self, entry: str) -> str:
        """Return the text by which an entry of the state_dict, or a constant, is compared."""
        if entry not in self._shapes:
            return entry
        own_type = self._types.get(entry, "")
        return f"{entry} {own_type}" if self._named else f"entry {self._shapes[entry]} {own_type}"

    def is_entry(self, operand: Operand) -> bool:
        """Return whether an operand is an entry of the state_dict."""
        return operand in self._shapes

    def step(self, operand: Operand) -> Step | None:
        """Return the step that an operand is a result of."""
        number = operand[0] if isinstance(operand, tuple) else operand
        return self.graph.steps[number] if isinstance(number, int) and number >= 0 else None

    def words(self, operands: Sequence[Operand]) -> str:
        """Name operands: entries of the state_dict, or operators with the modules that run them."""
        return ", ".join(self._word(operand) for operand in operands)

    def _word(self, operand: Operand) -> str:
        step = self.step(operand)
        if step is None:
            return operand if isinstance(operand, str) else "the input"
        op = self.trace.ops[step.op]
        return f"{op.module}:{op.name}".removeprefix(":")

    def in_order(self, step: Step) -> list[Operand]:
        """Return the operands, ordered by their hashes if their own order changes nothing."""
        return sorted(step.operands, key=self.digest) if step.commutes else list(step.operands)


def _correspondence(
    left: _Side, right: _Side
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[str, str], ...]] | None:
    """Return the operators and the entries that correspond; ``None`` unless every one of them has one partner."""
    if [name for name, _ in left.graph.results] != [name for name, _ in right.graph.results]:
        return None
    pairs = list(zip(left.results, right.results, strict=True))
    if any(left.digest(ours) != right.digest(theirs) for ours, theirs in pairs):
        return None
    ops: dict[tuple[int, int], None] = {}
    keys: dict[str, str] = {}
    back: dict[str, str] = {}
    seen = set(pairs)
    while pairs:
        ours, theirs = pairs.pop()
        if isinstance(ours, str) or isinstance(theirs, str):
            if keys.setdefault(str(ours), str(theirs)) != theirs or back.setdefault(str(theirs), str(ours)) != ours:
                return None
            continue
        ours, theirs = (origin[0] if isinstance(origin, tuple) else origin for origin in (ours, theirs))
        if ours < 0:
            continue
        one, two = left.graph.steps[ours], right.graph.steps[theirs]
        ops[one.op, two.op] = None
        for pair in zip(left.in_order(one), right.in_order(two), strict=True):
            if pair not in seen:
                seen.add(pair)
                pairs.append(pair)
    return tuple(sorted(ops)), tuple((ours, theirs) for ours, theirs in keys.items() if left.is_entry(ours))


def _is_hidden(trace: Trace, steps: Sequence[Step]) -> bool:
    """Return whether the result may depend on something that the trace does not show."""
    return trace.hidden or any(
        "namespace" in dict(step.arguments)
        or any(isinstance(operand, str) and operand.startswith("?") for operand in step.operands)
        for step in steps
    )


def _first_difference(left: _Side, right: _Side, pair: tuple[Operand, Operand]) -> Divergence:
    """Descend from two operands that differ to the first operators that do."""
    computed = {right.digest(number) for number in range(len(right.graph.steps))}
    while True:
        one, two = left.step(pair[0]), right.step(pair[1])
        if one is None or two is None:
            break
        at = (one.op, two.op)
        if one._replace(operands=(), op=0) != two._replace(operands=(), op=0):
            return Divergence(at, "operator", *_apart(one, two))
        ours = [operand for operand in one.operands if left.digest(operand) not in map(right.digest, two.operands)]
        theirs = [operand for operand in two.operands if right.digest(operand) not in map(left.digest, one.operands)]
        if len(ours) != len(theirs) or not ours or any(left.digest(operand) in computed for operand in ours):
            # What is read exists on both sides, and is read in another place or order.
            return Divergence(at, "inputs", left.words(one.operands), right.words(two.operands))
        if left.step(ours[0]) is None or right.step(theirs[0]) is None:
            entries = left.is_entry(ours[0]) and right.is_entry(theirs[0])
            return Divergence(at, "weights" if entries else "inputs", left.words(ours), right.words(theirs))
        pair = ours[0], theirs[0]
    return Divergence((-1, -1), "inputs", left.words(pair[:1]), right.words(pair[1:]))


def _apart(one: Step, two: Step) -> tuple[str, str]:
    """Describe two steps by what differs: their names, or some of their arguments, shapes or types."""
    if one.name != two.name:
        return one.name, two.name
    sides = [{**dict(step.arguments), "shape": step.shape, "type": step.dtype} for step in (one, two)]
    names = [name for name in {**sides[0], **sides[1]} if sides[0].get(name) != sides[1].get(name)]
    ours, theirs = (", ".join(f"{name} {side.get(name)}" for name in names) for side in sides)
    return ours, theirs
