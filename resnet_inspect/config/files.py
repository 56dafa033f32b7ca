"""The one way in: a variant, a file, standard input or a mapping becomes a ``ResNetConfig``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from resnet_inspect.config import table
from resnet_inspect.config.documents import FORMAT_OF_SUFFIX, Document, empty, parse, parse_unnamed
from resnet_inspect.config.positions import fault
from resnet_inspect.config.problems import explain, explain_base, in_order
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.config.sources import is_path, read_file, read_stream, require_regular_file
from resnet_inspect.errors import ConfigError, Problem, RequestError, UnknownVariantError
from resnet_inspect.text import sanitise

_SUFFIXES = ", ".join(FORMAT_OF_SUFFIX)


def load(
    source: str | os.PathLike[str] | Mapping[str, Any] | ResNetConfig, *, stdin: BinaryIO | None = None
) -> ResNetConfig:
    """Return the config that ``source`` names or holds.

    Args:
        source: a config, which is returned as it is; a mapping of its fields; ``"-"`` for standard input; a path
            object, or a string that has a path separator or ends in .toml, .yaml, .yml or .json, for a file; any
            other string for a variant of the config table, or an alias of one. ``microsoft/resnet-50`` is an alias
            unless there is such a file.
        stdin: what ``"-"`` reads; the process's standard input by default.

    Raises:
        UnknownVariantError: if there is no such variant.
        ConfigError: with all problems at once, each with line and column, if the config cannot be used.
    """
    if isinstance(source, ResNetConfig):
        return source
    if isinstance(source, Mapping):
        return _from_mapping(source)
    if isinstance(source, str):
        if source == "-":
            return _from_stdin(stdin)
        if _names_a_variant(source):
            return _from_table(source)
    if not isinstance(source, str | os.PathLike):
        raise RequestError(f"load takes a name, a file, a dict or a ResNetConfig, not {type(source).__name__}")
    return _from_file(os.fspath(source))


def _names_a_variant(source: str) -> bool:
    if _suffix(source) in FORMAT_OF_SUFFIX:
        return False
    return not is_path(source) or (table.is_published_name(source) and not os.path.lexists(source))


def _from_mapping(source: Mapping[str, Any]) -> ResNetConfig:
    if not source:
        raise empty()
    return _validate(Document(dict(source)), name="custom")


def _from_stdin(stdin: BinaryIO | None) -> ResNetConfig:
    with _named("<stdin>"):
        stream = stdin or getattr(sys.stdin, "buffer", None)
        if stream is None:
            raise fault("there is no standard input to read")
        return _validate(parse_unnamed(read_stream(stream)), name="stdin")


def _from_file(path: str) -> ResNetConfig:
    with _named(sanitise(path, 1_000)):
        require_regular_file(path)
        kind = FORMAT_OF_SUFFIX.get(_suffix(path))
        if kind is None:
            message = f"unknown suffix '{sanitise(_suffix(path), 60)}': {_SUFFIXES} are read"
            raise fault(message, hint="'-' reads standard input in any of these formats")
        return _validate(parse(read_file(path), kind), name=sanitise(Path(path).stem, 100))


def _from_table(name: str) -> ResNetConfig:
    try:
        return table.variant(name)
    except UnknownVariantError as error:
        if os.path.lexists(name):
            note = f"a file '{error.name}' is here, but needs one of the suffixes {_SUFFIXES}"
            raise UnknownVariantError(error.name, error.suggestions, note) from None
        raise


def _suffix(path: str) -> str:
    return Path(path).suffix.lower()


@contextmanager
def _named(source: str) -> Iterator[None]:
    """Add the name of the source to every problem that is raised within."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(tuple(replace(problem, source=source) for problem in error.problems)) from None


def _validate(document: Document, name: str) -> ResNetConfig:
    """Return the config of ``document``, laid over its ``base`` if it names one."""
    fields = dict(document.data)
    problems: tuple[Problem, ...] = ()
    row: dict[str, Any] = {}
    if "base" in fields:
        base = fields.pop("base")
        if problem := explain_base(base, document):
            problems = (problem,)
        else:
            row = table.variant_row(base)
    try:
        config = ResNetConfig.model_validate({**row, "name": name, **fields})
    except ValidationError as error:
        raise ConfigError(in_order(problems + explain(error, document, base_is_wrong=bool(problems)))) from None
    if problems:
        raise ConfigError(problems)
    return config
