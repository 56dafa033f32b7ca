"""What the pages about weights say of the file."""

from __future__ import annotations

from resnet_inspect.render.page import Heading, Line, line
from resnet_inspect.reports.weights_file import WeightsFile
from resnet_inspect.text import counted


def file_heading(file: WeightsFile, before: str = "") -> Heading:
    """``weights.pth  torch, state_dict, 320 tensors, 25,610,205 numbers``."""
    nested = f"entry {file.nested}" if file.nested[:1].isdecimal() else file.nested
    title, kind = (file.path, file.format) if file.path else ("weights in memory", "")
    parts = [kind, nested, counted(file.tensors, "tensor"), counted(file.elements, "number")]
    return Heading(f"{before}{title}", ", ".join(part for part in parts if part))


def dtype_lines(file: WeightsFile) -> tuple[Line, ...]:
    """``float32 (102 tensors), int64 (20)``; nothing where the types are not known."""
    if not file.dtypes:
        return ()
    first, *others = file.dtypes
    counts = (f"{first.dtype} ({counted(first.tensors, 'tensor')})", *(f"{o.dtype} ({o.tensors:,})" for o in others))
    return (line(f"types: {', '.join(counts)}", "dim"),)
