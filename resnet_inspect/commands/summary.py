"""``summary``: torchinfo's summary of a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_inspect.arguments import whole_number
from resnet_inspect.console.options import ModelOptions, TextOptions
from resnet_inspect.pipeline import RunOptions, Source, find_model, require_no_failure

if TYPE_CHECKING:
    from torch import Tensor, nn

_COLUMNS = ("input_size", "output_size", "kernel_size", "num_params", "mult_adds")

_DEEPEST = 100
"""Largest number of levels that a summary shows."""


def summary(source: Source, run: RunOptions = RunOptions(), *, depth: int = 3) -> str:
    """Show a model with torchinfo.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: options for running it.
        depth: number of levels of modules to show.

    Returns:
        torchinfo's table as text.

    Raises:
        RequestError: if there is no such model, an option of ``run`` does not apply to it, or torchinfo cannot show it.
        ModelRunError: if the forward fails.
    """
    from resnet_inspect.sources.building import errors_reported_as
    from resnet_inspect.sources.running import run_model
    from resnet_inspect.tracing.dummy import dummy_arguments
    from resnet_inspect.tracing.modules import ModuleTree

    whole_number("depth", depth, 1, _DEEPEST)
    found = find_model(source, run)
    ran = run_model(found, run.inputs, run.device, shape=run.input_shape)
    require_no_failure(found.name, ran.trace, ran.notes, "has no summary")
    positional, named = dummy_arguments(ran.inputs, ran.device, ModuleTree(ran.module))
    with found.running(), errors_reported_as(f"torchinfo cannot show {found.name}"):
        module = deepcopy(ran.module) if found.given else ran.module
        shown = torchinfo_summary(module, positional, named, device=ran.device, depth=depth)
    return "\n".join((shown, *ran.notes))


def torchinfo_summary(
    module: nn.Module, positional: Sequence[Tensor], named: Mapping[str, Any], *, device: str, depth: int
) -> str:
    """Return torchinfo's table.

    Args:
        module: the model; torchinfo moves it to the device, and sets all modules to the mode of the root.
        positional: arguments of its forward.
        named: keyword arguments of its forward.
        device: device to run on.
        depth: number of levels of modules to show.
    """
    import torchinfo

    inputs, others = (list(positional), named) if positional else (dict(named), {})
    text = str(
        torchinfo.summary(
            module,
            input_data=inputs,
            device=device,
            depth=depth,
            col_names=_COLUMNS,
            row_settings=("var_names",),
            verbose=0,
            **others,
        )
    )
    # torchinfo prints the names of its units, such as Units.MEGABYTES, on some versions of Python.
    return re.sub(r"Units\.([A-Z])[A-Z]*BYTES", r"\1", text)


def command(
    *,
    depth: Annotated[
        int, typer.Option("--depth", metavar="N", min=1, max=10, help="How many levels of modules to show.")
    ] = 3,
    model: ModelOptions,
    output: TextOptions,
) -> int:
    """Write the text of ``summary``."""
    return output.write(summary(model.model, model.run, depth=depth) + "\n", for_people=True)
