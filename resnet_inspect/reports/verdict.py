"""What sets two models apart, and what it means for their weights, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from resnet_inspect.anatomy.compare import Difference
from resnet_inspect.anatomy.facts import Anatomy, Layer
from resnet_inspect.reports.names import KeyPair
from resnet_inspect.reports.sums import Total, signed
from resnet_inspect.text import counted, times
from resnet_inspect.trace.records import Trace

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
    "ceil_mode": "ceil mode",
    "operations": "other operations",
}
"""Fields that are a choice; shapes, parameters and MACs follow from them."""

_OF_A_MOVED_STRIDE = frozenset({"stride", "input_shape", "output_shape", "macs"})
"""Fields that differ where the stride moves and nothing else does: only then the difference in MACs is its price."""


def verdict(left: Anatomy, right: Anatomy, found: Difference, macs: Total) -> Iterator[str]:
    """What differs, the placement of the strides first and with its price."""
    changes = found.changes
    ours, theirs = left.placement, right.placement
    moved = bool(ours.version and theirs.version and ours.version != theirs.version)
    strides_alone = moved and _only_moved(left, right, found)
    if moved:
        cost = f"; {_cost(macs)}" if strides_alone else ""
        yield f"{ours.version} → {theirs.version}: {_moves(left, right, found)}{cost}"
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
        yield f"shortcuts: {before} → {after} in {counted(number, 'block')}"
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


def _moves(left: Anatomy, right: Anatomy, found: Difference) -> str:
    """``in the first block of stages 2, 3, 4 the stride moves from conv1 (1×1) to conv2 (3×3)``."""
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
    """(stage, block) -> the layers of its main branch that stride."""
    found = [layer for layer in anatomy.layers if layer.role == "main" and layer.strided and layer.block is not None]
    return {
        (str(stage), int(block or 0)): list(layers)
        for (stage, block), layers in groupby(found, key=lambda layer: (layer.stage, layer.block))
    }


def _named(layers: Sequence[Layer]) -> str:
    return ", ".join(f"{layer.name.rpartition('.')[2]} ({times(layer.kernel or ())})" for layer in layers)


def weights_in_words(left: Trace, right: Trace, keys: Sequence[KeyPair], *, same_function: bool) -> str:
    """Whether weights of one load into the other, and whether the outputs are the same then."""
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
    """``3 keys only on the left (fc.bias, …)``."""
    if not keys:
        return ""
    more = ", …" if len(keys) > 2 else ""
    return f"{counted(len(keys), 'key')} {what} ({', '.join(keys[:2])}{more})"
