"""The two places where the stride of a bottleneck can stand, by both of their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

Version: TypeAlias = Literal["v1", "v1.5"]
StrideIn: TypeAlias = Literal["1x1", "3x3"]

STRIDE_IN: Mapping[Version, StrideIn] = {"v1": "1x1", "v1.5": "3x3"}
"""Version -> which convolution of a bottleneck strides: the first 1x1 (the authors' nets), or the 3x3 (torchvision)."""

VERSION_OF: Mapping[StrideIn, Version] = {stride_in: version for version, stride_in in STRIDE_IN.items()}
"""The same the other way round."""
