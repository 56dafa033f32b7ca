"""Find, build, trace and dissect a model: the steps that most commands begin with, and the options of a run.

torch is imported inside the functions that need it, so that everything else starts without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike  # in Source
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args  # Any in Source

from resnet_inspect.arguments import device_name, instance, keywords, several
from resnet_inspect.configs.words import STRIDE_IN, Version, version_of
from resnet_inspect.errors import ModelRunError, PartialRunWarning, RequestError
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.inputs import InputSpec, checked, shape_of

if TYPE_CHECKING:
    from torch import nn
    from torch.export import ExportedProgram

    from resnet_inspect.anatomy.records import Anatomy
    from resnet_inspect.configs.schema import ResNetConfig
    from resnet_inspect.rendering.report import ModelRef
    from resnet_inspect.shapes import Shape
    from resnet_inspect.sources.model_spec import ModelSpec
    from resnet_inspect.tracing.records import Failure, Op, Trace

Source: TypeAlias = "str | PathLike[str] | Mapping[str, Any] | ResNetConfig | nn.Module | ExportedProgram"

Device = Literal["auto", "meta", "cpu", "cuda"]
"""The usual devices; torch may know others, such as ``cuda:1`` and ``mps``."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model with its trace and anatomy."""

    model: ModelRef
    trace: Trace
    anatomy: Anatomy


@dataclass(frozen=True, slots=True)
class Description:
    """A model as a config.

    Attributes:
        config: the config that it is built from, or that describes it best.
        differs: sentences about what the config does not express; none if it builds an equal network.
        anatomy: its anatomy in the stages of the config, if its own do not align with those.
    """

    config: ResNetConfig
    differs: tuple[str, ...] = ()
    anatomy: Anatomy | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options for building and running a model.

    Attributes:
        version: v1 or v1.5, in place of the config's; ``"1.5"`` and 1.5 mean v1.5.
        input_shape: shape of the dummy input, in place of the config's. A batch of 1 is added to three sizes, such as
            ``(3, 320, 320)``, if the first convolution of the model is 2-D.
        device: device to run on. ``auto`` is ``meta``, or ``cpu`` for a forward that asks for values, which tensors on
            meta do not have, or whose output depends on no input there.
        inputs: inputs of a forward that takes more than one image; used in place of ``input_shape``.
        arguments: arguments for the factory of a model that is built by one.
    """

    version: Version | None = None
    input_shape: Shape | None = None
    device: str = "auto"
    inputs: tuple[InputSpec, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check and normalise all fields.

        Raises:
            WrongTypeError: if a field has a wrong type.
            RequestError: if there is no such version or device, or an input is impossible.
        """
        inputs = several(self.inputs, InputSpec)
        kept = (
            ("version", None if self.version is None else version_of(self.version)),
            ("input_shape", None if self.input_shape is None else shape_of(self.input_shape)),
            ("device", _known_device(device_name(self.device))),
            ("inputs", () if inputs == () else checked(self.inputs if inputs is None else inputs)),
            ("arguments", keywords("arguments", self.arguments)),
        )
        for name, value in kept:
            object.__setattr__(self, name, value)


def _known_device(name: str) -> str:
    """Refuse a device that torch does not know; whether this machine has it is found out when a model runs on it."""
    if name not in get_args(Device):
        import torch

        try:
            torch.device(name)
        except RuntimeError as error:
            raise RequestError(
                f"device '{sanitise(name, 60)}' is not known: choose from {', '.join(get_args(Device))}, or another "
                "device that torch knows"
            ) from error
    return name


def examine(source: Source, run: RunOptions = RunOptions()) -> Subject:
    """Find, build, trace and dissect a model."""
    return examine_spec(find_model(source, run), run)


def examine_partly(source: Source, run: RunOptions = RunOptions()) -> Subject:
    """Examine a model as far as its forward runs.

    Warns:
        PartialRunWarning: if it failed.
    """
    subject = examine(source, run)
    warn_of_failure(subject.model.name, subject.trace.failure, stacklevel=4)
    return subject


def find_model(source: Source, run: RunOptions = RunOptions()) -> ModelSpec:
    """Find a model, and set its version if asked to.

    Raises:
        WrongTypeError: if ``source`` is not a model, or ``run`` not a ``RunOptions``.
        RequestError: if there is no such model, or if it has no version to set.
    """
    from resnet_inspect.sources.resolve import resolve, spec_of_config

    require_options(run)
    spec = resolve(source, run.arguments)
    if run.version is None:
        return spec
    if spec.config is None:
        raise RequestError(f"{run.version} sets a config's stride_in, and {spec.name} is not built from a config")
    versioned = spec_of_config(spec.config.model_copy(update={"stride_in": STRIDE_IN[run.version]}))
    return replace(versioned, name=f"{spec.name} ({run.version})")


def require_options(run: Any, name: str = "run") -> RunOptions:
    """Return ``run`` if it is a ``RunOptions``.

    Raises:
        WrongTypeError: if it is not.
    """
    return instance(name, run, RunOptions, 'ri.RunOptions(version="v1", input_shape=(3, 320, 320))')


