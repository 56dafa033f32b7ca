"""Stride placement, the v1 / v1.5 verdict: which layer of a bottleneck strides."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from resnet_inspect.anatomy.blocks import BlockOps
from resnet_inspect.anatomy.records import Layer, Placement
from resnet_inspect.anatomy.reductions import reducing_ops
from resnet_inspect.anatomy.sums import ADDING
from resnet_inspect.tracing.records import Op

_NO_BLOCKS = "there are no blocks, so there is no v1 or v1.5"
_UNDECIDED = (
    "unknown: tensors are added ({}), but other parts of the network also read what each addition joins, so the "
    "data flow shows no blocks"
)
_UNKNOWN_JOIN = (
    "unknown: tensors are joined ({}), but not by an operator that is known to add them, so the data flow does not "
    "tell whether there are blocks"
)
_NO_DISTINCTION = (
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
    _ELSEWHERE: "neither v1 nor v1.5: the stride is on {}",
}
_BETWEEN = "v1.5: the convolution between the two 1×1 strides ({})"
"""The verdict for v1.5 if that convolution is not 3×3."""


class _Distance(NamedTuple):
    """Numbers of weighted layers before and after an operator, on the longest paths through a main branch."""

    before: int
    after: int


def stride_placement(
    ops: Sequence[Op], blocks: Sequence[BlockOps], layers: Mapping[int, Layer], undecided: Sequence[int]
) -> Placement:
    """Judge the stride placement by the main branch of every bottleneck that strides.

    A bottleneck is any main branch that begins and ends with 1×1 convolutions and has larger ones in between: parallel
    ones, as in SKNet, or consecutive ones, as in Res2Net.

    Args:
        ops: all operators.
        blocks: the blocks.
        layers: operator number -> layer.
        undecided: numbers of the operators that join tensors, in a network in which none closes a block.
    """
    if not blocks:
        names = ", ".join(layers[number].name for number in undecided[:3]) + (", …" if undecided[3:] else "")
        if not undecided:
            return Placement(None, (), _NO_BLOCKS)
        added = any(ops[number].name in ADDING for number in undecided)
        return Placement(None, (), (_UNDECIDED if added else _UNKNOWN_JOIN).format(names))
    strided: list[int] = []
    found: dict[str, list[int]] = {}
    for block in blocks:
        main = block.branches.main
        striding = [number for number in main if layers[number].strided]
        striding = sorted({*striding, *reducing_ops(ops, main, block.ops[-1])})
        strided += striding
        for spot, number in _striding_spots(ops, main, striding, layers) if striding else ():
            found.setdefault(spot, []).append(number)
    return _verdict(found, [layers[number].name for number in strided], layers)


def _verdict(found: Mapping[str, Sequence[int]], strided: Sequence[str], layers: Mapping[int, Layer]) -> Placement:
    if not found:
        return Placement(None, tuple(strided), _NO_DISTINCTION)
    named = {spot: ", ".join(layers[number].name for number in numbers) for spot, numbers in sorted(found.items())}
    if len(named) > 1:
        listed = "; ".join(f"{spot} in {names}" for spot, names in named.items())
        return Placement("other", tuple(strided), f"the stride is not always in the same place: {listed}")
    ((spot, names),) = named.items()
    words = _VERDICTS[spot]
    if spot == _SECOND and {layers[number].kernel for number in found[spot]} != {(3, 3)}:
        words = _BETWEEN
    return Placement(_VERSIONS.get(spot, "other"), tuple(strided), words.format(names))


def _striding_spots(
    ops: Sequence[Op], main: Sequence[int], striding: Sequence[int], layers: Mapping[int, Layer]
) -> Iterator[tuple[str, int]]:
    """Yield the spot (``_FIRST`` ...) and the number of each striding layer; nothing unless it is a bottleneck."""
    distances = _distances(ops, main)
    weighted = [number for number in main if ops[number].weighted]
    # Patches of an image, times a matrix of weights, are a convolution written out.
    spatial = {number for number in main if ops[number].name == "im2col" or _is_spatial(layers[number])}
    if not _is_bottleneck([(distances[n], n in spatial) for n in main if ops[n].weighted or ops[n].name == "im2col"]):
        return
    depth = 1 + max(sum(distances[number]) for number in weighted)
    convolutions = [number for number in striding if ops[number].weighted]
    for number in striding:
        # A pool parallel to a convolution that strides is for the channels that no convolution reads, as in Res2Net.
        if ops[number].weighted or not convolutions or sum(distances[number]) == depth:
            yield _spot(distances[number], layers[number]), number


def _distances(ops: Sequence[Op], main: Sequence[int]) -> dict[int, _Distance]:
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
    return {number: _Distance(before[number], after[number]) for number in main}


def _is_bottleneck(layers: Sequence[tuple[_Distance, bool]]) -> bool:
    """Return whether layers, given by their distances and whether they are spatial, are those of a bottleneck."""
    inside = [spatial for distance, spatial in layers if distance.before and distance.after]
    return any(inside) and not any(spatial for distance, spatial in layers if not (distance.before and distance.after))


def _spot(distance: _Distance, layer: Layer) -> str:
    if not layer.strided:
        return _ELSEWHERE
    if not layer.weighted:
        return {(1, 2): _BEFORE_SECOND, (2, 1): _AFTER_SECOND}.get(distance, _ELSEWHERE)
    if not distance.before:
        return _FIRST
    return _SECOND if distance.after and _is_spatial(layer) else _ELSEWHERE


def _is_spatial(layer: Layer) -> bool:
    return layer.kernel is not None and max(layer.kernel) > 1
