"""What the pages about weights say of the file."""

from __future__ import annotations

from resnet_inspect.render.page import Heading
from resnet_inspect.render.views.cells import plural
from resnet_inspect.reports.weights_file import WeightsFile


def file_heading(file: WeightsFile, before: str = "") -> Heading:
    """``weights.pth  torch, state_dict, 320 tensors, 25,610,205 numbers``."""
    parts = [file.format, file.nested, plural(file.tensors, "tensor"), plural(file.elements, "number")]
    return Heading(f"{before}{file.path}", ", ".join(part for part in parts if part))
