"""One short function per use case: the walk through the rooms, readable from top to bottom.

torch is imported inside the functions that need it, so that everything else starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from resnet_inspect.arguments import instance, several, text, whole_number, wrong_type
from resnet_inspect.errors import RequestError
from resnet_inspect.subjects import (
    Run,
    Source,
    config_for,
    examine,
    examine_beside,
    examined,
    find,
    require_forward,
    require_run,
    that_ran,
    warn_of_failure,
)

if TYPE_CHECKING:
    from resnet_inspect.config.versions import Version
    from resnet_inspect.reports.blocks import BlocksReport
    from resnet_inspect.reports.compare import CompareReport
    from resnet_inspect.reports.count import CountReport
    from resnet_inspect.reports.layers import LayerSelection, LayersReport
    from resnet_inspect.reports.nearest import NearestReport
    from resnet_inspect.reports.stages import StagesReport
    from resnet_inspect.reports.variants import VariantsReport, Wanted

_DEEPEST = 100
"""Levels of modules that a summary shows."""


def layers(
    source: Source,
    run: Run = Run(),
    *,
    stage: str | int | Iterable[str | int] | None = None,
    block: int | Iterable[int] | None = None,
    role: str | Iterable[str] | None = None,
    selection: LayerSelection | None = None,
) -> LayersReport:
    """List every layer of a model.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: how to run it.
        stage: only the rows of this stage, or of these: ``stem``, ``stage1``, 1, ``conv2_x``, ``head``.
        block: only those of this block of each stage, or of these, counted from 0.
        role: only those of this role, or of these: ``stem``, ``main``, ``shortcut``, ``attention``, ``head``,
            ``unused``.
        selection: all of this in one value, instead; all weighted and pooling layers by default.

    Returns:
        The rows, and the sums of the whole model. If the forward failed, what ran until then, ``failure``, and a
        ``PartialRunWarning``.

    Raises:
        WrongTypeError: if an argument is of a type that it cannot have.
        RequestError: if there is no such model, what ``run`` asks for does not go with it, or it has no such stage,
            block or role.
    """
    from resnet_inspect.reports.layers import LayerSelection, layers_report

    wanted = {"stage": stage, "block": block, "role": role}
    chosen = LayerSelection(**{f"{name}s": value for name, value in wanted.items() if value is not None})  # type: ignore[arg-type]  # it makes sets
    for name, value in wanted.items():
        if value is not None and not getattr(chosen, f"{name}s"):
            raise RequestError(f"{name} is empty, which selects no rows: name at least one, or leave it out for all")
    if selection is not None:
        instance("selection", selection, LayerSelection, 'ri.LayerSelection(stages={"stem"})')
        if chosen.partial:
            raise RequestError("rows are selected by stage, block and role, or by a selection, not by both")
        chosen = selection
    subject = examine(source, run)
    warn_of_failure(subject.model.name, subject.trace.failure)
    return layers_report(subject.model, subject.trace, subject.anatomy, chosen)


def stages(source: Source, run: Run = Run()) -> StagesReport:
    """The stages of a model, and how H and W shrink.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: how to run it.

    Returns:
        The paper's Table 1, completed; as far as the forward ran, with a ``PartialRunWarning`` if it failed.

    Raises:
        RequestError: if there is no such model, or what ``run`` asks for does not go with it.
    """
    from resnet_inspect.reports.stages import stages_report

    subject = examine(source, run)
    warn_of_failure(subject.model.name, subject.trace.failure)
    return stages_report(subject.model, subject.anatomy, subject.trace.failure)


def count(source: Source, run: Run = Run()) -> CountReport:
    """The paper's count of a model's layers.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: how to run it.

    Returns:
        The count laid open, and the number in the model's name beside it; as far as the forward ran, with a
        ``PartialRunWarning`` if it failed.

    Raises:
        RequestError: if there is no such model, or what ``run`` asks for does not go with it.
    """
    from resnet_inspect.reports.count import count_report

    subject = examine(source, run)
    warn_of_failure(subject.model.name, subject.trace.failure)
    return count_report(subject.model, subject.anatomy, subject.trace.failure)


def blocks(source: Source, run: Run = Run()) -> BlocksReport:
    """The kinds of block of a model.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: how to run it.

    Returns:
        Each kind once, and where it is used; as far as the forward ran, with a ``PartialRunWarning`` if it failed.

    Raises:
        RequestError: if there is no such model, or what ``run`` asks for does not go with it.
    """
    from resnet_inspect.reports.blocks import blocks_report

    subject = examine(source, run)
    warn_of_failure(subject.model.name, subject.trace.failure)
    return blocks_report(subject.model, subject.anatomy, subject.trace.failure)


def compare(
    left: Source,
    right: Source | None = None,
    left_run: Run = Run(),
    right_run: Run = Run(),
    *,
    versions: tuple[Version | None, Version | None] | None = None,
) -> CompareReport:
    """Compare two models, or two versions of one.

    Args:
        left: a variant, a path, a dict, a config, or a module.
        right: the other one; the same again by default, which then has to be run in another way.
        left_run: how to run the left one.
        right_run: how to run the right one.
        versions: the version of either side, as in ``Run``: ``compare("resnet50", versions=("v1", "v1.5"))``.

    Returns:
        The differences of their sums, their weights, and their layers one by one.

    Raises:
        WrongTypeError: if an argument is of a type that it cannot have.
        RequestError: if there is no such model, what a run asks for does not go with it, or there is only one model
            and one way to run it.
        ModelRunError: if one of them does not run.
    """
    from resnet_inspect.reports.compare import compare_report

    runs = require_run(left_run, "left_run"), require_run(right_run, "right_run")
    if versions is not None:
        runs = _with_versions(runs, versions)
    if right is None and runs[0] == runs[1]:
        raise RequestError(
            'compare needs two models, or one with two versions: compare("resnet50", versions=("v1", "v1.5"))'
        )
    subjects = examine(left, runs[0]), examine(left if right is None else right, runs[1])
    return compare_report(*map(that_ran, subjects))


def _with_versions(runs: tuple[Run, Run], versions: Any) -> tuple[Run, Run]:
    pair = several(versions, ())
    if pair is None or len(pair) != 2:
        raise wrong_type("versions", "a pair of versions, such as ('v1', 'v1.5')", versions)
    if any(run.version is not None for run in runs):
        raise RequestError("versions and the version of a run cannot be given together")
    left, right = (replace(run, version=version) for run, version in zip(runs, pair, strict=True))
    return left, right


def nearest(source: Source, run: Run = Run(), *, count: int = 3) -> NearestReport:
    """The variants closest to a model.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: how to run it.
        count: how many variants.

    Returns:
        The variants, closest first, each with the fields and layers in which it differs.

    Raises:
        RequestError: if there is no such model, what ``run`` asks for does not go with it, or no config describes it.
        ModelRunError: if the model does not run.
    """
    from resnet_inspect.config.distance import closest
    from resnet_inspect.config.table import published, variant_names
    from resnet_inspect.reports.nearest import Candidate, nearest_report

    whole_number("count", count, 1, len(variant_names()))
    found = find(source, run)
    net = that_ran(examined(found, run))
    chosen = config_for(found, lambda: net)
    candidates = [
        Candidate(neighbour, published(neighbour.config.name), examine_beside(net, neighbour.config, run.device))
        for neighbour in closest(chosen, count)
    ]
    return nearest_report(net, candidates)


def variants(pattern: str = "*", wanted: Wanted | None = None) -> VariantsReport:
    """The rows of the config table whose names match ``pattern``, as far as they are wanted.

    Args:
        pattern: a shell pattern, or one name.
        wanted: bounds and order; all of them, in the order of the table, by default.

    Returns:
        A row for each.

    Raises:
        RequestError: if there is none.
    """
    from resnet_inspect.config.table import named, origin, published, variant
    from resnet_inspect.reports.variants import Wanted, variant_row, variants_report

    wanted = Wanted() if wanted is None else instance("wanted", wanted, Wanted, 'ri.Wanted(order="macs")')
    names = named(text("pattern", pattern))
    rows = (variant_row(variant(name), origin(name), published(name)) for name in names)
    report = variants_report(pattern, rows, wanted)
    if not report.variants:
        raise RequestError(f"no variant that matches '{pattern}' is within the given limits")
    return report


def config(source: Source, run: Run = Run()) -> str:
    """A model's config as TOML, with a comment for each field; of a model without one, the config that describes it.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: how to run it, where that is needed.

    Returns:
        The text of a config file.

    Raises:
        RequestError: if there is no such model, or no config describes it.
        ModelRunError: if it takes a run to find out, and its forward fails.
    """
    from resnet_inspect.config.dump import to_toml

    found = find(source, run)
    return to_toml(config_for(found, lambda: examined(found, run)))


def schema() -> str:
    """The JSON Schema of a config, as text."""
    import json

    from resnet_inspect.config.json_schema import config_schema

    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def summary(source: Source, run: Run = Run(), *, depth: int = 3) -> str:
    """The same model as torchinfo shows it.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: how to run it.
        depth: how many levels of modules to show.

    Returns:
        torchinfo's table as text.

    Raises:
        RequestError: if there is no such model, or torchinfo cannot show it.
        ModelRunError: if it does not run.
    """
    from copy import deepcopy

    from resnet_inspect.model.summary import summarise
    from resnet_inspect.sources.building import telling
    from resnet_inspect.sources.running import run_once
    from resnet_inspect.trace.dummy import dummy_arguments
    from resnet_inspect.trace.module_tree import ModuleTree

    whole_number("depth", depth, 1, _DEEPEST)
    found = find(source, run)
    ran = run_once(found, run.inputs, run.device, shape=run.input_shape)
    require_forward(found.name, ran.trace, ran.notes, "has no summary")
    positional, named = dummy_arguments(ran.inputs, ran.device, ModuleTree(ran.module))
    with found.running(), telling(f"torchinfo cannot show {found.name}"):
        module = deepcopy(ran.module) if found.given else ran.module
        shown = summarise(module, positional, named, device=ran.device, depth=depth)
    return "\n".join((shown, *ran.notes))
