"""``resnet-inspect schema``."""

from __future__ import annotations

import sys

from resnet_inspect import workflows
from resnet_inspect.cli.output import DONE


def schema() -> int:
    """The JSON Schema of a config, for editors: fields, choices and what they mean."""
    sys.stdout.write(workflows.schema())
    return DONE
