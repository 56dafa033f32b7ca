"""What a shape is, and how long its axes may be."""

from __future__ import annotations

from typing import TypeAlias

Shape: TypeAlias = tuple[int, ...]
"""Lengths of the axes, in order: of images batch, channels, height, width."""

LONGEST_AXIS = 16_384
"""Of any axis of a dummy input: keeps every element count far from 64 bits."""
