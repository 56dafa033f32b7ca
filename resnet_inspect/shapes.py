"""The type of a shape, and the limit of its axes."""

from typing import TypeAlias

Shape: TypeAlias = tuple[int, ...]
"""Lengths of the axes, in order; for images: batch, channels, height, width."""

LONGEST_AXIS = 16_384
"""Length of an axis of a dummy input; keeps every element count far below 64 bits."""
