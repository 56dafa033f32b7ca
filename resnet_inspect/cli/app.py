"""The command line: a typer app whose commands are imported when they are used.

A parameter of a command whose type is a dataclass is a bundle, with one option per field::

    @dataclass(frozen=True, slots=True)
    class OutputOptions:
        format: Annotated[str, typer.Option("--format", "-f")] = "table"

    def command(model: ModelArgument, output: OutputOptions) -> int: ...
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from resnet_inspect.cli.command_line import explain_command, format_command, reword
from resnet_inspect.commands import COMMANDS, Command
from resnet_inspect.console.progress import progress_line
from resnet_inspect.version import __version__

# Some releases of typer depend on click, others contain it; this is click's UsageError in both cases.
_UsageError: type[Any] = typer.BadParameter.__mro__[1]

_LISTED = {command.name: command for command in COMMANDS}
_SETTINGS = {"help_option_names": ["-h", "--help"]}


class _PlainParameters:
    """Mixin that shows parameters as they are typed, and lets completion read values as they are typed.

    Typer's help adds ``<bool>``, ``<str>`` and braces to the former, and converts the latter by pydantic, which takes
    long to import.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line after the command: ``MODEL`` instead of ``{MODEL}``."""
        pieces: list[str] = super().collect_usage_pieces(ctx)  # type: ignore[misc]  # of the typer class in the bases
        return [piece.strip("{}") for piece in pieces]

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, ``--help`` included."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]  # of the typer class in the bases
        if ctx.resilient_parsing:
            parameters = [copy(parameter) for parameter in parameters]
        for parameter in parameters:
            if getattr(parameter, "is_flag", False):
                parameter.metavar = ""
            if parameter.param_type_name == "argument":
                parameter.display_type_rich = lambda **_: None
            if ctx.resilient_parsing:
                parameter.process_value = lambda _context, value: value
        return parameters


class _SingleCommand(_PlainParameters, TyperCommand):
    """A command with its options."""


class _CommandGroup(_PlainParameters, TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for command in COMMANDS:
            self.add_command(TyperCommand(command.name, help=command.summary, rich_help_panel=command.group))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the options before the command; for an option of the command, show where it belongs."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            if hint := _reordered(getattr(error, "option_name", ""), given):
                error.message = f"{error.message}: options follow the command: {hint}"
            raise

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that ``args`` begin with, and import it."""
        if args[0] not in _LISTED and not ctx.resilient_parsing:
            ctx.fail(explain_command(args, tuple(_LISTED)))
        name, found, rest = super().resolve_command(ctx, args)
        return name, found and load_command(_LISTED[str(found.name)]), rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = reword(error)
            raise


def _reordered(option: str, given: Sequence[str]) -> str:
    """Return the command line with its first words after the command; empty if the command lacks the option."""
    place = next((place for place, word in enumerate(given) if word in _LISTED), None)
    if not place:
        return ""
    command = load_command(_LISTED[given[place]])
    if not any(option in parameter.opts for parameter in command.params):
        return ""
    return format_command(given[place], *given[place + 1 :], *given[:place])


@cache
def load_command(listed: Command) -> Any:
    """Import a command, and return it with its options."""
    single = typer.Typer(add_completion=False, context_settings=_SETTINGS)
    text = "\n\n".join(filter(None, (listed.summary, listed.details, f"Example: resnet-inspect {listed.example}")))
    # By its name, because only the command that is used may be imported: some take a second.
    single.command(listed.name, cls=_SingleCommand, help=text)(_unbundled(import_module(listed.module).command))
    return typer.main.get_command(single)


def _unbundled(command: Callable[..., int]) -> Callable[..., int]:
    """Return a function for typer, with a parameter for each option, that calls ``command`` with its bundles."""
    hints = get_type_hints(command, include_extras=True)
    names = tuple(inspect.signature(command).parameters)
    bundles = {name: hints[name] for name in names if is_dataclass(hints[name])}

    def run(**values: Any) -> int:
        made = {
            name: bundle(**{field.name: values.pop(field.name) for field in fields(bundle)})
            for name, bundle in bundles.items()
        }
        return command(**values, **made)

    parameters = [parameter for name in names for parameter in _parameters(command, name, hints[name])]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect and typer
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameters(command: Callable[..., int], name: str, hint: Any) -> Iterator[inspect.Parameter]:
    """Yield a parameter of a command, or one for each field of a bundle."""
    options, hints = inspect.signature(command).parameters, {name: hint}
    if is_dataclass(hint):
        options = inspect.signature(hint).parameters  # type: ignore[arg-type]  # a dataclass is callable
        hints = get_type_hints(hint, include_extras=True)
    for each, annotation in hints.items():
        if each in options:
            yield options[each].replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


app = typer.Typer(
    name="resnet-inspect",
    cls=_CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"resnet-inspect {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Show how a ResNet is really built: strides, padding, shortcuts, depth, parameters, MACs."""
    del version
    context.with_resource(progress_line())
