"""One short function per use case: the walk through the rooms, readable from top to bottom.

torch is imported inside the functions that need it, so that everything else starts without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike, fspath  # in Source
from typing import TYPE_CHECKING, Any, Literal, TypeAlias  # Any in Source

from resnet_inspect.errors import MissingPathsError, ModelRunError, RequestError
from resnet_inspect.trace.records import Failure, Shape

if TYPE_CHECKING:
    from torch import nn

    from resnet_inspect.checks.findings import FileResult
    from resnet_inspect.checks.selectors import Selection as Selectors
    from resnet_inspect.config.schema import ResNetConfig
    from resnet_inspect.reports.blocks import BlocksReport
    from resnet_inspect.reports.check import CheckReport, Detail
    from resnet_inspect.reports.compare import CompareReport, Subject
    from resnet_inspect.reports.count import CountReport
    from resnet_inspect.reports.layers import LayersReport, Selection
    from resnet_inspect.reports.lock import LockReport
    from resnet_inspect.reports.nearest import NearestReport
    from resnet_inspect.reports.rule import RuleReport
    from resnet_inspect.reports.stages import StagesReport
    from resnet_inspect.reports.variants import VariantsReport, Wanted

Source: TypeAlias = "str | PathLike[str] | Mapping[str, Any] | ResNetConfig"
Version = Literal["v1", "v1.5"]

_STRIDE_IN: Mapping[Version, Literal["1x1", "3x3"]] = {"v1": "1x1", "v1.5": "3x3"}


@dataclass(frozen=True, slots=True)
class Run:
    """How to run a model.

    Attributes:
        version: v1 or v1.5 in place of what the config says.
        input_shape: shape of the dummy input, batch first, in place of what the config says.
        device: where it runs.
    """

    version: Version | None = None
    input_shape: Shape | None = None
    device: str = "meta"


def layers(source: Source, run: Run = Run(), selection: Selection | None = None) -> LayersReport:
    """Every layer of a model."""
    from resnet_inspect.reports.layers import Selection, layers_report

    subject = examine(source, run)
    return layers_report(subject.model, subject.trace, subject.anatomy, selection or Selection())


def stages(source: Source, run: Run = Run()) -> StagesReport:
    """The stages of a model, and how H and W shrink."""
    from resnet_inspect.reports.stages import stages_report

    subject = examine(source, run)
    return stages_report(subject.model, subject.anatomy, subject.trace.failure)


def count(source: Source, run: Run = Run()) -> CountReport:
    """The paper's count of a model's layers."""
    from resnet_inspect.reports.count import count_report

    subject = examine(source, run)
    return count_report(subject.model, subject.anatomy, subject.trace.failure)


def blocks(source: Source, run: Run = Run()) -> BlocksReport:
    """The kinds of block of a model."""
    from resnet_inspect.reports.blocks import blocks_report

    subject = examine(source, run)
    return blocks_report(subject.model, subject.anatomy, subject.trace.failure)


def compare(left: Source, right: Source, left_run: Run = Run(), right_run: Run = Run()) -> CompareReport:
    """Two models side by side.

    Raises:
        ModelRunError: if one of them does not run.
    """
    from resnet_inspect.reports.compare import compare_report

    subjects = examine(left, left_run), examine(right, right_run)
    return compare_report(*map(_that_ran, subjects))


def nearest(source: Source, count: int = 3, run: Run = Run()) -> NearestReport:
    """The ``count`` variants closest to a model.

    Raises:
        ModelRunError: if the model does not run.
    """
    from resnet_inspect.config.distance import closest
    from resnet_inspect.config.table import published
    from resnet_inspect.reports.nearest import Candidate, nearest_report

    chosen = configured(source, run.version)
    net = _that_ran(examine(chosen, run))
    candidates = [
        Candidate(neighbour, published(neighbour.config.name), _beside(net, neighbour.config, run.device))
        for neighbour in closest(chosen, count)
    ]
    return nearest_report(net, candidates)


def _beside(net: Subject, variant: ResNetConfig, device: str) -> Subject:
    """A variant examined with images of the net's size; with its own where those are too small for it."""
    height, width = net.anatomy.input_shape[-2:]
    batch = net.anatomy.input_shape[0]
    subject = examine(variant, Run(input_shape=(batch, variant.in_channels, height, width), device=device))
    return _that_ran(subject if subject.trace.failure is None else examine(variant, Run(device=device)))


