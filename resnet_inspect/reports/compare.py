"""``compare``: what differs between two models, what it costs, and what it means for weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from resnet_inspect.anatomy.compare import Change, Difference, Pair, compare
from resnet_inspect.anatomy.facts import Anatomy, Layer, Shape
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.model_ref import ModelRef
from resnet_inspect.reports.names import KeyPair, key_pairs
from resnet_inspect.text import times
from resnet_inspect.trace.records import Trace

SCHEMA = "resnet-inspect/compare/1"


_GEOMETRY = {
    "op": "operator",
    "kernel": "kernel",
    "stride": "stride",
    "padding": "padding",
    "dilation": "dilation",
    "groups": "groups",
    "in_channels": "input channels",
    "out_channels": "output channels",
    "bias": "bias",
    "ceil_mode": "rounding",
    "operations": "other operations",
}
"""Fields that are a choice; shapes, parameters and MACs follow from them."""

_OF_A_MOVED_STRIDE = frozenset({"stride", "input_shape", "output_shape", "macs"})
"""Fields that differ where the stride moves and nothing else does: only then the difference in MACs is its price."""

_OF_THE_INPUT_SIZE = frozenset({"input_shape", "output_shape", "macs"})
"""Fields that differ where the same network is given another input."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models.

    Attributes:
        name, config, notes: as in ``ModelRef``.
        input_shape, output_shape: batch included.
        depth: the paper's count.
    """

    name: str
    config: Mapping[str, object] | None
    input_shape: Shape
    output_shape: Shape | None
    depth: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """A sum on both sides; ``delta`` is right minus left."""

    left: int
    right: int
    delta: int

    @property
    def percent(self) -> float | None:
        """The difference in percent of the left side; ``None`` if that is 0."""
        return 100 * self.delta / self.left if self.left else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Parameters and multiply-accumulates on both sides."""

    params: Total
    macs: Total


@dataclass(frozen=True, slots=True)
class Placements:
    """``v1``, ``v1.5``, ``other`` or ``None`` (no distinction) on both sides."""

    left: str | None
    right: str | None


