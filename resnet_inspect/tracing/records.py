"""The records of a trace: plain numbers and names, never a tensor or a module.

Records that are made once per operator, call, module or parameter are named tuples: a frozen dataclass takes three
times as long to make, which was a fifth of the time of a trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape

MODEL_INPUT = -1
"""The number of the model's input among an operator's sources."""

WRITTEN = -2
"""The number of a tensor that was written into through another one, as a base through its view."""

Scalar = bool | int | float | str | None | tuple["Scalar", ...]
"""The value of an argument that is no tensor; types are written as text, ``float16``."""

Operand = int | tuple[int, int] | str
"""The origin of a tensor that an operator reads.

An operator's number if its first result is read, or its number and the position of the result; ``MODEL_INPUT``, or
``(MODEL_INPUT, n)`` for the n-th further input, or ``>name`` if several inputs have names; ``(WRITTEN, n)`` for the
n-th of ``Trace.writes``. For other tensors a text: the name of an entry of the state_dict, or
``=`` and the values of a constant, or ``?`` and the type and shape of one whose values are not known.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The geometry of a convolution or a pool. Every tuple has one entry per spatial axis: (h, w) for images.

    Attributes:
        kernel: size of the window.
        stride: step of the window.
        padding: rows and columns added on each side; the smaller number if ``padding="same"`` is uneven.
        dilation: distance between the elements of the kernel.
        ceil_mode: ``True`` if the output size is rounded up.
        transposed: ``True`` if it is a transposed convolution, whose stride enlarges.
        adaptive: ``True`` if the window follows from a given output size; kernel and stride are then derived from the
            sizes of input and output.
    """

    kernel: Shape
    stride: Shape
    padding: Shape
    dilation: Shape
    ceil_mode: bool = False
    transposed: bool = False
    adaptive: bool = False


@dataclass(frozen=True, slots=True)
class LayerWeight:
    """The weight of a convolution or a linear layer.

    Attributes:
        in_channels: channels or features read.
        out_channels: channels or features written.
        groups: groups of a convolution; 1 for a linear layer.
        bias: ``True`` if a bias is added.
        generated: ``True`` if the weight depends on the data, as in a dynamic convolution.
    """

    in_channels: int
    out_channels: int
    groups: int
    bias: bool
    generated: bool = False


class Op(NamedTuple):
    """One ATen operator as it ran.

    Attributes:
        name: the ATen name without the in-place underscore: ``conv2d``, ``batch_norm``, ``add``.
        module: dotted path of the innermost running module; empty for the model itself.
        sources: numbers of the operators whose outputs were read, in argument order; ``MODEL_INPUT`` for the input.
            Empty when the operator depends on no input, as in the standardisation of a weight.
        source_shapes: shapes of those outputs, in the same order; of a layer that reads constants alone, the shape of
            the first.
        parameters: names of the parameters read, directly or through operators that read nothing else.
        output_shape: shape of the (first) output.
        window: geometry of a convolution or a pool.
        weights: channels and bias, if this is a convolution or a linear layer whose weight is learned (a parameter, or
            made of parameters alone) or generated from the data.
        macs: multiply-accumulates, without the bias; 0 unless ``weights`` is set.
        arguments: names and values of the arguments that are no tensors, defaults included, as in torch's schema; not
            those that ``window`` and ``weights`` hold, nor those that only choose a kernel or a memory layout. An
            optional tensor that was not given is ``None``.
        operands: origins of all tensors that it reads, in order.
        dtype: type of the (first) output: ``float32``; empty if it has none.
        pads_with_zeros: ``True`` if it puts its data among zeros, and does nothing else: a pad, a concatenation with
            zeros, a copy into zeros.
    """

    name: str
    module: str
    sources: tuple[int, ...]
    source_shapes: tuple[Shape, ...]
    parameters: tuple[str, ...]
    output_shape: Shape
    window: Window | None
    weights: LayerWeight | None
    macs: int
    arguments: tuple[tuple[str, Scalar], ...] = ()
    operands: tuple[Operand, ...] = ()
    dtype: str = ""
    pads_with_zeros: bool = False

    @property
    def weighted(self) -> bool:
        """``True`` if this is a layer in the paper's sense: a convolution or linear layer.

        Its weight is learned, or generated from the data. A blur is a convolution too, but its kernel is fixed.
        """
        return self.weights is not None

    @property
    def constant(self) -> bool:
        """``True`` if this is a layer that depends on no input, such as the projection of a learned query."""
        return self.weights is not None and not self.sources

    @property
    def generated(self) -> bool:
        """``True`` if its weight, the second of its sources, depends on the data."""
        return self.weights is not None and self.weights.generated


class Write(NamedTuple):
    """A tensor after an operator wrote into another one that shares its memory.

    Attributes:
        before: its origin before.
        writer: number of the operator.
        region: where the other tensor lies in it: offset, sizes and strides.
    """

    before: Operand
    writer: int
    region: str


class Call(NamedTuple):
    """One call of a module's forward.

    Attributes:
        module: dotted path; empty for the model itself.
        first: number of the first operator that ran inside.
        end: one past the number of the last one; equal to ``first`` if none ran.
        input_shape: shape of the first tensor given; ``None`` if there was none.
        output_shape: shape of the first tensor returned; ``None`` if there was none.
    """

    module: str
    first: int
    end: int
    input_shape: Shape | None
    output_shape: Shape | None


class ModuleInfo(NamedTuple):
    """A module of the tree, whether it is called or not.

    Attributes:
        path: dotted path; empty for the model itself.
        type: name of its class.
        leaf: ``True`` if it has no submodules.
    """

    path: str
    type: str
    leaf: bool


class Parameter(NamedTuple):
    """A parameter, once per tensor.

    Attributes:
        name: its first name in the tree, e.g. ``layer1.0.conv1.weight``.
        shape: its shape.
    """

    name: str
    shape: Shape

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Failure:
    """Failure of a forward, or the flaw in the output of one that ended.

    Attributes:
        module: dotted path of the innermost running module; of a severed output, where the data was lost, if known.
        op: ATen name of the operator that failed; empty if the error came from Python code.
        operand_shapes: shapes of that operator's tensors.
        message: message of the error.
        needs_values: ``True`` if it asked for values, which tensors on the meta device do not have.
        severed: ``True`` if the forward came to its end, but its output depends on no input.
    """

    module: str
    op: str
    operand_shapes: tuple[Shape, ...]
    message: str
    needs_values: bool = False
    severed: bool = False

    @property
    def where(self) -> str:
        """The module, as ``in layer4.0.aa``; for the model itself, its own forward."""
        return f"in {self.module}" if self.module else "in the model's own forward"

    @property
    def operation(self) -> str:
        """The operator, as ``add of 1×512×7×7 and 1×512×8×8``; empty if the error came from Python code."""
        shapes = " and ".join(map(format_shape, self.operand_shapes))
        return f"{self.op} of {shapes}" if self.op and shapes else self.op

    @property
    def cause(self) -> str:
        """The operation and the first line of the message."""
        return ": ".join(filter(None, (self.operation, self.message.partition("\n")[0])))

    @property
    def event(self) -> str:
        """The event and its place: ``the forward failed in layer4.0``."""
        return "the output depends on no input" if self.severed else f"the forward failed {self.where}"

    @property
    def reason(self) -> str:
        """The event, its place and its cause, on one line."""
        return f"{self.event}: {self.cause}"

    @property
    def covered(self) -> str:
        """The part of the model that the results of such a run are about, as a clause."""
        return "this is what could be followed" if self.severed else "this is what ran up to there"


@dataclass(frozen=True, slots=True)
class Trace:
    """One run of a model's forward.

    Attributes:
        model: name of the model's class.
        input_shape: shape of the (first) dummy input.
        output_shape: shape of the (first) output; ``None`` if the forward raised or returned no tensor.
        outputs: numbers of the operators that made those of the output's tensors that depend on an input; empty in the
            same cases, and for a severed output.
        results: origins of the output's tensors, also of those that depend on no input.
        result_names: their keys in the output, with dots between levels; empty for a single tensor.
        writes: the tensors that were written into through others.
        entry_types: types of the entries of the state_dict, of those that are not float32.
        hidden: ``True`` if the forward computed with values in ways that operators do not show, or drew random numbers.
        ops: every operator, in the order in which it ran.
        calls: every module call, in the order in which it began.
        modules: every module of the tree, in registration order.
        parameters: every parameter, once per tensor.
        buffers: elements of all buffers together.
        state_dict: ordered names and shapes as ``state_dict()`` gives them.
        failure: where the forward failed, if it did; ``ops`` and ``calls`` are then those before. Also set for an
            output that depends on no input, of which nothing can be told.
    """

    model: str
    input_shape: Shape
    output_shape: Shape | None
    outputs: tuple[int, ...]
    ops: tuple[Op, ...]
    calls: tuple[Call, ...]
    modules: tuple[ModuleInfo, ...]
    parameters: tuple[Parameter, ...]
    buffers: int
    state_dict: tuple[tuple[str, Shape], ...]
    failure: Failure | None = None
    results: tuple[Operand, ...] = ()
    result_names: tuple[str, ...] = ()
    writes: tuple[Write, ...] = ()
    entry_types: tuple[tuple[str, str], ...] = ()
    hidden: bool = False