def _that_ran(subject: Subject) -> Subject:
    if subject.trace.failure is not None:
        message = f"{subject.model.name} cannot be compared: {describe_failure(subject.trace.failure)}"
        raise ModelRunError(message, subject.trace)
    return subject


def check(
    paths: Sequence[str | PathLike[str]],
    selection: Selectors | None = None,
    *,
    jobs: int = 1,
    timeout: float | None = None,
    only_configs: bool = False,
    stdin_filename: str | None = None,
    locked: bool = False,
    lock_file: str | PathLike[str] | None = None,
    detail: Detail = "normal",
    watch: Callable[[Iterator[FileResult], int], Iterator[FileResult]] | None = None,
) -> CheckReport:
    """What is wrong with config files: expectations that do not hold, rules that find something.

    Args:
        paths: files, folders, patterns that no shell has expanded, ``"-"`` for standard input.
        selection: the rules to add to those that are on, or to leave out, over what pyproject.toml says.
        jobs: processes; 0 for one per core where there are enough files to make up for their start.
        timeout: seconds for one file; without it, a file that is checked in this process may take any time.
        only_configs: skip named files too that are excluded or do not look like a config.
        stdin_filename: what to call standard input.
        locked: whether every architecture must be what the lock says.
        lock_file: path of the lock, over what pyproject.toml says.
        detail: how much a person who reads the report wants to be told.
        watch: sees the results pass as they come, and how many will.

    Raises:
        MissingPathsError: if a path is not there, or a pattern matches nothing; it holds the report of the others.
        RequestError: if a selector means no rule, pyproject.toml or the lock is wrong, or there is nothing to check.
    """
    import time

    from resnet_inspect.checks.judge import closed_folder
    from resnet_inspect.checks.lock.gone import gone_results
    from resnet_inspect.checks.lock.held import held_to
    from resnet_inspect.checks.lock.reading import read_lock
    from resnet_inspect.checks.paths import find_files, targets_of
    from resnet_inspect.checks.pool import check_files
    from resnet_inspect.checks.registry import RULES
    from resnet_inspect.checks.selectors import Selection
    from resnet_inspect.checks.settings import settings_of
    from resnet_inspect.reports.check import check_report

    start = time.perf_counter()
    settings = settings_of(selection or Selection())
    held = read_lock(lock_file or settings.lock) if locked else None
    found = find_files([fspath(path) for path in paths], settings, only_configs=only_configs)
    targets = held_to(held, targets_of(found, stdin_filename))
    if not (targets or found.missing or found.closed or only_configs):
        raise RequestError("nothing to check: no file that looks like a config is there; name one to have it checked")
    results = check_files(targets, settings, jobs, timeout=timeout)
    checked = [
        *(watch(results, len(targets)) if watch else results),
        *map(closed_folder, found.closed),
        *gone_results(held, settings),
    ]
    report = replace(
        check_report(checked, RULES, detail, time.perf_counter() - start),
        skipped=found.skipped,
        faults=tuple(result.fault for result in checked if result.fault),
    )
    if found.missing:
        raise MissingPathsError(found.missing, report)
    return report


def lock(
    paths: Sequence[str | PathLike[str]],
    *,
    lock_file: str | PathLike[str] | None = None,
    jobs: int = 1,
    watch: Callable[[Iterator[FileResult], int], Iterator[FileResult]] | None = None,
) -> LockReport:
    """Write down the architecture of config files, for ``check`` to hold them to.

    Entries of other files stay; those of files that are gone are dropped. The lock is written whole or not at all, and
    not if nothing is new.

    Args:
        paths: files, folders, patterns that no shell has expanded.
        lock_file: path of the lock, over what pyproject.toml says.
        jobs: processes, as in ``check``.
        watch: sees the results pass as they come, and how many will.

    Raises:
        MissingPathsError: as in ``check``; the others have been locked.
        RequestError: if the lock that is there cannot be read, or the new one cannot be written.
    """
    from resnet_inspect.checks.judge import closed_folder, record_file
    from resnet_inspect.checks.lock.reading import read_lock_if_any
    from resnet_inspect.checks.lock.update import update
    from resnet_inspect.checks.paths import STDIN, find_files, targets_of
    from resnet_inspect.checks.pool import check_files
    from resnet_inspect.checks.settings import settings_of
    from resnet_inspect.render.lock_file import write_lock
    from resnet_inspect.reports.lock import lock_report

    if STDIN in paths:
        raise RequestError("standard input has no path that the lock could name: give the path of a file")
    settings = settings_of()
    old = read_lock_if_any(lock_file or settings.lock)
    found = find_files([fspath(path) for path in paths], settings)
    targets = targets_of(found)
    if not (targets or found.missing or found.closed):
        raise RequestError("nothing to lock: no file that looks like a config is there; name one to have it locked")
    results = check_files(targets, settings, jobs, check=record_file)
    new = update(old, [*(watch(results, len(targets)) if watch else results), *map(closed_folder, found.closed)])
    report = lock_report(old.shown, new, written=write_lock(old, new.files))
    if found.missing:
        raise MissingPathsError(found.missing, report)
    return report


