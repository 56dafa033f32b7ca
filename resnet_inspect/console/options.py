"""The options that several commands share, in bundles: models, paths, and how a report is written."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from resnet_inspect.configs.words import Version
from resnet_inspect.console.completion import complete_model
from resnet_inspect.console.option_values import parse_arguments, parse_inputs
from resnet_inspect.console.output import DONE, MODEL_FAILED, log, look_of, write_stdout, write_stdout_bytes
from resnet_inspect.console.output_file import format_for, require_no_input, write_file
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import Format, formats_of
from resnet_inspect.pipeline import Device, RunOptions, format_failure
from resnet_inspect.rendering.report import Report, render

ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        autocompletion=complete_model,
        help="A variant (resnet50), a config file (net.toml, .yaml, .json), or - for standard input; torchvision:NAME, "
        "timm:NAME, transformers:FOLDER or :NAME; module:attribute or file.py:attribute, which imports, and therefore "
        "executes, that code.",
    ),
]

Texts: TypeAlias = "list[str] | None"
"""The values of an argument or option that can be repeated."""


def paths_argument(files: str) -> Any:
    """Return the argument PATHS; ``files`` begins its help with what may be given."""
    return typer.Argument(
        metavar="PATHS",
        autocompletion=complete_model,
        help=f"{files}. Default: as set in pyproject.toml, otherwise the current folder. Or models: a variant, "
        "torchvision:NAME, timm:NAME, transformers:FOLDER or :NAME; module:attribute or file.py:attribute, which "
        "imports that code and so runs it.",
    )


def names_option(flag: str, metavar: str, complete: Callable[[str], Sequence[Any]], words: str) -> Any:
    """Return an option for names that the shell completes."""
    return typer.Option(flag, metavar=metavar, autocompletion=complete, help=words)


WeightsArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="A weights file: .safetensors, .pth, .pt, or the index of a sharded checkpoint."
    ),
]

PrefixOption = Annotated[
    str | None,
    typer.Option(
        "--prefix",
        metavar="PREFIX",
        help="If the file contains several networks, the one to read: its key in a training checkpoint "
        "(state_dict_ema), or the prefix of its names (encoder_k.).",
    ),
]

InputOption = Annotated[
    Texts,
    typer.Option(
        "--input",
        "-i",
        metavar="[NAME=]SHAPE[:TYPE]",
        help="Shape of the dummy input: 3x320x320 or 8x3x224x224; 1x16:int64; pixel_values=1x3x64x64; "
        "batch.image=1x3x64x64 for an entry of a dict. Repeatable.",
    ),
]

ArgumentsOption = Annotated[
    Texts,
    typer.Option(
        "--kwargs",
        "-k",
        metavar="NAME=VALUE",
        help="Argument for a factory: depth=50. A value is a Python literal, true, false, null, or text. Repeatable.",
    ),
]


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Options for a model and its run."""

    model: ModelArgument
    v1: Annotated[bool, typer.Option("--v1", help="Put the stride of bottlenecks on the first 1x1 convolution.")] = (
        False
    )
    v1_5: Annotated[bool, typer.Option("--v1.5", help="Put the stride of bottlenecks on the 3x3 convolution.")] = False
    arguments: ArgumentsOption = None
    inputs: InputOption = None
    device: Annotated[
        Device,
        typer.Option(
            "--device",
            help="Where to run the model. meta computes only shapes, in milliseconds; auto uses meta, or cpu for a "
            "forward that needs values.",
        ),
    ] = "auto"

    @property
    def run(self) -> RunOptions:
        """The options of the run.

        Raises:
            RequestError: if an option is not valid, or both versions are given.
        """
        if self.v1 and self.v1_5:
            raise RequestError("--v1 and --v1.5 cannot be used together here; 'resnet-inspect compare' takes both")
        return self.run_as("v1" if self.v1 else "v1.5" if self.v1_5 else None)

    def run_as(self, version: Version | None) -> RunOptions:
        """Return the options of a run in a version."""
        return RunOptions(
            version=version,
            device=self.device,
            inputs=parse_inputs(self.inputs),
            arguments=parse_arguments(self.arguments),
        )


