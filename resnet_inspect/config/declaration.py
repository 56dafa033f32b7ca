"""A config file as its author declares it: the config, what is expected of it, and which findings it silences."""

from __future__ import annotations

from dataclasses import dataclass, field

from resnet_inspect.config.documents import Document
from resnet_inspect.config.expect import Expectations
from resnet_inspect.config.schema import ResNetConfig


@dataclass(frozen=True, slots=True)
class Silence:
    """Codes that a file silences.

    Attributes:
        codes: codes or their beginnings (``RI1``); empty means all.
        line: the one line on which they are silenced; ``None`` for the whole file.
    """

    codes: frozenset[str]
    line: int | None = None


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
