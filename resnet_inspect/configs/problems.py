"""Translation of pydantic's errors into problems with a position and a hint."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from resnet_inspect.configs import foreign
from resnet_inspect.configs.documents import TABLES, Document
from resnet_inspect.configs.fields import TAGS, ConfigFields
from resnet_inspect.configs.positions import FieldPath, Flaw, format_path
from resnet_inspect.configs.read_text import other_file
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.configs.variants import find
from resnet_inspect.configs.words import fold, meaning_of, meanings_of
from resnet_inspect.errors import AmbiguousVariantError, Problem, UnknownVariantError
from resnet_inspect.text import pluralise, sanitise, uncapitalised

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

ABOVE_TABLES = "a field of the config itself belongs above the tables"

_QUOTED = 60
"""Characters of the user's own text in a message."""

_FOLLOW_UP = "default_factory_not_called"
"""Type of an error that only follows from an error in another field."""

_FLAWS = "flaws"
"""Type of an error that has a tuple of ``Flaw`` in its context."""

_NEEDS_BASE = frozenset({"missing", "inconsistent"})
"""Types of errors that are meaningless while the base is unknown."""


def flawed(*flaws: Flaw) -> PydanticCustomError:
    """Return the error for a validator to raise, which ``explain`` shows flaw by flaw."""
    message = "; ".join(flaw.message for flaw in flaws)
    return PydanticCustomError(_FLAWS, "{message}", {"message": message, "flaws": flaws})


def explain(
    error: ValidationError,
    document: Document,
    *,
    base_is_wrong: bool = False,
    table: str = "",
    unknown: Callable[[str], str] | None = None,
) -> tuple[Problem, ...]:
    """Return every problem that ``error`` holds, in no order.

    Args:
        error: what pydantic found.
        document: the config, which knows the positions of its fields.
        base_is_wrong: ``True`` to leave out problems that a valid base might solve.
        table: the table that was validated; the config itself by default.
        unknown: function that returns the hint for an unknown name.
    """
    within: FieldPath = (table,) if table else ()
    unknown = unknown or (lambda name: _unknown_field(name, document.data))
    ignored = {_FOLLOW_UP} | (_NEEDS_BASE if base_is_wrong else frozenset())
    details = (detail for detail in error.errors(include_url=False) if detail["type"] not in ignored)
    return tuple(problem for detail in details for problem in _problems(detail, document, within, unknown))


def explain_base(value: Any, document: Document) -> Problem | None:
    """Return the problem of a ``base`` that is not the name of a variant; ``None`` if it is one."""
    flaw = variant_flaw(value)
    return problem_at(flaw.message, ("base",), document, hint=flaw.hint) if flaw else None


def variant_flaw(value: Any) -> Flaw | None:
    """Return why ``value`` is not the name of a variant, with a hint; ``None`` if it is one."""
    if not isinstance(value, str):
        return Flaw(f"must be the name of a variant, found {describe(value)}")
    try:
        find(value)
    except AmbiguousVariantError as error:
        hint = "; ".join(filter(None, (f"write {error.choices}", error.note)))
        return Flaw(f'"{error.name}" does not name a single network', hint)
    except UnknownVariantError as error:
        unknown = f'no variant is called "{error.name}"'
        if len(value) <= _QUOTED and (other := other_file(value)):
            return Flaw(f"{unknown}: it is {other.is_a}", sanitise(other.hint))
        suggestions = " or ".join(f'"{name}"' for name in error.suggestions)
        hint = f"did you mean {suggestions}?" if suggestions else "'resnet-inspect variants' lists them all"
        return Flaw(f"{unknown}: {error.note}" if error.note else unknown, hint)
    return None


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return ``problems`` in the order of the file; those without a position come last."""
    return tuple(sorted(problems, key=lambda problem: (problem.line or math.inf, problem.column or 0)))


def describe(value: Any) -> str:
    """Describe a value in words: by itself, if it is short, and its type."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return f"{_digits(value)} (a whole number)"
    if isinstance(value, float):
        return f"{value} (a decimal number)"
    if isinstance(value, str):
        return f'"{sanitise(value, _QUOTED)}" (text)'
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return f"an object of type {sanitise(type(value).__name__, _QUOTED)}"


