"""The records of an anatomy: plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Literal

from resnet_inspect.anatomy.role_names import Role
from resnet_inspect.rendering.report import Report, Shown
from resnet_inspect.shapes import Shape
from resnet_inspect.text import pluralise, sanitise
from resnet_inspect.tracing.records import Failure, Scalar, Trace

ShortcutKind = Literal["identity", "projection", "zero-pad", "none", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One operator and its position in the network.

    Attributes:
        name: dotted path of the module; ``path:op`` for a functional operation, ``path#2`` for a second call.
        paper_name: the paper's name of the layer or block: ``conv1``, ``conv3_1``, ``fc``; empty if the paper has none.
        op: ATen name: ``conv2d``, ``linear``, ``max_pool2d``, ``batch_norm``, ``add``; ``None`` for a module whose
            operations have rows of their own.
        type: name of the class of the module that runs it.
        stage: ``stem``, ``stage1`` ..., ``head``; ``None`` in a network without blocks.
        block: number of the block in its stage, from 0; ``None`` outside blocks.
        role: stem, main, shortcut, attention, head; unused if its output does not reach the model's.
        kernel, stride, padding, dilation: (h, w) of a convolution or pool; ``None`` for other operators.
        groups, in_channels, out_channels, bias: of a convolution or linear layer; ``None`` for other operators.
        input_shape: shape of the first data operand, batch included.
        output_shape: shape of the output, batch included.
        params: elements of the parameters that it is the first to read.
        macs: multiply-accumulates of a convolution or linear layer, without bias.
        weighted: ``True`` if it is a layer in the paper's sense: a convolution or linear layer whose weight is learned,
            or generated from the data.
        adaptive: ``True`` if it is a pool whose window follows from the wanted output size.
        ceil_mode: ``True`` if a pool rounds its output size up.
        receptive_field: (h, w) in input pixels that one output pixel depends on through windows; the means that gates
            and normalisations take are not counted. ``None``: the whole input; empty: unknown, as behind an upsampling.
        total_stride: (h, w) input pixels from one output pixel to the next; ``None`` if unknown.
        arguments: names and values of all other arguments that are no tensors: ``eps``, ``negative_slope``, ``dim``.
        constant: ``True`` if it is a weighted layer that reads no input, such as the projection of a learned query. Its
            stage and block are ``None``.
        module: dotted path of the module that runs it.
    """

    name: str
    paper_name: str
    op: str | None
    type: str
    stage: str | None
    block: int | None
    role: Role
    kernel: Shape | None = None
    stride: Shape | None = None
    padding: Shape | None = None
    dilation: Shape | None = None
    groups: int | None = None
    in_channels: int | None = None
    out_channels: int | None = None
    bias: bool | None = None
    input_shape: Shape
    output_shape: Shape
    params: int = 0
    macs: int = 0
    weighted: bool = False
    adaptive: bool = False
    ceil_mode: bool = False
    receptive_field: Shape | None = None
    total_stride: Shape | None = None
    arguments: Mapping[str, Scalar] = field(default_factory=dict, hash=False)
    constant: bool = False
    module: str = field(metadata={"json": False})

    @property
    def pooling(self) -> bool:
        """``True`` if it slides a window without weights: a pool, or a blur with its fixed kernel."""
        return self.kernel is not None and not self.weighted

    @property
    def settings(self) -> dict[str, Scalar]:
        """The arguments without those that are off, and without the factor 1 of a sum."""
        arguments = self.arguments.items()
        return {name: value for name, value in arguments if value is not False and (name, value) != ("alpha", 1)}

    @property
    def strided(self) -> bool:
        """``True`` if its stride reduces H or W."""
        enlarging = self.op is not None and "transpose" in self.op
        return self.stride is not None and not (self.adaptive or enlarging) and max(self.stride) > 1


@dataclass(frozen=True, slots=True)
class Block:
    """One block: a main branch, and usually a shortcut that is added to it.

    Attributes:
        name: dotted path of its module; empty if the data flow alone shows it.
        paper_name: ``conv3_1`` and so on; empty in the cases listed at ``Stage``.
        stage: name of its stage.
        index: its number in the stage, from 0.
        kind: basic, bottleneck, or the kernels of its main branch in running order, e.g. ``1x1-3x3-3x3-1x1``.
        shortcut: identity, projection (has a convolution), zero-pad, none, or other (a pool alone, a gate, or anything
            else that changes the shape).
        stride: factors by which it reduces (h, w); empty if they grow, or if there are none.
        main, shortcut_layers, attention: numbers of its layers in ``Anatomy.operations``, per branch, in order.
        fork: number of layers of ``main`` that run before the shortcut branches off, as the activation that a v2
            projection reads too.
        input_shape, output_shape: batch included.
        params: parameters, normalisations included.
        macs: multiply-accumulates.
        is_chain: ``True`` if each weighted layer of the main branch depends on the one before it.
        follows: ``True`` if it depends on the block before it; false for parallel blocks.
    """

    name: str
    paper_name: str
    stage: str
    index: int
    kind: str
    shortcut: ShortcutKind
    stride: Shape
    main: tuple[int, ...] = field(metadata={"json": False})
    shortcut_layers: tuple[int, ...] = field(metadata={"json": False})
    attention: tuple[int, ...] = field(metadata={"json": False})
    fork: int = field(metadata={"json": False})
    input_shape: Shape
    output_shape: Shape
    params: int
    macs: int
    is_chain: bool = field(default=True, metadata={"json": False})
    follows: bool = field(default=True, metadata={"json": False})


