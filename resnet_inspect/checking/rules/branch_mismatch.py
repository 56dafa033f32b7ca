"""Residual additions whose two branches differ in shape or stride."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from resnet_inspect.anatomy.records import Anatomy, Block, Layer, layers_by_number
from resnet_inspect.anatomy.segments import ancestors
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, per_axis
from resnet_inspect.tracing.records import MODEL_INPUT, Failure, Op, Trace


class Branch(NamedTuple):
    """One operand of an addition.

    Attributes:
        shape: shape, batch included.
        stride: input pixels from one of its pixels to the next; ``None`` if not determined by windows alone.
        steps: layers of the branch that change H or W, in running order.
    """

    shape: Shape
    stride: Shape | None
    steps: tuple[Layer, ...]

    @property
    def words(self) -> str:
        """``layer3.0.aa (2×2, stride 2) takes 25×25 to 12×12``, or a phrase that nothing changes the size."""
        return ", then ".join(map(_step, self.steps)) or f"nothing changes its {format_shape(self.shape[2:])}"


class BranchMismatch(NamedTuple):
    """An addition whose operands differ in shape or in stride.

    Attributes:
        block: dotted path of the block's module; the model's class if the block is not a module.
        main, shortcut: the operands.
        failed: ``True`` if the forward failed there.
    """

    block: str
    main: Branch
    shortcut: Branch
    failed: bool

    @property
    def strides_differ(self) -> bool:
        """``True`` if the branches have different strides, so that they fit at no input size."""
        return None not in (self.main.stride, self.shortcut.stride) and self.main.stride != self.shortcut.stride

    @property
    def sizes_differ(self) -> bool:
        """``True`` if H or W differ, and nothing else."""
        main, shortcut = self.main.shape, self.shortcut.shape
        return len(main) == len(shortcut) > 2 and main[:2] == shortcut[:2] and main != shortcut

    @property
    def shapes(self) -> str:
        """The shapes of both branches, in words."""
        main, shortcut = format_shape(self.main.shape[1:]), format_shape(self.shortcut.shape[1:])
        return f"the main branch is {main}, the shortcut {shortcut}"

    @property
    def steps(self) -> str:
        """The layers of both branches that change H and W, in words."""
        return f"main branch: {self.main.words}; shortcut: {self.shortcut.words}"

    @property
    def axis(self) -> int:
        """The first axis along which they differ, 0 for H."""
        pairs = zip(self.main.shape[2:], self.shortcut.shape[2:], strict=True)
        return next((axis for axis, (one, other) in enumerate(pairs) if one != other), 0)


def branch_mismatches(trace: Trace, anatomy: Anatomy) -> Iterator[BranchMismatch]:
    """Yield every mismatch, in running order; the one at which the forward failed is the last."""
    layers = layers_by_number(trace, anatomy)
    numbers = list(layers)
    for block in anatomy.blocks:
        if block.shortcut != "none":
            yield from _in_block(block, trace, numbers, layers)
    failure = trace.failure
    if failure and failure.op == "add" and len(failure.operand_shapes) == 2:
        yield _failed(failure, trace, layers)


def _in_block(
    block: Block, trace: Trace, numbers: Sequence[int], layers: Mapping[int, Layer]
) -> Iterator[BranchMismatch]:
    ops = trace.ops
    addition = next((numbers[i] for i in reversed(block.main) if _adds_branches(ops[numbers[i]])), None)
    if addition is None:
        return
    shapes, sources = ops[addition].source_shapes, ops[addition].sources
    strides = [_stride(source, shape, layers) for source, shape in zip(sources, shapes, strict=True)]
    if shapes[0] == shapes[1] and (strides[0] == strides[1] or None in strides):
        return
    inside = {numbers[i] for i in block.main}
    main = 0 if sources[0] in inside else 1
    steps = [_steps([layers[numbers[i]] for i in branch]) for branch in (block.main, block.shortcut_layers)]
    yield BranchMismatch(
        block=block.name or trace.model,
        main=Branch(shapes[main], strides[main], steps[0]),
        shortcut=Branch(shapes[1 - main], strides[1 - main], steps[1]),
        failed=False,
    )


def _adds_branches(op: Op) -> bool:
    return op.name == "add" and len(set(op.sources)) == 2


def _stride(number: int, shape: Shape, layers: Mapping[int, Layer]) -> Shape | None:
    return (1,) * (len(shape) - 2) if number == MODEL_INPUT else layers[number].total_stride


def _failed(failure: Failure, trace: Trace, layers: Mapping[int, Layer]) -> BranchMismatch:
    """Return the addition that failed; each operand is assumed to be the last output of that shape before it."""
    within = {number for number in layers if _is_inside(trace.ops[number].module, failure.module)}
    makers = [_maker(shape, trace, layers) for shape in failure.operand_shapes]
    flow = [op.sources for op in trace.ops]
    reached = [ancestors(flow, maker, within) for maker in makers]
    own = [reached[0] - reached[1], reached[1] - reached[0]]
    weights = [(sum(trace.ops[number].weighted for number in branch), len(branch)) for branch in own]
    main = 0 if weights[0] >= weights[1] else 1
    branches = [
        Branch(
            failure.operand_shapes[i],
            _stride(makers[i], failure.operand_shapes[i], layers),
            _steps([layers[number] for number in sorted(own[i])]),
        )
        for i in (main, 1 - main)
    ]
    return BranchMismatch(failure.module or trace.model, branches[0], branches[1], failed=True)


def _is_inside(module: str, outer: str) -> bool:
    return not outer or module == outer or module.startswith(f"{outer}.")


def _maker(shape: Shape, trace: Trace, layers: Collection[int]) -> int:
    return next((n for n in sorted(layers, reverse=True) if trace.ops[n].output_shape == shape), MODEL_INPUT)


def _steps(branch: Sequence[Layer]) -> tuple[Layer, ...]:
    return tuple(layer for layer in branch if layer.kernel and layer.input_shape[2:] != layer.output_shape[2:])


def _step(layer: Layer) -> str:
    sizes = f"{format_shape(layer.input_shape[2:])} to {format_shape(layer.output_shape[2:])}"
    return f"{layer.name} ({format_shape(layer.kernel or ())}, stride {per_axis(layer.stride or ())}) takes {sizes}"
