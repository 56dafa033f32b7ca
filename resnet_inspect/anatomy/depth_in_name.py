"""The depth in a network's name, and its comparison with the network's own."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from resnet_inspect.anatomy.records import Anatomy

_AFTER_FAMILY = re.compile(
    r"""
    (?: (?: res[0-9]?ne(?:t|xt|st) | s[ek]ne(?:t|xt) ) (?:rs|aa|blur|d)?        # ResNet, ResNeXt, SENet
        | (?<![a-z]) (?: plain | rn )
        | (?<![a-z]) (?: rx? | x ) (?= [-_ ]* (?:18|26|34|50|101|152|200) (?![0-9]) ) )   # R-50; not x12
    (?: [-_ ]? v[0-9][a-z]? )?                                                  # v2, v1d
    [-_ ]* ([0-9]{2,4})
    (?! [0-9] | [0-9]*[x×][0-9]+d                                             # not 32x4d
        | [wkmg](?![a-z])                                                       # nor 26w, 22k, 25m
        | [-_ ]? (?: ep | px | bit | cls | class | way | shot | step ) )        # nor 300ep, 16bit, 10classes
    """,
    re.IGNORECASE | re.VERBOSE,
)
_YEARS = range(1900, 2100)
"""Numbers that are taken for a year: no published network is that deep."""

_OTHER_FAMILY = re.compile(
    r"(?<![a-z]) (?: vgg | densenet | wrn ) [-_ ]* ([0-9]{2,4}) (?![0-9])", re.IGNORECASE | re.VERBOSE
)
"""Families that are named for their depth, too, although they are no ResNets, or count in another way."""

_TRANSFORMER = re.compile(r"(?<![a-z]) (?: vit | deit ) (?![a-z])", re.IGNORECASE | re.VERBOSE)
"""A word for networks in which a ResNet is no more than the stem: ``vit_base_r50_s16_224``."""


def claimed_depth(name: str, excluding: Collection[int] = ()) -> int | None:
    """Return the number after the word for the family: 50 for ``my_resnet50_32x4d``, ``R-50`` and ``resnetv2_50x1``.

    Args:
        name: name of the network.
        excluding: numbers that mean something else in it, such as the size of the input.
    """
    numbers = (int(found[1]) for found in _AFTER_FAMILY.finditer(name))
    return next((number for number in numbers if number not in excluding and number not in _YEARS), None)


def strip_source(name: str) -> str:
    """Return the model's own name: ``build_net`` of ``runs/2024/net.py:build_net(width=64)``."""
    return re.split("[:/]", name.partition("(")[0])[-1]


def number_in_name(name: str, excluding: Collection[int] = ()) -> int | None:
    """Return the depth that a name claims, if it has the word for a family that is named for its depth.

    Other numbers are widths, sizes of patches, or operations: ``regnet_y_128gf``, ``vit_b_16``, ``mobilenetv2_100``. In
    a name with a source, only the last part counts.
    """
    name = strip_source(name)
    if _TRANSFORMER.search(name):
        return None
    claimed = claimed_depth(name, excluding)
    if claimed is not None:
        return claimed
    numbers = (int(found[1]) for found in _OTHER_FAMILY.finditer(name))
    return next((number for number in numbers if number not in excluding), None)


class DepthComparison(NamedTuple):
    """A number in a name, compared with the depth.

    Attributes:
        fits: ``True`` if it is the depth, or one of the other numbers that published names use.
        why: the difference from the depth, in sentences; empty if it is the depth.
    """

    fits: bool
    why: tuple[str, ...]


def compare_with_depth(number: int, anatomy: Anatomy) -> DepthComparison:
    """Compare the number in a network's name with its depth.

    Three numbers fit: the depth; the depth with a deep stem counted as the one convolution that it replaces
    (ResNet-50-D); and the count of wide networks (WRN-28-10, arXiv:1605.07146), with the convolutions of shortcuts and
    without the head. A backbone may have the number of the whole network, whose classifier counts.
    """
    missing = int(anatomy.is_backbone)
    usual = {anatomy.depth.depth, _with_one_layer_stem(anatomy)}
    fits = number in usual or number - missing in usual or _is_wide(number, anatomy)
    return DepthComparison(fits, () if number == anatomy.depth.depth else tuple(_reasons(number, anatomy)))


def input_sizes(anatomy: Anatomy) -> frozenset[int]:
    """Return the channels and sizes of the input, which a name may mention.

    A size that fits the depth is not among them: ResNet-32 for 32×32.
    """
    return frozenset(size for size in anatomy.input_shape[1:] if not compare_with_depth(size, anatomy).fits)


def _weighted(anatomy: Anatomy, *roles: str) -> int:
    return sum(layer.weighted and layer.role in roles for layer in anatomy.operations)


def _with_one_layer_stem(anatomy: Anatomy) -> int:
    return anatomy.depth.depth - max(_weighted(anatomy, "stem") - 1, 0)


def _is_wide(number: int, anatomy: Anatomy) -> bool:
    return anatomy.depth.shortcut > 0 and number == _weighted(anatomy, "stem", "main", "shortcut")


def _reasons(number: int, anatomy: Anatomy) -> Iterator[str]:
    depth, shortcut = anatomy.depth.depth, anatomy.depth.shortcut
    stem, head, usual = (
        _weighted(anatomy, "stem"),
        _weighted(anatomy, "head"),
        _with_one_layer_stem(anatomy),
    )
    yield f"the name says {number}, the count is {depth}"
    if anatomy.is_backbone and number in {depth + 1, usual + 1}:
        yield f"the name counts a classifier, but there is none; with one it would be {depth + 1}"
        depth, usual = depth + 1, usual + 1
        if number == depth:
            return
    if anatomy.blocks and number == depth - stem - head:
        remainder = f"{depth} − {stem} in the stem" + (f" − {head} in the head" if head else "")
        yield f"the name counts only the layers of its blocks: {remainder}"
        return
    if stem > 1:
        yield f"its stem has {stem} convolutions, where the paper's networks have one; with one it would be {usual}"
    if usual == number:
        return
    if _is_wide(number, anatomy):
        yield f"the name counts as wide networks do: the {shortcut} weighted layers on shortcuts too, but not the head"
    elif number == depth + shortcut:
        yield f"the name counts the {shortcut} weighted layers on shortcuts too"
    elif number == depth - 1 and not anatomy.is_backbone:
        yield "the name counts only the convolutions, not the linear layer"
    else:
        yield f"its blocks do not match the name: {anatomy.depth.formula}"
