"""``count``: the paper's count of weighted layers, compared with the number in the name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from resnet_inspect.anatomy.depth_in_name import compare_with_depth, input_sizes, number_in_name
from resnet_inspect.anatomy.irregular import irregularities
from resnet_inspect.anatomy.records import Anatomy, Depth, Layer
from resnet_inspect.console.options import ModelOptions, ReportOptions
from resnet_inspect.pipeline import RunOptions, Source, examine_partly
from resnet_inspect.rendering.cells import exact_cell
from resnet_inspect.rendering.page import Column, Heading, Line, Page, Prose, line, table_of
from resnet_inspect.rendering.report import ModelRef, ModelReport
from resnet_inspect.text import pluralise
from resnet_inspect.tracing.records import Failure


@dataclass(frozen=True, slots=True)
class CountRow:
    """The weighted layers of the stem, a stage or the head.

    Attributes:
        stage: stem, stage1 ..., head; empty in a network without blocks.
        paper_name: the paper's name of the stage: ``conv2_x``.
        blocks: number of blocks.
        counted: weighted layers on the longest path along the main branches.
        shortcut: weighted layers on shortcuts, not counted.
        attention: weighted layers in gates, not counted.
        text: the layers as a product: ``3 blocks × 2``.
    """

    stage: str
    paper_name: str
    blocks: int
    counted: int
    shortcut: int
    attention: int
    text: str


_COLUMNS: tuple[Column[CountRow], ...] = (
    Column("stage", "part", lambda row: row.stage),
    Column("paper_name", "paper", lambda row: row.paper_name),
    Column("blocks", "blocks", lambda row: exact_cell(row.blocks), "right", hidden=True),
    Column("text", "made of", lambda row: row.text),
    Column("counted", "counted", lambda row: exact_cell(row.counted), "right"),
    Column("shortcut", "on shortcuts", lambda row: exact_cell(row.shortcut, "shortcut"), "right"),
    Column("attention", "in gates", lambda row: exact_cell(row.attention, "attention"), "right", keep=90),
)


@dataclass(frozen=True, repr=False)
class CountReport(ModelReport):
    """The paper's count, explained.

    Attributes:
        depth: the count, see ``Depth``.
        rows: the layers of each part of the network.
        number: depth that the model's name claims; ``None`` if it claims none.
        agrees: ``True`` if the number is the depth, or follows from how published names count (``depth_in_name``);
            ``None`` if there is no number, or the forward failed.
        reasons: sentences about why the number is not the depth.
        explanation: sentences about which layers count.
        failure: failure of the forward, if it failed.
    """

    schema = "resnet-inspect/count/1"
    command = "count"

    depth: Depth
    rows: tuple[CountRow, ...]
    number: int | None
    agrees: bool | None
    reasons: tuple[str, ...]
    explanation: tuple[str, ...]
    failure: Failure | None

    def _page(self) -> Page:
        """Return the formula, then the table, then the explanation."""
        heading = Heading(self.model.name, "depth")
        depth = self.depth
        sums = {
            "stage": "sum",
            "counted": exact_cell(depth.depth),
            "shortcut": exact_cell(depth.shortcut),
            "attention": exact_cell(depth.attention),
        }
        gates = replace(_COLUMNS[-1], hidden=not depth.attention)
        table = table_of((*_COLUMNS[:-1], gates), self.rows, footer=[sums])
        if self.failure and not depth.weighted:
            return Page((heading,), unseen=table)
        formula = Prose((line(f"  {depth.formula}", "strong"),))
        return Page((heading, formula, table, Prose(tuple(self._words()))))

    def _headline(self) -> str:
        return f"{self.model.name}: depth {self.depth.formula}"

    def _words(self) -> Iterator[Line]:
        for sentence in self.explanation:
            yield line(sentence)
        if self.agrees and not self.reasons:
            yield line(f"the name agrees: {self.number}", "good")
        for reason in self.reasons:
            yield line(reason, "" if self.agrees else "warn")


def count(source: Source, run: RunOptions = RunOptions()) -> CountReport:
    """Count the layers of a model as the paper does.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: options for running it.

    Returns:
        The count, and the number in the model's name. If the forward failed, the count ends there, and a
        ``PartialRunWarning`` is issued.

    Raises:
        RequestError: if there is no such model, or an option of ``run`` does not apply to it.
    """
    subject = examine_partly(source, run)
    return count_report(subject.model, subject.anatomy)


def command(model: ModelOptions, output: ReportOptions) -> int:
    """Write the report of ``count``."""
    return output.write(count(model.model, model.run))


def count_report(model: ModelRef, anatomy: Anatomy) -> CountReport:
    """Make the report, and compare the count with the name."""
    number = number_in_name(model.name, input_sizes(anatomy))
    comparison = None if number is None or anatomy.failure is not None else compare_with_depth(number, anatomy)
    return CountReport(
        model=model,
        depth=anatomy.depth,
        rows=tuple(_rows(anatomy)),
        number=number,
        agrees=comparison.fits if comparison else None,
        reasons=comparison.why if comparison else (),
        explanation=tuple(_explanation(anatomy)),
        failure=anatomy.failure,
    )


def _rows(anatomy: Anatomy) -> Iterator[CountRow]:
    weighted = [layer for layer in anatomy.layers if layer.weighted and layer.role != "unused"]
    on_path = set(anatomy.depth.path)
    if not anatomy.parts:
        yield CountRow("", "", 0, anatomy.depth.depth, 0, anatomy.depth.attention, "no blocks")
    for stage in anatomy.parts:
        inside = [layer for layer in weighted if layer.stage == stage.name]
        roles = [layer.role for layer in inside]
        shortcut, attention = roles.count("shortcut"), roles.count("attention")
        counted = [layer for layer in inside if layer.name in on_path]
        text = _product(stage.blocks, len(counted), weighted=bool(inside)) if stage.blocks else _kinds(counted)
        yield CountRow(stage.name, stage.paper_name, stage.blocks, len(counted), shortcut, attention, text)


def _product(blocks: int, layers: int, *, weighted: bool) -> str:
    text = pluralise(blocks, "block")
    if weighted and not layers:
        return f"{text}, not on the longest path"
    return f"{text} × {layers // blocks}" if layers % blocks == 0 else text


def _kinds(inside: list[Layer]) -> str:
    convolutions = sum(layer.kernel is not None for layer in inside)
    parts = [(convolutions, "convolution"), (len(inside) - convolutions, "linear layer")]
    return " + ".join(pluralise(n, noun) for n, noun in parts if n) or "nothing"


def _explanation(anatomy: Anatomy) -> Iterator[str]:
    depth = anatomy.depth
    yield (
        f"counted: the {pluralise(depth.depth, 'weighted layer')} on the path from input to output along the main "
        "branches"
    )
    if depth.shortcut:
        convolutions = f", {depth.conv - _attention_convolutions(anatomy)} of them convolutions"
        yield (
            f"not counted: {pluralise(depth.shortcut, 'weighted layer')} on shortcuts; "
            f"with {'them' if depth.shortcut > 1 else 'it'} there are {depth.depth + depth.shortcut} weighted layers"
            f"{'' if depth.parallel else convolutions}"
        )
    if depth.attention:
        yield f"not counted: {pluralise(depth.attention, 'weighted layer')} in attention gates"
    if depth.parallel:
        constant = f"; {depth.constant} read{'s' * (depth.constant == 1)} no input" if depth.constant else ""
        yield f"not counted: {pluralise(depth.parallel, 'weighted layer')} on parallel paths{constant}"
    yield from irregularities(anatomy)
    pools = sum(layer.pooling for layer in anatomy.layers)
    yield f"never counted: {pluralise(pools, 'pooling layer')}, normalisations, activations, additions"


def _attention_convolutions(anatomy: Anatomy) -> int:
    return sum(layer.weighted and layer.role == "attention" and layer.kernel is not None for layer in anatomy.layers)
