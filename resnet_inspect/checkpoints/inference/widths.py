"""Infer the fields for numbers of channels from the shapes of convolutions."""

from collections.abc import Mapping, Sequence
from typing import Any

from resnet_inspect.checkpoints.inference.layout import BlockTensors, Layout
from resnet_inspect.configs.block_shapes import eca_kernel
from resnet_inspect.configs.fields import EXPANSION

_USUAL_BASE_WIDTH = 64
_POWERS = tuple(1 << power for power in range(17))


def widths(found: Layout) -> dict[str, Any]:
    """Return widths, groups and base width, or the widths of each convolution if no regular network has them."""
    groups = _groups(found)
    regular = _regular(found, groups)
    return {"groups": groups, **(_pruned(found) if regular is None else regular)}


def _groups(found: Layout) -> int:
    """Return the groups of the first bottleneck's 3x3, each filter of which reads the channels of one group."""
    for stage in found.stages:
        if stage[0].kind == "bottleneck":
            first, reads = stage[0].filters(1)[0], stage[0].filters(2)[1]
            return first // reads if first and reads and first % reads == 0 else 1
    return 1


def _inner(block: BlockTensors) -> int:
    """Return the channels of a block's second convolution, a bottleneck's 3x3."""
    return block.filters(2)[0]


def _regular(found: Layout, groups: int) -> dict[str, Any] | None:
    stage_widths, quotients, reductions = [], [], set()
    for stage in found.stages:
        first, kind = stage[0], stage[0].kind
        channels = {(block.filters(1)[0], _inner(block), block.out_channels) for block in stage}
        width, rest = divmod(first.out_channels, EXPANSION[kind])
        if len(channels) > 1 or rest or not width or _inner(first) % max(1, first.filters(1)[0]):
            return None
        if _eca_kernel(first) not in {0, eca_kernel(first.out_channels)}:
            return None
        reductions.add(_inner(first) // max(1, first.filters(1)[0]))
        stage_widths.append(width)
        if kind == "bottleneck":
            quotients.append((width, *divmod(_inner(first), groups)))
    base_width = _base_width(quotients)
    if base_width is None or len(reductions) != 1:
        return None
    return {"stage_widths": tuple(stage_widths), "base_width": base_width, "reduce_first": reductions.pop()}


def _base_width(quotients: Sequence[tuple[int, int, int]]) -> int | None:
    """Return the b with floor(width * b / 64) = inner / groups in all stages: 64 if possible, else the smallest."""
    low, high = 1, 65_536
    for width, per_group, rest in quotients:
        if rest:
            return None
        low = max(low, -(-per_group * 64 // width))
        high = min(high, ((per_group + 1) * 64 - 1) // width)
    if not low <= high:
        return None
    return _USUAL_BASE_WIDTH if low <= _USUAL_BASE_WIDTH <= high else low


def _pruned(found: Layout) -> Mapping[str, Any]:
    return {
        "stage_widths": tuple(_before_pruning(number, stage[0]) for number, stage in enumerate(found.stages)),
        "output_widths": tuple(stage[0].out_channels for stage in found.stages),
        "conv_widths": tuple(
            tuple(
                tuple(block.filters(number)[0] for number in range(1, 3 if stage[0].kind == "bottleneck" else 2))
                for block in stage
            )
            for stage in found.stages
        ),
    }


def _before_pruning(stage: int, first: BlockTensors) -> int:
    """Return the usual width of a stage, or the power of two that explains the kernel of eca's convolution."""
    usual = min(64 << stage, _POWERS[-1])
    kernel = _eca_kernel(first)
    fitting = (width for width in (usual, *_POWERS) if eca_kernel(width * EXPANSION[first.kind]) == kernel)
    return next(fitting, usual) if kernel else usual


def _eca_kernel(block: BlockTensors) -> int:
    """Return the kernel of eca's convolution, which depends on the channels before pruning; 0 if there is none."""
    return (block.tensors.get("se.conv.weight") or (0,))[-1]
