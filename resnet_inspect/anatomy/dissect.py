"""The entry point of ``anatomy``: ``dissect(trace) -> Anatomy``."""

from collections.abc import Mapping, Sequence

from resnet_inspect.anatomy.blocks import BlockOps, find_blocks
from resnet_inspect.anatomy.branches import is_chain
from resnet_inspect.anatomy.depth import count_depth
from resnet_inspect.anatomy.names import layer_names, paper_stage_name
from resnet_inspect.anatomy.placement import stride_placement
from resnet_inspect.anatomy.receptive_field import UNKNOWN_FIELD, ReceptiveField, receptive_fields
from resnet_inspect.anatomy.records import Anatomy, Block, Layer, Stage, Totals
from resnet_inspect.anatomy.roles import OUTSIDE_BLOCKS, LayerPosition, assign_roles
from resnet_inspect.anatomy.segments import live_ops
from resnet_inspect.anatomy.stages import number_stages, parallel_blocks
from resnet_inspect.process_state import gc_paused
from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import Op, Trace

_KINDS = {(3, 3): "basic", (1, 3, 1): "bottleneck"}

_WITHOUT_PRODUCTS = frozenset({"add", "sub", "mul", "div", "cat", "stack", "where"})
"""Operators that read a parameter element by element, as a position embedding is added, without a matrix product."""

_PRODUCTS = frozenset({"matmul", "mm", "bmm", "baddbmm", "mv", "dot", "bilinear", "einsum"})
"""Matrix products, which are layers only if one operand is learned: in attention, both are data."""


@gc_paused()
def dissect(trace: Trace, *, name: str = "") -> Anatomy:
    """Derive the anatomy of a traced network from its data flow.

    Args:
        trace: a trace of the network; if it failed, only the operators before the failure are used.
        name: name of the model; that of its class by default.

    Returns:
        Layers, blocks, stages, the paper's depth, sums and the v1 / v1.5 verdict.
    """
    live = live_ops(trace.ops, trace.outputs)
    types = {module.path: module.type for module in trace.modules}
    found = find_blocks(trace.ops, live, types)
    groups = number_stages(trace.ops, found.blocks)
    parallel = parallel_blocks(trace.ops, groups)
    sizes = {parameter.name: parameter.size for parameter in trace.parameters}
    layers = _layers(trace, assign_roles(trace.ops, live, groups, found.gates, parallel), types, sizes)
    constants = tuple(layers.pop(number) for number, op in enumerate(trace.ops) if op.constant)
    numbers = {number: index for index, number in enumerate(layers)}
    operations = tuple(layers.values())
    blocks = tuple(
        _block(trace.ops, group, layers, numbers, follows=index not in parallel) for index, group in enumerate(groups)
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
        depth=count_depth(
            trace.ops, {n: layer for n, layer in layers.items() if layer.role != "unused"}, found.parallel, constants
        ),
        totals=Totals(
            params=sum(sizes.values()),
            macs=sum(op.macs for op in trace.ops),
            buffers=trace.buffers,
        ),
        placement=stride_placement(trace.ops, groups, layers, found.undecided),
        uncalled=_uncalled(trace),
        unmeasured=_unmeasured(trace),
        undecided=tuple(layers[number].name for number in found.undecided),
        constants=constants,
        failure=trace.failure,
    )


def _layers(
    trace: Trace, positions: Mapping[int, LayerPosition], types: Mapping[str, str], sizes: Mapping[str, int]
) -> dict[int, Layer]:
    """Return operator number -> layer, for every operator that reads data, and the layers that read constants alone.

    Args:
        trace: the trace.
        positions: operator number -> position, for those that read data.
        types: module path -> name of its class.
        sizes: name of a parameter -> its size, which counts for the first layer that reads it.
    """
    numbers = [number for number, op in enumerate(trace.ops) if op.sources or op.constant]
    reading = [number for number in numbers if trace.ops[number].sources]
    names = layer_names(trace, numbers)
    fields = receptive_fields(trace.ops, reading, max(len(trace.input_shape) - 2, 1))
    left = dict(sizes)
    layers: dict[int, Layer] = {}
    for number in numbers:
        op = trace.ops[number]
        params = sum(left.pop(parameter, 0) for parameter in op.parameters) if op.parameters else 0
        type_name = types.get(op.module, "")
        position, field = positions.get(number, OUTSIDE_BLOCKS), fields.get(number, UNKNOWN_FIELD)
        layers[number] = _layer(op, names[number], type_name, position, params, field)
    return layers


