"""The v1 / v1.5 verdict: which layer of a bottleneck carries the stride."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from resnet_inspect.anatomy.blocks import Grouping
from resnet_inspect.anatomy.facts import Layer, Placement
from resnet_inspect.trace.records import Op

NO_BLOCKS = "there are no blocks, so there is no v1 or v1.5"
UNDECIDED = (
    "unknown: tensors are added ({}), but other parts of the network also read what each addition joins, so the "
    "data flow shows no blocks"
)
NO_DISTINCTION = (
    "the v1 / v1.5 distinction does not apply here: it is about which convolution of a bottleneck strides, "
    "and no bottleneck strides in this network"
)

_FIRST, _SECOND, _ELSEWHERE = "v1", "v1.5", "other"
_BEFORE_SECOND, _AFTER_SECOND = "before the 3×3", "after the 3×3"

_VERSIONS: Mapping[str, Literal["v1", "v1.5"]] = {_FIRST: "v1", _SECOND: "v1.5"}

_VERDICTS: Mapping[str, str] = {
    _FIRST: "v1: the first 1×1 convolution strides ({})",
    _SECOND: "v1.5: the 3×3 convolution strides ({})",
    _BEFORE_SECOND: (
        "neither v1 nor v1.5: no convolution strides; a pool between the first 1×1 and the 3×3 convolution does ({})"
    ),
    _AFTER_SECOND: (
        "neither v1 nor v1.5: no convolution strides; a pool after the 3×3 convolution does ({}); "
        "this is v1.5 with anti-aliasing"
    ),
    _ELSEWHERE: "neither v1 nor v1.5: {} stride",
}
_BETWEEN = "v1.5: the convolution between the two 1×1 strides ({})"
"""The words for v1.5 where that convolution is not 3×3."""


class _Spot(NamedTuple):
    """How many weighted layers stand before and after an operator, on the longest ways through a main branch."""

    before: int
    after: int


def placement(
    ops: Sequence[Op], groups: Sequence[Grouping], layers: Mapping[int, Layer], undecided: Sequence[int]
) -> Placement:
    """Judge by the main branch of every bottleneck that strides.

    A bottleneck, here, is any main branch that begins and ends with 1×1 convolutions and has larger ones in between,
    be they parallel, as in SKNet, or in a row, as in Res2Net.

    Args:
        ops: all operators.
        groups: the blocks.
        layers: operator number -> layer.
        undecided: numbers of the additions of a network in which none closes a block.
    """
    if not groups:
        names = ", ".join(layers[number].name for number in undecided[:3]) + (", …" if undecided[3:] else "")
        return Placement(None, (), UNDECIDED.format(names) if undecided else NO_BLOCKS)
    strided: list[int] = []
    found: dict[str, list[int]] = {}
    for group in groups:
        striding = [number for number in group.branches.main if layers[number].strided]
        strided += striding
        for where, number in _judged(ops, group.branches.main, striding, layers) if striding else ():
            found.setdefault(where, []).append(number)
    return _verdict(found, [layers[number].name for number in strided], layers)


def _verdict(found: Mapping[str, Sequence[int]], strided: Sequence[str], layers: Mapping[int, Layer]) -> Placement:
    if not found:
        return Placement(None, tuple(strided), NO_DISTINCTION)
    named = {where: ", ".join(layers[number].name for number in numbers) for where, numbers in sorted(found.items())}
    if len(named) > 1:
        listed = "; ".join(f"{where} in {names}" for where, names in named.items())
        return Placement("other", tuple(strided), f"the stride is not always in the same place: {listed}")
    ((where, names),) = named.items()
    words = _VERDICTS[where]
    if where == _SECOND and {layers[number].kernel for number in found[where]} != {(3, 3)}:
        words = _BETWEEN
    return Placement(_VERSIONS.get(where, "other"), tuple(strided), words.format(names))


def _judged(
    ops: Sequence[Op], main: Sequence[int], striding: Sequence[int], layers: Mapping[int, Layer]
) -> Iterator[tuple[str, int]]:
    """Where each layer of a bottleneck that strides stands, and its number; nothing if it is no bottleneck."""
    spots = _spots(ops, main)
    weighted = [number for number in main if ops[number].weighted]
    if not _is_bottleneck([(spots[number], layers[number]) for number in weighted]):
        return
    depth = 1 + max(sum(spots[number]) for number in weighted)
    convolutions = [number for number in striding if ops[number].weighted]
    for number in striding:
        # A pool beside a convolution that strides serves the channels that no convolution reads, as in Res2Net.
        if ops[number].weighted or not convolutions or sum(spots[number]) == depth:
            yield _where(spots[number], layers[number]), number


def _spots(ops: Sequence[Op], main: Sequence[int]) -> dict[int, _Spot]:
    before: dict[int, int] = {}
    after = dict.fromkeys(main, 0)
    for number in main:
        known = (before[source] + ops[source].weighted for source in ops[number].sources if source in before)
        before[number] = max(known, default=0)
    for number in reversed(main):
        passed = after[number] + ops[number].weighted
        for source in ops[number].sources:
            if after.get(source, passed) < passed:
                after[source] = passed
    return {number: _Spot(before[number], after[number]) for number in main}


def _is_bottleneck(weighted: Sequence[tuple[_Spot, Layer]]) -> bool:
    ends = [layer for spot, layer in weighted if not (spot.before and spot.after)]
    inside = [layer for spot, layer in weighted if spot.before and spot.after]
    return not any(map(_is_spatial, ends)) and any(map(_is_spatial, inside))


def _where(spot: _Spot, layer: Layer) -> str:
    if not layer.weighted:
        return {(1, 2): _BEFORE_SECOND, (2, 1): _AFTER_SECOND}.get(spot, _ELSEWHERE)
    if not spot.before:
        return _FIRST
    return _SECOND if spot.after and _is_spatial(layer) else _ELSEWHERE


def _is_spatial(layer: Layer) -> bool:
    return layer.kernel is not None and max(layer.kernel) > 1
