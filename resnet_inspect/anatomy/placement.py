"""The v1 / v1.5 verdict: which layer of a bottleneck carries the stride."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from resnet_inspect.anatomy.facts import Block, Layer, Placement

NO_BLOCKS = "there are no blocks, so there is no v1 or v1.5"
NO_DISTINCTION = (
    "v1 or v1.5, the distinction does not exist here: it is about which convolution of a bottleneck strides, "
    "and no bottleneck strides in this network"
)

_FIRST, _SECOND, _AFTER_SECOND, _ELSEWHERE = "v1", "v1.5", "after the 3×3", "other"

_VERSIONS: Mapping[str, Literal["v1", "v1.5"]] = {_FIRST: "v1", _SECOND: "v1.5"}

_VERDICTS: Mapping[str, str] = {
    _FIRST: "v1: the first 1×1 convolution strides ({})",
    _SECOND: "v1.5: the 3×3 convolution strides ({})",
    _AFTER_SECOND: (
        "neither v1 nor v1.5: no convolution strides, a pool after the 3×3 convolution does it ({}); "
        "this is v1.5 with anti-aliasing"
    ),
    _ELSEWHERE: "neither v1 nor v1.5: {} stride",
}


def placement(blocks: Sequence[Block], operations: Sequence[Layer]) -> Placement:
    """Judge by the main branch of every bottleneck that strides."""
    if not blocks:
        return Placement(None, (), NO_BLOCKS)
    found: dict[str, list[str]] = {}
    strided: list[str] = []
    for block in blocks:
        for where, name in _strides([operations[number] for number in block.main]):
            strided.append(name)
            if block.kind == "bottleneck":
                found.setdefault(where, []).append(name)
    if not found:
        return Placement(None, tuple(strided), NO_DISTINCTION)
    if len(found) > 1:
        return Placement("other", tuple(strided), f"the stride is not always in the same place: {_listed(found)}")
    (where, names), *_ = found.items()
    return Placement(_VERSIONS.get(where, "other"), tuple(strided), _VERDICTS[where].format(", ".join(names)))


def _strides(main: Sequence[Layer]) -> Iterator[tuple[str, str]]:
    """Where each layer of a main branch that strides stands, and its name."""
    before = 0
    for layer in main:
        if layer.strided:
            yield _where(before, weighted=layer.weighted), layer.name
        before += layer.weighted


def _where(before: int, *, weighted: bool) -> str:
    """The place of a layer that follows ``before`` weighted layers of its branch."""
    if weighted:
        return {0: _FIRST, 1: _SECOND}.get(before, _ELSEWHERE)
    return _AFTER_SECOND if before == 2 else _ELSEWHERE


def _listed(found: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{where} in {', '.join(names)}" for where, names in sorted(found.items()))
