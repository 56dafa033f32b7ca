"""The main table of a page with its exact values: as CSV, or as a DataFrame of pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from resnet_inspect.errors import RequestError
from resnet_inspect.rendering.page import HasPage, Page, Table
from resnet_inspect.rendering.pen import Look, safe

if TYPE_CHECKING:
    import pandas as pd

# A spreadsheet takes a field that begins with one of these for a formula; the last four are full-width forms.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write(report: HasPage, _look: Look) -> str:
    """Write the main table of a report."""
    return to_csv(report.page())


def to_csv(page: Page) -> str:
    """Write the main table: a header of column keys, then the rows of all sections, without titles and footer.

    Integers are exact, ``None`` is an empty field, booleans are ``true`` and ``false``, tuples of numbers are joined
    (``1x64x112x112``). A text that a spreadsheet would run as a formula is prefixed with an apostrophe.

    Raises:
        RequestError: if the page has no table.
    """
    table = _data_of(page)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_field(column.key) for column in table.columns])
    writer.writerows([_field(cell.exact) for cell in row.cells] for row in table.rows)
    return stream.getvalue()


def _data_of(page: Page) -> Table:
    if page.data is None:
        raise RequestError("this report has no table; use JSON (--format json, or to_dict())")
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


_BITS = 64
"""Size of an integer in pandas, sign included."""


def to_dataframe(page: Page) -> pd.DataFrame:
    """Make a DataFrame of the rows and columns that ``to_csv`` writes, with Python's values.

    Shapes are tuples. Integers and booleans stay exact in columns with missing values, whose pandas types are
    ``Int64`` and ``boolean``.

    Raises:
        RequestError: if the page has no table, or pandas is not installed.
    """
    table = _data_of(page)
    try:
        import pandas as pd
    except ImportError as error:
        raise RequestError(f"to_dataframe needs pandas ({error}): pip install pandas") from error
    values = {column.key: [row.cells[at].exact for row in table.rows] for at, column in enumerate(table.columns)}
    return pd.DataFrame({key: pd.Series(column, dtype=_dtype(column)) for key, column in values.items()})


def _dtype(values: Sequence[Any]) -> str:
    """Return the pandas type that keeps these values exact."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int} and max(value.bit_length() for value in values if value is not None) < _BITS:
        return "Int64" if None in values else "int64"
    if kinds == {bool}:
        return "boolean" if None in values else "bool"
    return "float64" if kinds and kinds <= {int, float} else "object"
