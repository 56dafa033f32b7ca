"""Names and shapes as they stand in a file -> which ResNet it is: the way into this part of the room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import NamedTuple

from resnet_inspect.checkpoints.evidence import (
    heads,
    inside_blocks,
    is_stem_whole,
    require_enough,
    with_reparametrised,
)
from resnet_inspect.checkpoints.inference.infer import Inference, infer, mismatches
from resnet_inspect.checkpoints.inference.layout import Shapes
from resnet_inspect.checkpoints.inference.undetermined import undetermined
from resnet_inspect.checkpoints.key_styles.table import STYLES
from resnet_inspect.checkpoints.records import Checkpoint
from resnet_inspect.checkpoints.translate import Translation, networks, translations
from resnet_inspect.config.distance import FieldDifference, Neighbour, closest, differences
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.config.table import variant, variant_names
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import sanitise

MOST_TENSORS = 100_000
"""In a file that is looked into; the largest ResNets have some thousand."""

NEAREST = 3
"""Variants that are shown where none has these weights, those with the same weights as another counted with it."""

_SHOWS_IN_WEIGHTS = ("stage_blocks", "stage_kinds", "preact", "norm", "stem", "groups", "attention", "stage_widths")


_ENDINGS = (".tar", ".pth", ".pt", ".ckpt", ".bin", ".safetensors", ".index", ".json")
"""Of a file's name, which no name of a config should keep: ``moco.pth.tar``."""


class Choice(NamedTuple):
    """Which of several networks in a file is wanted.

    Attributes:
        wanted: what leads to it: keys of a training checkpoint, what stands before its names, or both; empty for any.
        within: what leads to the names: ends with a dot, or is empty.
        elsewhere: what leads to the networks under other keys.
    """

    wanted: str = ""
    within: str = ""
    elsewhere: tuple[str, ...] = ()


ANY = Choice()


