"""How a report shows itself in a notebook, without knowing the renderer that stands above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class ShownInNotebooks:
    """Base of every report.

    The package's front door, ``resnet_inspect/__init__.py``, says how a report becomes HTML.
    """

    to_html: ClassVar[Callable[[Any], str] | None] = None

    def _repr_html_(self) -> str | None:
        renderer = ShownInNotebooks.to_html
        return None if renderer is None else renderer(self)
