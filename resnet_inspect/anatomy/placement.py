"""The v1 / v1.5 verdict: which convolution of a bottleneck carries the stride."""

from __future__ import annotations

from collections.abc import Sequence

from resnet_inspect.anatomy.facts import Block, Layer, Placement

NO_BLOCKS = "there are no blocks, so there is no v1 or v1.5"
NO_DISTINCTION = (
    "v1 or v1.5, the distinction does not exist here: it is about which convolution of a bottleneck strides, "
    "and no bottleneck strides in this network"
)


def placement(blocks: Sequence[Block], operations: Sequence[Layer]) -> Placement:
    """Judge by the main branch of every bottleneck that strides."""
    if not blocks:
        return Placement(None, (), NO_BLOCKS)
    found: dict[str, list[str]] = {}
    strided: list[str] = []
    for block in blocks:
        weighted = [operations[number] for number in block.main if operations[number].weighted]
        for layer in weighted:
            if layer.strided:
                strided.append(layer.name)
                if block.kind == "bottleneck":
                    found.setdefault(_version(layer, weighted), []).append(layer.name)
    if not found:
        return Placement(None, tuple(strided), NO_DISTINCTION)
    if len(found) > 1:
        return Placement("other", tuple(strided), f"the stride is not always in the same place: {_listed(found)}")
    (version, names), *_ = found.items()
    if version == "v1":
        return Placement("v1", tuple(strided), f"v1: the first 1×1 convolution strides ({', '.join(names)})")
    if version == "v1.5":
        return Placement("v1.5", tuple(strided), f"v1.5: the 3×3 convolution strides ({', '.join(names)})")
    return Placement("other", tuple(strided), f"neither v1 nor v1.5: {', '.join(names)} stride")


def _version(layer: Layer, weighted: Sequence[Layer]) -> str:
    if layer is weighted[0]:
        return "v1"
    return "v1.5" if layer is weighted[1] else "other"


def _listed(found: dict[str, list[str]]) -> str:
    return "; ".join(f"{version} in {', '.join(names)}" for version, names in sorted(found.items()))