@dataclass(frozen=True, slots=True)
class Stage:
    """The stem, one stage, or the head.

    Attributes:
        name: ``stem``, ``stage1`` ..., ``head``.
        paper_name: ``conv1``, ``conv2_x`` ..., ``fc``; for a head without a classifier, ``average pool`` or empty. Also
            empty for a head that convolves an image, and from the first block on that does not follow the one before.
        blocks: number of blocks; 0 for stem and head.
        kind: kind of its blocks, several joined by ``+``; empty for stem and head.
        output_shape: batch included.
        stride: factors by which it reduces (h, w); empty if they grow, or if there are none.
        params, macs: of everything in it, normalisations included.
        receptive_field, total_stride: at its end, as in ``Layer``.
    """

    name: str
    paper_name: str
    blocks: int
    kind: str
    output_shape: Shape
    stride: Shape
    params: int
    macs: int
    receptive_field: Shape | None
    total_stride: Shape | None

    @property
    def title(self) -> str:
        """The name with the paper's name, if there is one: ``stage2 (conv3_x)``."""
        return f"{self.name} ({self.paper_name})" if self.paper_name else self.name


@dataclass(frozen=True, slots=True)
class Depth:
    """The paper's count of layers.

    Attributes:
        depth: weighted layers on the longest path from input to output through the main branches.
        weighted: all weighted layers.
        conv: convolutions among them.
        linear: linear layers among them.
        shortcut: weighted layers on shortcuts.
        attention: weighted layers in gates.
        parallel: weighted layers of main branches that are not on the longest path.
        constant: those of them that read no input, such as the projection of a learned query.
        formula: the depth as a sum, e.g. ``34 = 1 + 2·(3+4+6+3) + 1``.
        path: names of the layers that are counted, in order.
    """

    depth: int
    weighted: int
    conv: int
    linear: int
    shortcut: int
    attention: int
    parallel: int
    constant: int
    formula: str
    path: tuple[str, ...] = field(default=(), compare=False, metadata={"json": False})


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the model: parameters once per tensor; multiply-accumulates; buffer elements."""

    params: int
    macs: int
    buffers: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Stride placement: which layers of the blocks that reduce H and W stride.

    Attributes:
        version: ``v1`` (first 1x1), ``v1.5`` (the layer between the two 1x1, usually a 3x3), ``other``; ``None`` if
            the distinction does not apply, because no bottleneck strides, or if the data flow shows no blocks.
        layers: name of each layer on a main branch that reduces H or W: strided ones, pools and blurs included, and
            others, such as slices.
        text: the verdict in words.
    """

    version: Literal["v1", "v1.5", "other"] | None
    layers: tuple[str, ...]
    text: str


@dataclass(frozen=True, repr=False)
class Anatomy(Shown):
    """The structure of a network, derived from one trace.

    Attributes:
        model: its name.
        input_shape, output_shape: batch included; the output's is ``None`` if the forward failed.
        operations: every operator that depends on the input, in running order.
        stem, stages, head: the network in order; ``stem`` and ``head`` are ``None`` if there is none, as in a backbone
            without a head, and in a network without blocks.
        blocks: every block, in order.
        depth: the paper's count.
        totals: sums over the model.
        placement: the v1 / v1.5 verdict.
        uncalled: paths of the modules that were never called and have parameters.
        unmeasured: names of operators whose products are not in the MACs: of data by data, as in self-attention, or of
            a matrix of parameters in a way that no rule covers.
        undecided: names of the additions that close no block, because other parts read what they join too.
        constants: the weighted layers that read no input, in running order.
        failure: the failure of the forward, if it failed; the other attributes then describe the layers before it.
    """

    model: str
    input_shape: Shape
    output_shape: Shape | None
    operations: tuple[Layer, ...]
    stem: Stage | None
    stages: tuple[Stage, ...]
    head: Stage | None
    blocks: tuple[Block, ...]
    depth: Depth
    totals: Totals
    placement: Placement
    uncalled: tuple[str, ...]
    unmeasured: tuple[str, ...]
    undecided: tuple[str, ...] = ()
    constants: tuple[Layer, ...] = ()
    failure: Failure | None = None

    def __str__(self) -> str:
        failed = "" if self.failure is None else f"; incomplete: {self.failure.reason}"
        return sanitise(f"{self.model}: depth {self.depth.depth}, {pluralise(len(self.blocks), 'block')}{failed}", 500)

    def as_report(self) -> Report:
        """Return its layers, as ``resnet-inspect layers`` shows them."""
        # The command imports this room, so it cannot be imported here.
        report: Report = resolve_name("resnet_inspect.commands.layers.report:of_anatomy")(self)
        return report

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The weighted and the pooling layers: the rows of ``resnet-inspect layers``."""
        return tuple(layer for layer in self.operations if layer.weighted or layer.pooling)

    @property
    def parts(self) -> tuple[Stage, ...]:
        """The stem, the stages and the head, without those that do not exist."""
        return tuple(part for part in (self.stem, *self.stages, self.head) if part is not None)

    @property
    def is_backbone(self) -> bool:
        """``True`` if there are blocks, and no weighted layer after the last one: a pool at most, and no classifier."""
        return bool(self.blocks) and not any(layer.weighted and layer.role == "head" for layer in self.operations)


def layers_by_number(trace: Trace, anatomy: Anatomy) -> dict[int, Layer]:
    """Return operator number -> layer, for the operations of the anatomy that was derived from ``trace``."""
    reading = (number for number, op in enumerate(trace.ops) if op.sources)
    return dict(zip(reading, anatomy.operations, strict=True))