@dataclass(frozen=True)
class CompareReport(ShownInNotebooks):
    """Two models side by side.

    Attributes:
        left, right: the models.
        identical: whether the traces agree in every operation, shape, parameter and MAC; names may differ.
        changes, only_left, only_right: see ``Difference``.
        layer_names: name on the left and name on the right of every layer that has a partner.
        key_names: likewise of the entries of the state_dicts, where their shapes agree.
        totals: sums.
        stride_placement: the v1 / v1.5 verdicts.
        weights_interchangeable: whether the state_dicts have the same names and shapes.
        verdict: what differs, in words.
        weights: what it means for weights, in words.
    """

    left: Side
    right: Side
    identical: bool
    changes: tuple[Change, ...]
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    layer_names: tuple[Pair, ...]
    key_names: tuple[KeyPair, ...]
    totals: Totals
    stride_placement: Placements
    weights_interchangeable: bool
    verdict: tuple[str, ...]
    weights: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A model with its trace and anatomy, ready to be compared."""

    model: ModelRef
    trace: Trace
    anatomy: Anatomy


def compare_report(left: Subject, right: Subject) -> CompareReport:
    """Compare two models that ran."""
    found = compare(left.anatomy, right.anatomy)
    totals = Totals(
        _total(left.anatomy.totals.params, right.anatomy.totals.params),
        _total(left.anatomy.totals.macs, right.anatomy.totals.macs),
    )
    # Parameters that no operator reads are in no layer, but in the total.
    identical = not (found.changes or found.only_left or found.only_right or totals.params.delta)
    resized = not totals.params.delta and _only_resized(left.anatomy, right.anatomy, found)
    placements = Placements(left.anatomy.placement.version, right.anatomy.placement.version)
    interchangeable = dict(left.trace.state_dict) == dict(right.trace.state_dict)
    keys = key_pairs(found.pairs, left.trace, right.trace)
    return CompareReport(
        left=_side(left),
        right=_side(right),
        identical=identical,
        changes=found.changes,
        only_left=found.only_left,
        only_right=found.only_right,
        layer_names=found.pairs,
        key_names=keys,
        totals=totals,
        stride_placement=placements,
        weights_interchangeable=interchangeable,
        verdict=tuple(_verdict(left.anatomy, right.anatomy, found, totals)),
        weights=_weights(left.trace, right.trace, keys, same_function=identical or resized),
    )


def _only_resized(left: Anatomy, right: Anatomy, found: Difference) -> bool:
    """Whether the same network is given inputs of different sizes."""
    return (
        left.input_shape != right.input_shape
        and not (found.only_left or found.only_right)
        and {change.field for change in found.changes} <= _OF_THE_INPUT_SIZE
    )


def _side(subject: Subject) -> Side:
    anatomy = subject.anatomy
    return Side(
        name=subject.model.name,
        config=subject.model.config,
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        depth=anatomy.depth.depth,
        notes=subject.model.notes,
    )


def _total(left: int, right: int) -> Total:
    return Total(left, right, right - left)


def _verdict(left: Anatomy, right: Anatomy, found: Difference, totals: Totals) -> Iterator[str]:
    changes = found.changes
    ours, theirs = left.placement, right.placement
    moved = bool(ours.version and theirs.version and ours.version != theirs.version)
    strides_alone = moved and _only_moved(left, right, found)
    if moved:
        cost = f"; {_cost(totals.macs)}" if strides_alone else ""
        yield f"{ours.version} → {theirs.version}: {_moves(left, right)}{cost}"
    if left.input_shape != right.input_shape:
        start = int(left.input_shape[:1] == right.input_shape[:1])
        yield f"the inputs differ: {times(left.input_shape[start:])} and {times(right.input_shape[start:])}"
    if left.depth.depth != right.depth.depth:
        yield f"depth {left.depth.depth} → {right.depth.depth}: {left.depth.formula}, {right.depth.formula}"
    for change in changes:
        if change.field == "blocks":
            yield f"{change.path}: {change.left} → {change.right} blocks"
    shortcuts = Counter((change.left, change.right) for change in changes if change.field == "shortcut")
    for (before, after), number in shortcuts.items():
        yield f"shortcuts: {before} → {after} in {number} block{'s' if number > 1 else ''}"
    fields = Counter(change.field for change in changes if change.field in _GEOMETRY)
    if fields and not strides_alone:
        yield "differences: " + ", ".join(f"{_GEOMETRY[field]} ({fields[field]}×)" for field in fields)
    yield from _outside_blocks("left", left, found.only_left)
    yield from _outside_blocks("right", right, found.only_right)
    if ours.version is None and theirs.version is None:
        yield from [ours.text] if ours.text == theirs.text else (f"left: {ours.text}", f"right: {theirs.text}")


def _outside_blocks(side: str, anatomy: Anatomy, unmatched: Sequence[str]) -> Iterator[str]:
    """Layers without a partner that the numbers of blocks and the kinds of shortcut do not speak of."""
    names = [layer.name for layer in anatomy.layers if layer.block is None and layer.name in unmatched]
    if names:
        yield f"only on the {side}: {', '.join(names)}"


def _only_moved(left: Anatomy, right: Anatomy, found: Difference) -> bool:
    """Whether both take the same input through the same reductions, with strides on other layers."""
    ours, theirs = ([part.stride for part in (side.stem, *side.stages) if part] for side in (left, right))
    alike = left.input_shape == right.input_shape and ours == theirs
    same_layers = not (found.only_left or found.only_right)
    return alike and same_layers and {change.field for change in found.changes} <= _OF_A_MOVED_STRIDE


def _cost(total: Total) -> str:
    percent = "" if total.percent is None else f", {signed(total.percent)} %"
    return f"{total.delta:+,} MACs{percent}".replace("-", "−")


def signed(percent: float) -> str:
    """``+5.99``, ``−3.10``; ``0`` for nothing at all."""
    return "0" if percent == 0 else f"{percent:+.2f}".replace("-", "−")


def _moves(left: Anatomy, right: Anatomy) -> str:
    """``in the first block of stages 2, 3, 4 the stride moves from conv1 (1×1) to conv2 (3×3)``."""
    theirs = _strided(right)
    moves: dict[tuple[str, str, str], list[str]] = {}
    for (stage, block), ours in _strided(left).items():
        other = theirs.get((stage, block), ())
        if [layer.name for layer in ours] != [layer.name for layer in other] and ours and other:
            where = "the first block" if block == 0 else f"block {block + 1}"
            place = (where, _named(ours), _named(other))
            moves.setdefault(place, []).append(stage.removeprefix("stage"))
    parts = [
        f"in {where} of stage{'s' if len(stages) > 1 else ''} {', '.join(stages)} "
        f"the stride moves from {before} to {after}"
        for (where, before, after), stages in moves.items()
    ]
    return "; ".join(parts) or "the strides stand in other blocks"


def _strided(anatomy: Anatomy) -> dict[tuple[str, int], list[Layer]]:
    """(stage, block) -> the layers of its main branch that stride."""
    found = [layer for layer in anatomy.layers if layer.role == "main" and layer.strided and layer.block is not None]
    return {
        (str(stage), int(block or 0)): list(layers)
        for (stage, block), layers in groupby(found, key=lambda layer: (layer.stage, layer.block))
    }


def _named(layers: Sequence[Layer]) -> str:
    return ", ".join(f"{layer.name.rpartition('.')[2]} ({times(layer.kernel or ())})" for layer in layers)


def _weights(left: Trace, right: Trace, keys: Sequence[KeyPair], *, same_function: bool) -> str:
    ours, theirs = dict(left.state_dict), dict(right.state_dict)
    if ours == theirs and same_function:
        return f"same state_dict ({len(ours)} entries): weights load with strict=True and compute the same"
    if ours == theirs:
        return (
            f"same state_dict ({len(ours)} entries, same names and shapes): weights of either load into the other with "
            "strict=True, without a warning, and compute something else"
        )
    if len(keys) == len(ours) == len(theirs):
        example = next(f"{key.left} is {key.right}" for key in keys if key.left != key.right)
        effect = "the same" if same_function else "something else"
        return (
            f"same state_dict under other names ({len(ours)} entries; {example}): renamed, weights of either load into "
            f"the other with strict=True, and compute {effect}"
        )
    parts = [
        _listed("only on the left", [key for key in ours if key not in theirs]),
        _listed("only on the right", [key for key in theirs if key not in ours]),
        _listed("of another shape", [key for key in ours if key in theirs and ours[key] != theirs[key]]),
    ]
    return "the state_dicts differ, so strict=True fails: " + "; ".join(part for part in parts if part)


def _listed(what: str, keys: Sequence[str]) -> str:
    """``3 keys only on the left (fc.bias, …)``."""
    if not keys:
        return ""
    more = ", …" if len(keys) > 2 else ""
    return f"{len(keys)} key{'s' if len(keys) > 1 else ''} {what} ({', '.join(keys[:2])}{more})"
