"""The way into this room: ``dissect(trace) -> Anatomy``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resnet_inspect.anatomy.blocks import Grouping, find_blocks
from resnet_inspect.anatomy.branches import in_a_row
from resnet_inspect.anatomy.depth import count
from resnet_inspect.anatomy.facts import Anatomy, Block, Layer, Stage, Totals
from resnet_inspect.anatomy.flow import living
from resnet_inspect.anatomy.naming import layer_names, paper_stage_name
from resnet_inspect.anatomy.placement import placement
from resnet_inspect.anatomy.places import Place, places
from resnet_inspect.anatomy.reach import Reach, reaches
from resnet_inspect.anatomy.stages import breaks, with_stages
from resnet_inspect.collector import without_collector
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Op, Trace

_KINDS = {(3, 3): "basic", (1, 3, 1): "bottleneck"}

_WITHOUT_PRODUCTS = frozenset({"add", "sub", "mul", "div", "cat", "stack", "where"})
"""Operators that read a parameter entry by entry, as a position embedding is added, and multiply no matrices."""

_PRODUCTS = frozenset({"matmul", "mm", "bmm", "baddbmm", "mv", "dot", "bilinear", "einsum"})
"""Matrix products, which are layers only where one side is learned: in attention, both are data."""


@without_collector()
def dissect(trace: Trace, *, name: str = "") -> Anatomy:
    """Understand a traced network by its data flow.

    Args:
        trace: a run of the network; one that failed is understood as far as it went.
        name: what to call the model; the name of its class unless given.

    Returns:
        Layers, blocks, stages, the paper's depth, sums and the v1 / v1.5 verdict.
    """
    alive = living(trace.ops, trace.outputs)
    types = {module.path: module.type for module in trace.modules}
    found = find_blocks(trace.ops, alive, types)
    groups = with_stages(trace.ops, found.blocks)
    beside = breaks(trace.ops, groups)
    layers = _layers(trace, places(trace.ops, alive, groups, found.gates, beside), types)
    numbers = {number: index for index, number in enumerate(layers)}
    operations = tuple(layers.values())
    blocks = tuple(
        _block(trace.ops, group, layers, numbers, follows=index not in beside) for index, group in enumerate(groups)
    )
    stages = _stages(operations, blocks)
    return Anatomy(
        model=name or trace.model,
        input_shape=trace.input_shape,
        output_shape=trace.output_shape,
        operations=operations,
        stem=next((stage for stage in stages if stage.name == "stem"), None),
        stages=tuple(stage for stage in stages if stage.name not in {"stem", "head"}),
        head=next((stage for stage in stages if stage.name == "head"), None),
        blocks=blocks,
        depth=count(trace.ops, {n: layer for n, layer in layers.items() if layer.role != "unused"}),
        totals=Totals(
            params=sum(parameter.size for parameter in trace.parameters),
            macs=sum(op.macs for op in trace.ops),
            buffers=trace.buffers,
        ),
        placement=placement(trace.ops, groups, layers, found.undecided),
        uncalled=_uncalled(trace),
        unmeasured=_unmeasured(trace),
        undecided=tuple(layers[number].name for number in found.undecided),
        failure=trace.failure,
    )


def _layers(trace: Trace, where: Mapping[int, Place], types: Mapping[str, str]) -> dict[int, Layer]:
    """Operator number -> layer, for every operator that reads data."""
    reading = [number for number, op in enumerate(trace.ops) if op.sources]
    names = layer_names(trace, reading)
    reach = reaches(trace.ops, reading, max(len(trace.input_shape) - 2, 1))
    sizes = {parameter.name: parameter.size for parameter in trace.parameters}
    layers: dict[int, Layer] = {}
    for number in reading:
        op = trace.ops[number]
        params = sum(sizes.pop(parameter, 0) for parameter in op.parameters)
        type_name = types.get(op.module, "")
        layers[number] = _layer(op, names[number], type_name, where[number], params, reach[number])
    return layers


def _layer(op: Op, name: str, type_name: str, place: Place, params: int, reach: Reach) -> Layer:
    window, weights = op.window, op.weights
    return Layer(
        name=name,
        paper_name=place.paper_name,
        op=op.name,
        type=type_name,
        stage=place.stage,
        block=place.block,
        role=place.role,
        kernel=window.kernel if window else None,
        stride=window.stride if window else None,
        padding=window.padding if window else None,
        dilation=window.dilation if window else None,
        groups=weights.groups if weights else None,
        in_channels=weights.in_channels if weights else None,
        out_channels=weights.out_channels if weights else None,
        bias=weights.bias if weights else None,
        input_shape=op.source_shapes[0],
        output_shape=op.output_shape,
        params=params,
        macs=op.macs,
        weighted=op.weighted,
        adaptive=bool(window and window.adaptive),
        ceil_mode=bool(window and window.ceil_mode),
        receptive_field=reach.field,
        total_stride=reach.jump,
        module=op.module,
    )


def _block(
    ops: Sequence[Op], found: Grouping, layers: Mapping[int, Layer], numbers: Mapping[int, int], *, follows: bool
) -> Block:
    inside = [layers[number] for number in found.ops]
    weighted = [layer for n in found.branches.main if (layer := layers[n]).weighted]
    chained = in_a_row(ops, found.branches.main)
    first, last = inside[0], inside[-1]
    return Block(
        name=found.path,
        paper_name=first.paper_name,
        stage=str(first.stage),
        index=first.block or 0,
        kind=_kind(weighted, chained=chained),
        shortcut=found.branches.kind,
        stride=_stride(first, last),
        main=tuple(numbers[number] for number in found.branches.main),
        shortcut_layers=tuple(numbers[number] for number in found.branches.shortcut),
        attention=tuple(numbers[number] for number in found.branches.attention),
        fork=found.fork,
        input_shape=first.input_shape,
        output_shape=last.output_shape,
        params=sum(layer.params for layer in inside),
        macs=sum(layer.macs for layer in inside),
        in_a_row=chained,
        follows=follows,
    )


def _kind(weighted: Sequence[Layer], *, chained: bool) -> str:
    """Basic and bottleneck whatever the number of axes, where the layers follow each other; else the kernels."""
    kernels = [layer.kernel for layer in weighted if layer.kernel]
    square = tuple(kernel[0] for kernel in kernels if len(set(kernel)) == 1)
    if chained and len(square) == len(kernels) and square in _KINDS:
        return _KINDS[square]
    if not kernels:
        return "-".join("linear" for _ in weighted) or "none"
    return "-".join("x".join(map(str, kernel)) for kernel in kernels)


def _stride(first: Layer, last: Layer) -> Shape:
    """By which H and W shrink from ``first`` to ``last``: the growth of the total stride.

    Where that is not known, the ratio of the sizes, rounded: 7 from 13 is still 2. Empty where they grow, or where
    ``last`` has no pixels.
    """
    if first.total_stride and last.total_stride:
        own = first.stride or (1,) * len(first.total_stride)
        grown = [
            divmod(end * step, begin)
            for begin, step, end in zip(first.total_stride, own, last.total_stride, strict=True)
        ]
        return () if any(rest for _, rest in grown) else tuple(times for times, _ in grown)
    before, after = first.input_shape, last.output_shape
    if len(before) != len(after) or any(b > a for a, b in zip(before[2:], after[2:], strict=True)):
        return ()
    return tuple(max(round(a / b), 1) if b else 1 for a, b in zip(before[2:], after[2:], strict=True))


def _stages(operations: Sequence[Layer], blocks: Sequence[Block]) -> list[Stage]:
    """Stem, stages and head, in order; nothing in a network without blocks."""
    layers: dict[str, list[Layer]] = {}
    for layer in operations:
        if layer.stage:
            layers.setdefault(layer.stage, []).append(layer)
    members: dict[str, list[Block]] = {}
    for block in blocks:
        members.setdefault(block.stage, []).append(block)
    return [_stage(name, inside, members.get(name, [])) for name, inside in layers.items()]


def _stage(name: str, inside: Sequence[Layer], blocks: Sequence[Block]) -> Stage:
    alive = [layer for layer in inside if layer.role != "unused"] or inside
    last = alive[-1]
    return Stage(
        name=name,
        # Where the blocks do not follow one another, the paper has no name for them.
        paper_name="" if blocks and not blocks[0].paper_name else paper_stage_name(name, alive),
        blocks=len(blocks),
        kind=" + ".join(dict.fromkeys(block.kind for block in blocks)),
        output_shape=last.output_shape,
        stride=_stride(alive[0], last),
        params=sum(layer.params for layer in inside),
        macs=sum(layer.macs for layer in inside),
        receptive_field=last.receptive_field,
        total_stride=last.total_stride,
    )


def _uncalled(trace: Trace) -> tuple[str, ...]:
    """Modules with parameters of their own that no operator read."""
    read = {parameter for op in trace.ops for parameter in op.parameters}
    owners = dict.fromkeys(p.name.rpartition(".")[0] for p in trace.parameters if p.name not in read)
    return tuple(owners)


def _unmeasured(trace: Trace) -> tuple[str, ...]:
    """Operators that multiply matrices but have no MACs: of a parameter that no rule reads, or of data by data."""
    axes = {parameter.name: sum(length > 1 for length in parameter.shape) for parameter in trace.parameters}
    return tuple(
        dict.fromkeys(
            op.name
            for op in trace.ops
            if op.sources and op.weights is None and (_multiplies_data(op) or _multiplies_parameters(op, axes))
        )
    )


def _multiplies_parameters(op: Op, axes: Mapping[str, int]) -> bool:
    return op.name not in _WITHOUT_PRODUCTS and any(axes.get(name, 0) > 1 for name in op.parameters)


def _multiplies_data(op: Op) -> bool:
    return len(op.sources) > 1 and (op.name in _PRODUCTS or "scaled_dot_product" in op.name)
