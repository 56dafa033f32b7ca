"""The options that several commands share, and how their values are read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from resnet_inspect.cli.option_values import parse_arguments, parse_input
from resnet_inspect.config.versions import Version
from resnet_inspect.errors import RequestError
from resnet_inspect.gate import MOST_JOBS
from resnet_inspect.subjects import Run


class OutputFormat(StrEnum):
    """Formats of a report."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"
    html = "html"


class Device(StrEnum):
    """Where the model runs."""

    auto = "auto"
    meta = "meta"
    cpu = "cpu"
    cuda = "cuda"


ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A variant (resnet50), a config file (net.toml, .yaml, .json), or - for standard input; torchvision:NAME, "
        "timm:NAME, transformers:FOLDER or :NAME; module:attribute or file.py:attribute, which imports, and therefore "
        "executes, that code.",
    ),
]

PATHS_HELP = (
    "{}. Default: as set in pyproject.toml, otherwise the current folder. Or models: a variant, torchvision:NAME, "
    "timm:NAME, transformers:FOLDER or :NAME; module:attribute or file.py:attribute, which imports that code and so "
    "runs it."
)
"""Of commands that take many files; what a file or folder holds names no model."""

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

FormatOption = Annotated[
    OutputFormat, typer.Option("--format", "-f", help="The format of the report.", show_choices=True)
]

InputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        metavar="[NAME=]SHAPE[:TYPE]",
        help="Shape of the dummy input: 3x320x320 or 8x3x224x224; 1x16:int64; pixel_values=1x3x64x64; "
        "batch.image=1x3x64x64 for an entry of a dict. Repeatable.",
    ),
]

ArgumentsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kwargs",
        "-k",
        metavar="NAME=VALUE",
        help="Argument for a factory: depth=50. A value is a Python literal, true, false, null, or text. Repeatable.",
    ),
]

DeviceOption = Annotated[
    Device,
    typer.Option(
        "--device",
        help="Where to run the model. meta computes only shapes, in milliseconds; auto uses meta, or cpu for a forward "
        "that needs values.",
    ),
]

V1Option = Annotated[bool, typer.Option("--v1", help="Put the stride of bottlenecks on the first 1x1 convolution.")]

V15Option = Annotated[bool, typer.Option("--v1.5", help="Put the stride of bottlenecks on the 3x3 convolution.")]


LockFileOption = Annotated[
    Path | None,
    typer.Option("--lock-file", metavar="FILE", help="The lock file. Default: as set in pyproject.toml."),
]

JobsOption = Annotated[
    int,
    typer.Option(
        "--jobs", "-j", metavar="N", min=0, max=MOST_JOBS, help="Number of processes; 0 chooses automatically."
    ),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="Time limit for one file. Default: as set in pyproject.toml, otherwise 60 with several processes and none "
        "with one.",
    ),
]


def chosen_version(*, v1: bool, v1_5: bool) -> Version | None:
    """The version that the flags ask for.

    Raises:
        RequestError: if both are given where one model is shown.
    """
    if v1 and v1_5:
        raise RequestError("--v1 and --v1.5 cannot be used together here; 'resnet-inspect compare' takes both")
    if v1:
        return "v1"
    return "v1.5" if v1_5 else None


def chosen_run(
    inputs: list[str] | None, device: Device, version: Version | None, arguments: list[str] | None = None
) -> Run:
    """How to run a model, as the options say.

    Raises:
        RequestError: if an input or an argument is not written as it should be.
    """
    return Run(
        version=version,
        device=device.value,
        inputs=tuple(parse_input(text) for text in inputs or ()),
        arguments=chosen_arguments(arguments),
    )


def chosen_arguments(written: list[str] | None) -> dict[str, Any]:
    """What ``--kwargs`` gives to a factory.

    Raises:
        RequestError: if it is not written as it should be.
    """
    return parse_arguments("--kwargs", written or ())
