"""``schema``: the JSON Schema of a config file."""

from __future__ import annotations

import json

from resnet_inspect.console.options import TextOptions


def schema() -> str:
    """Write the JSON Schema of a config file."""
    from resnet_inspect.configs.json_schema import config_schema

    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def command(output: TextOptions) -> int:
    """Write the text of ``schema``."""
    return output.write(schema())
