"""The main table of a page as csv: exact values, one row per row of data."""

from __future__ import annotations

import csv
import io
from typing import Final

from resnet_inspect.errors import RequestError
from resnet_inspect.render.page import Page, Table
from resnet_inspect.render.safe import safe

# A spreadsheet takes a field for a formula that begins with one of these; the latter four are full-width forms.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def to_csv(page: Page) -> str:
    """Write the main table: a header of keys, then the rows of all sections, without titles and footer.

    Integers are exact, ``None`` is an empty field, booleans are ``true`` and ``false``, tuples of numbers are
    joined (``1x64x112x112``). A text that a spreadsheet would run as a formula gets a leading apostrophe.

    Raises:
        RequestError: if the page has no table.
    """
    table = data_of(page)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_field(column.key) for column in table.columns])
    writer.writerows([_field(cell.exact) for cell in row.cells] for row in table.rows)
    return stream.getvalue()


def data_of(page: Page) -> Table:
    """Return the main table.

    Raises:
        RequestError: if the page has none.
    """
    if page.data is None:
        message = "this report has no table; use JSON (--format json, or to_dict())"
        raise RequestError(message)
    return page.data


def _field(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case tuple() | list() if all(isinstance(item, int | float) for item in value):
            return "x".join(_field(item) for item in value)
        case tuple() | list():
            return _harmless("; ".join(str(item) for item in value))
        case _:
            return _harmless(str(value))


def _harmless(text: str) -> str:
    shown = safe(text)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) and not _is_number(shown) else shown


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
