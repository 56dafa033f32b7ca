"""Compare two anatomies, aligned by stage, block, branch and position."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from resnet_inspect.anatomy.computation import TRAINING_ONLY
from resnet_inspect.anatomy.equality import Divergence
from resnet_inspect.anatomy.records import Anatomy, Layer
from resnet_inspect.anatomy.role_names import ROLES

FIELDS = (
    "op",
    "kernel",
    "stride",
    "padding",
    "dilation",
    "groups",
    "in_channels",
    "out_channels",
    "bias",
    "ceil_mode",
    "input_shape",
    "output_shape",
    "params",
    "macs",
)
"""The properties of two aligned layers that are compared, in the order in which they are reported."""

_DERIVED_IN_ADAPTIVE_POOLS = frozenset({"kernel", "stride"})
"""Properties that follow from the sizes of input and output in an adaptive pool."""


@dataclass(frozen=True, slots=True)
class Change:
    """One property that differs between two aligned layers, blocks or stages.

    Attributes:
        path: the left side's name of the layer (``layer2.0.conv1``), the block or the stage.
        field: name of the property.
        left, right: its values.
        stage, block: stage and number of the block in it.
        role: role of the layer; ``block`` or ``stage`` for a property of those.
        right_path: the right side's name of the layer if it differs from the left one's; else empty.
    """

    path: str
    field: str
    left: Any
    right: Any
    stage: str | None
    block: int | None
    role: str
    right_path: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two aligned layers.

    Attributes:
        left, right: their names.
        stage, block, role: their position.
        weighted: ``True`` if they are layers in the paper's sense.
        modules: dotted paths of the modules that run them, left and right.
    """

    left: str
    right: str
    stage: str | None
    block: int | None
    role: str
    weighted: bool
    modules: tuple[str, str] = field(metadata={"json": False})


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference between two anatomies.

    Attributes:
        changes: properties that differ, in running order. An argument of an operator has its own name, ``eps``.
        training_only: those that change nothing outside training, ``momentum``.
        only_left: names of the layers that have no partner on the right.
        only_right: names of the layers that have no partner on the left.
        pairs: the layers that have a partner, in running order. An operation without a window or weight has one only if
            its branch has the same such operations on both sides.
    """

    changes: tuple[Change, ...]
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    pairs: tuple[Pair, ...]
    training_only: tuple[Change, ...] = ()


_BranchKey = tuple[str, int, str]


def compare_anatomies(left: Anatomy, right: Anatomy) -> Difference:
    """Align the weighted and pooling layers by stage, block, role and position, and the other operations by branch."""
    ours, theirs = _by_branch(left), _by_branch(right)
    names = {(block.stage, block.index): block.name for block in left.blocks}
    changes: list[Change] = list(_blocks(left, right))
    only_left: list[str] = []
    only_right: list[str] = []
    pairs: list[Pair] = []
    for key in _in_order(ours, theirs):
        mine, other = ours.get(key, []), theirs.get(key, [])
        layers, partners = _numbered(mine), _numbered(other)
        aligned = [(layers[number], partners[number]) for number in layers if number in partners]
        for one, two in aligned:
            changes += _fields(one, two)
        operations = _same_operations(mine, other)
        for one, two in (*aligned, *operations):
            changes += _arguments(one, two)
        only_left += [layer.name for number, layer in layers.items() if number not in partners]
        only_right += [layer.name for number, layer in partners.items() if number not in layers]
        if (mine and other) or not (layers or partners):
            changes += _functional(mine, other, names)
        pairs += _in_left_order(mine, [*aligned, *operations])
    training_only = tuple(change for change in changes if change.field in TRAINING_ONLY)
    lasting = tuple(change for change in changes if change.field not in TRAINING_ONLY)
    return Difference(lasting, tuple(only_left), tuple(only_right), tuple(pairs), training_only)


def difference_of(
    pairs: Sequence[tuple[Layer, Layer]], only_left: tuple[str, ...], only_right: tuple[str, ...], *, equal: bool
) -> Difference:
    """Return the difference of two networks that compute the same.

    Args:
        pairs: the layers that correspond, in running order.
        only_left: names of unused layers of the left network that have no partner.
        only_right: those of the right one.
        equal: ``True`` if they compute the same at every input size; what differs is then another name for it.
    """
    partners = dict(zip([one.name for one, _ in pairs], pairs, strict=True)).values()
    changes = [change for one, two in partners for change in (*_fields(one, two), *_arguments(one, two))]
    lasting = () if equal else tuple(change for change in changes if change.field not in TRAINING_ONLY)
    training_only = tuple(change for change in changes if change.field in TRAINING_ONLY)
    return Difference(lasting, only_left, only_right, tuple(_pair(one, two) for one, two in partners), training_only)


def parting(found: Divergence, one: Layer | None, two: Layer | None) -> Change:
    """Return the change in which two networks part, whose layers correspond in everything else.

    Args:
        found: where they part.
        one: the left layer there; ``None`` for an operator that reads no data.
        two: the right one.
    """
    path, right_path = (layer.name if layer else "output" for layer in (one, two))
    stage, block, role = (one.stage, one.block, one.role) if one else (None, None, "main")
    names = ("" if right_path == path else right_path,)
    return Change(path, found.field, found.left, found.right, stage, block, role, *names)


def _same_operations(mine: Sequence[Layer], other: Sequence[Layer]) -> list[tuple[Layer, Layer]]:
    """Pair the operations without a window or weight one by one, if they are the same on both sides."""
    left, right = _others(mine), _others(other)
    if [layer.op for layer in left] != [layer.op for layer in right]:
        return []
    return list(zip(left, right, strict=True))


def _in_left_order(mine: Sequence[Layer], partners: Sequence[tuple[Layer, Layer]]) -> Iterator[Pair]:
    found = {one.name: two for one, two in partners}
    for one in mine:
        if two := found.get(one.name):
            yield _pair(one, two)


def _pair(one: Layer, two: Layer) -> Pair:
    return Pair(one.name, two.name, one.stage, one.block, one.role, one.weighted, (one.module, two.module))


def _by_branch(anatomy: Anatomy) -> dict[_BranchKey, list[Layer]]:
    branches: dict[_BranchKey, list[Layer]] = {}
    for layer in anatomy.operations:
        block = -1 if layer.block is None else layer.block
        branches.setdefault((layer.stage or "", block, layer.role), []).append(layer)
    return branches


def _in_order(ours: Mapping[_BranchKey, Any], theirs: Mapping[_BranchKey, Any]) -> list[_BranchKey]:
    """Return the branches of both sides in running order: stem, stage1 ..., head; main before shortcut."""

    def order(key: _BranchKey) -> tuple[int, int, int, str]:
        stage, block, role = key
        number = {"stem": -1, "head": 1_000_000, "": 0}.get(stage)
        if number is None:
            number = int(stage.removeprefix("stage"))
        return number, block, ROLES.index(role), stage

    return sorted({*ours, *theirs}, key=order)


def _numbered(layers: Sequence[Layer]) -> dict[tuple[bool, int], Layer]:
    """Return (weighted, n) -> the n-th weighted layer or pool; its partner has the same key on the other side."""
    numbers: Counter[bool] = Counter()
    numbered: dict[tuple[bool, int], Layer] = {}
    for layer in layers:
        if layer.weighted or layer.pooling:
            numbered[layer.weighted, numbers[layer.weighted]] = layer
            numbers[layer.weighted] += 1
    return numbered


def _fields(one: Layer, two: Layer) -> Iterator[Change]:
    right_path = two.name if two.name != one.name else ""
    ignored = _DERIVED_IN_ADAPTIVE_POOLS if one.adaptive and two.adaptive else ()
    for name in FIELDS:
        left, right = getattr(one, name), getattr(two, name)
        if left != right and name not in ignored:
            yield Change(one.name, name, left, right, one.stage, one.block, one.role, right_path)


def _arguments(one: Layer, two: Layer) -> Iterator[Change]:
    """Compare the other arguments of two layers that run the same operator."""
    right_path = two.name if two.name != one.name else ""
    for name in {**one.arguments, **two.arguments} if one.op == two.op else ():
        left, right = one.arguments.get(name), two.arguments.get(name)
        if left != right:
            yield Change(one.name, name, left, right, one.stage, one.block, one.role, right_path)


def _others(layers: Sequence[Layer]) -> list[Layer]:
    """Return the operations without a window or weight."""
    return [layer for layer in layers if not (layer.weighted or layer.pooling)]


def _functional(
    mine: Sequence[Layer], other: Sequence[Layer], names: Mapping[tuple[str, int], str]
) -> Iterator[Change]:
    """Compare the operations without a window or weight: normalisations, activations, additions, in their order.

    If they are the same, the order of all operations is compared.
    """
    left, right = ([str(layer.op) for layer in _others(side)] for side in (mine, other))
    if left == right and len(mine) == len(other):
        left, right = ([str(layer.op) for layer in side] for side in (mine, other))
        left, right = (left, right) if sorted(left) == sorted(right) else ([], [])
    if left != right:
        first = (mine or other)[0]
        stage, block = first.stage, first.block
        inside = "" if stage is None or block is None else names.get((stage, block), "")
        path = inside or stage or first.name
        yield Change(path, "operations", ", ".join(left), ", ".join(right), stage, block, first.role)


def _blocks(left: Anatomy, right: Anatomy) -> Iterator[Change]:
    """Compare the kinds of aligned blocks, and the numbers of blocks in aligned stages."""
    partners = {(block.stage, block.index): block for block in right.blocks}
    for block in left.blocks:
        partner = partners.get((block.stage, block.index))
        for name in ("kind", "shortcut") if partner else ():
            mine, other = getattr(block, name), getattr(partner, name)
            if mine != other:
                yield Change(block.name, name, mine, other, block.stage, block.index, "block")
    stages = {stage.name: stage.blocks for stage in right.stages}
    for stage in left.stages:
        if stages.get(stage.name, 0) != stage.blocks:
            yield Change(stage.name, "blocks", stage.blocks, stages.get(stage.name, 0), stage.name, None, "stage")
    known = {stage.name for stage in left.stages}
    for stage in right.stages:
        if stage.name not in known:
            yield Change(stage.name, "blocks", 0, stage.blocks, stage.name, None, "stage")
