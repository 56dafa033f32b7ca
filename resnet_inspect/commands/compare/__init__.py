"""``compare``: what differs between two models, what it costs, and what it means for weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_inspect.arguments import several, wrong_type
from resnet_inspect.configs.words import Version
from resnet_inspect.console.completion import complete_model
from resnet_inspect.console.options import ModelOptions, ReportOptions, Texts
from resnet_inspect.console.output import DONE, FINDINGS
from resnet_inspect.errors import RequestError
from resnet_inspect.pipeline import RunOptions, Source, examine, require_complete, require_options

if TYPE_CHECKING:
    from resnet_inspect.commands.compare.report import CompareReport


def compare(
    left: Source,
    right: Source | None = None,
    left_run: RunOptions = RunOptions(),
    right_run: RunOptions = RunOptions(),
    *,
    versions: tuple[Version | None, Version | None] | None = None,
) -> CompareReport:
    """Compare two models, or two versions of one.

    Args:
        left: a variant, a path, a dict, a config, or a module.
        right: the other model. Defaults to ``left``, which then needs different options or versions.
        left_run: options for running ``left``.
        right_run: options for running ``right``.
        versions: version of each model, as in ``RunOptions``: ``compare("resnet50", versions=("v1", "v1.5"))``.

    Returns:
        The differences of their sums, their weights, and their layers.

    Raises:
        WrongTypeError: if an argument has a wrong type.
        RequestError: if there is no such model, an option does not apply to it, or there is only one model with one set
            of options.
        ModelRunError: if the forward of a model fails.
    """
    from resnet_inspect.commands.compare.report import compare_report

    runs = require_options(left_run, "left_run"), require_options(right_run, "right_run")
    if versions is not None:
        runs = _with_versions(runs, versions)
    if right is None and runs[0] == runs[1]:
        raise RequestError(
            'compare needs two models, or one with two versions: compare("resnet50", versions=("v1", "v1.5"))'
        )
    subjects = examine(left, runs[0]), examine(left if right is None else right, runs[1])
    return compare_report(*map(require_complete, subjects))


def _with_versions(runs: tuple[RunOptions, RunOptions], versions: Any) -> tuple[RunOptions, RunOptions]:
    pair = several(versions, ())
    if pair is None or len(pair) != 2:
        raise wrong_type("versions", "a pair of versions, such as ('v1', 'v1.5')", versions)
    if any(run.version is not None for run in runs):
        raise RequestError("versions and the version of a run cannot be given together")
    left, right = (replace(run, version=version) for run, version in zip(runs, pair, strict=True))
    return left, right


def command(
    model: ModelOptions,
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="OTHER",
            autocompletion=complete_model,
            help="The right side. With --v1 or --v1.5, defaults to MODEL.",
        ),
    ] = None,
    *,
    other_arguments: Annotated[
        Texts,
        typer.Option("--other-kwargs", metavar="NAME=VALUE", help="Like --kwargs, but for OTHER. Repeatable."),
    ] = None,
    other_inputs: Annotated[
        Texts,
        typer.Option(
            "--other-input",
            metavar="[NAME=]SHAPE[:TYPE]",
            help="Like --input, but for OTHER. By default, --input applies to both.",
        ),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 if the models differ, like git diff.")
    ] = False,
    output: ReportOptions,
) -> int:
    """Write the report of ``compare``; return 1 if the models differ and that is asked for."""
    if other is None and not (model.v1 or model.v1_5):
        raise RequestError("compare needs two models, or one with --v1 or --v1.5: resnet-inspect compare A B")
    if model.model == "-" and other in {None, "-"}:
        raise RequestError(
            "standard input can only be read once: use '-' for one side and a name or a file for the other"
        )
    left = model.run_as("v1" if model.v1 else None)
    right = replace(model, arguments=other_arguments, inputs=other_inputs or model.inputs).run_as(
        "v1.5" if model.v1_5 else None
    )
    report = compare(model.model, other or model.model, left, right)
    output.write(report)
    return FINDINGS if exit_code and not report.identical else DONE
