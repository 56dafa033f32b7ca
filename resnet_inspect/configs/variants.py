"""The named variants, which are the rows of ``variants.toml``."""

from __future__ import annotations

import copy
import fnmatch
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from resnet_inspect.errors import AmbiguousVariantError, RequestError, UnknownVariantError
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from resnet_inspect.configs.schema import ResNetConfig

_OUTSIDE_THE_CONFIG = frozenset({"base", "origin", "published"})


def variant_names() -> tuple[str, ...]:
    """Return the names of all variants, in the order of the table."""
    return tuple(_table())


def match(pattern: str) -> tuple[str, ...]:
    """Return the variants whose name matches a shell pattern such as ``resnext*``; case does not matter."""
    folded = pattern.casefold()
    return tuple(name for name in variant_names() if fnmatch.fnmatchcase(name.casefold(), folded))


def named(pattern: str) -> tuple[str, ...]:
    """Return the variants that match a shell pattern, or the one of which it is an alias.

    Raises:
        RequestError: if there is none.
    """
    if names := match(pattern):
        return names
    if any(wildcard in pattern for wildcard in "*?["):
        raise RequestError(f"no variant matches '{pattern}'; 'resnet-inspect variants' lists them all")
    return (find(pattern),)


def find(name: str) -> str:
    """Return the variant that ``name`` means: ``resnet50`` for ``ResNet-50`` and ``microsoft/resnet-50``.

    Raises:
        AmbiguousVariantError: if it can mean more than one network.
        UnknownVariantError: if it is unknown.
    """
    from resnet_inspect.configs import aliases
    from resnet_inspect.configs.suggest import suggest

    meaning = aliases.interpret(name, _table(), _published_models())
    if meaning.name:
        return meaning.name
    shown = sanitise(name, 60)
    if any(reading.words for reading in meaning.readings):
        raise AmbiguousVariantError(shown, {found.name: found.words for found in meaning.readings}, meaning.note)
    suggestions = tuple(found.name for found in meaning.readings)
    suggestions = suggestions or suggest(aliases.model_part(name), _table(), count=3)
    raise UnknownVariantError(shown, suggestions, meaning.note)


def is_published_name(name: str) -> bool:
    """Return whether a text has the form of a published model's name, ``microsoft/resnet-50``."""
    from resnet_inspect.configs import aliases

    return aliases.is_hub_name(name, _published_models())


def variant(name: str) -> ResNetConfig:
    """Return the config of a variant, by its name or an alias.

    Raises:
        UnknownVariantError: if the table has no such name.
    """
    return _config_of(find(name))


@functools.cache
def _config_of(name: str) -> ResNetConfig:
    """Return the config of a variant; cached, because searches for the closest one need all of them."""
    # pydantic takes longer to import than the names of the variants take to list.
    from resnet_inspect.configs.schema import ResNetConfig

    return ResNetConfig.model_validate(variant_fields(name))


def variant_fields(name: str) -> dict[str, Any]:
    """Return a copy of the raw fields of a variant, with its ``base`` resolved, without defaults.

    Raises:
        UnknownVariantError: if the table has no such name.
    """
    found = find(name)
    return copy.deepcopy({**merge_bases(_table(), found), "name": found})


def equal_to(model: str) -> str:
    """Return the variant that equals a published model, written like ``timm:resnet50``; empty if none does."""
    from resnet_inspect.configs import aliases

    readings = aliases.interpret(model, (), _published_models()).readings
    return readings[0].name if readings else ""


def origin(name: str) -> str:
    """Return the source of the figures of a variant.

    Raises:
        UnknownVariantError: if the table has no such name.
    """
    return str(_table()[find(name)]["origin"])


def published(name: str) -> tuple[str, ...]:
    """Return the published models that a variant equals tensor by tensor, e.g. ``timm:resnet50``; may be empty.

    Raises:
        UnknownVariantError: if the table has no such name.
    """
    return tuple(_table()[find(name)].get("published", ()))


def merge_bases(table: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Return row ``name`` merged over the rows that it is based on, with config fields only.

    Raises:
        ValueError: if a base is not in the table, or if bases are circular.
    """
    chain = [name]
    while (base := table[chain[-1]].get("base")) is not None:
        if base in chain or base not in table:
            fault = "goes in a circle" if base in chain else "is not in the table"
            raise ValueError(f"config table: base {base!r} of {chain[-1]!r} {fault}")
        chain.append(base)
    fields: dict[str, Any] = {}
    for link in reversed(chain):
        fields = lay_over(fields, table[link])
    return {field: value for field, value in fields.items() if field not in _OUTSIDE_THE_CONFIG}


def lay_over(base: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` updated with ``fields``; if these remove the head, its number of classes is dropped, too."""
    row = {**base, **fields}
    if fields.get("head") == "none" and "num_classes" not in fields:
        row.pop("num_classes", None)
    return row


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    return tomli.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@functools.cache
def _published_models() -> dict[str, str]:
    """Return published model -> the variant that it equals."""
    return {model: name for name, row in _table().items() for model in row.get("published", ())}
