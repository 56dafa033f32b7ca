"""``resnet-inspect config``."""

from __future__ import annotations

from resnet_inspect import workflows
from resnet_inspect.cli.options import ModelArgument, V1Option, V15Option, chosen_version
from resnet_inspect.cli.output import DONE, put


def config(model: ModelArgument, *, v1: V1Option = False, v1_5: V15Option = False) -> int:
    """A model's config as TOML, with a comment for each field: the start of a custom net."""
    put(workflows.config(model, chosen_version(v1=v1, v1_5=v1_5)))
    return DONE
