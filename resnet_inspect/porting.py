"""What is asked of weights in a file: which network they are of, and whether a model can load them.

As in ``workflows.py``, one short function per use case.
"""

from __future__ import annotations

from collections.abc import Mapping  # in Weights
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias  # Any in Weights

from resnet_inspect.arguments import flag, path, text
from resnet_inspect.errors import RequestError, ResnetInspectError
from resnet_inspect.subjects import Run, Source, examined, find, that_ran

if TYPE_CHECKING:
    from torch import nn

    from resnet_inspect.checkpoints.records import Checkpoint
    from resnet_inspect.reports.identify import IdentifyReport
    from resnet_inspect.reports.weights import WeightsReport
    from resnet_inspect.sources.found import Found


Weights: TypeAlias = "str | PathLike[str] | Mapping[str, Any] | nn.Module"


def identify(file: Weights, *, prefix: str = "") -> IdentifyReport:
    """Tell which ResNet weights are of, by their names and shapes.

    Args:
        file: the path of a torch file, a safetensors file, or the index of a sharded one; or weights in memory: a
            ``state_dict``, a mapping from names to shapes, a training checkpoint that contains one, or a module.
        prefix: which of several networks: by the keys of a training checkpoint, or what stands before its names.

    Returns:
        Whose names they are, the config that they are of, and what weights do not tell.

    Raises:
        WrongTypeError: if an argument is of a type that it cannot have.
        CheckpointError: if the file cannot be read, or there are no tensors in it.
        RequestError: if they are not those of a ResNet.
    """
    from resnet_inspect.checkpoints.identify import identify_checkpoint
    from resnet_inspect.reports.identify import identify_report

    checkpoint = _read(file, text("prefix", prefix))
    return identify_report(checkpoint, identify_checkpoint(checkpoint, prefix))


def weights(
    source: Source,
    file: Weights,
    run: Run = Run(),
    *,
    convert_to: str | PathLike[str] | None = None,
    force: bool = False,
    prefix: str = "",
    into: str = "",
) -> WeightsReport:
    """Tell which tensors of a file load into a model, and why others do not.

    A model that is not built from a config runs once on meta, to tell where it strides; where it cannot, that is left
    out.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        file: the weights, in a file or in memory, as for ``identify``.
        run: the version and the arguments of the model.
        convert_to: path of a safetensors file to write: the tensors that fit, under the model's names.
        force: whether to replace that file if it is there.
        prefix: which of several networks in the file, as for ``identify``.
        into: which of several networks in the model.

    Returns:
        Every tensor of either side, and whether it loads.

    Raises:
        WrongTypeError: if an argument is of a type that it cannot have.
        CheckpointError: if a file cannot be read or written, or the target is there and is not to be replaced.
        RequestError: if there is no such model, or nothing to convert: only files are converted.
    """
    from resnet_inspect.checkpoints.convert import convert
    from resnet_inspect.checkpoints.identify import choice_of, shapes_of
    from resnet_inspect.checkpoints.match import match
    from resnet_inspect.reports.weights import fitting, weights_report
    from resnet_inspect.sources.tensors import tensors_of

    flag("force", force)
    target = None if convert_to is None else path("convert_to", convert_to)
    found, checkpoint = find(source, run), _read(file, text("prefix", prefix))
    matching = match(tensors_of(found), shapes_of(checkpoint), choice_of(checkpoint, prefix), text("into", into))
    if target is not None:
        if not isinstance(file, str | PathLike):
            raise RequestError("only files are converted: save these weights to one, and give its path")
        renames = fitting(matching)
        if not renames:
            raise RequestError(f"no tensor of the file fits {found.name}: there is nothing to write")
        convert(file, renames, target, force=force, chosen=prefix)
    unseen = _unseen(found) if any(key.fits for key in matching.keys) else ()
    return weights_report(found.name, checkpoint, matching, target, unseen)


def _read(weights: Weights, chosen: str) -> Checkpoint:
    from resnet_inspect.checkpoints.in_memory import read_mapping
    from resnet_inspect.checkpoints.read import read

    if isinstance(weights, str | PathLike):
        return read(path("the weights", weights), chosen)
    return read_mapping(weights, chosen)


def _unseen(found: Found) -> tuple[str, ...]:
    """What a model computes that no weights show; a foreign one runs for it, and nothing is said where it cannot."""
    from resnet_inspect.reports.unseen import unseen_in_anatomy, unseen_in_config

    if found.config is not None:
        return unseen_in_config(found.config)
    try:
        return unseen_in_anatomy(that_ran(examined(found, Run(device="meta"))).anatomy)
    except ResnetInspectError:
        return ()