def rule(*words: str) -> RuleReport:
    """What rules mean: those that a code, the beginning of codes, or a name stands for; all of them without a word.

    Raises:
        RequestError: if a word stands for none.
    """
    from resnet_inspect.checks.registry import RULES, matching
    from resnet_inspect.reports.rule import rule_report

    return rule_report(matching(words) if words else RULES.values())


def variants(pattern: str = "*", wanted: Wanted | None = None) -> VariantsReport:
    """The rows of the config table whose names match ``pattern``, as far as they are wanted.

    Raises:
        RequestError: if there is none.
    """
    from resnet_inspect.config.table import origin, published, variant
    from resnet_inspect.reports.variants import Wanted, variant_row, variants_report

    rows = (variant_row(variant(name), origin(name), published(name)) for name in _matching(pattern))
    report = variants_report(pattern, rows, wanted or Wanted())
    if not report.variants:
        raise RequestError(f"no variant that matches '{pattern}' is within the limits that are asked for")
    return report


def _matching(pattern: str) -> tuple[str, ...]:
    """Names that match a shell pattern, or the one that it is an alias of."""
    from resnet_inspect.config.table import find, match

    if names := match(pattern):
        return names
    if any(wildcard in pattern for wildcard in "*?["):
        raise RequestError(f"no variant matches '{pattern}'; 'resnet-inspect variants' lists them all")
    return (find(pattern),)


def config(source: Source, version: Version | None = None) -> str:
    """A model's config as TOML, with a comment for each field."""
    from resnet_inspect.config.dump import to_toml

    return to_toml(configured(source, version))


def schema() -> str:
    """The JSON Schema of a config."""
    import json

    from resnet_inspect.config.json_schema import config_schema

    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def summary(source: Source, run: Run = Run(), depth: int = 3) -> str:
    """The same model as torchinfo shows it.

    Raises:
        ModelRunError: if it does not run.
    """
    from resnet_inspect.model.summary import summarise
    from resnet_inspect.trace.recorder import trace

    chosen = configured(source, run.version)
    module, input_shape = build(chosen, device=run.device), run.input_shape or chosen.input_shape
    traced = trace(module, input_shape, device=run.device)
    if traced.failure is not None:
        raise ModelRunError(f"{chosen.name} has no summary: {describe_failure(traced.failure)}", traced)
    return summarise(module, input_shape, run.device, depth)


def examine(source: Source, run: Run = Run()) -> Subject:
    """load, build, trace, dissect."""
    from resnet_inspect.anatomy.dissect import dissect
    from resnet_inspect.reports.compare import Subject
    from resnet_inspect.reports.model_ref import ModelRef
    from resnet_inspect.trace.recorder import trace

    chosen = configured(source, run.version)
    name = f"{chosen.name} ({run.version})" if run.version else chosen.name
    traced = trace(build(chosen, device=run.device), run.input_shape or chosen.input_shape, device=run.device)
    model = ModelRef(name, chosen.model_dump(mode="json"))
    return Subject(model, traced, dissect(traced, name=name))


def configured(source: Source, version: Version | None = None) -> ResNetConfig:
    """Load a config and set its stride placement, if asked for."""
    from resnet_inspect.config.files import load

    loaded = load(source)
    return loaded.model_copy(update={"stride_in": _STRIDE_IN[version]}) if version else loaded


def build(config: ResNetConfig, *, device: str = "meta") -> nn.Module:
    """Build a config's model; see ``resnet_inspect.model.build``."""
    from resnet_inspect.model.build import build as build_model

    return build_model(config, device=device)


def describe_failure(failure: Failure) -> str:
    """Where and why a forward failed, on one line or two."""
    where = f"in '{failure.module}'" if failure.module else "in the model's own forward"
    what = f" at {failure.op}" if failure.op else ""
    shapes = " and ".join("×".join(map(str, shape)) for shape in failure.operand_shapes)
    read = f" reading {shapes}" if shapes else ""
    return f"the forward failed {where}{what}{read}: {failure.message}"
