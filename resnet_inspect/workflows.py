"""One short function per use case: the walk through the rooms, readable from top to bottom.

torch is imported inside the functions that need it, so that everything else starts without it.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from resnet_inspect.errors import ModelRunError, RequestError
from resnet_inspect.subjects import (
    Run,
    Source,
    describe_failure,
    described,
    examine,
    examined,
    find,
    that_ran,
)

if TYPE_CHECKING:
    from resnet_inspect.config.schema import ResNetConfig
    from resnet_inspect.reports.blocks import BlocksReport
    from resnet_inspect.reports.compare import CompareReport, Subject
    from resnet_inspect.reports.count import CountReport
    from resnet_inspect.reports.identify import IdentifyReport
    from resnet_inspect.reports.layers import LayersReport, Selection
    from resnet_inspect.reports.nearest import NearestReport
    from resnet_inspect.reports.stages import StagesReport
    from resnet_inspect.reports.variants import VariantsReport, Wanted
    from resnet_inspect.reports.weights import WeightsReport


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
    return compare_report(*map(that_ran, subjects))


def nearest(source: Source, count: int = 3, run: Run = Run()) -> NearestReport:
    """The ``count`` variants closest to a model.

    Raises:
        ModelRunError: if the model does not run.
    """
    from resnet_inspect.config.distance import closest
    from resnet_inspect.config.table import published
    from resnet_inspect.reports.nearest import Candidate, nearest_report

    found = find(source, run)
    net = that_ran(examined(found, run))
    chosen = described(found, lambda: net)
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
    return that_ran(subject if subject.trace.failure is None else examine(variant, Run(device=device)))


def identify(path: str | PathLike[str]) -> IdentifyReport:
    """Which ResNet the weights in a file are of, by their names and shapes.

    Raises:
        CheckpointError: if the file cannot be read.
        RequestError: if they are not those of a ResNet.
    """
    from resnet_inspect.checkpoints.identify import identify_checkpoint
    from resnet_inspect.checkpoints.read import read
    from resnet_inspect.reports.identify import identify_report

    checkpoint = read(path)
    return identify_report(checkpoint, identify_checkpoint(checkpoint))


def weights(
    source: Source, path: str | PathLike[str], run: Run = Run(), convert_to: str | None = None, *, force: bool = False
) -> WeightsReport:
    """Which tensors of a file load into a model, and why others do not; the forward is not run.

    With ``convert_to``, the tensors that fit are written to that safetensors file under the model's names.

    Raises:
        CheckpointError: if a file cannot be read or written, or the target is there and is not to be replaced.
        RequestError: if there is no such model, or nothing to convert.
    """
    from resnet_inspect.checkpoints.convert import convert
    from resnet_inspect.checkpoints.identify import shapes_of
    from resnet_inspect.checkpoints.match import match
    from resnet_inspect.checkpoints.read import read
    from resnet_inspect.reports.weights import fitting, weights_report
    from resnet_inspect.sources.tensors import tensors_of

    found, checkpoint = find(source, run), read(path)
    matching = match(tensors_of(found), shapes_of(checkpoint))
    if convert_to is not None:
        renames = fitting(matching)
        if not renames:
            raise RequestError(f"no tensor of the file fits {found.name}: there is nothing to write")
        convert(path, renames, convert_to, force=force)
    return weights_report(found.name, checkpoint, matching, convert_to)


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


def config(source: Source, run: Run = Run()) -> str:
    """A model's config as TOML, with a comment for each field; of a model without one, the config that describes it.

    Raises:
        RequestError: if none does.
        ModelRunError: if it takes a run to find out, and its forward fails.
    """
    from resnet_inspect.config.dump import to_toml

    found = find(source, run)
    return to_toml(described(found, lambda: examined(found, run)))


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
    from copy import deepcopy

    from resnet_inspect.model.summary import summarise
    from resnet_inspect.sources.building import telling
    from resnet_inspect.sources.running import run_once
    from resnet_inspect.trace.dummy import dummy_arguments
    from resnet_inspect.trace.module_tree import ModuleTree

    found = find(source, run)
    ran = run_once(found, run.wanted, run.device)
    if ran.trace.failure is not None:
        message = f"{found.name} has no summary: {describe_failure(ran.trace.failure)}"
        raise ModelRunError("\n".join((message, *ran.notes)), ran.trace)
    positional, named = dummy_arguments(ran.inputs, ran.device, ModuleTree(ran.module))
    with telling(f"torchinfo cannot show {found.name}"):
        module = deepcopy(ran.module) if found.given else ran.module
        shown = summarise(module, positional, named, device=ran.device, depth=depth)
    return "\n".join((shown, *ran.notes))
