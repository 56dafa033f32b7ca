"""The way into this room: ``render(report, format) -> str``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from resnet_inspect.arguments import described, instance, text
from resnet_inspect.errors import RequestError, WrongTypeError
from resnet_inspect.formats import CHECK_FORMATS, FORMATS, Format
from resnet_inspect.render.incomplete import incomplete
from resnet_inspect.render.page import Page
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    import pandas as pd

_VIEWS = {
    "LayersReport": "layers",
    "StagesReport": "stages",
    "CountReport": "count",
    "BlocksReport": "blocks",
    "CompareReport": "compare",
    "NearestReport": "nearest",
    "VariantsReport": "variants",
    "CheckReport": "check",
    "LockReport": "lock",
    "RuleReport": "rule",
    "IdentifyReport": "identify",
    "WeightsReport": "weights",
}
"""Class of a report -> its module in ``views/``, which is imported when it is needed: the others cost start-up time."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the ``table`` format looks.

    Attributes:
        width: columns of the terminal; ``None`` for a pipe, where nothing is cut.
        colour: whether to use ANSI colours.
        ascii_only: for an output that cannot take other characters.
    """

    width: int | None = None
    colour: bool = False
    ascii_only: bool = False


def render(report: Any, format: Format = "table", look: Look = Look()) -> str:  # noqa: A002  # what it is called
    """Turn a report into text that ends with a newline.

    Raises:
        WrongTypeError: if it is not a report, or another argument is of a type that it cannot have.
        RequestError: if there is no such format, or not of this report.
    """
    report = _as_report(report)
    possible = formats_of(report)
    instance("look", look, Look, "Look(width=80)")
    if text("format", format) not in possible:
        which = "this report has" if format in CHECK_FORMATS else "there is"
        raise RequestError(f"{which} no format '{sanitise(format, 60)}': choose from {', '.join(possible)}")
    if format in CHECK_FORMATS:
        return _writer(format)(report)
    if format == "json":
        from resnet_inspect.render.json import to_json

        return to_json(report, _schema(report))
    page = page_of(report)
    if format == "table":
        from resnet_inspect.render.text import to_text

        return to_text(page, width=look.width, colour=look.colour, ascii_only=look.ascii_only)
    if format == "html":
        from resnet_inspect.render.html import to_html

        return to_html(page, _view(report))
    return _writer(format)(page)


def fragment(report: Any) -> str:
    """Return the HTML that a notebook shows for a report: one element, which other HTML can hold.

    Raises:
        WrongTypeError: if it is not a report.
    """
    from resnet_inspect.render.html import to_fragment

    return to_fragment(page_of(report))


def formats_of(report: Any) -> tuple[Format, ...]:
    """The formats that a report can be written in.

    Raises:
        WrongTypeError: if it is not a report.
    """
    return (*FORMATS, *CHECK_FORMATS) if _view(report) == "check" else FORMATS


def _writer(name: Format) -> Callable[[Any], str]:
    writer: Callable[[Any], str] = getattr(import_module(f"resnet_inspect.render.{name}"), f"to_{name}")
    return writer


def _as_report(report: Any) -> Any:
    """An anatomy shows itself as its layers."""
    if type(report).__name__ == "Anatomy":
        from resnet_inspect.reports.layers import of_anatomy

        return of_anatomy(report)
    return report


def page_of(report: Any) -> Page:
    """What a report looks like, whatever the format."""
    report = _as_report(report)
    view = _view(report)
    page: Page = getattr(import_module(f"resnet_inspect.render.views.{view}"), f"{view}_page")(report)
    failure = getattr(report, "failure", None)
    return page if failure is None else incomplete(page, failure)


def to_dataframe(report: Any) -> pd.DataFrame:
    """Turn a report's main table into a DataFrame of pandas.

    Raises:
        WrongTypeError: if it is not a report.
        RequestError: if pandas is not installed.
    """
    from resnet_inspect.render.dataframe import to_dataframe

    return to_dataframe(page_of(report))


def _schema(report: Any) -> str:
    schema: str = import_module(type(report).__module__).SCHEMA
    return schema


def _view(report: Any) -> str:
    try:
        return _VIEWS[type(report).__name__]
    except KeyError:
        what = f"{described(report)} is not a report"
        raise WrongTypeError(f"{what}: layers, count, check and the others return one") from None
