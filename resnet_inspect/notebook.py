"""What every report can be turned into, without knowing the renderer, which is above it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    import pandas as pd


class Renderer(Protocol):
    """What this base needs of ``render/formats.py``."""

    def render(self, report: Any, format: Any) -> str:  # noqa: A002  # what it is called there
        """Turn a report into text."""

    def fragment(self, report: Any) -> str:
        """Turn a report into one element of HTML."""

    def to_dataframe(self, report: Any) -> pd.DataFrame:
        """Turn a report's main table into a DataFrame."""


class ShownInNotebooks:
    """Base of every report.

    The package's front door, ``resnet_inspect/__init__.py``, says where the renderer is.
    """

    renderer: ClassVar[Callable[[], Renderer]]

    def _repr_html_(self) -> str:
        return ShownInNotebooks.renderer().fragment(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as ``--format json`` writes it: dicts, lists, texts, numbers, booleans and ``None``."""
        document: dict[str, Any] = json.loads(ShownInNotebooks.renderer().render(self, "json"))
        return document

    def to_dataframe(self) -> pd.DataFrame:
        """Return the report's main table as a DataFrame of pandas: the rows and columns that ``--format csv`` writes.

        Values keep their types: shapes are tuples, and whole numbers stay whole where some are missing. The table of
        each report is listed in docs/reference/formats.md.

        Raises:
            RequestError: if pandas is not installed.
        """
        return ShownInNotebooks.renderer().to_dataframe(self)
