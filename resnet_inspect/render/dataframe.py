"""The main table of a page as a DataFrame of pandas, which is imported only here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from resnet_inspect.errors import RequestError
from resnet_inspect.render.csv import data_of
from resnet_inspect.render.page import Page

if TYPE_CHECKING:
    import pandas as pd

_BITS = 64
"""Of a number in pandas, the sign included."""


def to_dataframe(page: Page) -> pd.DataFrame:
    """Make a DataFrame of the rows and columns that ``to_csv`` writes, each value as what it is.

    Shapes are tuples, and numbers and truth values stay exact where some are missing: such a column is of pandas' type
    ``Int64`` or ``boolean``.

    Raises:
        RequestError: if the page has no table, or pandas is not there.
    """
    table = data_of(page)
    try:
        import pandas as pd
    except ImportError as error:
        raise RequestError(f"to_dataframe needs pandas ({error}): pip install pandas") from error
    values = {column.key: [row.cells[at].exact for row in table.rows] for at, column in enumerate(table.columns)}
    return pd.DataFrame({key: pd.Series(column, dtype=_dtype(column)) for key, column in values.items()})


def _dtype(values: Sequence[Any]) -> str:
    """Return the type that keeps values exact."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int} and max(value.bit_length() for value in values if value is not None) < _BITS:
        return "Int64" if None in values else "int64"
    if kinds == {bool}:
        return "boolean" if None in values else "bool"
    return "float64" if kinds and kinds <= {int, float} else "object"
