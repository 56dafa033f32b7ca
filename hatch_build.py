"""Build hook of hatchling: refuses a Python that is too old."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface
from packaging.specifiers import SpecifierSet


class SupportedPython(MetadataHookInterface):
    """Stops before pip resolves dependencies: many versions of pip blame one of these for a Python that is too old."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Leave the metadata as they are.

        Raises:
            SystemExit: if the package does not support this Python; pip shows the message.
        """
        running = ".".join(map(str, sys.version_info[:3]))
        required = metadata["requires-python"]
        if not SpecifierSet(required).contains(running):
            sys.exit(
                f"resnet-inspect requires Python {required}, and this is Python {running}: "
                "create the environment with a newer one, such as python3.12 -m venv .venv"
            )
