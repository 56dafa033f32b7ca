"""Resolve a source into a ``ModelSpec``.

Only a source itself is looked up in a library or imported. A config, wherever it comes from, can name no more than a
``base`` from the config table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from resnet_inspect.arguments import is_of, wrong_type
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import CONFIG_FORMATS
from resnet_inspect.sources.model_spec import ModelSpec
from resnet_inspect.tracing.inputs import InputSpec

if TYPE_CHECKING:
    from resnet_inspect.configs.schema import ResNetConfig

_LIBRARY = re.compile(r"(torchvision|timm|transformers):(.*)", re.IGNORECASE | re.DOTALL)
_IN_A_FILE = re.compile(r"(.+\.py):([^\W\d]\w*(?:\.[^\W\d]\w*)*)", re.DOTALL)
_IN_A_MODULE = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*(?:\.[^\W\d]\w*)*)")


class LibraryName(NamedTuple):
    """The name of a model in a library: ``torchvision:resnet50``."""

    library: str
    model: str


class CodeName(NamedTuple):
    """The name of an attribute in code, a module or a file: ``mine:build_net``."""

    place: str
    attribute: str

    @property
    def file(self) -> str | None:
        """The path of the file; ``None`` for a module."""
        return self.place if self.place.endswith(".py") else None


def parse_model_name(source: str) -> LibraryName | CodeName | None:
    """Return the name that a text has the form of, without looking it up; ``None`` for the name of a config."""
    if library := _LIBRARY.fullmatch(source):
        return LibraryName(library[1].lower(), library[2])
    code = _IN_A_FILE.fullmatch(source) or _IN_A_MODULE.fullmatch(source)
    if code is None or PurePath(source).suffix.lower() in CONFIG_FORMATS:
        return None
    return CodeName(code[1], code[2])


def resolve(source: Any, arguments: Mapping[str, Any] | None = None) -> ModelSpec:
    """Find the model that ``source`` names or is.

    Args:
        source: a config in any form that ``load`` takes; ``torchvision:NAME``, ``timm:NAME``, ``transformers:NAME``;
            ``module:attribute`` or ``file.py:attribute``, which imports that code and so runs it; an ``nn.Module``; an
            ``ExportedProgram``; or a config of transformers.
        arguments: arguments for the factory of the model, if it has one.

    Raises:
        WrongTypeError: if ``source`` is not a model.
        RequestError: if there is no such model, or if it takes no arguments and some are given.
    """
    require_model(source)
    arguments = arguments or {}
    if isinstance(source, str) and (spec := _by_name(source, arguments)):
        return spec
    if is_of("torch.nn", "Module", source):
        from resnet_inspect.sources.user_code import spec_of_module

        spec = spec_of_module(source)
    elif is_of("torch.export", "ExportedProgram", source):
        from resnet_inspect.sources.user_code import spec_of_program

        spec = spec_of_program(source)
    elif is_of("transformers", "PretrainedConfig", source):
        from resnet_inspect.sources.libraries import spec_of_fields

        return spec_of_fields(type(source).__name__, source.to_dict(), arguments)
    else:
        from resnet_inspect.configs.files import load

        spec = spec_of_config(load(source))
    if arguments:
        raise RequestError(f"argument {next(iter(arguments))}: {spec.name} is not built by a factory that takes any")
    return spec


def require_model(source: object, expected: str = "a model: ") -> None:
    """Refuse a value that cannot be a model by its type.

    Args:
        source: the value.
        expected: start of the message's list of accepted types.

    Raises:
        WrongTypeError: if it cannot be a model.
    """
    from resnet_inspect.configs.schema import ResNetConfig

    if not isinstance(source, str | PathLike | Mapping | ResNetConfig) and not (
        is_of("torch.nn", "Module", source)
        or is_of("torch.export", "ExportedProgram", source)
        or is_of("transformers", "PretrainedConfig", source)
    ):
        kinds = "a name, a path, a dict of fields, a ResNetConfig or a torch.nn.Module"
        raise wrong_type("source", f"{expected}{kinds}", source)


def spec_of_config(config: ResNetConfig) -> ModelSpec:
    """Return the spec of the model that a config describes."""

    def build(device: str) -> Any:
        from resnet_inspect.model.build import build as build_model

        return build_model(config, device=device)

    return ModelSpec(config.name, build, lambda _: (InputSpec(config.input_shape),), config)


def _by_name(source: str, arguments: Mapping[str, Any]) -> ModelSpec | None:
    """Return the model that a text names in a library or in code; ``None`` for the name of a config."""
    form = parse_model_name(source)
    if isinstance(form, LibraryName):
        return _in_a_library(form.library, form.model, arguments)
    if isinstance(form, CodeName):
        from resnet_inspect.sources.user_code import find_code

        return find_code(form.place, form.attribute, arguments)
    if ":" not in source and source.endswith(".py"):
        raise RequestError(f"'{source}' is code: write which module, class or factory, '{source}:NAME'")
    return None


def _in_a_library(library: str, model: str, arguments: Mapping[str, Any]) -> ModelSpec:
    if not model.strip():
        example = "transformers:path/to/config.json" if library == "transformers" else f"{library}:resnet50"
        raise RequestError(f"'{library}:' names no model: write one after it, such as {example}")
    from resnet_inspect.sources.libraries import find_timm, find_torchvision, find_transformers

    find = {"torchvision": find_torchvision, "timm": find_timm, "transformers": find_transformers}[library]
    return find(model, arguments)
