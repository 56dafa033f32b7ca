"""From what a user names to a model that has been run and understood: the way that most use cases begin with.

torch is imported inside the functions that need it, so that everything else starts without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike  # in Source
from typing import TYPE_CHECKING, Any, TypeAlias  # Any in Source

from resnet_inspect.arguments import device_name, instance, keywords, several
from resnet_inspect.config.versions import STRIDE_IN, Version, version_of
from resnet_inspect.errors import ModelRunError, PartialRunWarning, RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.inputs import InputSpec, checked, shape_of
from resnet_inspect.trace.records import Failure, Trace

if TYPE_CHECKING:
    from torch import nn

    from resnet_inspect.config.schema import ResNetConfig
    from resnet_inspect.reports.compare import Subject
    from resnet_inspect.sources.found import Found

Source: TypeAlias = "str | PathLike[str] | Mapping[str, Any] | ResNetConfig | nn.Module"


@dataclass(frozen=True, slots=True)
class Run:
    """How to run a model.

    Attributes:
        version: v1 or v1.5 in place of what the config says; ``"1.5"`` and 1.5 mean v1.5.
        input_shape: shape of the dummy input in place of what the config says. To three sizes, such as
            ``(3, 320, 320)``, a batch of 1 is added if the first convolution of the model is 2-D; otherwise they are
            taken as they are.
        device: where it runs. ``auto`` is ``meta``, and ``cpu`` for a forward that asks for values, which tensors on
            meta do not have.
        inputs: what the forward is given, where that is more than one image; goes before ``input_shape``.
        arguments: for the factory of a model that is built by one.
    """

    version: Version | None = None
    input_shape: Shape | None = None
    device: str = "auto"
    inputs: tuple[InputSpec, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check all of it, and bring it into its plainest form.

        Raises:
            WrongTypeError: if something is of a type that it cannot have.
            RequestError: if there is no such version, or an input is impossible.
        """
        inputs = several(self.inputs, InputSpec)
        kept = (
            ("version", None if self.version is None else version_of(self.version)),
            ("input_shape", None if self.input_shape is None else shape_of(self.input_shape)),
            ("device", device_name(self.device)),
            ("inputs", () if inputs == () else checked(self.inputs if inputs is None else inputs)),
            ("arguments", keywords("arguments", self.arguments)),
        )
        for name, value in kept:
            object.__setattr__(self, name, value)


def examine(source: Source, run: Run = Run()) -> Subject:
    """find, build, trace, dissect."""
    return examined(find(source, run), run)


def find(source: Source, run: Run = Run()) -> Found:
    """Find a model, its stride placement set, if asked for.

    Raises:
        WrongTypeError: if it is no model, or ``run`` no ``Run``.
        RequestError: if there is no such model, or if it has no stride placement to set.
    """
    from resnet_inspect.sources.resolve import of_config, resolve

    require_run(run)
    found = resolve(source, run.arguments)
    if run.version is None:
        return found
    if found.config is None:
        raise RequestError(f"{run.version} sets a config's stride_in, and {found.name} is not built from a config")
    placed = of_config(found.config.model_copy(update={"stride_in": STRIDE_IN[run.version]}))
    return replace(placed, name=f"{found.name} ({run.version})")


def require_run(run: Any, name: str = "run") -> Run:
    """Return ``run``.

    Raises:
        WrongTypeError: if it is no ``Run``.
    """
    return instance(name, run, Run, 'ri.Run(version="v1", input_shape=(3, 320, 320))')


def examined(found: Found, run: Run) -> Subject:
    """build, trace, dissect."""
    from resnet_inspect.anatomy.dissect import dissect
    from resnet_inspect.reports.compare import Subject
    from resnet_inspect.reports.model_ref import ModelRef
    from resnet_inspect.sources.running import run_once

    ran = run_once(found, run.inputs, run.device, shape=run.input_shape)
    fields = None if found.config is None else found.config.model_dump(mode="json")
    return Subject(ModelRef(found.name, fields, ran.notes), ran.trace, dissect(ran.trace, name=found.name))


def that_ran(subject: Subject, otherwise: str = "cannot be compared") -> Subject:
    """The same subject.

    Raises:
        ModelRunError: if its forward failed.
    """
    require_forward(subject.model.name, subject.trace, subject.model.notes, otherwise)
    return subject


def require_forward(name: str, trace: Trace, notes: tuple[str, ...], otherwise: str) -> None:
    """Refuse a model whose forward failed, in the words of what it is ``otherwise`` not good for.

    Raises:
        ModelRunError: if it did.
    """
    if trace.failure is not None:
        message = f"{name} {otherwise}: {describe_failure(trace.failure)}"
        raise ModelRunError("\n".join((message, *notes)), trace)


def warn_of_failure(name: str, failure: Failure | None) -> None:
    """Warn the caller of a public function that the forward failed, since the sums of a partial run look like others.

    Warns:
        PartialRunWarning: if it did.
    """
    if failure is not None:
        message = f"{name}: {describe_failure(failure)}; this is what ran up to there"
        warnings.warn(message, PartialRunWarning, stacklevel=3)


def config_for(found: Found, subject: Callable[[], Subject]) -> ResNetConfig:
    """Return the config that a model is built from; of another model, the one that describes it.

    Args:
        found: the model.
        subject: the same model examined; asked for only if it is not built from a config.

    Raises:
        RequestError: if no config describes it.
        ModelRunError: if it takes a run to find out, and its forward fails.
    """
    if found.config is not None:
        return found.config
    from resnet_inspect.anatomy.as_config import config_of
    from resnet_inspect.sources.tensors import tensors_of

    return config_of(tensors_of(found), that_ran(subject(), "cannot be described by a config").anatomy)


def examine_beside(net: Subject, variant: ResNetConfig, device: str) -> Subject:
    """A variant examined with images of the net's size; with its own where those are too small for it."""
    height, width = net.anatomy.input_shape[-2:]
    batch = net.anatomy.input_shape[0]
    subject = examine(variant, Run(input_shape=(batch, variant.in_channels, height, width), device=device))
    return that_ran(subject if subject.trace.failure is None else examine(variant, Run(device=device)))


def describe_failure(failure: Failure) -> str:
    """Where and why a forward failed, on one line or two."""
    return ": ".join(filter(None, (f"the forward failed {failure.where}", failure.operation, failure.message)))
