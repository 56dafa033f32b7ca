"""A config file as a whole: the config, its expectations, and the rules that it ignores."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from resnet_inspect.configs.documents import Document
from resnet_inspect.configs.expect import Expectations, unknown_expectation
from resnet_inspect.configs.ignores import CheckTable, unknown_setting
from resnet_inspect.configs.problems import explain
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.selectors import Ignore, RuleNames
from resnet_inspect.errors import Problem

_Table = TypeVar("_Table", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Declaration:
    """The contents of a config file.

    Attributes:
        config: the config that it describes.
        expect: its ``[expect]`` table; empty without one.
        ignores: its ``[check] ignore`` and its ``# resnet-inspect: ignore[RI104]`` comments.
        document: its fields as written, with their positions.
        text: the text of the file.
        source: its path as given, ``<stdin>`` for standard input.
    """

    config: ResNetConfig
    expect: Expectations
    ignores: tuple[Ignore, ...]
    document: Document = field(repr=False)
    text: str = field(repr=False)
    source: str


class Tables(NamedTuple):
    """The tables of a config; a table that is missing or wrong is empty.

    Attributes:
        expect: the ``[expect]`` table.
        ignores: the entries of ``[check] ignore``.
        problems: the problems of the tables.
    """

    expect: Expectations
    ignores: tuple[Ignore, ...]
    problems: tuple[Problem, ...]


def read_tables(document: Document, config: ResNetConfig | None, rules: RuleNames) -> Tables:
    """Read the tables of ``document``.

    Args:
        document: the config with its tables.
        config: the config; ``None`` if it is wrong.
        rules: names of all rules; if empty, the rules are unknown.
    """
    problems: list[Problem] = []

    def read(model: type[_Table], name: str, unknown: Callable[[str], str]) -> _Table:
        try:
            return model.model_validate(document.data.get(name, {}), context={"rules": rules})
        except ValidationError as error:
            problems.extend(explain(error, document, table=name, unknown=unknown))
            return model()

    expect = read(Expectations, "expect", lambda name: unknown_expectation(name, config))
    check = read(CheckTable, "check", unknown_setting)
    ignores = tuple(Ignore(selector, field=("check", "ignore", index)) for index, selector in enumerate(check.ignore))
    return Tables(expect, ignores, tuple(problems))
