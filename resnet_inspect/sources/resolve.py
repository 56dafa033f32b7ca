"""The way into this room: ``resolve(source) -> Found``.

Only what somebody names as the model itself is looked up in a library or imported. A config, wherever it comes from,
names a ``base`` from the config table at most.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from resnet_inspect.arguments import is_of, wrong_type
from resnet_inspect.config.documents import FORMAT_OF_SUFFIX
from resnet_inspect.errors import RequestError
from resnet_inspect.sources.found import Found
from resnet_inspect.trace.inputs import InputSpec

if TYPE_CHECKING:
    from resnet_inspect.config.schema import ResNetConfig

_LIBRARY = re.compile(r"(torchvision|timm|transformers):(.*)", re.IGNORECASE | re.DOTALL)
_IN_A_FILE = re.compile(r"(.+\.py):([^\W\d]\w*(?:\.[^\W\d]\w*)*)", re.DOTALL)
_IN_A_MODULE = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*(?:\.[^\W\d]\w*)*)")


class OfLibrary(NamedTuple):
    """``torchvision:resnet50``: a library, and a model of its."""

    library: str
    model: str


class OfCode(NamedTuple):
    """``mine:build_net``: a module or the path of a file, and what stands in it."""

    place: str
    attribute: str

    @property
    def file(self) -> str | None:
        """The file, if that is how the code is named."""
        return self.place if self.place.endswith(".py") else None


def form_of(source: str) -> OfLibrary | OfCode | None:
    """What a text has the form of, if it is that of no config; nothing is looked up and nothing imported."""
    if library := _LIBRARY.fullmatch(source):
        return OfLibrary(library[1].lower(), library[2])
    code = _IN_A_FILE.fullmatch(source) or _IN_A_MODULE.fullmatch(source)
    if code is None or PurePath(source).suffix.lower() in FORMAT_OF_SUFFIX:
        return None
    return OfCode(code[1], code[2])


def resolve(source: Any, arguments: Mapping[str, Any] | None = None) -> Found:
    """Find the model that ``source`` names or is.

    Args:
        source: a config in any form that ``config/`` reads; ``torchvision:NAME``, ``timm:NAME``,
            ``transformers:NAME``; ``module:attribute`` or ``file.py:attribute``, which imports that code and so runs
            it; or an ``nn.Module``, or a config of transformers'.
        arguments: for the factory of a model that is built by one.

    Raises:
        WrongTypeError: if ``source`` is no model.
        RequestError: if there is no such model, or if it takes no arguments and some are given.
    """
    require_model(source)
    arguments = arguments or {}
    if isinstance(source, str) and (found := _by_name(source, arguments)):
        return found
    if is_of("torch.nn", "Module", source):
        from resnet_inspect.sources.user_code import given

        found = given(source)
    elif is_of("transformers", "PretrainedConfig", source):
        from resnet_inspect.sources.transformers import of_fields

        return of_fields(type(source).__name__, source.to_dict(), arguments)
    else:
        from resnet_inspect.config.files import load

        found = of_config(load(source))
    if arguments:
        raise RequestError(f"argument {next(iter(arguments))}: {found.name} is not built by a factory that takes any")
    return found


def require_model(source: object, expected: str = "a model: ") -> None:
    """Refuse what can be no model, whatever it holds.

    Args:
        source: what was given as one.
        expected: what is taken, up to the list of what may be a model.

    Raises:
        WrongTypeError: if it can be none.
    """
    from resnet_inspect.config.schema import ResNetConfig

    if not isinstance(source, str | PathLike | Mapping | ResNetConfig) and not (
        is_of("torch.nn", "Module", source) or is_of("transformers", "PretrainedConfig", source)
    ):
        kinds = "a name, a path, a dict of fields, a ResNetConfig or a torch.nn.Module"
        raise wrong_type("source", f"{expected}{kinds}", source)


def of_config(config: ResNetConfig) -> Found:
    """Return a model of our own."""

    def build(device: str) -> Any:
        from resnet_inspect.model.build import build as build_model

        return build_model(config, device=device)

    return Found(config.name, build, lambda _: (InputSpec(config.input_shape),), config)


def _by_name(source: str, arguments: Mapping[str, Any]) -> Found | None:
    """What a text names that is no config."""
    form = form_of(source)
    if isinstance(form, OfLibrary):
        return _in_a_library(form.library, form.model, arguments)
    if isinstance(form, OfCode):
        from resnet_inspect.sources.user_code import find

        return find(form.place, form.attribute, arguments)
    if ":" not in source and source.endswith(".py"):
        raise RequestError(f"'{source}' is code: write which module, class or factory, '{source}:NAME'")
    return None


def _in_a_library(library: str, model: str, arguments: Mapping[str, Any]) -> Found:
    if not model.strip():
        example = "transformers:path/to/config.json" if library == "transformers" else f"{library}:resnet50"
        raise RequestError(f"'{library}:' names no model: write one after it, such as {example}")
    from resnet_inspect.sources import timm, torchvision, transformers

    find = {"torchvision": torchvision.find, "timm": timm.find, "transformers": transformers.find}[library]
    return find(model, arguments)
