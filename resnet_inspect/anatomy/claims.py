"""The depth that a network's name claims."""

from __future__ import annotations

import re
from collections.abc import Collection

_OF_A_FAMILY = re.compile(
    r"""
    (?: (?<!image)(?:net|next|nest) (?:rs|aa|blur|d)? | (?<![a-z])(?:plain|rn|rx?|x) )  # ResNet, ResNeXt, R, RN, X
    (?: [-_ ]? v[0-9][a-z]? )?                                                          # v2, v1d
    [-_ ]* ([0-9]{2,4})
    (?! [0-9] | [0-9]*x[0-9]+d | w | k )                                                # not 32x4d, 26w, 22k
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ANY = re.compile(r"(?<![0-9v])([0-9]{2,4})(?![0-9])", re.IGNORECASE)


def claimed_depth(name: str, apart_from: Collection[int] = ()) -> int | None:
    """The number behind the word for the family: 50 for ``my_resnet50_32x4d``, ``R-50`` and ``resnetv2_50x1``.

    Args:
        name: of the network.
        apart_from: numbers that mean something else in it, such as the size of the input.
    """
    numbers = (int(found[1]) for found in _OF_A_FAMILY.finditer(name))
    return next((number for number in numbers if number not in apart_from), None)


def number_in_name(name: str) -> int | None:
    """The same; where no word stands before it, the first number of two to four digits that is no version."""
    claimed = claimed_depth(name)
    if claimed is not None:
        return claimed
    found = _ANY.search(name)
    return int(found[1]) if found else None
