"""Tables of tiny cases as one test, where a test of its own for each row would take longer than what it does."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable

import pytest


def for_each(names: str, rows: Iterable[object]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the test for each row, all of them even if some fail, and then fail with every failure and its row.

    Args:
        names: those of the test's arguments that a row is for, with commas between them.
        rows: a value each; a tuple of values where there are several names.

    The other arguments are fixtures, made once for all rows.
    """
    several = [name.strip() for name in names.split(",")]
    table = [row if len(several) > 1 else (row,) for row in rows]

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def for_all(**fixtures: object) -> None:
            failures = []
            for row in table:
                arguments = dict(zip(several, row, strict=True))
                try:
                    test(**arguments, **fixtures)
                except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001  # raised below
                    failure.add_note(
                        "for " + ", ".join(f"{name} = {value!r:.200}" for name, value in arguments.items())
                    )
                    failures.append(failure)
            if failures:
                msg = f"{len(failures)} of {len(table)} rows"
                raise BaseExceptionGroup(msg, failures)

        signature = inspect.signature(test)
        left = [parameter for name, parameter in signature.parameters.items() if name not in several]
        for_all.__signature__ = signature.replace(parameters=left)
        assert table, "a table without rows tests nothing"
        return for_all

    return decorate
