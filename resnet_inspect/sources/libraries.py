"""Models of libraries: those that torchvision and timm register, and those that transformers builds from a config.

A config of transformers is read as JSON of a bounded size, and never downloaded. Code that a config names
(``auto_map``) is never imported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from resnet_inspect.arguments import described
from resnet_inspect.configs.read_text import read_file
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.configs.variants import equal_to
from resnet_inspect.errors import ConfigError, RequestError, first_line, words_of
from resnet_inspect.sources.building import errors_reported_as, run_factory, stdout_to_stderr
from resnet_inspect.sources.model_spec import ModelSpec, usual_input
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.inputs import InputSpec

if TYPE_CHECKING:
    from torch import nn


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


MAX_HUB_CONFIG_BYTES = 1 << 23
"""Size of a config; one with the names of 21,841 classes in both directions takes 1.5 million bytes."""

_CONFIG = "config.json"
_ON_THE_HUB = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?", re.ASCII)
_USUAL_WORDS = 16


def find_transformers(model: str, arguments: Mapping[str, Any]) -> ModelSpec:
    """Return the model of a config.

    Args:
        model: a folder with a ``config.json``, such a file, or the name of a model on the hub whose config is in the
            local cache.
        arguments: fields that replace those of the config.

    Raises:
        RequestError: if transformers is not installed, or if there is no such config, or transformers cannot use it.
    """
    library("transformers", model)
    name = f"transformers:{sanitise(model)}"
    return spec_of_fields(name, _fields(_file(model), name), arguments)


def spec_of_fields(name: str, fields: Mapping[str, Any], arguments: Mapping[str, Any]) -> ModelSpec:
    """Return the model of a config's fields.

    Raises:
        RequestError: if transformers does not know the type of model, or cannot make a config of the fields.
    """
    from transformers import CONFIG_MAPPING

    kind = fields.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        if not isinstance(kind, str):
            raise RequestError(f"{name}: its config has no model_type, which says what to build")
        raise unknown("transformers", kind, CONFIG_MAPPING)
    with errors_reported_as(f"{name}: transformers cannot read its config"):
        family = CONFIG_MAPPING[kind]
        known = family()
        for argument in arguments:
            if not hasattr(known, argument):
                raise RequestError(f"argument {argument}: {family.__name__} has no such field")
        config = family.from_dict({**fields, **arguments})
    return ModelSpec(
        name=name, build=lambda device: run_factory(name, lambda: _module(config), device), inputs=_transformers_input
    )


def _file(model: str) -> str:
    """Return the path of a config file."""
    path = Path(model)
    if path.is_dir():
        return str(path / _CONFIG)
    if path.exists() or not _ON_THE_HUB.fullmatch(model) or model.endswith(".json"):
        return model
    from huggingface_hub import try_to_load_from_cache

    try:
        cached = try_to_load_from_cache(model, _CONFIG)
    except ValueError as error:  # HFValidationError: not a name on the hub
        raise RequestError(f"transformers:{sanitise(model)} names no model: {sanitise(first_line(error))}") from None
    if isinstance(cached, str):
        return cached
    equal = equal_to(f"transformers:{model}")
    raise RequestError(
        f"transformers:{model} cannot be read: its config is not on this machine, and nothing is downloaded: fetch it "
        f"with 'hf download {model} {_CONFIG}', or name a folder that holds it, transformers:path/to/folder"
        + (f"; {equal} equals it tensor by tensor, and needs no config file" if equal else "")
    )


def _fields(path: str, name: str) -> dict[str, Any]:
    try:
        fields = json.loads(read_file(path, MAX_HUB_CONFIG_BYTES))
    except ConfigError as error:
        raise RequestError(f"{name} cannot be read: {sanitise(path)}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{name} cannot be read: {sanitise(path)} is not JSON: {sanitise(str(error))}") from None
    if not isinstance(fields, dict):
        raise RequestError(f"{name} cannot be read: {sanitise(path)} holds {described(fields)}, not a config's fields")
    return fields


def _module(config: Any) -> Any:
    """Build the architecture that a config names, or else a classifier, a backbone, or a bare model."""
    import transformers

    with _offline():
        return _kind_for(config, transformers)(_without_weights(config))


def _kind_for(config: Any, transformers: Any) -> Callable[[Any], Any]:
    for name in config.architectures or ():
        kind = getattr(transformers, name, None) if isinstance(name, str) else None
        if isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel):
            return kind
    for auto in (transformers.AutoModelForImageClassification, transformers.AutoBackbone):
        if type(config) in auto._model_mapping:
            return auto.from_config  # type: ignore[no-any-return]  # transformers is Any here
    return transformers.AutoModel.from_config  # type: ignore[no-any-return]


def _without_weights(config: Any) -> Any:
    """Return a copy of a config that does not ask for the weights of its backbone."""
    config = deepcopy(config)
    for part in (config, getattr(config, "backbone_config", None)):
        if part is not None and getattr(part, "use_pretrained_backbone", False):
            part.use_pretrained_backbone = False
    return config


@contextmanager
def _offline() -> Iterator[None]:
    """Restrict the hub's client to the local cache."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _transformers_input(module: nn.Module) -> tuple[InputSpec, ...]:
    """Return the main input of a forward: an image of the config's size, or words."""
    config, place = module.config, str(module.main_input_name)
    if place == "input_ids":
        return (InputSpec((1, _USUAL_WORDS), "int64", place),)
    size: Any = getattr(config, "image_size", None) or ()
    height_width = (size, size) if isinstance(size, int) else tuple(size) if isinstance(size, (list, tuple)) else ()
    (image,) = usual_input(module, height_width)
    channels = getattr(config, "num_channels", image.shape[1])
    return (InputSpec((1, channels, *image.shape[2:]), path=place),)
