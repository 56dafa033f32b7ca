"""How deep and how large a config may be, in every format."""

from __future__ import annotations

from resnet_inspect.config.positions import Position, fault
from resnet_inspect.errors import ConfigError

MAX_DEPTH = 32
"""Lists and tables within each other; a config needs two."""

MAX_VALUES = 1_000
"""Values in all; a config has fewer than 200."""


def too_deep(position: Position | None = None) -> ConfigError:
    """Return the error for lists and tables nested beyond ``MAX_DEPTH``."""
    return fault(f"nested more than {MAX_DEPTH} deep", position)


def too_many(position: Position | None = None) -> ConfigError:
    """Return the error for more than ``MAX_VALUES`` values."""
    return fault(f"more than {MAX_VALUES:,} values; a config has fewer than 200", position)