def _layer(op: Op, name: str, type_name: str, position: LayerPosition, params: int, field: ReceptiveField) -> Layer:
    window, weights = op.window, op.weights
    return Layer(
        name=name,
        paper_name=position.paper_name,
        op=op.name,
        type=type_name,
        stage=position.stage,
        block=position.block,
        role=position.role,
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
        receptive_field=field.size,
        total_stride=field.jump,
        arguments=dict(op.arguments),
        module=op.module,
        constant=op.constant,
    )


def _block(
    ops: Sequence[Op], found: BlockOps, layers: Mapping[int, Layer], numbers: Mapping[int, int], *, follows: bool
) -> Block:
    inside = [layers[number] for number in found.ops]
    flowing = [layers[number] for number in found.ops if number not in found.branches.attention]
    weighted = [layer for n in found.branches.main if (layer := layers[n]).weighted]
    chained = is_chain(ops, found.branches.main)
    first, last = flowing[0], flowing[-1]
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
        is_chain=chained,
        follows=follows,
    )


def _kind(weighted: Sequence[Layer], *, chained: bool) -> str:
    """Return basic or bottleneck, for any number of spatial axes, if the layers are a chain; else the kernels."""
    kernels = [layer.kernel for layer in weighted if layer.kernel]
    square = tuple(kernel[0] for kernel in kernels if len(set(kernel)) == 1)
    if chained and len(square) == len(kernels) and square in _KINDS:
        return _KINDS[square]
    if not kernels:
        return "-".join("linear" for _ in weighted) or "none"
    return "-".join("x".join(map(str, kernel)) for kernel in kernels)


def _stride(first: Layer, last: Layer) -> Shape:
    """Return the factors by which H and W shrink from ``first`` to ``last``: the growth of the total stride.

    If that is unknown, the ratio of the sizes, rounded: 7 from 13 is still 2. Empty if they grow, or if ``last`` has no
    pixels.
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
    """Return stem, stages and head, in order; nothing for a network without blocks."""
    layers: dict[str, list[Layer]] = {}
    for layer in operations:
        if layer.stage:
            layers.setdefault(layer.stage, []).append(layer)
    members: dict[str, list[Block]] = {}
    for block in blocks:
        members.setdefault(block.stage, []).append(block)
    return [_stage(name, inside, members.get(name, [])) for name, inside in layers.items()]


def _stage(name: str, inside: Sequence[Layer], blocks: Sequence[Block]) -> Stage:
    live = [layer for layer in inside if layer.role != "unused"] or inside
    last = live[-1]
    return Stage(
        name=name,
        # The paper has no name for parallel blocks.
        paper_name="" if blocks and not blocks[0].paper_name else paper_stage_name(name, live),
        blocks=len(blocks),
        kind=" + ".join(dict.fromkeys(block.kind for block in blocks)),
        output_shape=last.output_shape,
        stride=_stride(live[0], last),
        params=sum(layer.params for layer in inside),
        macs=sum(layer.macs for layer in inside),
        receptive_field=last.receptive_field,
        total_stride=last.total_stride,
    )


def _uncalled(trace: Trace) -> tuple[str, ...]:
    """Return the paths of modules with parameters of their own that no operator read."""
    read = {parameter for op in trace.ops for parameter in op.parameters}
    owners = dict.fromkeys(p.name.rpartition(".")[0] for p in trace.parameters if p.name not in read)
    return tuple(owners)


def _unmeasured(trace: Trace) -> tuple[str, ...]:
    """Return the names of matrix products without MACs: with a parameter that no rule reads, or of data by data."""
    shapes: dict[str, Shape] = dict(trace.parameters)
    return tuple(
        dict.fromkeys(
            op.name
            for op in trace.ops
            if op.sources and op.weights is None and (_multiplies_data(op) or _multiplies_parameters(op, shapes))
        )
    )


def _multiplies_parameters(op: Op, shapes: Mapping[str, Shape]) -> bool:
    return op.name not in _WITHOUT_PRODUCTS and any(_is_matrix(shapes.get(name, ())) for name in op.parameters)


def _is_matrix(shape: Shape) -> bool:
    return len(shape) > 1 and sum(length > 1 for length in shape) > 1


def _multiplies_data(op: Op) -> bool:
    return len(op.sources) > 1 and (op.name in _PRODUCTS or "scaled_dot_product" in op.name)
