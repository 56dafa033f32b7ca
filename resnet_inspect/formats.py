"""The formats of reports: their names, suffixes and writers; and the formats of configs."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal, Self

ConfigFormat = Literal["TOML", "YAML", "JSON"]
CONFIG_FORMATS: Mapping[str, ConfigFormat] = {".toml": "TOML", ".yaml": "YAML", ".yml": "YAML", ".json": "JSON"}
"""Suffix of a config file -> its format."""


class Format(StrEnum):
    """A format of reports; its value is what ``--format`` takes.

    Each format has a module with a function ``write(report, look) -> str``.

    Attributes:
        suffixes: suffixes of files in the format; none for a format that is only for logs.
        command: the only command whose reports have the format; empty if all have it.
    """

    suffixes: tuple[str, ...]
    command: str

    def __new__(cls, name: str, suffixes: tuple[str, ...], command: str = "") -> Self:
        """Make a member with its attributes."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.suffixes = suffixes
        member.command = command
        return member

    table = "table", (".txt",)
    json = "json", (".json",)
    csv = "csv", (".csv",)
    markdown = "markdown", (".md", ".markdown")
    html = "html", (".html", ".htm")
    github = "github", (), "check"
    sarif = "sarif", (".sarif", ".sarif.json"), "check"
    junit = "junit", (".xml",), "check"

    @property
    def module(self) -> str:
        """Name of the module that writes the format, by which ``render`` imports it when it is used."""
        room = f"commands.{self.command}" if self.command else "rendering"
        return f"resnet_inspect.{room}.{self.value}"


def formats_of(command: str) -> Sequence[Format]:
    """Return the formats that the reports of a command have."""
    return tuple(each for each in Format if each.command in {"", command})
