"""``stages``: the paper's Table 1, completed with what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.facts import Anatomy, Layer, Shape, Stage, Totals
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.model_ref import ModelRef
from resnet_inspect.trace.records import Failure

SCHEMA = "resnet-inspect/stages/1"


@dataclass(frozen=True, slots=True)
class StageRow:
    """One row of the completed Table 1.

    Attributes:
        name, paper_name, blocks, kind, output_shape, params, macs, receptive_field, total_stride: as in ``Stage``.
        layers: the weighted layers of the main branch of its first block (of the stem, the head), Table 1's
            notation: ``1x1, 64``.
        stride: by which it reduces (h, w).
        strided: every layer in it that strides, shortcuts included: ``layer2.0.conv2``.
        strided_text: the same for people: ``block 1: conv2 3×3, shortcut``.
        padding: kernel -> padding, of its windows: ``3×3: 1``; windows of size 1 have none and are left out.
        params_share, macs_share: part of the model's total, 0 to 1.
    """

    name: str
    paper_name: str
    blocks: int
    kind: str
    layers: tuple[str, ...]
    output_shape: Shape
    stride: Shape
    strided: tuple[str, ...]
    strided_text: str
    padding: tuple[str, ...]
    params: int
    macs: int
    params_share: float
    macs_share: float
    receptive_field: Shape | None
    total_stride: Shape | None


@dataclass(frozen=True, slots=True)
class SizeStep:
    """One layer on the main path that changes H and W.

    Attributes:
        layer: its name.
        axis: ``h``, ``w``, or ``h, w`` where both come out alike.
        formula: ``⌊(224 + 2·3 − 7)/2⌋ + 1 = 112``.
        before, after: the lengths.
        by_stride: whether its stride did it; if not, the padding loses pixels or adds them.
    """

    layer: str
    axis: str
    formula: str
    before: int
    after: int
    by_stride: bool


@dataclass(frozen=True)
class StagesReport(ShownInNotebooks):
    """The stages of a model.

    Attributes:
        model, input_shape, output_shape, totals, failure: as in ``LayersReport``.
        rows: stem, stages, head, in order.
        sizes: how H and W change on the way.
        observations: what the trace shows of strides and padding, in words.
    """

    model: ModelRef
    input_shape: Shape
    output_shape: Shape | None
    rows: tuple[StageRow, ...]
    sizes: tuple[SizeStep, ...]
    observations: tuple[str, ...]
    totals: Totals
    failure: Failure | None


def stages_report(model: ModelRef, anatomy: Anatomy, failure: Failure | None) -> StagesReport:
    """Complete the table and show the arithmetic."""
    stages = [stage for stage in (anatomy.stem, *anatomy.stages, anatomy.head) if stage is not None]
    sizes = tuple(step for layer in _on_main_path(anatomy) for step in _size_steps(layer))
    return StagesReport(
        model=model,
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        rows=tuple(_row(stage, anatomy) for stage in stages),
        sizes=sizes,
        observations=tuple(_observations(anatomy, sizes)),
        totals=anatomy.totals,
        failure=failure,
    )


def _on_main_path(anatomy: Anatomy) -> list[Layer]:
    return [layer for layer in anatomy.layers if layer.role in {"stem", "main", "head"} and not layer.adaptive]


def _row(stage: Stage, anatomy: Anatomy) -> StageRow:
    layers = [layer for layer in anatomy.layers if layer.stage == stage.name]
    strided = [layer for layer in layers if layer.strided]
    first = [layer for layer in layers if layer.weighted and layer.role in {"stem", "main", "head"} and not layer.block]
    return StageRow(
        name=stage.name,
        paper_name=stage.paper_name,
        blocks=stage.blocks,
        kind=stage.kind,
        layers=tuple(_in_table_1(layer) for layer in first),
        output_shape=stage.output_shape,
        stride=stage.stride,
        strided=tuple(layer.name for layer in strided),
        strided_text=_where(strided),
        padding=tuple(dict.fromkeys(_padding(layer) for layer in layers if _spreads(layer))),
        params=stage.params,
        macs=stage.macs,
        params_share=stage.params / anatomy.totals.params if anatomy.totals.params else 0.0,
        macs_share=stage.macs / anatomy.totals.macs if anatomy.totals.macs else 0.0,
        receptive_field=stage.receptive_field,
        total_stride=stage.total_stride,
    )


def size_text(sizes: Shape) -> str:
    """``3×3``."""
    return "×".join(map(str, sizes))


def _in_table_1(layer: Layer) -> str:
    """``3×3, 64``; ``1000-d`` for a linear layer; with the groups where there are several."""
    if layer.kernel is None:
        return f"{layer.out_channels}-d"
    groups = f", {layer.groups} groups" if layer.groups and layer.groups > 1 else ""
    return f"{size_text(layer.kernel)}, {layer.out_channels}{groups}"


def _spreads(layer: Layer) -> bool:
    return layer.kernel is not None and not layer.adaptive and max(layer.kernel) > 1


def _padding(layer: Layer) -> str:
    pads = layer.padding or ()
    text = str(pads[0]) if len(set(pads)) == 1 else size_text(pads)
    return f"{size_text(layer.kernel or ())}: {text}"


def _where(strided: Sequence[Layer]) -> str:
    """``block 1: conv2 3×3, shortcut``: in which blocks of a stage, from 1, and on which layers."""
    places = [
        "shortcut" if layer.role == "shortcut" else f"{layer.name.rpartition('.')[2]} {size_text(layer.kernel or ())}"
        for layer in strided
    ]
    blocks = sorted({layer.block + 1 for layer in strided if layer.block is not None})
    where = f"block{'s' if len(blocks) > 1 else ''} {', '.join(map(str, blocks))}: " if blocks else ""
    return where + ", ".join(dict.fromkeys(places))


def _size_steps(layer: Layer) -> Iterator[SizeStep]:
    """A step for each axis that changes, or one for all where they are alike."""
    window = (layer.kernel, layer.stride, layer.padding, layer.dilation)
    axes = list(zip(layer.input_shape[2:], layer.output_shape[2:], *(part or () for part in window), strict=False))
    alike = len(set(axes)) == 1
    for name, (before, after, *geometry) in zip("hw" if len(axes) == 2 else "xyz", axes, strict=False):
        if before != after:
            formula = f"{_formula(before, *geometry, ceil_mode=layer.ceil_mode)} = {after}"
            axis = "h, w" if alike and len(axes) == 2 else name
            yield SizeStep(layer.name, axis, formula, before, after, geometry[1] > 1)
            if alike:
                return


def _formula(length: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil_mode: bool) -> str:
    reach = f"{dilation}·({kernel} − 1) − 1" if dilation > 1 else str(kernel)
    opening, closing = "⌈⌉" if ceil_mode else "⌊⌋"
    steps = -((length + 2 * padding - dilation * (kernel - 1) - 1) // -stride)
    # A pool that rounds up leaves out a last window that would start in the padding.
    end = "" if ceil_mode and steps * stride >= length + padding else " + 1"
    return f"{opening}({length} + 2·{padding} − {reach})/{stride}{closing}{end}"


def _observations(anatomy: Anatomy, sizes: Sequence[SizeStep]) -> Iterator[str]:
    """What the trace shows: strides of 2 halve, and padding keeps the size elsewhere; or where that is not so."""
    strides = [step for step in sizes if step.by_stride]
    halving = {layer.name for layer in anatomy.layers if layer.stride and max(layer.stride) == 2}
    uneven = [step for step in strides if step.layer not in halving or step.after != -(-step.before // 2)]
    if strides and not uneven:
        layers = dict.fromkeys(step.layer for step in strides)
        yield f"every halving is done by a stride of 2: {', '.join(layers)}"
    for step in uneven:
        yield f"{step.layer} takes {step.before} to {step.after}, which is not a halving by a stride of 2"
    slipping = [step for step in sizes if not step.by_stride]
    for step in slipping:
        yield f"{step.layer} takes {step.before} to {step.after} at stride 1: its padding does not keep the size"
    kept = [layer for layer in _on_main_path(anatomy) if _spreads(layer) and not layer.strided]
    if kept and not slipping:
        windows = f"all {len(kept)} windows" if len(kept) > 1 else "the one window"
        yield f"where the stride is 1, the padding keeps the size: {windows} larger than 1×1"
    for role, where in (("main", "the main branches"), ("shortcut", "the shortcuts")):
        skipping = [layer.name for layer in anatomy.layers if layer.role == role and _skips_pixels(layer)]
        if skipping:
            reads = "a 1×1 convolution of stride 2 reads a quarter of its input's pixels"
            yield f"{reads}: on {where} {', '.join(skipping)}"


def _skips_pixels(layer: Layer) -> bool:
    return layer.kernel == (1, 1) and layer.stride == (2, 2)
