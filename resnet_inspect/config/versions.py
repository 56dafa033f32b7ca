"""The two places where the stride of a bottleneck can stand, by both of their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from resnet_inspect.arguments import as_int, shown, wrong_type
from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

Version: TypeAlias = Literal["v1", "v1.5"]
StrideIn: TypeAlias = Literal["1x1", "3x3"]

STRIDE_IN: Mapping[Version, StrideIn] = {"v1": "1x1", "v1.5": "3x3"}
"""Version -> which convolution of a bottleneck strides: the first 1x1 (the authors' nets), or the 3x3 (torchvision)."""

VERSION_OF: Mapping[StrideIn, Version] = {stride_in: version for version, stride_in in STRIDE_IN.items()}
"""The same the other way round."""


def version_of(value: Any) -> Version:
    """Return the version that a text or number means: ``v1.5`` for "v1.5", "V1_5", "v1b", "pytorch" and 1.5.

    Raises:
        WrongTypeError: if it is neither a text nor a number.
        RequestError: if it means none.
    """
    if not isinstance(value, str | float) and as_int(value) is None:
        raise wrong_type("version", "'v1' or 'v1.5'", value)
    written = sanitise(value, 60) if isinstance(value, str) else shown(value)
    # The command line starts without the words, which only a version that is given needs.
    from resnet_inspect.config.words import meaning_of

    meaning = meaning_of("version", written)
    for version in STRIDE_IN:
        if meaning and meaning.value == version:
            return version
    raise RequestError(
        f"version '{written}' is not known: write v1 (the stride of a bottleneck on its first 1x1 convolution) or "
        "v1.5 (on its 3x3)" + (f"; {meaning.note}" if meaning else "")
    )
