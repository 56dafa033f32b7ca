"""Models that torchvision and timm register, and functions for every library whose models can be named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

from resnet_inspect.configs.suggest import suggest
from resnet_inspect.configs.variants import equal_to
from resnet_inspect.errors import RequestError, words_of
from resnet_inspect.sources.building import run_factory, stdout_to_stderr
from resnet_inspect.sources.model_spec import ModelSpec, usual_input
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from torch import nn

    from resnet_inspect.tracing.inputs import InputSpec


def library(package: str, model: str) -> ModuleType:
    """Import a library.

    Args:
        package: name of the library, and of this package's extra for it.
        model: name of the model wanted, for messages.

    Raises:
        RequestError: if it is not installed, or cannot be imported.
    """
    try:
        with stdout_to_stderr():
            return import_module(package)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == package:
            reason = f"{package} is not installed: pip install {package}"
        else:
            said = " ".join(words_of(error).split())
            reason = f"{package} is installed, but cannot be imported: {type(error).__name__}: {sanitise(said)}"
        raise RequestError(f"{package}:{sanitise(model)} cannot be read: {reason}{_equal(package, model)}") from error


def _equal(package: str, model: str) -> str:
    equal = equal_to(f"{package}:{model}")
    return f"; {equal} equals it tensor by tensor, and needs no {package}" if equal else ""


def unknown(package: str, model: str, known: Iterable[str]) -> RequestError:
    """Return the error for a model that a library does not have."""
    near = suggest(model, known, count=3)
    hint = f": did you mean {' or '.join(near)}?" if near else ""
    return RequestError(f"{package} has no model '{sanitise(model)}'{hint}")


def require_none_of(names: Iterable[str], arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that would download weights, which are not needed.

    Raises:
        RequestError: if one of them is given.
    """
    for name in names:
        if name in arguments:
            raise RequestError(f"argument {name}: models are built without weights here, and nothing is downloaded")


_FETCHING_TORCHVISION = ("weights", "weights_backbone")


def find_torchvision(model: str, arguments: Mapping[str, Any]) -> ModelSpec:
    """Return a model of torchvision, without weights.

    Args:
        model: its name in torchvision, such as ``resnet50``.
        arguments: arguments for its factory.

    Raises:
        RequestError: if torchvision is not installed, or has no such model.
    """
    models = library("torchvision", model).models
    require_none_of(_FETCHING_TORCHVISION, arguments)
    name = model.lower()
    if name not in models.list_models():
        raise unknown("torchvision", model, models.list_models())
    factory = models.get_model_builder(name)
    # Detectors and segmenters would download the weights of their backbone.
    without = {weights: None for weights in _FETCHING_TORCHVISION if weights in signature(factory).parameters}
    title = f"torchvision:{name}"
    return ModelSpec(
        name=title,
        build=lambda device: run_factory(title, lambda: factory(**without, **arguments), device),
        inputs=usual_input,
    )


_FETCHING_TIMM = ("pretrained", "checkpoint_path", "pretrained_cfg")


def find_timm(model: str, arguments: Mapping[str, Any]) -> ModelSpec:
    """Return a model of timm, without weights.

    Args:
        model: its name in timm, such as ``seresnext50_32x4d``; a tag after it (``resnet50.a1_in1k``) names the training
            of its weights, which also sets the number of classes.
        arguments: arguments for ``timm.create_model``.

    Raises:
        RequestError: if timm is not installed, or has no such model.
    """
    timm = library("timm", model)
    require_none_of(_FETCHING_TIMM, arguments)
    name = model.lower().removeprefix("timm/")
    # Only registered names: create_model would download others (hf-hub:) or read them (local-dir:).
    if not timm.is_model(name.partition(".")[0]):
        raise unknown("timm", name, timm.list_models())
    title = f"timm:{name}"
    return ModelSpec(
        name=title,
        build=lambda device: run_factory(title, lambda: timm.create_model(name, pretrained=False, **arguments), device),
        inputs=_timm_input,
    )


def _timm_input(module: nn.Module) -> tuple[InputSpec, ...]:
    """Return an image of the size that the model was trained on."""
    trained = getattr(module, "pretrained_cfg", None) or {}
    return usual_input(module, tuple(trained.get("input_size", ()))[1:])
