"""The depth that a network's name claims."""

from __future__ import annotations

import re
from collections.abc import Collection

_OF_A_FAMILY = re.compile(
    r"""
    (?: (?: res[0-9]?ne(?:t|xt|st) | s[ek]ne(?:t|xt) ) (?:rs|aa|blur|d)?        # ResNet, ResNeXt, SENet
        | (?<![a-z]) (?: plain | rn )
        | (?<![a-z]) (?: rx? | x ) (?= [-_ ]* (?:18|26|34|50|101|152|200) (?![0-9]) ) )   # R-50; not x12
    (?: [-_ ]? v[0-9][a-z]? )?                                                  # v2, v1d
    [-_ ]* ([0-9]{2,4})
    (?! [0-9] | [0-9]*x[0-9]+d                                                  # not 32x4d
        | [wkmg](?![a-z])                                                       # nor 26w, 22k, 25m
        | [-_ ]? (?: ep | px | bit | cls | class | way | shot | step ) )        # nor 300ep, 16bit, 10classes
    """,
    re.IGNORECASE | re.VERBOSE,
)
_YEARS = range(1900, 2100)
"""Deeper than any network that has been published, and a date in a file's name."""

_ANY = re.compile(r"(?<![0-9v])([0-9]{2,4})(?![0-9])", re.IGNORECASE)


def claimed_depth(name: str, apart_from: Collection[int] = ()) -> int | None:
    """The number behind the word for the family: 50 for ``my_resnet50_32x4d``, ``R-50`` and ``resnetv2_50x1``.

    Args:
        name: of the network.
        apart_from: numbers that mean something else in it, such as the size of the input.
    """
    numbers = (int(found[1]) for found in _OF_A_FAMILY.finditer(name))
    return next((number for number in numbers if number not in apart_from and number not in _YEARS), None)


def number_in_name(name: str) -> int | None:
    """The same; where no word stands before it, the first number of two to four digits that is no version.

    Of a name with a source, the last part counts: ``build_net`` of ``runs/2024/net.py:build_net(width=64)``.
    """
    name = re.split("[:/]", name.partition("(")[0])[-1]
    claimed = claimed_depth(name)
    if claimed is not None:
        return claimed
    found = _ANY.search(name)
    return int(found[1]) if found else None
