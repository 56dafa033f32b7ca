"""Messages about command lines that name no command, or have a value that no option takes."""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from resnet_inspect.formats import CONFIG_FORMATS
from resnet_inspect.text import sanitise

_OTHER_NAMES: Mapping[str, str] = {
    **dict.fromkeys(
        ("show", "inspect", "view", "print", "describe", "trace", "modules", "params", "macs", "flops"), "layers"
    ),
    **dict.fromkeys(("strides", "shapes", "table"), "stages"),
    "depth": "count",
    **dict.fromkeys(("draw", "plot", "diagram"), "blocks"),
    **dict.fromkeys(("diff", "cmp", "versus", "vs"), "compare"),
    **dict.fromkeys(("similar", "closest", "search"), "nearest"),
    **dict.fromkeys(("lint", "validate", "verify", "test"), "check"),
    **dict.fromkeys(("freeze", "snapshot", "update"), "lock"),
    **dict.fromkeys(("explain", "rules"), "rule"),
    **dict.fromkeys(("id", "recognise", "recognize", "checkpoint"), "identify"),
    **dict.fromkeys(("load", "convert", "state_dict"), "weights"),
    **dict.fromkeys(("list", "ls", "models", "names"), "variants"),
    **dict.fromkeys(("export", "dump", "init", "new"), "config"),
    **dict.fromkeys(("info", "torchinfo"), "summary"),
    "help": "--help",
    "version": "--version",
}
"""Other names that people try -> the command."""

_WRONG_VALUES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "int_parsing": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "int_parsing_size": lambda _: "must be a whole number of sensible size",
    "float_parsing": lambda _: "must be a number",
    "bool_parsing": lambda _: "must be true or false",
    "greater_than_equal": lambda limits: f"must be at least {limits['ge']}",
    "less_than_equal": lambda limits: f"must be at most {limits['le']}",
}
"""Types of pydantic's errors, with which newer releases of typer reject values -> what is wrong."""


def format_command(*words: str) -> str:
    """Return a command line with these words, quoted for the shell and safe to show."""
    return sanitise(f"resnet-inspect {shlex.join(words)}", 300)


def explain_command(args: Sequence[str], commands: Sequence[str]) -> str:
    """Return the message for a command line whose first word is not one of the commands."""
    hint = _hint(args, commands) or "'resnet-inspect -h' lists all commands"
    return f"No such command '{sanitise(args[0], 200)}': {hint}{'' if hint.endswith('?') else '.'}"


def _hint(args: Sequence[str], commands: Sequence[str]) -> str:
    """Suggest a command for a first word that names none."""
    from resnet_inspect.configs.suggest import suggest

    word, *others = args
    if meant := _OTHER_NAMES.get(word.lower().replace("-", "_")):
        return f"did you mean '{format_command(meant, *others)}'?"
    if others and _is_model(word) and _is_model(others[0]):
        return f"models are compared by '{format_command('compare', word, *others)}'"
    if hint := _hint_for_model(word, others):
        return hint
    if _is_rule(word):
        return f"a rule is explained by '{format_command('rule', word, *others)}'"
    similar = suggest(word, commands)
    return f"did you mean '{format_command(similar[0], *others)}'?" if similar else ""


def _hint_for_model(word: str, others: Sequence[str]) -> str:
    """Suggest a command for a word that names a model or a file; empty if it names neither."""
    from resnet_inspect.configs.read_text import other_file

    if other := other_file(word):
        return f"'{sanitise(word, 200)}' is {other.is_a}: {other.hint}"
    if _is_config(word):
        check = format_command("check", word)
        return f"a config is shown by '{format_command('layers', word, *others)}', and checked by '{check}'"
    if _is_model(word):
        return f"a model is shown by '{format_command('layers', word, *others)}'"
    if word.endswith(".py"):
        return f"code is shown by '{format_command('layers', f'{word}:NAME', *others)}'"
    if os.path.isdir(word):  # noqa: PTH112  # a word need not be a valid path
        return f"the configs in a folder are checked by '{format_command('check', word)}'"
    return ""


def _is_config(word: str) -> bool:
    from pathlib import PurePath

    return PurePath(word).suffix.lower() in CONFIG_FORMATS


def _is_model(word: str) -> bool:
    from resnet_inspect.configs.files import may_be_variant
    from resnet_inspect.sources.resolve import parse_model_name

    return _is_config(word) or bool(parse_model_name(word)) or may_be_variant(word)


def _is_rule(word: str) -> bool:
    """Return whether a word is the code of a rule, the beginning of a code, or the name of a rule."""
    from resnet_inspect.checking.registry import matching
    from resnet_inspect.errors import RequestError

    try:
        return bool(matching((word,)))
    except RequestError:
        return False


def reword(error: typer.BadParameter) -> str:
    """Return the message about a wrong value, in plain words if it is one of pydantic's."""
    details = getattr(error.__cause__, "errors", None)
    detail = details()[0] if details else {}
    if said := _WRONG_VALUES.get(detail.get("type", "")):
        return f"{said(detail.get('ctx', {}))}, found '{sanitise(str(detail['input']), 60)}'"
    return error.message.removeprefix("Value error, ")
