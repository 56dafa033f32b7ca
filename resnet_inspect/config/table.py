"""The config table: the named variants of ``variants.toml``."""

from __future__ import annotations

import copy
import fnmatch
import functools
import importlib.resources
from collections.abc import Mapping
from typing import Any

import tomli

from resnet_inspect.config.nearest import nearest
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.errors import UnknownVariantError
from resnet_inspect.text import sanitise


def variant_names() -> tuple[str, ...]:
    """Return the names of all variants, in the order of the table."""
    return tuple(_table())


def match(pattern: str) -> tuple[str, ...]:
    """Return the variants whose name matches a shell pattern such as ``resnext*``; case does not matter."""
    folded = pattern.casefold()
    return tuple(name for name in variant_names() if fnmatch.fnmatchcase(name.casefold(), folded))


def variant(name: str) -> ResNetConfig:
    """Return the config of a variant.

    Raises:
        UnknownVariantError: if the table has no such name.
    """
    return ResNetConfig.model_validate(variant_row(name))


def variant_row(name: str) -> dict[str, Any]:
    """Return the raw fields of a variant, its ``base`` resolved, defaults not filled in; the caller may change them.

    Raises:
        UnknownVariantError: if the table has no such name.
    """
    _require(name)
    return copy.deepcopy({**resolve(_table(), name), "name": name})


def origin(name: str) -> str:
    """Return where the figures of a variant come from.

    Raises:
        UnknownVariantError: if the table has no such name.
    """
    _require(name)
    return str(_table()[name]["origin"])


def resolve(table: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Return row ``name`` laid over the rows that it is based on, without ``base`` and ``origin``.

    Raises:
        ValueError: if the table is broken: a base that it does not hold, or bases in a circle.
    """
    chain = [name]
    while (base := table[chain[-1]].get("base")) is not None:
        if base in chain or base not in table:
            fault = "goes in a circle" if base in chain else "is not in the table"
            msg = f"config table: base {base!r} of {chain[-1]!r} {fault}"
            raise ValueError(msg)
        chain.append(base)
    fields: dict[str, Any] = {}
    for link in reversed(chain):
        fields |= table[link]
    return {field: value for field, value in fields.items() if field not in {"base", "origin"}}


def _require(name: str) -> None:
    if name not in _table():
        raise UnknownVariantError(sanitise(name, 60), nearest(name, _table(), count=3))


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    text = importlib.resources.files("resnet_inspect.config").joinpath("variants.toml").read_text("utf-8")
    return tomli.loads(text)
