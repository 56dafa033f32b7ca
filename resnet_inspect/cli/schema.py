"""``resnet-inspect schema``."""

from __future__ import annotations

from resnet_inspect import workflows
from resnet_inspect.cli.output import DONE, put_file


def schema() -> int:
    """Print the JSON Schema of a config, for editors: fields, choices and what they mean."""
    put_file(workflows.schema())
    return DONE
