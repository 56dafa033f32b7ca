"""Sentences about the differences of two models."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from resnet_inspect.anatomy.compare import Change, Difference
from resnet_inspect.anatomy.records import Anatomy, Layer
from resnet_inspect.commands.compare.tables import ComparedFigure, signed
from resnet_inspect.text import format_shape, pluralise

_FIELD_NAMES = {
    "op": "operator",
    "in_channels": "input channels",
    "out_channels": "output channels",
    "ceil_mode": "ceil mode",
    "operations": "other operations",
    "other": "scalar operand",
}
"""Fields -> their names, if those are others."""

_NOT_CHOSEN = frozenset({"input_shape", "output_shape", "params", "macs", "kind", "shortcut", "blocks"})
"""Fields that follow from those that a designer chooses, or that have sentences of their own."""

_OF_A_MOVED_STRIDE = frozenset({"stride", "input_shape", "output_shape", "macs"})
"""Fields that differ if only the stride moves; the difference in MACs is then due to the stride."""


def describe_difference(left: Anatomy, right: Anatomy, found: Difference, macs: ComparedFigure) -> Iterator[str]:
    """Describe what differs, beginning with the stride placement and its cost."""
    changes = found.changes
    ours, theirs = left.placement, right.placement
    moved = bool(ours.version and theirs.version and ours.version != theirs.version)
    strides_alone = moved and _only_moved(left, right, found)
    if moved:
        cost = f"; {_cost(macs)}" if strides_alone else ""
        yield f"{ours.version} → {theirs.version}: {_moves(left, right, found)}{cost}"
    if left.input_shape != right.input_shape:
        start = int(left.input_shape[:1] == right.input_shape[:1])
        inputs = " and ".join(format_shape(side.input_shape[start:]) for side in (left, right))
        yield f"the inputs differ: {inputs}"
    if left.depth.depth != right.depth.depth:
        yield f"depth {left.depth.depth} → {right.depth.depth}: {left.depth.formula}, {right.depth.formula}"
    for change in changes:
        if change.field == "blocks":
            yield f"{change.path}: {change.left} → {change.right} blocks"
    shortcuts = Counter((change.left, change.right) for change in changes if change.field == "shortcut")
    for (before, after), number in shortcuts.items():
        yield f"shortcuts: {before} → {after} in {pluralise(number, 'block')}"
    chosen = [change for change in changes if change.field not in _NOT_CHOSEN]
    if chosen and not strides_alone:
        yield f"differences: {_counted(chosen)}"
    if found.training_only:
        yield f"differences in training only: {_counted(found.training_only)}"
    yield from _outside_blocks("left", left, found.only_left)
    yield from _outside_blocks("right", right, found.only_right)
    if ours.version is None and theirs.version is None:
        yield from [ours.text] if ours.text == theirs.text else (f"left: {ours.text}", f"right: {theirs.text}")


def _counted(changes: Sequence[Change]) -> str:
    fields = Counter(_FIELD_NAMES.get(change.field, change.field.replace("_", " ")) for change in changes)
    return ", ".join(f"{name} ({count}×)" for name, count in fields.items())


def _outside_blocks(side: str, anatomy: Anatomy, unmatched: Sequence[str]) -> Iterator[str]:
    """List the layers without a partner that are in no block; blocks are compared as a whole."""
    names = [layer.name for layer in anatomy.layers if layer.block is None and layer.name in unmatched]
    if names:
        yield f"only on the {side}: {', '.join(names)}"


def _only_moved(left: Anatomy, right: Anatomy, found: Difference) -> bool:
    """Return whether inputs and strides of all stages are equal, and only the strided layers differ."""
    ours, theirs = ([part.stride for part in (side.stem, *side.stages) if part] for side in (left, right))
    alike = left.input_shape == right.input_shape and ours == theirs
    same_layers = not (found.only_left or found.only_right)
    return alike and same_layers and {change.field for change in found.changes} <= _OF_A_MOVED_STRIDE


def _cost(total: ComparedFigure) -> str:
    percent = "" if total.percent is None else f", {signed(total.percent)} %"
    return f"{total.delta:+,} MACs{percent}".replace("-", "−")


def _moves(left: Anatomy, right: Anatomy, found: Difference) -> str:
    """Return ``in the first block of stages 2, 3, 4 the stride moves from conv1 (1×1) to conv2 (3×3)``."""
    theirs = _strided(right)
    partners = {pair.left: pair.right for pair in found.pairs}
    moves: dict[tuple[str, str, str], list[str]] = {}
    for (stage, block), ours in _strided(left).items():
        other = theirs.get((stage, block), ())
        if [partners.get(layer.name) for layer in ours] != [layer.name for layer in other] and ours and other:
            where = "the first block" if block == 0 else f"block {block + 1}"
            place = (where, _named(ours), _named(other))
            moves.setdefault(place, []).append(stage.removeprefix("stage"))
    parts = [
        f"in {where} of stage{'s' if len(stages) > 1 else ''} {', '.join(stages)} "
        f"the stride moves from {before} to {after}"
        for (where, before, after), stages in moves.items()
    ]
    return "; ".join(parts) or "the strides are in different blocks"


def _strided(anatomy: Anatomy) -> dict[tuple[str, int], list[Layer]]:
    """Return (stage, block) -> the strided layers of its main branch."""
    found = [layer for layer in anatomy.layers if layer.role == "main" and layer.strided and layer.block is not None]
    return {
        (str(stage), int(block or 0)): list(layers)
        for (stage, block), layers in groupby(found, key=lambda layer: (layer.stage, layer.block))
    }


def _named(layers: Sequence[Layer]) -> str:
    return ", ".join(f"{layer.name.rpartition('.')[2]} ({format_shape(layer.kernel or ())})" for layer in layers)
