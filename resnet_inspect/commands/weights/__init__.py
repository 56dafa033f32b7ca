"""``weights``: the tensors of a file that load into a model, and the reasons why others do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_inspect.arguments import flag, path, text
from resnet_inspect.console.option_values import parse_arguments
from resnet_inspect.console.options import (
    ArgumentsOption,
    ModelArgument,
    PrefixOption,
    ReportOptions,
    WeightsArgument,
)
from resnet_inspect.console.output import DONE, FINDINGS
from resnet_inspect.errors import RequestError, ResnetInspectError
from resnet_inspect.pipeline import RunOptions, Source, examine_spec, find_model, require_complete
from resnet_inspect.sources.model_spec import ModelSpec, tensors_of
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from resnet_inspect.anatomy.records import Anatomy
    from resnet_inspect.checkpoints.checkpoint import Checkpoint
    from resnet_inspect.checkpoints.key_matching import KeyMatch, KeyStatus, Matching
    from resnet_inspect.checkpoints.reasons import NamedWeights
    from resnet_inspect.commands.weights.file import Weights
    from resnet_inspect.commands.weights.report import Counts, ReasonGroup, WeightsReport
    from resnet_inspect.configs.schema import ResNetConfig

_ORDER: tuple[KeyStatus, ...] = ("wrong shape", "missing", "unexpected", "renamed", "loads")

_STRIDES = {"1x1": "v1: the first 1×1 convolution strides", "3x3": "v1.5: the 3×3 convolution strides"}
_NO_POOL = "its stem has no pool"


def weights(
    source: Source,
    file: Weights,
    run: RunOptions = RunOptions(),
    *,
    convert_to: str | PathLike[str] | None = None,
    force: bool = False,
    prefix: str = "",
    into: str = "",
) -> WeightsReport:
    """List which tensors of a file load into a model, and why others do not.

    A model that is not built from a config is run once on meta to find its strides; if that fails, the report does not
    mention them.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        file: weights in a file or in memory, as for ``identify``.
        run: version and arguments of the model.
        convert_to: path of a safetensors file to write, with the tensors that fit under the model's names.
        force: ``True`` to replace an existing file at ``convert_to``.
        prefix: which of several networks in the file to read, as for ``identify``.
        into: prefix of the network to load into, if the model contains several.

    Returns:
        All tensors of model and file, and whether each loads.

    Raises:
        WrongTypeError: if an argument has a wrong type.
        CheckpointError: if a file cannot be read or written, or ``convert_to`` exists and ``force`` is not set.
        RequestError: if there is no such model, no tensor to convert, or the weights to convert are not in a file.
    """
    from resnet_inspect.checkpoints.convert import convert
    from resnet_inspect.checkpoints.identify import choice_of, shapes_of
    from resnet_inspect.checkpoints.key_matching import match_keys
    from resnet_inspect.commands.weights.file import read_weights

    flag("force", force)
    target = None if convert_to is None else path("convert_to", convert_to)
    found, checkpoint = find_model(source, run), read_weights(file, prefix)
    matching = match_keys(tensors_of(found), shapes_of(checkpoint), choice_of(checkpoint, prefix), text("into", into))
    if target is not None:
        if not isinstance(file, str | PathLike):
            raise RequestError("only files are converted: save these weights to one, and give its path")
        renames = fitting(matching)
        if not renames:
            raise RequestError(f"no tensor of the file fits {found.name}: there is nothing to write")
        convert(file, renames, target, force=force, chosen=prefix)
    unseen = _unseen(found) if any(key.fits for key in matching.keys) else ()
    return weights_report(found.name, checkpoint, matching, target, unseen)


def command(
    model: ModelArgument,
    file: WeightsArgument,
    *,
    arguments: ArgumentsOption = None,
    prefix: PrefixOption = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--into",
            metavar="PREFIX",
            help="If the model contains several networks, the prefix of the one to load into (rgb.).",
        ),
    ] = None,
    convert: Annotated[
        str | None,
        typer.Option(
            "--convert",
            metavar="OUT",
            help="Write the tensors that fit to OUT as safetensors, under the model's names.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT if it exists.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if any tensor does not load.")] = False,
    output: ReportOptions,
) -> int:
    """Write the report of ``weights``; return 1 with ``--exit-code`` if a tensor does not load."""
    if force and convert is None:
        raise RequestError("--force needs --convert: it overwrites the file that --convert names")
    run = RunOptions(arguments=parse_arguments(arguments))
    report = weights(model, file, run, convert_to=convert, force=force, prefix=prefix or "", into=into or "")
    output.write(report)
    loads = report.loads if report.converted is None else report.complete
    return FINDINGS if exit_code and not loads else DONE


def weights_report(
    model: str, checkpoint: Checkpoint, matching: Matching, converted: str | None, unseen: tuple[str, ...] = ()
) -> WeightsReport:
    """Make the report."""
    from resnet_inspect.commands.weights.file import changed, placement, weights_file
    from resnet_inspect.commands.weights.report import Counts, WeightsReport

    numbers = Counter(key.status for key in matching.keys)
    counts = Counts(*(numbers[status] for status in ("loads", "renamed", "wrong shape", "missing", "unexpected")))
    complete = not any(key.is_lacking for key in matching.keys)
    style = None if matching.file.translation is None else matching.file.translation.style
    config = matching.file.config
    other_prefixes = (*_further(matching.file), *checkpoint.elsewhere)
    return WeightsReport(
        model=model,
        file=weights_file(checkpoint),
        loads=complete and not counts.renamed and not counts.unexpected,
        complete=complete,
        verdict=(
            *_verdict(counts, converted, complete=complete),
            *_chosen(matching, other_prefixes),
            *_folded(matching),
        ),
        counts=counts,
        groups=tuple(_groups(matching)),
        style=None if style is None else style.title,
        prefix=matching.prefix,
        beside=other_prefixes,
        model_beside=_further(matching.model),
        renames=changed(fitting(matching)),
        placement=None if style is None or config is None else placement(config, style.placement),
        unseen=unseen,
        converted=converted,
        keys=matching.keys,
    )


def fitting(matching: Matching) -> dict[str, str]:
    """Return name in the file -> name in the model for all tensors that fit."""
    return {key.file_key: key.model_key for key in matching.keys if key.fits and key.file_key and key.model_key}


def _verdict(counts: Counts, converted: str | None, *, complete: bool) -> Iterator[str]:
    fitting = counts.loads + counts.renamed
    if not fitting:
        yield "nothing loads"
    elif not complete:
        yield f"{fitting:,} of the model's {_of_model(counts):,} tensors are in the file"
    elif counts.renamed:
        dropped = f" and the {counts.unexpected:,} others are dropped" if counts.unexpected else ""
        renamed = f"strict=True fails until they are renamed{dropped}"
        yield f"the model gets every tensor, but under different names: {renamed}"
    elif counts.unexpected:
        yield f"the model gets every tensor; the file has {counts.unexpected:,} more, so strict=True fails"
    else:
        yield "everything loads with strict=True"
    if complete and counts.missing:
        yield "the batch counters are missing; torch starts them at 0"
    if converted is not None:
        yield f"written to {converted}: {fitting:,} tensor{'s' * (fitting != 1)}, values unchanged"
    elif counts.renamed:
        differ = "1 name differs" if counts.renamed == 1 else f"{counts.renamed:,} names differ"
        yield f"{differ}: --convert OUT writes the tensors that fit under the model's names"


def _further(side: NamedWeights) -> tuple[str, ...]:
    return () if side.translation is None else side.translation.other_prefixes


def _chosen(matching: Matching, other_prefixes: tuple[str, ...]) -> Iterator[str]:
    """Say which network was taken, if there are several."""
    for side, further, option in (
        (matching.file, other_prefixes, "--prefix"),
        (matching.model, _further(matching.model), "--into"),
    ):
        if side.translation is not None and further:
            taken = _with_prefix(side.translation.prefix)
            others = ", ".join(map(_with_prefix, further))
            yield f"of the networks in {side.name}, this is the one {taken}; {option} selects another: {others}"


def _with_prefix(prefix: str) -> str:
    return f"with the prefix {sanitise(prefix, 60)}" if prefix else "without a prefix"


def _folded(matching: Matching) -> Iterator[str]:
    from resnet_inspect.checkpoints.inference.layout import FOLDED

    if matching.file.lacks_norms == FOLDED and matching.model.inference and not matching.model.lacks_norms:
        yield (
            "the file's normalisation is folded into its convolutions: in a model with its own normalisation, these "
            "weights compute a different function, even where they load"
        )


def _of_model(counts: Counts) -> int:
    return counts.loads + counts.renamed + counts.wrong_shape + counts.missing


def _groups(matching: Matching) -> Iterator[ReasonGroup]:
    from resnet_inspect.commands.weights.report import ReasonGroup

    found: dict[tuple[KeyStatus, str], list[KeyMatch]] = {}
    for key in matching.keys:
        if key.status != "loads":
            found.setdefault((key.status, key.reason), []).append(key)
    for (status, reason), keys in sorted(found.items(), key=lambda group: _ORDER.index(group[0][0])):
        yield ReasonGroup(status, reason, len(keys), keys[0].model_key or keys[0].file_key or "")


def _unseen(found: ModelSpec) -> tuple[str, ...]:
    """Return the properties of a model that weights do not determine; none for a foreign model that cannot run."""
    if found.config is not None:
        return tuple(unseen_in_config(found.config))
    try:
        return tuple(unseen_in_anatomy(require_complete(examine_spec(found, RunOptions(device="meta"))).anatomy))
    except ResnetInspectError:
        return ()


def unseen_in_config(config: ResNetConfig) -> Iterator[str]:
    """Describe the properties of a config that weights do not determine."""
    if config.anti_alias != "none":
        yield f"a pool strides instead of a convolution (anti_alias = {config.anti_alias})"
    elif "bottleneck" in config.stage_kinds:
        yield _STRIDES[config.stride_in]
    if config.stem_pool == "max":
        yield _pool(config.stem_pool_padding, ceil=config.stem_pool_ceil)
    else:
        yield _NO_POOL


def unseen_in_anatomy(anatomy: Anatomy) -> Iterator[str]:
    """Describe the properties of an examined model that weights do not determine."""
    if anatomy.placement.version is not None:
        yield anatomy.placement.text
    pools = [layer for layer in anatomy.operations if layer.stage == "stem" and layer.pooling]
    if pools and "max_pool" in (pools[0].op or ""):
        yield _pool((pools[0].padding or (0,))[0], ceil=bool(pools[0].ceil_mode))
    elif not pools and anatomy.blocks:
        yield _NO_POOL


def _pool(padding: int, *, ceil: bool) -> str:
    padded = f"pads by {padding}" if padding else "does not pad"
    return f"its max pool {padded} and rounds {'up' if ceil else 'down'}"
