"""The base class of reports, and ``render``, which turns a report into text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from resnet_inspect.arguments import described, instance, text
from resnet_inspect.errors import RequestError, WrongTypeError
from resnet_inspect.formats import Format, formats_of
from resnet_inspect.rendering.incomplete import incomplete
from resnet_inspect.rendering.page import HasPage, Heading, Page
from resnet_inspect.rendering.pen import Look
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    import pandas as pd

    from resnet_inspect.tracing.records import Failure


class Shown:
    """Base class of values that ``render`` takes and notebooks display."""

    def as_report(self) -> Report:
        """Return the report that displays this value."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def _repr_html_(self) -> str:
        from resnet_inspect.rendering.html import to_fragment

        return to_fragment(self.as_report().page())

    def to_dict(self) -> dict[str, Any]:
        """Return the document of ``--format json`` as dicts, lists, strings, numbers, booleans and ``None``."""
        document: dict[str, Any] = json.loads(render(self, "json"))
        return document

    def to_dataframe(self) -> pd.DataFrame:
        """Return the main table as a DataFrame of pandas: the rows and columns that ``--format csv`` writes.

        Values keep their types: shapes are tuples, and integers stay exact in columns with missing values.
        docs/reference/formats.md lists the table of each report.

        Raises:
            RequestError: if the report has no table, or pandas is not installed.
        """
        from resnet_inspect.rendering.csv import to_dataframe

        return to_dataframe(self.as_report().page())


class Report(Shown, HasPage):
    """Base class of the results of commands: frozen dataclasses whose fields are the keys of their JSON.

    Attributes:
        schema, command: see ``HasPage``.
        failure: failure of the model's forward, if it failed; the report then covers what ran before.
    """

    failure: Failure | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on how the models ran."""
        return ()

    def as_report(self) -> Report:
        """Return this report."""
        return self

    def page(self) -> Page:
        """Return the page that all formats but JSON show."""
        page = self._page()
        return page if self.failure is None else incomplete(page, self.failure)

    def _page(self) -> Page:
        """Return the page without the marks of a failed forward."""
        raise NotImplementedError

    def _headline(self) -> str:
        """Return the heading of the page; without one, its summary."""
        page = self._page()
        match page.parts:
            case (Heading() as first, *_):
                return ": ".join(filter(None, (first.text, first.note)))
            case _:
                return page.summary

    def __str__(self) -> str:
        failed = "" if self.failure is None else f"; incomplete: {self.failure.reason}"
        return sanitise(f"{self.command}: {self._headline()}{failed}", 500)


@dataclass(frozen=True, slots=True)
class ModelRef:
    """The model of a report.

    Attributes:
        name: name of the model.
        config: all fields of its config; ``None`` for a module that was not built from one.
        notes: remarks on how it ran; usually empty.
    """

    name: str
    config: Mapping[str, Any] | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class ModelReport(Report):
    """Base class of the reports on one model.

    Attributes:
        model: the model.
    """

    model: ModelRef

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on how the model ran."""
        return self.model.notes


def render(report: Any, format: str = "table", look: Look = Look()) -> str:  # noqa: A002, B008  # named like the option; the default is frozen
    """Turn a report into text that ends with a newline.

    Args:
        report: result of a command, or an anatomy.
        format: ``table``, ``json``, ``csv``, ``markdown`` or ``html``; for reports of ``check`` also ``github``,
            ``sarif`` or ``junit``.
        look: width and colours of ``table``; other formats ignore it.

    Raises:
        WrongTypeError: if ``report`` is not a report, or another argument has a wrong type.
        RequestError: if there is no such format, or this report does not have it.
    """
    if not isinstance(report, Shown):
        what = f"{described(report)} is not a report"
        raise WrongTypeError(f"{what}: layers, count, check and the others return one")
    instance("look", look, Look, "Look(width=80)")
    shown = report.as_report()
    possible = formats_of(shown.command)
    if text("format", format) not in possible:
        which = "this report has" if format in tuple(Format) else "there is"
        raise RequestError(f"{which} no format '{sanitise(format, 60)}': choose from {', '.join(possible)}")
    # By its name, because some writers belong to a command, and commands import this room.
    written: str = import_module(Format[format].module).write(shown, look)
    return written
