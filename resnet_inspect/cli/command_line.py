"""How a command line is read, and what is said where it names no command, or holds a value that no option takes."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from resnet_inspect.text import sanitise

# typer bundles click or depends on it, release by release; this is click's UsageError either way.
_UsageError: type[Any] = typer.BadParameter.__mro__[1]

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
"""What else people call a command -> the command."""

_WRONG_VALUES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "int_parsing": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "int_parsing_size": lambda _: "must be a whole number of sensible size",
    "float_parsing": lambda _: "must be a number",
    "bool_parsing": lambda _: "must be true or false",
    "greater_than_equal": lambda limits: f"must be at least {limits['ge']}",
    "less_than_equal": lambda limits: f"must be at most {limits['le']}",
}
"""Type of an error of pydantic's, which newer typers read values with -> what is wrong."""


class Commands(TyperGroup):
    """The group of all commands, in whose words everything wrong with a command line is told."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what stands before the command."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            if hint := self._behind_its_command(getattr(error, "option_name", ""), given):
                error.message = f"{error.message}: options follow the command: {hint}"
            raise

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that ``args`` begin with."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            hint = _command_meant(args, tuple(self.commands)) or "'resnet-inspect -h' lists all commands"
            stop = "" if hint.endswith("?") else "."
            ctx.fail(f"No such command '{sanitise(args[0], 200)}': {hint}{stop}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = _reworded(error)
            raise

    def _behind_its_command(self, option: str, given: Sequence[str]) -> str:
        """Return the same command line with what stands before the command behind it, if the command has the option."""
        place = next((place for place, word in enumerate(given) if word in self.commands), None)
        if not place or not any(option in parameter.opts for parameter in self.commands[given[place]].params):
            return ""
        return _line(given[place], *given[place + 1 :], *given[:place])


def _line(*words: str) -> str:
    return sanitise(f"resnet-inspect {shlex.join(words)}", 300)


def _command_meant(args: Sequence[str], commands: Sequence[str]) -> str:
    """Say which command somebody may have meant, by a word that names none."""
    from resnet_inspect.config.nearest import nearest

    word, *others = args
    if meant := _OTHER_NAMES.get(word.lower().replace("-", "_")):
        return f"did you mean '{_line(meant, *others)}'?"
    if others and _is_model(word) and _is_model(others[0]):
        return f"models are compared by '{_line('compare', word, *others)}'"
    if hint := _of_a_model(word, others):
        return hint
    if _is_rule(word):
        return f"a rule is explained by '{_line('rule', word, *others)}'"
    similar = nearest(word, commands)
    return f"did you mean '{_line(similar[0], *others)}'?" if similar else ""


def _of_a_model(word: str, others: Sequence[str]) -> str:
    """Say which command shows what a word names that is a model or a file; empty if it is neither."""
    from resnet_inspect.config.other_files import other_file

    if other := other_file(word):
        return f"'{sanitise(word, 200)}' is {other.is_a}: {other.hint}"
    if _is_config(word):
        return f"a config is shown by '{_line('layers', word, *others)}', and checked by '{_line('check', word)}'"
    if _is_model(word):
        return f"a model is shown by '{_line('layers', word, *others)}'"
    if word.endswith(".py"):
        return f"code is shown by '{_line('layers', f'{word}:NAME', *others)}'"
    if os.path.isdir(word):  # noqa: PTH112  # a word may be no path at all
        return f"the configs in a folder are checked by '{_line('check', word)}'"
    return ""


def _is_config(word: str) -> bool:
    from pathlib import PurePath

    from resnet_inspect.config.documents import FORMAT_OF_SUFFIX

    return PurePath(word).suffix.lower() in FORMAT_OF_SUFFIX


def _is_model(word: str) -> bool:
    from resnet_inspect.config.files import may_be_variant
    from resnet_inspect.sources.resolve import form_of

    return _is_config(word) or bool(form_of(word)) or may_be_variant(word)


def _is_rule(word: str) -> bool:
    """Return whether a word is the code of a rule, the beginning of codes, or a name."""
    from resnet_inspect.checks.registry import matching
    from resnet_inspect.errors import RequestError

    try:
        return bool(matching((word,)))
    except RequestError:
        return False


def _reworded(error: typer.BadParameter) -> str:
    """Return what is wrong with a value in words of ours where typer gives pydantic's."""
    details = getattr(error.__cause__, "errors", None)
    detail = details()[0] if details else {}
    if said := _WRONG_VALUES.get(detail.get("type", "")):
        return f"{said(detail.get('ctx', {}))}, found '{sanitise(str(detail['input']), 60)}'"
    return error.message.removeprefix("Value error, ")
