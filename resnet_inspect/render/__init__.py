"""Report -> str: one file per format; ``views/`` says what each report looks like, whatever the format."""

from resnet_inspect.formats import FORMATS, Format
from resnet_inspect.render.formats import Look, render

__all__ = ["FORMATS", "Format", "Look", "render"]