def examine_spec(spec: ModelSpec, run: RunOptions) -> Subject:
    """Build, trace and dissect a model that has been found."""
    from resnet_inspect.anatomy.dissect import dissect
    from resnet_inspect.rendering.report import ModelRef
    from resnet_inspect.sources.running import run_model

    ran = run_model(spec, run.inputs, run.device, shape=run.input_shape)
    fields = None if spec.config is None else spec.config.model_dump(mode="json")
    return Subject(ModelRef(spec.name, fields, ran.notes), ran.trace, dissect(ran.trace, name=spec.name))


def require_complete(subject: Subject, otherwise: str = "cannot be compared") -> Subject:
    """Return ``subject`` if its forward completed.

    Raises:
        ModelRunError: if its forward failed.
    """
    require_no_failure(subject.model.name, subject.trace, subject.model.notes, otherwise)
    return subject


def require_no_failure(name: str, trace: Trace, notes: tuple[str, ...], otherwise: str) -> None:
    """Refuse a model whose forward failed.

    Args:
        name: name of the model.
        trace: its trace.
        notes: sentences about how it ran, to add to the message.
        otherwise: what is not possible without a complete run: ``cannot be compared``.

    Raises:
        ModelRunError: if its forward failed.
    """
    if trace.failure is not None:
        message = f"{name} {otherwise}: {format_failure(trace.failure)}"
        raise ModelRunError("\n".join((message, *notes)), trace)


def warn_of_failure(name: str, failure: Failure | None, stacklevel: int = 3) -> None:
    """Warn the caller of a public function of a failed forward: sums of a partial run look like those of a full one.

    Warns:
        PartialRunWarning: if the forward failed.
    """
    if failure is not None:
        message = f"{name}: {format_failure(failure)}; {failure.covered}"
        warnings.warn(message, PartialRunWarning, stacklevel=stacklevel)


def describe(spec: ModelSpec, subject: Callable[[], Subject]) -> Description:
    """Return the config that a model is built from; of another one, the config that describes it.

    Args:
        spec: the model.
        subject: function that examines the model; called only if it is not built from a config.

    Raises:
        RequestError: if no config describes it.
        ModelRunError: if the model has to run to find out, and its forward fails.
    """
    if spec.config is not None:
        return Description(spec.config)
    from resnet_inspect.anatomy.infer_config import infer_config

    net = require_complete(subject(), "cannot be described by a config")
    config = infer_config(net.anatomy, standardised=any("norm" in op.name for op in _on_weights(net.trace)))
    return _compared(net, config)


def _compared(net: Subject, config: ResNetConfig) -> Description:
    """Build the network that a config describes, and compare it with the one that the config was inferred from."""
    from resnet_inspect.anatomy.compare import compare_anatomies
    from resnet_inspect.anatomy.config_differences import config_differences, parting_sentence, unused_parameters
    from resnet_inspect.anatomy.core import restaged
    from resnet_inspect.anatomy.equality import agreement, divergence
    from resnet_inspect.anatomy.infer_config import indescribable

    built = examine_like(net, config, "meta")
    ours, theirs = built.anatomy, net.anatomy
    if len(ours.blocks) != len(theirs.blocks):
        raise indescribable(theirs, f"a config would build {len(ours.blocks)} of its {len(theirs.blocks)} blocks")
    found = compare_anatomies(ours, theirs)
    if found.changes or found.only_left or found.only_right:
        ours, theirs = (restaged(side, config.stage_blocks) for side in (ours, theirs))
        found = compare_anatomies(ours, theirs)
    anatomy = None if theirs is net.anatomy else theirs
    if agreement(built.trace, net.trace) is not None:
        return Description(config, tuple(unused_parameters(ours, theirs)), anatomy)
    try:
        differs = config_differences(found, ours, theirs)
    except RequestError as error:
        raise indescribable(net.anatomy, str(error)) from error
    made, used = ([op.name for op in _on_weights(side.trace)] for side in (built, net))
    if made != used:
        differs += (f"weights are made by {', '.join(dict.fromkeys(used)) or 'nothing'} before use",)
    parted = None if differs else divergence(built.trace, net.trace)
    if parted is not None:
        differs = (parting_sentence(parted, net.trace),)
    return Description(config, differs, anatomy)


def _on_weights(trace: Trace) -> list[Op]:
    """Return the operators that read parameters and no data, as in the standardisation of a weight."""
    return [op for op in trace.ops if op.parameters and not op.sources]


def examine_like(net: Subject, variant: ResNetConfig, device: str) -> Subject:
    """Examine a variant with images of the network's size, or of its own if those are too small for it."""
    height, width = net.anatomy.input_shape[-2:]
    batch = net.anatomy.input_shape[0]
    subject = examine(variant, RunOptions(input_shape=(batch, variant.in_channels, height, width), device=device))
    return require_complete(subject if subject.trace.failure is None else examine(variant, RunOptions(device=device)))


def format_failure(failure: Failure) -> str:
    """Describe where and why a forward failed."""
    return ": ".join(filter(None, (failure.event, failure.operation, failure.message)))
