"""The report of ``layers``, how it is made, and its page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from resnet_inspect.anatomy.records import Anatomy, Depth, Layer, Stage, Totals, layers_by_number
from resnet_inspect.anatomy.role_names import Role
from resnet_inspect.commands.layers.selection import LayerSelection, require_present
from resnet_inspect.rendering import cells
from resnet_inspect.rendering.page import Cell, Column, Line, Page, Prose, Tone, line, table_of
from resnet_inspect.rendering.report import ModelRef, ModelReport
from resnet_inspect.shapes import Shape
from resnet_inspect.text import join_names, pluralise
from resnet_inspect.tracing.records import Call, Failure, Trace

_COLUMNS: tuple[Column[Layer], ...] = (
    Column("name", "layer", lambda layer: layer.name),
    Column("paper_name", "paper", lambda layer: Cell(layer.paper_name, tone="dim"), keep=55),
    Column("op", "op", lambda layer: layer.op, hidden=True),
    Column("type", "type", lambda layer: Cell(_type(layer), layer.type, "dim"), keep=40),
    Column("stage", "stage", lambda layer: layer.stage, hidden=True),
    Column("block", "block", lambda layer: layer.block, hidden=True),
    Column("role", "role", lambda layer: _role_cell(layer), keep=70),
    Column("input_shape", "in", lambda layer: cells.shape_cell(layer.input_shape), "right", keep=60),
    Column("output_shape", "out", lambda layer: cells.shape_cell(layer.output_shape), "right"),
    Column("kernel", "kernel", lambda layer: cells.kernel_cell(layer.kernel), "right", keep=95),
    Column("stride", "stride", lambda layer: cells.step_cell(layer.stride, 1), "right", keep=95),
    Column("padding", "pad", lambda layer: _padding_cell(layer), "right", keep=95),
    Column("dilation", "dilation", lambda layer: cells.step_cell(layer.dilation, 1), "right", hidden=True),
    Column("groups", "groups", lambda layer: layer.groups, "right", keep=50),
    Column("in_channels", "in channels", lambda layer: layer.in_channels, "right", hidden=True),
    Column("out_channels", "out channels", lambda layer: layer.out_channels, "right", hidden=True),
    Column("bias", "bias", lambda layer: layer.bias, hidden=True),
    Column("arguments", "arguments", lambda layer: Cell(_arguments(layer), tone="dim"), hidden=True, keep=45),
    Column("params", "params", lambda layer: cells.exact_cell(layer.params), "right", keep=90),
    Column("macs", "MACs", lambda layer: cells.rounded_cell(layer.macs), "right", keep=90),
)

_TONES: dict[Role, Tone] = {"shortcut": "shortcut", "attention": "attention", "unused": "dim"}


@dataclass(frozen=True, repr=False)
class LayersReport(ModelReport):
    """The layers of a model.

    Attributes:
        model: the model.
        input_shape: shape of the input, batch included.
        output_shape: shape of the output, batch included; ``None`` if the forward failed.
        layers: the selected rows, in running order; then those that read no input.
        stem, stages, head: sums of each part, independent of the selection.
        depth: depth of the model by the paper's count.
        totals: sums of the model.
        stride_placement: ``v1``, ``v1.5``, ``other``, or ``None`` if v1 and v1.5 do not apply.
        uncalled: modules with parameters that the forward does not read.
        unmeasured: operators whose products are not in the MACs.
        failure: failure of the forward, if it failed.
        selection: the selection of the rows.
    """

    schema = "resnet-inspect/layers/1"
    command = "layers"

    input_shape: Shape
    output_shape: Shape | None
    layers: tuple[Layer, ...]
    stem: Stage | None
    stages: tuple[Stage, ...]
    head: Stage | None
    depth: Depth
    totals: Totals
    stride_placement: str | None
    uncalled: tuple[str, ...]
    unmeasured: tuple[str, ...]
    failure: Failure | None
    selection: LayerSelection = field(default=LayerSelection(), metadata={"json": False})

    def _page(self) -> Page:
        """Return the rows with a line between stages, and sums and counts below."""
        stages = {stage.name: stage for stage in (self.stem, *self.stages, self.head) if stage}
        dilated = any(layer.dilation is not None and max(layer.dilation) > 1 for layer in self.layers)
        shown = {"dilation"} if dilated else set()
        if self.selection.everything:
            shown.add("arguments")
        columns = tuple(replace(each, hidden=False) if each.key in shown else each for each in _COLUMNS)
        table = table_of(
            columns,
            self.layers,
            by=lambda layer: layer.stage,
            title=lambda name: _title(stages.get(str(name))),
            tone=lambda layer: _TONES.get(layer.role, ""),
            footer=self._footer(),
        )
        heading = cells.model_heading(self.model.name, self.input_shape, self.output_shape)
        return Page((heading, table, Prose(tuple(self._counts()))))

    def _footer(self) -> Iterator[dict[str, object]]:
        if self.selection.partial:
            rows = self.layers
            params, macs = sum(layer.params for layer in rows), sum(layer.macs for layer in rows)
            yield _sums(f"selected: {len(rows)}", params, macs)
        yield _sums("total", self.totals.params, self.totals.macs)

    def _counts(self) -> Iterator[Line]:
        if self.selection.blocks:
            yield line("blocks are counted from 1; in names such as layer2.0, from 0", "dim")
        depth = self.depth
        apart = [pluralise(depth.shortcut, "layer") + " on shortcuts"] if depth.shortcut else []
        apart += [pluralise(depth.attention, "layer") + " in gates"] if depth.attention else []
        others = f" ({', '.join(apart)})" if apart else ""
        yield line(
            f"{pluralise(depth.weighted, 'weighted layer')}: {pluralise(depth.conv, 'convolution')}, "
            f"{depth.linear} linear{others}"
        )
        so_far = " so far" if self.failure else ""
        yield line(f"depth{so_far} ") + line(depth.formula, "strong")
        if not self.stages and not self.failure:
            yield line(cells.NO_STAGES)
        yield line(f"{self.totals.params:,} parameters{self._in_other_operations()}; {self.totals.macs:,} MACs{so_far}")
        if depth.constant:
            verb = "reads" if depth.constant == 1 else "read"
            yield line(f"{pluralise(depth.constant, 'weighted layer')} {verb} no input (constant)")
        if self.uncalled:
            unused = "not reached" if self.failure else "never used"
            owners = [path or "the model itself" for path in self.uncalled]
            yield line(f"{unused}: the parameters of {join_names(owners, 8)}", "warn")
        if self.unmeasured:
            yield line(f"not in the MACs: the products in {join_names(self.unmeasured, 8)}", "warn")

    def _in_other_operations(self) -> str:
        """Return words about the parameters that no row has; empty if rows are selected or parameters are unused."""
        if self.selection.everything or self.selection.partial or self.uncalled:
            return ""
        rest = self.totals.params - sum(layer.params for layer in self.layers)
        return f", {rest:,} of them in normalisations and other operations" if rest else ""


def _arguments(layer: Layer) -> str:
    """Return ``momentum 0.1, eps 1e-05``."""
    values = ((name, value if isinstance(value, tuple) else (value,)) for name, value in layer.settings.items())
    return ", ".join(f"{name} {'×'.join(map(str, value))}" for name, value in values)


def layers_report(model: ModelRef, trace: Trace, anatomy: Anatomy, selection: LayerSelection) -> LayersReport:
    """Select rows; the sums are those of the whole model.

    Raises:
        RequestError: if the network has no such stage, block or role.
    """
    rows = _all_rows(trace, anatomy) if selection.everything else anatomy.layers + anatomy.constants
    if anatomy.failure is None:  # otherwise, a missing part may just not have run
        require_present(selection, rows, anatomy)
    shown = tuple(layer for layer in rows if selection.holds(layer))
    return replace(of_anatomy(anatomy), model=model, layers=shown, selection=selection)


def _all_rows(trace: Trace, anatomy: Anatomy) -> tuple[Layer, ...]:
    """Return the rows of ``--all``: every operation, and each module of several operations before its first one."""
    at = layers_by_number(trace, anatomy)
    at |= zip((number for number, op in enumerate(trace.ops) if op.constant), anatomy.constants, strict=True)
    with_rows = {layer.name for layer in at.values()}
    types = {module.path: module.type for module in trace.modules}
    opening: dict[int, list[Call]] = {}
    for call in trace.calls:
        if call.module and call.module not in with_rows:
            opening.setdefault(call.first, []).append(call)
    rows: list[Layer] = []
    for number in range(len(trace.ops) + 1):
        for call in opening.get(number, ()):
            inside = [at[n] for n in range(call.first, call.end) if n in at]
            around = inside or rows[-1:] or list(at.values())[:1]
            if around:
                rows.append(_module_row(call, types[call.module], around))
        if number in at:
            rows.append(at[number])
    return tuple(rows)


def _module_row(call: Call, type_name: str, around: Sequence[Layer]) -> Layer:
    """Return a module as a row with its shapes only, because its operations have rows of their own.

    Args:
        call: the call of the module.
        type_name: name of its class.
        around: the operations inside it; for a module without operations, the row before it. The stage and the block of
            the module are those that all of them share. Its role is main if one of them is on a main branch.
    """
    first = around[0]
    places = {(layer.stage, layer.block, layer.paper_name) for layer in around}
    roles = {layer.role for layer in around}
    alone = len(places) == 1
    return Layer(
        name=call.module,
        paper_name=first.paper_name if alone else "",
        op=None,
        type=type_name,
        stage=first.stage if len({stage for stage, _, _ in places}) == 1 else None,
        block=first.block if alone else None,
        role="main" if "main" in roles else first.role,
        input_shape=call.input_shape or (),
        output_shape=call.output_shape or (),
        module=call.module,
    )


def of_anatomy(anatomy: Anatomy) -> LayersReport:
    """Return the report of an anatomy whose config and trace are unknown."""
    return LayersReport(
        model=ModelRef(anatomy.model, None),
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        layers=anatomy.layers + anatomy.constants,
        stem=anatomy.stem,
        stages=anatomy.stages,
        head=anatomy.head,
        depth=anatomy.depth,
        totals=anatomy.totals,
        stride_placement=anatomy.placement.version,
        uncalled=anatomy.uncalled,
        unmeasured=anatomy.unmeasured,
        failure=anatomy.failure,
    )


def _title(stage: Stage | None) -> str:
    if stage is None:
        return ""
    if not stage.blocks:
        return stage.name
    return f"{stage.title}: {pluralise(stage.blocks, f'{stage.kind} block')}"


def _type(layer: Layer) -> str:
    """Return the class of a layer that is a module, and the operator of one that is a functional operation."""
    own_module = layer.op is None or layer.name.partition("#")[0] == layer.module
    return layer.type if own_module else str(layer.op)


def _role_cell(layer: Layer) -> Cell:
    """Return the role; ``constant`` in its place for a layer that reads no input."""
    return Cell("constant" if layer.constant else layer.role, layer.role)


def _padding_cell(layer: Layer) -> Cell:
    """Return the padding without emphasis, because it follows from the kernel."""
    return replace(cells.step_cell(layer.padding, 0), tone="")


def _sums(title: str, params: int, macs: int) -> dict[str, object]:
    return {"name": title, "params": cells.exact_cell(params), "macs": cells.rounded_cell(macs)}
