"""Parts of a network that the config inferred from it does not express."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from resnet_inspect.anatomy.compare import Change, Difference
from resnet_inspect.anatomy.equality import Divergence
from resnet_inspect.anatomy.records import Anatomy, Layer
from resnet_inspect.errors import RequestError
from resnet_inspect.text import format_shape, join_names, pluralise
from resnet_inspect.tracing.records import Trace

_SHAPING = frozenset({"kernel", "stride", "dilation", "groups", "in_channels", "out_channels"})
"""Properties of a convolution on the main path; a network that differs in one of them is another network."""

_OF_OPERATOR = frozenset({"kernel", "stride", "padding", "dilation"})
"""Properties of a convolution that a linear layer does not have."""

_DERIVED = frozenset({"input_shape", "output_shape", "macs", "params"})
"""Properties that follow from others, which are named instead."""

_Place = tuple[str | None, int | None]
"""Stage and block."""


def config_differences(found: Difference, built: Anatomy, net: Anatomy) -> tuple[str, ...]:
    """Tell what a network has that the config inferred from it does not express.

    Args:
        found: the difference of the other two, in this order.
        built: the network that the config builds.
        net: the network that the config was inferred from, in the same stages.

    Returns:
        Sentences about what differs outside the convolutions of the main path; none if nothing does.

    Raises:
        RequestError: if a convolution of the main path differs: then the config does not describe the network.
    """
    layers = {layer.name: layer for layer in built.operations}
    _require_same_path(found, layers, {layer.name: layer for layer in net.operations})
    return tuple(_sentences(found, built, net))


def _require_same_path(found: Difference, ours: Mapping[str, Layer], theirs: Mapping[str, Layer]) -> None:
    for layer in filter(_is_on_main_path, map(theirs.__getitem__, found.only_right)):
        raise RequestError(f"{layer.name} ({layer.op}) has no place in a config")
    for layer in filter(_is_on_main_path, map(ours.__getitem__, found.only_left)):
        raise RequestError(f"it has fewer layers than any config: there is none for {layer.name}")
    for change in found.changes:
        if change.field in _SHAPING and change.path in ours and _is_on_main_path(ours[change.path]):
            wanted = f"a config would have {_shown(change.left)}"
            raise RequestError(
                f"{change.right_path or change.path} has {_field(change)} {_shown(change.right)}; {wanted}"
            )


def _is_on_main_path(layer: Layer) -> bool:
    return layer.weighted and layer.role in {"stem", "main"}


def _sentences(found: Difference, built: Anatomy, net: Anatomy) -> Iterator[str]:
    names: dict[_Place, str] = {(block.stage, block.index): block.name for block in net.blocks}
    replaced = {change.path for change in found.changes if change.field == "op"}
    alike: dict[tuple[Any, ...], list[Change]] = {}
    for change in found.changes:
        if change.field not in _DERIVED and not (change.path in replaced and change.field in _OF_OPERATOR):
            alike.setdefault((change.field, change.role, change.left, change.right), []).append(change)
    for changes in alike.values():
        if (first := changes[0]).field != "operations":
            more = f" and {len(changes) - 1} more" if changes[1:] else ""
            where = f"{_field(first)} of {_where(first, names)}{more}"
            yield f"{where} ({first.role}): {_shown(first.right)} instead of {_shown(first.left)}"
    yield from _operations([change for change in found.changes if change.field == "operations"], names)
    yield from _unmatched("only in the network", found.only_right)
    yield from _unmatched("only in the config's network", found.only_left)
    yield from unused_parameters(built, net)


def unused_parameters(built: Anatomy, net: Anatomy) -> Iterator[str]:
    """Tell the parameters that a network has without reading them, and whether it has others than the config's."""
    if net.uncalled:
        yield f"parameters that no operator reads: those of {join_names(net.uncalled, 3)}"
    if (theirs := net.totals.params) != (ours := built.totals.params):
        yield f"parameters: {theirs:,} instead of {ours:,}"


def parting_sentence(found: Divergence, trace: Trace) -> str:
    """Tell where a network, of which ``trace`` is a run, computes something else than the config's does."""
    op = trace.ops[found.ops[1]]
    where = f"{op.name} in {op.module or 'the network itself'}"
    if found.field == "operator":
        return f"{where}: {found.right} instead of {found.left}"
    return f"the operators are the same, but {where} reads something else"


def _operations(changes: Sequence[Change], names: Mapping[_Place, str]) -> Iterator[str]:
    if not changes:
        return
    ours, theirs = (Counter(op for text in side for op in text.split(", ") if op) for side in _sides(changes))
    added, missing = theirs - ours, ours - theirs
    where = f"the first in {_where(changes[0], names)}"
    if added or missing:
        yield f"other operations, {where}: {_counted(added)} instead of {_counted(missing)}"
    else:
        yield f"the same operations in another order, {where}"


def _sides(changes: Sequence[Change]) -> tuple[list[str], list[str]]:
    return [change.left for change in changes], [change.right for change in changes]


def _counted(ops: Counter[str]) -> str:
    return ", ".join(f"{count}× {op}" for op, count in ops.items()) or "none"


def _unmatched(where: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"{pluralise(len(names), 'layer')} {where}: {join_names(names, 3)}"


def _where(change: Change, names: Mapping[_Place, str]) -> str:
    """Return the network's own name of a layer, or of the block."""
    return change.right_path or names.get((change.stage, change.block)) or change.path


def _field(change: Change) -> str:
    return change.field.replace("_", " ")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format_shape(value) if isinstance(value, tuple) else str(value)
