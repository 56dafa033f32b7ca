"""What an anatomy holds: a network understood, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Failure

Role = Literal["stem", "main", "shortcut", "attention", "head", "unused"]
ROLES: tuple[Role, ...] = get_args(Role)
"""In running order."""

ShortcutKind = Literal["identity", "projection", "zero-pad", "none", "other"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One operator with its place in the network.

    Attributes:
        name: dotted path of the module; ``path:op`` for a functional operation, ``path#2`` for a second call.
        paper_name: the paper's name of the place: ``conv1``, ``conv3_1``, ``fc``; empty where the paper has none.
        op: ATen name: ``conv2d``, ``linear``, ``max_pool2d``, ``batch_norm``, ``add``; ``None`` for a module whose
            operations have rows of their own.
        type: class of the module at work.
        stage: ``stem``, ``stage1`` ..., ``head``; ``None`` in a network without blocks.
        block: number of the block in its stage, from 0; ``None`` outside blocks.
        role: stem, main, shortcut, attention, head; unused if its output does not reach the model's.
        kernel, stride, padding, dilation: (h, w) of a convolution or pool; ``None`` for other operators.
        groups, in_channels, out_channels, bias: of a convolution or linear layer; ``None`` for other operators.
        input_shape: shape of the first data operand, batch included.
        output_shape: shape of the output, batch included.
        params: elements of the parameters that it is the first to read.
        macs: multiply-accumulates of a convolution or linear layer, without bias.
        weighted: whether it is a layer in the paper's sense: a convolution or linear layer whose weight is learned, or
            generated from the data.
        adaptive: whether it is a pool whose window follows from the wanted output size.
        ceil_mode: whether a pool rounds its output size up.
        receptive_field: (h, w) in input pixels that one output pixel depends on through windows; what gates and
            normalisations average is left aside. ``None``: the whole input; empty: unknown, as behind an enlargement.
        total_stride: (h, w) input pixels from one output pixel to the next; ``None`` where windows do not tell it.
        module: dotted path of the module at work.
    """

    name: str
    paper_name: str
    op: str | None
    type: str
    stage: str | None
    block: int | None
    role: Role
    kernel: Shape | None
    stride: Shape | None
    padding: Shape | None
    dilation: Shape | None
    groups: int | None
    in_channels: int | None
    out_channels: int | None
    bias: bool | None
    input_shape: Shape
    output_shape: Shape
    params: int
    macs: int
    weighted: bool
    adaptive: bool
    ceil_mode: bool
    receptive_field: Shape | None
    total_stride: Shape | None
    module: str = field(metadata={"json": False})

    @property
    def pooling(self) -> bool:
        """Whether it slides a window without learning: a pool, or a blur with its fixed kernel."""
        return self.kernel is not None and not self.weighted

    @property
    def strided(self) -> bool:
        """Whether it takes fewer pixels than it is given, by its stride."""
        enlarging = self.op is not None and "transpose" in self.op
        return self.stride is not None and not (self.adaptive or enlarging) and max(self.stride) > 1


