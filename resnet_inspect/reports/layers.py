"""``layers``: every layer with its shape, kernel, stride, padding, parameters, MACs and role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from resnet_inspect.anatomy.facts import ROLES, Anatomy, Depth, Layer, Stage, Totals
from resnet_inspect.arguments import flag
from resnet_inspect.errors import RequestError
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.model_ref import ModelRef
from resnet_inspect.reports.selection import all_of, block_number, role_name, stage_name
from resnet_inspect.shapes import Shape
from resnet_inspect.text import listed
from resnet_inspect.trace.records import Call, Failure, Trace

SCHEMA = "resnet-inspect/layers/1"


@dataclass(frozen=True, slots=True)
class LayerSelection:
    """Which rows to show; an empty set means all.

    Attributes:
        everything: every module and functional operation instead of the weighted and pooling layers alone.
        stages: ``stem``, ``stage1`` ..., ``head``; 1 and ``conv2_x`` mean ``stage1``.
        blocks: numbers of blocks in their stages, from 0.
        roles: roles of layers.
    """

    everything: bool = False
    stages: frozenset[str] = frozenset()
    blocks: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Take one name for a set of one, and every spelling for the name that it means.

        Raises:
            WrongTypeError: if something is of a type that it cannot have.
            RequestError: if there can be no such stage, block or role.
        """
        flag("everything", self.everything)
        object.__setattr__(self, "stages", all_of(self.stages, stage_name))
        object.__setattr__(self, "blocks", all_of(self.blocks, block_number))
        object.__setattr__(self, "roles", all_of(self.roles, role_name))

    @property
    def partial(self) -> bool:
        """Whether rows are left out by stage, block or role."""
        return bool(self.stages or self.blocks or self.roles)

    def holds(self, layer: Layer) -> bool:
        """Whether a row is wanted."""
        return (
            (not self.stages or layer.stage in self.stages)
            and (not self.blocks or layer.block in self.blocks)
            and (not self.roles or layer.role in self.roles)
        )


@dataclass(frozen=True)
class LayersReport(ShownInNotebooks):
    """The layers of a model.

    Attributes:
        model: which one.
        input_shape, output_shape: batch included; the output's is ``None`` if the forward failed.
        layers: the rows that were asked for, in running order.
        stem, stages, head: sums of the whole model, whatever rows were asked for.
        depth: the paper's count, of the whole model.
        totals: likewise.
        stride_placement: ``v1``, ``v1.5``, ``other``, or ``None``.
        uncalled: modules with parameters that the forward never read.
        unmeasured: operators whose products are not in the MACs.
        failure: where the forward failed, if it did; the rest is what ran until then.
        selection: what was asked for.
    """

    model: ModelRef
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
    selection: LayerSelection = field(metadata={"json": False})


def layers_report(model: ModelRef, trace: Trace, anatomy: Anatomy, selection: LayerSelection) -> LayersReport:
    """Select the rows and set the sums beside them.

    Raises:
        RequestError: if a stage, block or role is asked for that the network does not have.
    """
    rows = _everything(trace, anatomy) if selection.everything else anatomy.layers
    if trace.failure is None:  # otherwise, what is not there may only not have run
        _require_stages(selection.stages, anatomy)
        _require_blocks(selection, anatomy)
        _require_layers(selection.roles, rows, anatomy)
    chosen = tuple(layer for layer in rows if selection.holds(layer))
    return replace(of_anatomy(anatomy), model=model, layers=chosen, selection=selection)


def _require_stages(stages: frozenset[str], anatomy: Anatomy) -> None:
    known = [part.name for part in anatomy.parts]
    for stage in sorted(stages.difference(known)):
        there = ", ".join(known) or "none, because it has no blocks"
        raise RequestError(f"{anatomy.model} has no {stage}; its stages: {there}")


def _require_blocks(selection: LayerSelection, anatomy: Anatomy) -> None:
    """Refuse a block that none of the stages that are asked for has; of several stages, one with it is enough."""
    parts = [part for part in anatomy.parts if not selection.stages or part.name in selection.stages]
    for block in sorted(selection.blocks):
        if any(0 <= block < part.blocks for part in parts):
            continue
        where = f" in {' or '.join(part.name for part in parts)}" if selection.stages else ""
        there = [f"0 to {part.blocks - 1} in {part.name}" for part in parts if part.blocks]
        raise RequestError(f"{anatomy.model} has no block {block}{where}; its blocks: {listed(there, 8) or 'none'}")


def _require_layers(roles: frozenset[str], rows: Sequence[Layer], anatomy: Anatomy) -> None:
    """Refuse a role that no row has."""
    there = {layer.role for layer in rows}
    for role in sorted(roles - there):
        hidden = any(layer.role == role for layer in anatomy.operations)
        beside = ", but other operations, which --all shows" if hidden else ""
        known = ", ".join(role for role in ROLES if role in there) or "none"
        raise RequestError(f"{anatomy.model} has no layer whose role is {role}{beside}; its roles: {known}")


def of_anatomy(anatomy: Anatomy) -> LayersReport:
    """The report of an anatomy whose config and trace are not at hand."""
    return LayersReport(
        model=ModelRef(anatomy.model, None),
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        layers=anatomy.layers,
        stem=anatomy.stem,
        stages=anatomy.stages,
        head=anatomy.head,
        depth=anatomy.depth,
        totals=anatomy.totals,
        stride_placement=anatomy.placement.version,
        uncalled=anatomy.uncalled,
        unmeasured=anatomy.unmeasured,
        failure=anatomy.failure,
        selection=LayerSelection(),
    )


def _everything(trace: Trace, anatomy: Anatomy) -> tuple[Layer, ...]:
    """Every operation, and before the first one inside it, every module that is more than one operation."""
    reading = [number for number, op in enumerate(trace.ops) if op.sources]
    at = dict(zip(reading, anatomy.operations, strict=True))
    spoken_for = {layer.name for layer in anatomy.operations}
    types = {module.path: module.type for module in trace.modules}
    opening: dict[int, list[Call]] = {}
    for call in trace.calls:
        if call.module and call.module not in spoken_for:
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
    """A module as a row: its shapes only, for its operations have rows of their own.

    It stands where all operations inside it stand (``around``; for a module without any, what ran before it); its role
    is main if a main branch is among them.
    """
    first = around[0]
    places = {(layer.stage, layer.block, layer.paper_name) for layer in around}
    roles = {layer.role for layer in around}
    alone = len(places) == 1
    return replace(
        first,
        name=call.module,
        paper_name=first.paper_name if alone else "",
        op=None,
        type=type_name,
        stage=first.stage if len({stage for stage, _, _ in places}) == 1 else None,
        block=first.block if alone else None,
        role="main" if "main" in roles else first.role,
        kernel=None,
        stride=None,
        padding=None,
        dilation=None,
        groups=None,
        in_channels=None,
        out_channels=None,
        bias=None,
        input_shape=call.input_shape or (),
        output_shape=call.output_shape or (),
        params=0,
        macs=0,
        weighted=False,
        adaptive=False,
        ceil_mode=False,
        receptive_field=None,
        total_stride=None,
        module=call.module,
    )
