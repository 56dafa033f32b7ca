"""What the pages about weights say of the file."""

from __future__ import annotations

from resnet_inspect.render.page import Heading
from resnet_inspect.reports.weights_file import WeightsFile
from resnet_inspect.text import counted


def file_heading(file: WeightsFile, before: str = "") -> Heading:
    """``weights.pth  torch, state_dict, 320 tensors, 25,610,205 numbers``."""
    parts = [file.format, file.nested, counted(file.tensors, "tensor"), counted(file.elements, "number")]
    return Heading(f"{before}{file.path}", ", ".join(part for part in parts if part))