@dataclass(frozen=True, slots=True)
class Block:
    """One block: a main branch and what is added to it.

    Attributes:
        name: dotted path of its module; empty if the data flow alone shows it.
        paper_name: ``conv3_1`` and so on; empty as in ``Stage``.
        stage: the stage's name.
        index: its number in the stage, from 0.
        kind: basic, bottleneck, or the kernels of its main branch in running order, e.g. ``1x1-3x3-3x3-1x1``.
        shortcut: identity, projection (has a convolution), zero-pad, none, or other (a pool alone, a gate, or whatever
            else changes the shape).
        stride: by which it reduces (h, w); empty where they grow, or where there are none.
        main, shortcut_layers, attention: numbers of its layers in ``Anatomy.operations``, per branch, in order.
        fork: how many of ``main`` run before the shortcut branches off: the activation that a v2 projection reads too.
        input_shape, output_shape: batch included.
        params: parameters, normalisations included.
        macs: multiply-accumulates.
        in_a_row: whether each weighted layer of the main branch reads, by whatever way, the one before it.
        follows: whether it reads, likewise, what the block before it made; false where branches stand side by side.
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
    in_a_row: bool = field(default=True, metadata={"json": False})
    follows: bool = field(default=True, metadata={"json": False})


@dataclass(frozen=True, slots=True)
class Stage:
    """The stem, one stage, or the head.

    Attributes:
        name: ``stem``, ``stage1`` ..., ``head``.
        paper_name: ``conv1``, ``conv2_x`` ..., ``fc``; of a head without a classifier ``average pool``, or empty; empty
            too for a head that convolves an image, and from the first block on that does not follow the one before it.
        blocks: number of blocks; 0 for stem and head.
        kind: kind of its blocks, several joined by ``+``; empty for stem and head.
        output_shape: batch included.
        stride: by which it reduces (h, w); empty where they grow, or where there are none.
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
        """``stage2 (conv3_x)``; the name alone where the paper has none for it."""
        return f"{self.name} ({self.paper_name})" if self.paper_name else self.name


@dataclass(frozen=True, slots=True)
class Depth:
    """The paper's count.

    Attributes:
        depth: weighted layers on the longest way from input to output by the main branches.
        weighted: all weighted layers.
        conv: convolutions among them.
        linear: linear layers among them.
        shortcut: weighted layers on shortcuts.
        attention: weighted layers in gates.
        parallel: weighted layers of main branches that lie beside the longest way.
        formula: the depth as a sum, e.g. ``34 = 1 + 2·(3+4+6+3) + 1``.
        way: names of the layers that are counted, in order.
    """

    depth: int
    weighted: int
    conv: int
    linear: int
    shortcut: int
    attention: int
    parallel: int
    formula: str
    way: tuple[str, ...] = field(default=(), compare=False, metadata={"json": False})


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the model: parameters once per tensor; multiply-accumulates; buffer elements."""

    params: int
    macs: int
    buffers: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the blocks that reduce H and W have their stride.

    Attributes:
        version: ``v1`` (first 1x1), ``v1.5`` (what lies between the two 1x1, as a rule a 3x3), ``other``; ``None``
            where the distinction does not apply, because no bottleneck reduces anything, or where the data flow shows
            no blocks.
        layers: name of each strided layer on a main branch, pools and blurs included.
        text: the verdict in words.
    """

    version: Literal["v1", "v1.5", "other"] | None
    layers: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Anatomy(ShownInNotebooks):
    """A network, understood.

    Attributes:
        model: what it is called.
        input_shape, output_shape: batch included; the output's is ``None`` if the forward failed.
        operations: every operator that depends on the input, in running order.
        stem, stages, head: the network in order; ``stem`` and ``head`` are ``None`` where there is none, as the head of
            a backbone, and in a network without blocks.
        blocks: every block, in order.
        depth: the paper's count.
        totals: sums.
        placement: the v1 / v1.5 verdict.
        uncalled: paths of the modules that were never called and have parameters.
        unmeasured: names of operators whose products are not in the MACs: of data by data, as in self-attention, or of
            a matrix of parameters in a way that no rule covers.
        undecided: names of the additions that close no block: what they join is read by other parts too.
        failure: where the forward failed, if it did; the rest is then what ran until there.
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
    failure: Failure | None = None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The weighted and the pooling layers: the rows of ``resnet-inspect layers``."""
        return tuple(layer for layer in self.operations if layer.weighted or layer.pooling)

    @property
    def parts(self) -> tuple[Stage, ...]:
        """Stem, stages and head, as far as there are such."""
        return tuple(part for part in (self.stem, *self.stages, self.head) if part is not None)

    @property
    def is_backbone(self) -> bool:
        """Whether there are blocks, and no weighted layer behind the last one: a pool at most, and no classifier."""
        return bool(self.blocks) and not any(layer.weighted and layer.role == "head" for layer in self.operations)