_KINDS = (
    (list | tuple, "a list"),
    (Mapping, "a table"),
    (dt.date | dt.time, "a date or time"),
)


def _digits(value: int) -> str:
    """Write a whole number, or its number of digits if it is too long for Python to print."""
    digits = int(value.bit_length() * math.log10(2)) + 1
    return str(value) if digits <= _QUOTED else f"a number of about {digits:,} digits"


def _problems(
    detail: ErrorDetails, document: Document, within: FieldPath, unknown: Callable[[str], str]
) -> Iterator[Problem]:
    path: FieldPath = (*within, *(part for part in detail["loc"] if part not in TAGS))
    match detail["type"]:
        case "inconsistent":
            for field, message in detail["ctx"]["problems"]:
                yield problem_at(message, (field,), document)
        case "extra_forbidden":
            yield problem_at("unknown field", path, document, key=True, hint=unknown(str(path[-1])))
        case "missing":
            yield Problem(f"missing: {_purpose(path)}", field=format_path(path), hint='base = "resnet50" supplies it')
        case _ if detail["type"] == _FLAWS:
            for message, hint, below, key in detail["ctx"]["flaws"]:
                yield problem_at(message, (*path, *below), document, key=key, hint=hint)
        case _:
            message, hint = _judge(detail, path)
            yield problem_at(message, path, document, hint=hint)


def problem_at(message: str, path: FieldPath, document: Document, *, key: bool = False, hint: str = "") -> Problem:
    """Return the problem of a field, with its position in the document: that of its name (``key``) or of its value."""
    line, column = document.locate(path, key=key) or (None, None)
    return Problem(message, field=format_path(path), line=line, column=column, hint=hint)


def is_config_field(name: str) -> bool:
    """Return whether a config may have a field of this name."""
    return name in ConfigFields.model_fields or name == "base"


def _unknown_field(name: str, fields: Mapping[str, Any]) -> str:
    if hint := foreign.hint(name, fields):
        return hint
    is_table = isinstance(fields.get(name), Mapping)
    similar = suggest(name, (*(TABLES if is_table else ()), *ConfigFields.model_fields, "base"))
    return f"did you mean {similar[0]}?" if similar else ""


def _purpose(path: FieldPath) -> str:
    """Return the first clause of a field's description."""
    description = ConfigFields.model_fields[str(path[0])].description or ""
    return uncapitalised(" ".join(description.split()).partition(":")[0])


def _judge(detail: ErrorDetails, path: FieldPath) -> tuple[str, str]:
    """Return the message for the wrong value at ``path``, and a hint that may be empty."""
    if detail["type"] == "literal_error":
        return _not_a_choice(detail, next(str(part) for part in reversed(path) if isinstance(part, str)))
    if detail["type"] == "int_type":
        return f"must be a whole number, found {describe(detail['input'])}", _as_whole_number(detail["input"])
    if detail["type"] == "tuple_type":
        return f"must be a list, found {describe(detail['input'])}", _as_list(detail["input"], path)
    if template := _MESSAGES.get(detail["type"]):
        return template(detail), ""
    return sanitise(detail["msg"]), ""


def _not_a_choice(detail: ErrorDetails, field: str) -> tuple[str, str]:
    choices = [text or number for text, number in _CHOICE.findall(detail["ctx"]["expected"])]
    value = detail["input"]
    found = f'"{sanitise(value, _QUOTED)}"' if isinstance(value, str) else describe(value)
    quote = '"' if "'" in detail["ctx"]["expected"] else ""
    listed = ", ".join(f"{quote}{choice}{quote}" for choice in choices)
    # YAML reads a bare no as false.
    meant = "none" if value is None or value is False else value
    return f"must be one of {listed}; found {found}", _choice_meant(field, meant, choices, quote)


