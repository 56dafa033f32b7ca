"""``layers``: every layer with its shape, kernel, stride, padding, parameters, MACs and role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_inspect.anatomy.role_names import ROLES
from resnet_inspect.arguments import instance
from resnet_inspect.commands.layers.selection import LayerSelection, require_present, selected
from resnet_inspect.console.completion import complete_block, complete_role, complete_stage
from resnet_inspect.console.options import ModelOptions, ReportOptions, Texts, names_option
from resnet_inspect.errors import RequestError
from resnet_inspect.pipeline import RunOptions, Source, examine_partly

if TYPE_CHECKING:
    from resnet_inspect.anatomy.records import Anatomy, Layer
    from resnet_inspect.commands.layers.report import LayersReport
    from resnet_inspect.rendering.report import ModelRef
    from resnet_inspect.tracing.records import Call, Trace


def layers(
    source: Source,
    run: RunOptions = RunOptions(),
    *,
    stage: str | int | Iterable[str | int] | None = None,
    block: int | str | Iterable[int | str] | None = None,
    role: str | Iterable[str] | None = None,
    selection: LayerSelection | None = None,
) -> LayersReport:
    """List every layer of a model.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: options for running it.
        stage: one or several stages whose rows to list: ``stem``, ``stage1``, 1, ``layer1``, ``conv2_x``, ``head``.
        block: one or several blocks: 1 for the first block of each stage, ``conv3_1`` (or ``layer2.0``) for the first
            block of ``stage2``.
        role: one or several roles: ``stem``, ``main``, ``shortcut``, ``attention``, ``head``, ``unused``.
        selection: stages, blocks and roles in one value, in place of these arguments. By default, all weighted and
            pooling layers are listed.

    Returns:
        The selected rows, and the sums of the whole model. If the forward failed, they end there, and a
        ``PartialRunWarning`` is issued.

    Raises:
        WrongTypeError: if an argument has a wrong type.
        RequestError: if there is no such model, an option of ``run`` does not apply to it, or it has no such stage,
            block or role.
    """
    chosen = selected(stage, block, role)
    if selection is not None:
        instance("selection", selection, LayerSelection, 'ri.LayerSelection(stages={"stem"})')
        if chosen.partial:
            raise RequestError("rows are selected by stage, block and role, or by a selection, not by both")
        chosen = selection
    subject = examine_partly(source, run)
    return layers_report(subject.model, subject.trace, subject.anatomy, chosen)


def layers_report(model: ModelRef, trace: Trace, anatomy: Anatomy, selection: LayerSelection) -> LayersReport:
    """Select rows; the sums are those of the whole model.

    Raises:
        RequestError: if the network has no such stage, block or role.
    """
    from resnet_inspect.commands.layers.report import of_anatomy

    rows = _all_rows(trace, anatomy) if selection.everything else anatomy.layers
    if anatomy.failure is None:  # otherwise, a missing part may just not have run
        require_present(selection, rows, anatomy)
    shown = tuple(layer for layer in rows if selection.holds(layer))
    return replace(of_anatomy(anatomy), model=model, layers=shown, selection=selection)


def _all_rows(trace: Trace, anatomy: Anatomy) -> tuple[Layer, ...]:
    """Return the rows of ``--all``: every operation, and each module of several operations before its first one."""
    reading = [number for number, op in enumerate(trace.ops) if op.sources]
    at = dict(zip(reading, anatomy.operations, strict=True))
    with_rows = {layer.name for layer in anatomy.operations}
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
    from resnet_inspect.anatomy.records import Layer

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


def _only_option(name: str, complete: Callable[[str], list[str]], names: str) -> Any:
    return names_option(f"--{name}", name.upper(), complete, f"Show only this {name}: {names}. Repeatable.")


def command(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Show every module and functional operation.")] = False,
    stage: Annotated[Texts, _only_option("stage", complete_stage, "stem, 1, stage1, layer1, conv2_x, head")] = None,
    block: Annotated[
        Texts,
        _only_option(
            "block", complete_block, "1 for the first one of each stage, conv3_1 (or layer2.0) for one of stage2"
        ),
    ] = None,
    role: Annotated[Texts, _only_option("role", complete_role, ", ".join(ROLES))] = None,
    model: ModelOptions,
    output: ReportOptions,
) -> int:
    """Write the report of ``layers``."""
    selection = selected(stage or None, block or None, role or None, everything=everything, option="--")
    return output.write(layers(model.model, model.run, selection=selection))
