"""``layers``: every layer with its shape, kernel, stride, padding, parameters, MACs and role."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_inspect.anatomy.role_names import ROLES
from resnet_inspect.arguments import instance
from resnet_inspect.commands.layers.selection import LayerSelection, selected
from resnet_inspect.console.completion import complete_block, complete_role, complete_stage
from resnet_inspect.console.options import ModelOptions, ReportOptions, Texts, names_option
from resnet_inspect.errors import RequestError
from resnet_inspect.pipeline import RunOptions, Source, examine_partly

if TYPE_CHECKING:
    from resnet_inspect.commands.layers.report import LayersReport


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
    from resnet_inspect.commands.layers.report import layers_report

    chosen = selected(stage, block, role)
    if selection is not None:
        instance("selection", selection, LayerSelection, 'ri.LayerSelection(stages={"stem"})')
        if chosen.partial:
            raise RequestError("rows are selected by stage, block and role, or by a selection, not by both")
        chosen = selection
    subject = examine_partly(source, run)
    return layers_report(subject.model, subject.trace, subject.anatomy, chosen)


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