def _choice_meant(field: str, value: Any, choices: list[str], quote: str) -> str:
    """Return the hint for an invalid choice: its right spelling, its meaning in other frameworks, or a similar word.

    A known word is never treated as a misspelling of another: swish is silu, although it resembles hard_swish.
    """
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    written = str(value)
    if not quote:
        return f"write {written.strip()}, without quotes" if written.strip() in choices else ""
    for choice in choices:
        if fold(choice) == fold(written) and isinstance(value, str):
            return f'did you mean "{choice}"?'
    if meaning := meaning_of(field, value):
        return meaning.hint
    words = meanings_of(field)
    similar = next(iter(suggest(written, (*choices, *words))), "")
    if similar in words and not words[similar].value:
        return f'did you mean "{similar}"? {words[similar].note}'
    return f'did you mean "{words[similar].value if similar in words else similar}"?' if similar else ""


_LENGTHS = re.compile(r"\s*\[?\s*[0-9]{1,9}(?:\s*[x×X*,]\s*[0-9]{1,9})+\s*\]?\s*")


def _as_list(value: Any, path: FieldPath) -> str:
    """Return the hint for a list that is written in another form.

    ``write [256, 56, 56]`` for ``"256×56×56"``, ``write [224, 224]`` for a height and width of ``224``.
    """
    if path == ("input_size",) and type(value) is int and 0 < value < 10**9:
        return f"write [{value}, {value}]"
    if isinstance(value, str) and len(value) < _QUOTED and _LENGTHS.fullmatch(value):
        return f"write [{', '.join(re.findall('[0-9]+', value))}]"
    return ""


def _as_whole_number(value: Any) -> str:
    """Return the hint for a whole number in another form: ``write 7`` for ``7.0`` and ``"7×7"``."""
    if isinstance(value, str) and len(value) < _QUOTED and _LENGTHS.fullmatch(value):
        value = [int(length) for length in re.findall("[0-9]+", value)]
    if isinstance(value, list | tuple) and 0 < len(value) <= 3 and type(value[0]) is int:
        return f"write {value[0]}" if all(type(side) is int and side == value[0] for side in value) else ""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _QUOTED:
        return f"write {value}, without quotes"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return f"write {int(value)}"
    return ""


_CHOICE = re.compile(r"'([^']*)'|([0-9]+)")
"""A choice as pydantic lists it: ``'basic' or 'bottleneck'``, ``4, 8, 16 or 32``."""


def _found_number(detail: ErrorDetails) -> str:
    value = detail["input"]
    return _digits(value) if isinstance(value, int) else describe(value)


def _entries(count: int) -> str:
    return pluralise(count, "entry", "entries")


_MESSAGES: Mapping[str, Callable[[ErrorDetails], str]] = {
    "greater_than_equal": lambda detail: f"must be at least {detail['ctx']['ge']}, found {_found_number(detail)}",
    "less_than_equal": lambda detail: f"must be at most {detail['ctx']['le']}, found {_found_number(detail)}",
    "too_short": lambda detail: (
        f"must have at least {_entries(detail['ctx']['min_length'])}, found {len(detail['input'])}"
    ),
    "too_long": lambda detail: (
        f"must have at most {_entries(detail['ctx']['max_length'])}, found {len(detail['input'])}"
    ),
    "bool_type": lambda detail: f"must be true or false, found {describe(detail['input'])}",
    "string_type": lambda detail: f"must be text, found {describe(detail['input'])}",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda detail: (
        f"must have at most {detail['ctx']['max_length']} characters, found {len(detail['input'])}"
    ),
    "string_unicode": lambda _: "holds half of a surrogate pair, which is not Unicode text",
    "model_type": lambda detail: f"must be a table, found {describe(detail['input'])}",
    "invalid_key": lambda detail: f"a field's name must be text, found {describe(detail['input'])}",
}