MOST_JOBS = 1024
"""Largest number of processes that check files."""


@dataclass(frozen=True, slots=True)
class PathsOptions:
    """Options of ``check`` and ``lock`` for the run of many files and models."""

    lock_file: Annotated[
        Path | None,
        typer.Option("--lock-file", metavar="FILE", help="The lock file. Default: as set in pyproject.toml."),
    ] = None
    arguments: ArgumentsOption = None
    inputs: InputOption = None
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", metavar="N", min=0, max=MOST_JOBS, help="Number of processes; 0 chooses automatically."
        ),
    ] = 0
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            help="Time limit for one file. Default: as set in pyproject.toml, otherwise 60 with several processes and "
            "none with one.",
        ),
    ] = None

    @property
    def keywords(self) -> dict[str, Any]:
        """The options as keyword arguments of the functions ``check`` and ``lock``.

        Raises:
            RequestError: if an option is not valid.
        """
        return {
            "jobs": self.jobs,
            "timeout": self.timeout,
            "lock_file": self.lock_file,
            "inputs": parse_inputs(self.inputs),
            "arguments": parse_arguments(self.arguments),
        }


FORMATS = formats_of("")
"""The formats of every report."""


def format_option(possible: Sequence[Format], default: str) -> Any:
    """Return the option ``--format`` for reports with these formats; ``default`` ends the help."""

    def parse(value: str) -> Format:
        if value in possible:
            return Format[value]
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(f'{each.value!r}' for each in possible)}.")

    def complete(incomplete: str) -> list[str]:
        return [each.value for each in possible if each.startswith(incomplete)]

    return typer.Option(
        "--format",
        "-f",
        metavar="|".join(possible),
        parser=parse,
        autocompletion=complete,
        help=f"The format of the report. Default: {default}",
    )


def output_option(words: str) -> Any:
    """Return the option ``--output`` with this help."""
    return typer.Option("--output", "-o", metavar="FILE", help=words)


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Options for the format of a report and the file that it is written to."""

    output: Annotated[Path | None, output_option("Write the report to FILE, in the format that its suffix means.")] = (
        None
    )
    format: Annotated[Format | None, format_option(FORMATS, "by the suffix of --output, otherwise table.")] = None

    def write(self, report: Report) -> int:
        """Write a report, and log its notes and failure. Returns the exit code."""
        chosen = self.chosen(FORMATS) or Format.table
        if self.output is None:
            write_report(report, chosen)
        else:
            write_file(self.output, render(report, chosen))
        for note in report.notes:
            log("note", note)
        if report.failure is None:
            return DONE
        log("error", format_failure(report.failure))
        return MODEL_FAILED

    def chosen(self, possible: Sequence[Format]) -> Format | None:
        """Return the format that the options choose; ``None`` if they choose none.

        Args:
            possible: formats of the report.

        Raises:
            RequestError: if the format and the suffix of the file contradict each other, the suffix is unknown, or the
                file is a config or a lock.
        """
        if self.output is None:
            return self.format
        require_no_input(self.output)
        return format_for(self.output, self.format, possible)


def write_report(report: Report, output_format: Format) -> None:
    """Write a report to standard output: ``table`` in the stream's encoding, other formats as UTF-8."""
    text = render(report, output_format, look_of(sys.stdout))
    if output_format is Format.table:
        write_stdout(text)
    else:
        write_stdout_bytes(text)


@dataclass(frozen=True, slots=True)
class TextOptions:
    """Options for the file that a text is written to."""

    output: Annotated[Path | None, output_option("Write to FILE instead of standard output.")] = None

    def write(self, text: str, *, for_people: bool = False) -> int:
        """Write a text to the file or to standard output. Returns the exit code.

        Args:
            text: text to write.
            for_people: ``True`` to replace characters that the encoding of standard output does not have.
        """
        if self.output is not None:
            require_no_input(self.output)
            write_file(self.output, text)
        elif for_people:
            write_stdout(text)
        else:
            write_stdout_bytes(text)
        return DONE
