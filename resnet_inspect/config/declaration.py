"""A config file as its author declares it: the config, what is expected of it, and which findings it silences."""

from __future__ import annotations

from dataclasses import dataclass, field

from resnet_inspect.config.documents import Document
from resnet_inspect.config.expect import Expectations
from resnet_inspect.config.positions import FieldPath, Position
from resnet_inspect.config.schema import ResNetConfig


@dataclass(frozen=True, slots=True)
class Silence:
    """One selector whose rules a file silences.

    Attributes:
        selector: as written; empty for a comment without brackets, which means all rules.
        line: the one line on which they are silenced; ``None`` for the whole file.
        position: where a comment has it; ``None`` for an entry of ``[check]``.
        field: which entry of ``[check]`` it is; empty for a comment.
    """

    selector: str
    line: int | None = None
    position: Position | None = None
    field: FieldPath = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """A config file, read.

    Attributes:
        config: what it describes.
        expect: its ``[expect]`` table; empty without one.
        silences: its ``[check] ignore`` and its ``# resnet-inspect: ignore[RI104]`` comments.
        document: its fields as written, which knows where they stand.
        text: the file itself.
        source: its path as given, ``<stdin>`` for standard input.
    """

    config: ResNetConfig
    expect: Expectations
    silences: tuple[Silence, ...]
    document: Document = field(repr=False)
    text: str = field(repr=False)
    source: str