@dataclass(frozen=True, slots=True)
class Near:
    """Variants with the same weights, close to a file's.

    Attributes:
        names: the variants.
        fields: what their weights show to be different, the variant on the left.
    """

    names: tuple[str, ...]
    fields: tuple[FieldDifference, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Which ResNet the weights are of.

    Attributes:
        translation: how its names are explained.
        inference: the config, and what is not certain about it.
        equals: the variants with the same weights, the plainest first.
        nearest: where there is none, those with similar ones, the closest first.
        heads: what reads the features where there is no classifier that is known, with its sizes.
    """

    translation: Translation
    inference: Inference
    equals: tuple[str, ...]
    nearest: tuple[Near, ...]
    heads: tuple[str, ...]


def shapes_of(checkpoint: Checkpoint) -> dict[str, Shape]:
    """Name -> shape of a file's tensors, in the order of the file."""
    return {tensor.name: tensor.shape for tensor in checkpoint.tensors}


def choice_of(checkpoint: Checkpoint, wanted: str = "") -> Choice:
    """The network that is wanted of a file."""
    return Choice(wanted, f"{checkpoint.nested}." if checkpoint.nested else "", checkpoint.elsewhere)


def identify_checkpoint(checkpoint: Checkpoint, wanted: str = "") -> Identity:
    """Find the ResNet that a file holds the weights of; the config is called as the file is.

    Raises:
        RequestError: as ``identify``.
    """
    name = PurePath(checkpoint.path).name
    while name.endswith(_ENDINGS):
        name = name.rpartition(".")[0]
    try:
        return identify(shapes_of(checkpoint), sanitise(name, 199) or "custom", choice_of(checkpoint, wanted))
    except RequestError as error:
        raise RequestError("; ".join((str(error), *checkpoint.lacking))) from error


def identify(shapes: Shapes, name: str = "custom", choice: Choice = ANY) -> Identity:
    """Find the ResNet that a file's tensors are the weights of.

    Args:
        shapes: name as it stands in the file -> shape.
        name: what the inferred config is to be called.
        choice: which of several networks is wanted.

    Raises:
        RequestError: if they are not those of a ResNet, or of one that no config describes.
    """
    translation, inference = explained(shapes, name, choice)
    others = heads(shapes, translation, inference) if inference.missing_head else ()
    known = {theirs: shapes[theirs] for theirs in translation.names}
    ours = {translation.names[theirs]: shape for theirs, shape in known.items()}
    equal = _equal_variants(inference.config, ours)
    if equal and not translation.inside:
        agreed = _as_they_agree(inference, equal)
        return Identity(translation, agreed, tuple(found.name for found in equal), (), others)
    unknown = {found.field for found in inference.undetermined}
    if inference.missing_head:
        # Any variant may be without its classifier: that is said once, and tells none of them apart.
        unknown.add("num_classes")
    return Identity(translation, inference, (), _near(inference.config, unknown), others)


def explained(shapes: Shapes, name: str = "custom", choice: Choice = ANY) -> tuple[Translation, Inference]:
    """Return the style, prefix and config that explain a file's tensors best.

    Raises:
        RequestError: if they are not those of a ResNet, or of one that no config describes.
    """
    if len(shapes) > MOST_TENSORS:
        raise RequestError(
            f"{len(shapes):,} tensors are more than any ResNet has; at most {MOST_TENSORS:,} are looked at"
        )
    candidates = translations(tuple(shapes), choice.wanted, choice.within)
    if not candidates:
        raise RequestError(with_reparametrised(_no_such_network(shapes, choice), shapes))
    attempts, problems = [], []
    for candidate in candidates:
        ours = {renamed: shapes[theirs] for theirs, renamed in candidate.names.items()}
        try:
            whole = {"whole_stem": is_stem_whole(candidate), "whole_blocks": not candidate.inside}
            found = infer(ours, name, **whole)
            attempts.append(
                (candidate, replace(found, mismatches=(*found.mismatches, *inside_blocks(shapes, candidate))))
            )
        except RequestError as error:
            problems.append(error)
    if not attempts:
        raise RequestError(with_reparametrised(str(problems[0]), shapes)) from problems[0]
    translation, inference = min(attempts, key=lambda attempt: len(attempt[1].mismatches))
    require_enough(shapes, translation, inference)
    return translation, inference


def _no_such_network(shapes: Shapes, choice: Choice) -> str:
    found = [*(choice.within + prefix for prefix in networks(shapes)), *choice.elsewhere]
    if not choice.wanted or not found:
        return _no_resnet(shapes)
    there = ", ".join(sanitise(path, 60) or "its names as they are" for path in found)
    return f"no network with the prefix '{sanitise(choice.wanted)}'; there is one with: {there}"


def _no_resnet(shapes: Shapes) -> str:
    some = ", ".join(sanitise(name, 60) for name in list(shapes)[:3]) or "none"
    firsts = ", ".join(dict.fromkeys(f"{style.first}.weight" for style in STYLES))
    return (
        f"not a ResNet: none of the {len(shapes):,} names is, or ends with, that of a first block's first convolution "
        f"({firsts}); they begin with {some}"
    )


def _equal_variants(config: ResNetConfig, ours: Mapping[str, Shape]) -> list[ResNetConfig]:
    alike = (found for found in map(variant, variant_names()) if _alike(found, config))
    equal = [found for found in alike if not mismatches(found, ours)]
    return sorted(equal, key=lambda found: len(differences(found, config)))


def _alike(one: ResNetConfig, other: ResNetConfig) -> bool:
    """Whether the fields agree that weights always show: quicker than to compare tensors."""
    return all(getattr(one, field) == getattr(other, field) for field in _SHOWS_IN_WEIGHTS)


def _as_they_agree(inference: Inference, equal: Iterable[ResNetConfig]) -> Inference:
    """Take what is not determined as the variants with these weights have it, where all of them agree."""
    agreed = {}
    for found in inference.undetermined:
        values = {getattr(config, found.field) for config in equal}
        if len(values) == 1:
            agreed[found.field] = values.pop()
    config = ResNetConfig.model_validate({**dict(inference.config), **agreed})
    unknown = undetermined(config, missing_head=inference.missing_head)
    return replace(inference, config=config, undetermined=unknown)


def _near(config: ResNetConfig, unknown: set[str]) -> tuple[Near, ...]:
    groups: dict[tuple[FieldDifference, ...], list[Neighbour]] = {}
    for neighbour in closest(config, NEAREST * 4, unknown):
        groups.setdefault(neighbour.fields, []).append(neighbour)
    return tuple(
        Near(tuple(neighbour.config.name for neighbour in group), fields)
        for fields, group in list(groups.items())[:NEAREST]
    )
