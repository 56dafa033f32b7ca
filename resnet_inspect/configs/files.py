"""The entry point of ``configs``: read a variant, a file, standard input or a mapping into a ``ResNetConfig``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeAlias

from pydantic import ValidationError

from resnet_inspect.arguments import path, wrong_type
from resnet_inspect.configs import documents, read_text, variants
from resnet_inspect.configs.documents import Document
from resnet_inspect.configs.positions import fault, naming_source
from resnet_inspect.configs.problems import explain, explain_base, in_order
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.errors import (
    AmbiguousVariantError,
    ConfigError,
    Problem,
    RequestError,
    UnknownVariantError,
    WrongTypeError,
)
from resnet_inspect.formats import CONFIG_FORMATS, ConfigFormat
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from resnet_inspect.configs.declaration import Declaration
    from resnet_inspect.configs.selectors import RuleNames

_SUFFIXES = ", ".join(CONFIG_FORMATS)


ConfigSource: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any] | ResNetConfig"


def load(source: ConfigSource, *, stdin: BinaryIO | None = None, **fields: Any) -> ResNetConfig:
    """Return the config that ``source`` names or holds.

    Args:
        source: a config, which is returned unchanged; a mapping of its fields; ``"-"`` for standard input; a path
            object, or a string that has a path separator or ends in .toml, .yaml, .yml or .json, for a file; any
            other string for a variant of the config table, or an alias of one. ``microsoft/resnet-50`` is an alias
            unless there is such a file.
        stdin: stream to read for ``"-"``; the process's standard input by default.
        fields: fields that replace those of ``source``. A file must be valid without them; a mapping is validated with
            them. ``load("resnet50", num_classes=10)`` is ``load({"base": "resnet50", "num_classes": 10})``.

    Raises:
        WrongTypeError: if ``source`` is something else, such as weights.
        UnknownVariantError: if there is no such variant.
        ConfigError: with all problems at once, each with line and column, if the config cannot be used.
    """
    if fields:
        return _with_fields(source, fields, stdin)
    if isinstance(source, ResNetConfig):
        return source
    if isinstance(source, Mapping):
        return _from_mapping(source)
    if isinstance(source, str):
        if source == "-":
            if stdin is not None and not callable(getattr(stdin, "read", None)):
                raise wrong_type("stdin", "a file that is open for reading bytes", stdin)
            return _config_of(_from_stdin(stdin))
        if _names_a_variant(source):
            return _from_table(source)
    if not isinstance(source, str | os.PathLike):
        raise wrong_type("a config", "the name of a variant, a path, a dict of fields, or a ResNetConfig", source)
    return _config_of(_from_file(path("a config", source)))


def _with_fields(source: ConfigSource, fields: Mapping[str, Any], stdin: BinaryIO | None) -> ResNetConfig:
    """Return the config of ``source`` with ``fields`` in place of its own.

    A mapping is validated together with them. A changed variant loses its name, unless ``fields`` set one.
    """
    if not isinstance(source, Mapping):
        config = load(source, stdin=stdin)
        if config.name in variants.variant_names() and config == variants.variant(config.name):
            source = {"base": config.name}
        else:
            source = {**config.model_dump(exclude_unset=True), "name": config.name}
    return _from_mapping(variants.lay_over(source, fields))


def declare(
    source: str | os.PathLike[str],
    *,
    stdin: BinaryIO | None = None,
    stdin_filename: str | None = None,
    rules: RuleNames = MappingProxyType({}),
) -> Declaration:
    """Return all that a config file declares: the config, its ``[expect]`` table, and the rules it ignores.

    Args:
        source: path of a file, or ``"-"`` for standard input.
        stdin: stream to read for ``"-"``; the process's standard input by default.
        stdin_filename: name of standard input; its suffix gives the format.
        rules: names of all rules, so that others are refused; if empty, only the form of a name is checked.

    Raises:
        ConfigError: with all problems of fields, tables and comments at once, each with line and column.
    """
    text = _from_stdin(stdin, stdin_filename) if source == "-" else _from_file(os.fspath(source))
    with naming_source(text.source):
        return _declare(text, rules)


def is_variant(source: str) -> bool:
    """Return whether ``load`` reads a string as the name of a variant, and that variant exists."""
    try:
        return _names_a_variant(source) and bool(variants.find(source))
    except RequestError:
        return False


def _names_a_variant(source: str) -> bool:
    if _suffix(source) in CONFIG_FORMATS or read_text.other_file(source):
        return False
    return not read_text.is_path(source) or (variants.is_published_name(source) and not os.path.lexists(source))


def may_be_variant(source: str) -> bool:
    """Return whether a string is the name of a variant, or an ambiguous name of several."""
    try:
        return _names_a_variant(source) and bool(variants.find(source))
    except AmbiguousVariantError:
        return True
    except RequestError:
        return False


class _Text(NamedTuple):
    """The contents of a file.

    Attributes:
        content: the text.
        document: the parsed text.
        source: the path as given.
        name: name of the model if the config does not set one.
    """

    content: str
    document: Document
    source: str
    name: str


def _from_mapping(source: Mapping[str, Any]) -> ResNetConfig:
    if not source:
        raise documents.empty()
    if _are_weights(source) or any(isinstance(value, Mapping) and _are_weights(value) for value in source.values()):
        raise WrongTypeError(
            "these are weights, not a model: ri.identify(weights) says what they are, and ri.weights(model, weights) "
            "whether they fit a model"
        )
    return _config(Document(dict(source)), name="custom")


def _are_weights(mapping: Mapping[Any, Any]) -> bool:
    """Return whether a value is a tensor, of any library, or a weight or bias has a shape as its value."""
    return any(
        # a NumPy number also has a type and a shape
        (hasattr(value, "dtype") and hasattr(value, "shape") and getattr(value, "ndim", 1) != 0)
        or (isinstance(name, str) and name.endswith((".weight", ".bias")) and isinstance(value, tuple | list))
        for name, value in mapping.items()
    )


def _from_stdin(stdin: BinaryIO | None, filename: str | None = None) -> _Text:
    with naming_source(filename or read_text.STDIN_NAME):
        kind = _format(filename) if filename else None
        stream = stdin or getattr(sys.stdin, "buffer", None)
        if stream is None:
            raise fault("there is no standard input to read")
        content = read_text.read_stream(stream)
        document = documents.parse(content, kind) if kind else documents.parse_unnamed(content)
        return _Text(content, document, filename or read_text.STDIN_NAME, _stem(filename) if filename else "stdin")


def _from_file(path: str) -> _Text:
    with naming_source(path):
        read_text.require_regular_file(path)
        if other := read_text.other_file(path):
            raise fault(f"is {other.is_a}", hint=other.hint)
        kind = _format(path)
        content = read_text.read_file(path)
        return _Text(content, documents.parse(content, kind), path, _stem(path))


def _format(path: str) -> ConfigFormat:
    kind = CONFIG_FORMATS.get(_suffix(path))
    if kind is None:
        message = f"unknown suffix '{sanitise(_suffix(path), 60)}': {_SUFFIXES} are read"
        raise fault(message, hint="'-' reads standard input in any of these formats")
    return kind


def _stem(path: str) -> str:
    return sanitise(Path(path).stem, 100)


def _from_table(name: str) -> ResNetConfig:
    try:
        return variants.variant(name)
    except UnknownVariantError as error:
        if os.path.lexists(name):
            note = f"a file '{error.name}' is here, but needs one of the suffixes {_SUFFIXES}"
            raise UnknownVariantError(error.name, error.suggestions, note) from None
        raise


def _suffix(path: str) -> str:
    return Path(path).suffix.lower()


def _config_of(text: _Text) -> ResNetConfig:
    with naming_source(text.source):
        return _config(text.document, text.name)


def _config(document: Document, name: str) -> ResNetConfig:
    """Return the config of ``document``, whose tables must be valid, although they are not used."""
    config, problems = _judge(document, name)
    if any(table in document.data for table in documents.TABLES):
        from resnet_inspect.configs.declaration import read_tables

        problems += read_tables(document, config, {}).problems
    return _sound(config, problems)


def _declare(text: _Text, rules: RuleNames) -> Declaration:
    from resnet_inspect.configs.declaration import Declaration, read_tables
    from resnet_inspect.configs.ignores import ignoring_comments

    config, problems = _judge(text.document, text.name)
    tables = read_tables(text.document, config, rules)
    ignores, misspelt = ignoring_comments(text.content, text.document, rules)
    return Declaration(
        config=_sound(config, (*problems, *tables.problems, *misspelt)),
        expect=tables.expect,
        ignores=(*tables.ignores, *ignores),
        document=text.document,
        text=text.content,
        source=text.source,
    )


def _judge(document: Document, name: str) -> tuple[ResNetConfig | None, tuple[Problem, ...]]:
    """Return the config of ``document``, laid over its ``base`` if it names one, and its problems."""
    fields = {field: value for field, value in document.data.items() if field not in documents.TABLES}
    problems: tuple[Problem, ...] = ()
    row: dict[str, Any] = {}
    if "base" in fields:
        base = fields.pop("base")
        if problem := explain_base(base, document):
            problems = (problem,)
        else:
            row = variants.variant_fields(base)
    try:
        return ResNetConfig.model_validate(variants.lay_over({**row, "name": name}, fields)), problems
    except ValidationError as error:
        return None, problems + explain(error, document, base_is_wrong=bool(problems))


def _sound(config: ResNetConfig | None, problems: tuple[Problem, ...]) -> ResNetConfig:
    """Return the config, or raise an error for its problems."""
    if config is None or problems:
        raise ConfigError(in_order(problems))
    return config
