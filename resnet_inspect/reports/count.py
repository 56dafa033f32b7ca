"""``count``: why it is called 34."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resnet_inspect.anatomy.claims import beside_depth, number_in_name, sizes_in_names
from resnet_inspect.anatomy.facts import Anatomy, Depth, Layer
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.irregular import irregularities
from resnet_inspect.reports.model_ref import ModelRef
from resnet_inspect.text import counted
from resnet_inspect.trace.records import Failure

SCHEMA = "resnet-inspect/count/1"


@dataclass(frozen=True, slots=True)
class CountRow:
    """The weighted layers of one part.

    Attributes:
        stage: stem, stage1 ..., head; empty in a network without blocks.
        paper_name: ``conv2_x``.
        blocks: number of blocks.
        counted: weighted layers on the longest path along the main branches.
        shortcut: weighted layers on shortcuts, not counted.
        attention: weighted layers in gates, not counted.
        text: the product: ``3 blocks × 2``.
    """

    stage: str
    paper_name: str
    blocks: int
    counted: int
    shortcut: int
    attention: int
    text: str


@dataclass(frozen=True)
class CountReport(ShownInNotebooks):
    """The paper's count, laid open.

    Attributes:
        model: which one.
        depth: the count, see ``Depth``.
        rows: where the counted layers are.
        number: the number in the model's name; ``None`` if it has none.
        agrees: whether it fits the count, or how published names count (``anatomy.claims.beside_depth``); ``None`` if
            the name has no number, or if the forward failed.
        reasons: where it is not the count itself, why; in words.
        explanation: what is counted and what is not, in words.
        failure: as in ``LayersReport``.
    """

    model: ModelRef
    depth: Depth
    rows: tuple[CountRow, ...]
    number: int | None
    agrees: bool | None
    reasons: tuple[str, ...]
    explanation: tuple[str, ...]
    failure: Failure | None


def count_report(model: ModelRef, anatomy: Anatomy, failure: Failure | None) -> CountReport:
    """Lay the count open and hold the name against it."""
    number = number_in_name(model.name, sizes_in_names(anatomy))
    held = None if number is None or failure is not None else beside_depth(number, anatomy)
    return CountReport(
        model=model,
        depth=anatomy.depth,
        rows=tuple(_rows(anatomy)),
        number=number,
        agrees=held.fits if held else None,
        reasons=held.why if held else (),
        explanation=tuple(_explanation(anatomy)),
        failure=failure,
    )


def _rows(anatomy: Anatomy) -> Iterator[CountRow]:
    weighted = [layer for layer in anatomy.layers if layer.weighted and layer.role != "unused"]
    on_the_way = set(anatomy.depth.way)
    if not anatomy.parts:
        yield CountRow("", "", 0, anatomy.depth.depth, 0, anatomy.depth.attention, "no blocks")
    for stage in anatomy.parts:
        inside = [layer for layer in weighted if layer.stage == stage.name]
        roles = [layer.role for layer in inside]
        shortcut, attention = roles.count("shortcut"), roles.count("attention")
        way = [layer for layer in inside if layer.name in on_the_way]
        text = _product(stage.blocks, len(way), beside=bool(roles)) if stage.blocks else _kinds(way)
        yield CountRow(stage.name, stage.paper_name, stage.blocks, len(way), shortcut, attention, text)


def _product(blocks: int, layers: int, *, beside: bool) -> str:
    text = counted(blocks, "block")
    if beside and not layers:
        return f"{text} beside the longest way"
    return f"{text} × {layers // blocks}" if layers % blocks == 0 else text


def _kinds(inside: list[Layer]) -> str:
    convolutions = sum(layer.kernel is not None for layer in inside)
    parts = [(convolutions, "convolution"), (len(inside) - convolutions, "linear layer")]
    return " + ".join(counted(n, noun) for n, noun in parts if n) or "nothing"


def _explanation(anatomy: Anatomy) -> Iterator[str]:
    depth = anatomy.depth
    yield (
        f"counted: the {counted(depth.depth, 'weighted layer')} on the path from input to output along the main "
        "branches"
    )
    if depth.shortcut:
        convolutions = f", {depth.conv - _attention_convolutions(anatomy)} of them convolutions"
        yield (
            f"not counted: {counted(depth.shortcut, 'weighted layer')} on shortcuts; "
            f"with {'them' if depth.shortcut > 1 else 'it'} there are {depth.depth + depth.shortcut} weighted layers"
            f"{'' if depth.parallel else convolutions}"
        )
    if depth.attention:
        yield f"not counted: {counted(depth.attention, 'weighted layer')} in attention gates"
    if depth.parallel:
        yield f"not counted: {counted(depth.parallel, 'weighted layer')} beside the longest path"
    yield from irregularities(anatomy)
    pools = sum(layer.pooling for layer in anatomy.layers)
    yield f"never counted: {counted(pools, 'pooling layer')}, normalisations, activations, additions"


def _attention_convolutions(anatomy: Anatomy) -> int:
    return sum(layer.weighted and layer.role == "attention" and layer.kernel is not None for layer in anatomy.layers)
