"""``stages``: the paper's Table 1, completed with what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.facts import Anatomy, Layer, Stage, Totals
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.irregular import irregularities
from resnet_inspect.reports.model_ref import ModelRef
from resnet_inspect.reports.sizes import SizeStep, observations, size_steps, spreads
from resnet_inspect.shapes import Shape
from resnet_inspect.text import per_axis, times
from resnet_inspect.trace.records import Failure

SCHEMA = "resnet-inspect/stages/1"


@dataclass(frozen=True, slots=True)
class StageRow:
    """One row of the completed Table 1.

    Attributes:
        name, paper_name, blocks, kind, output_shape, params, macs, receptive_field, total_stride: as in ``Stage``.
        layers: the weighted layers of the main branch of its first block (of the stem, the head), Table 1's
            notation: ``1x1, 64``.
        stride: by which it reduces (h, w); empty where they grow, or where there are none.
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


@dataclass(frozen=True)
class StagesReport(ShownInNotebooks):
    """The stages of a model.

    Attributes:
        model, input_shape, output_shape, totals, failure: as in ``LayersReport``.
        rows: stem, stages, head, in order.
        sizes: how H and W change on the way.
        observations: what the trace shows of strides and padding, and where the network is no sequence, in words.
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
    sizes = size_steps(anatomy)
    return StagesReport(
        model=model,
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        rows=tuple(_row(part, anatomy) for part in anatomy.parts),
        sizes=sizes,
        observations=(*observations(anatomy, sizes), *irregularities(anatomy)),
        totals=anatomy.totals,
        failure=failure,
    )


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
        padding=tuple(dict.fromkeys(_padding(layer) for layer in layers if spreads(layer))),
        params=stage.params,
        macs=stage.macs,
        params_share=stage.params / anatomy.totals.params if anatomy.totals.params else 0.0,
        macs_share=stage.macs / anatomy.totals.macs if anatomy.totals.macs else 0.0,
        receptive_field=stage.receptive_field,
        total_stride=stage.total_stride,
    )


def _in_table_1(layer: Layer) -> str:
    """``3×3, 64``; ``1000-d`` for a linear layer; with the groups where there are several."""
    if layer.kernel is None:
        return f"{layer.out_channels}-d"
    groups = f", {layer.groups} groups" if layer.groups and layer.groups > 1 else ""
    return f"{times(layer.kernel)}, {layer.out_channels}{groups}"


def _padding(layer: Layer) -> str:
    return f"{times(layer.kernel or ())}: {per_axis(layer.padding or ())}"


def _where(strided: Sequence[Layer]) -> str:
    """``block 1: conv2 3×3, shortcut``: in which blocks of a stage, from 1, and on which layers."""
    places = [
        "shortcut" if layer.role == "shortcut" else f"{_last_name(layer.name)} {times(layer.kernel or ())}"
        for layer in strided
    ]
    blocks = sorted({layer.block + 1 for layer in strided if layer.block is not None})
    where = f"block{'s' if len(blocks) > 1 else ''} {', '.join(map(str, blocks))}: " if blocks else ""
    return where + ", ".join(dict.fromkeys(places))


def _last_name(path: str) -> str:
    """``conv2`` of ``layer2.0.conv2``; ``conv1.0`` of ``conv1.0``, for a number alone says nothing."""
    parts = path.split(".")
    return ".".join(parts[-2:]) if parts[-1].isdigit() else parts[-1]
