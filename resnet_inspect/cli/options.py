"""The options that several commands share, and how their values are read."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from resnet_inspect.errors import RequestError
from resnet_inspect.trace.records import Shape
from resnet_inspect.workflows import Run, Version

MAX_LENGTH = 16_384
"""Of any axis of the dummy input: keeps every element count far from 64 bits."""


class OutputFormat(StrEnum):
    """Formats of a report."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"
    html = "html"


class Device(StrEnum):
    """Where the model runs."""

    meta = "meta"
    cpu = "cpu"
    cuda = "cuda"


ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="A variant (resnet50), a config file (net.toml, .yaml, .json), or - for standard input."
    ),
]

FormatOption = Annotated[
    OutputFormat, typer.Option("--format", "-f", help="How to write the report.", show_choices=True)
]

InputOption = Annotated[
    str | None,
    typer.Option("--input", "-i", metavar="CxHxW", help="Shape of the dummy image, e.g. 3x320x320 or 8x3x224x224."),
]

DeviceOption = Annotated[
    Device, typer.Option("--device", help="Where to run: meta computes shapes alone, in milliseconds.")
]

V1Option = Annotated[bool, typer.Option("--v1", help="With the stride of bottlenecks on the first 1x1 convolution.")]

V15Option = Annotated[bool, typer.Option("--v1.5", help="With the stride of bottlenecks on the 3x3 convolution.")]


def chosen_version(*, v1: bool, v1_5: bool) -> Version | None:
    """The version that the flags ask for.

    Raises:
        RequestError: if both are given where one model is shown.
    """
    if v1 and v1_5:
        raise RequestError("--v1 and --v1.5 exclude each other here; 'resnet-inspect compare' takes both")
    if v1:
        return "v1"
    return "v1.5" if v1_5 else None


def chosen_run(input_shape: str | None, device: Device, version: Version | None) -> Run:
    """How to run a model, as the options say.

    Raises:
        RequestError: if the input is not a shape.
    """
    return Run(version, None if input_shape is None else parse_input_shape(input_shape), device.value)


def parse_input_shape(text: str) -> Shape:
    """``3x224x224`` or ``1x3x224x224`` -> (1, 3, 224, 224).

    Raises:
        RequestError: if it is not three or four whole numbers of a sensible size.
    """
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) not in {3, 4} or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
        raise RequestError(f"--input '{text}' is not a shape: write channels x height x width, e.g. 3x224x224")
    shape = tuple(int(part) for part in parts)
    if not all(1 <= length <= MAX_LENGTH for length in shape):
        raise RequestError(f"--input '{text}' is out of range: every number must be from 1 to {MAX_LENGTH:,}")
    return shape if len(shape) == 4 else (1, *shape)
