"""Names and shapes as they stand in a file -> which ResNet it is: the way into this part of the room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from resnet_inspect.checkpoints.inference.infer import Inference, infer, mismatches
from resnet_inspect.checkpoints.inference.layout import Shapes
from resnet_inspect.checkpoints.inference.undetermined import undetermined
from resnet_inspect.checkpoints.key_styles.table import STYLES
from resnet_inspect.checkpoints.records import Checkpoint
from resnet_inspect.checkpoints.translate import Translation, translations
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
    """

    translation: Translation
    inference: Inference
    equals: tuple[str, ...]
    nearest: tuple[Near, ...]


def shapes_of(checkpoint: Checkpoint) -> dict[str, Shape]:
    """Name -> shape of a file's tensors, in the order of the file."""
    return {tensor.name: tensor.shape for tensor in checkpoint.tensors}


def identify_checkpoint(checkpoint: Checkpoint) -> Identity:
    """Find the ResNet that a file holds the weights of; the config is called as the file is.

    Raises:
        RequestError: as ``identify``.
    """
    return identify(shapes_of(checkpoint), sanitise(PurePath(checkpoint.path).stem, 199) or "custom")


def identify(shapes: Shapes, name: str = "custom") -> Identity:
    """Find the ResNet that a file's tensors are the weights of.

    Args:
        shapes: name as it stands in the file -> shape.
        name: what the inferred config is to be called.

    Raises:
        RequestError: if they are not those of a ResNet, or of one that no config describes.
    """
    translation, inference = explained(shapes, name)
    known = {theirs: shapes[theirs] for theirs in translation.names}
    ours = {translation.names[theirs]: shape for theirs, shape in known.items()}
    equal = _equal_variants(inference.config, ours)
    if equal:
        return Identity(translation, _as_they_agree(inference, equal), tuple(found.name for found in equal), ())
    unknown = {found.field for found in inference.undetermined}
    if inference.missing_head:
        # Any variant may be without its classifier: that is said once, and tells none of them apart.
        unknown.add("num_classes")
    return Identity(translation, inference, (), _near(inference.config, unknown))


def explained(shapes: Shapes, name: str = "custom") -> tuple[Translation, Inference]:
    """Return the style, prefix and config that explain a file's tensors best.

    Raises:
        RequestError: if they are not those of a ResNet, or of one that no config describes.
    """
    if len(shapes) > MOST_TENSORS:
        raise RequestError(
            f"{len(shapes):,} tensors are more than any ResNet has; at most {MOST_TENSORS:,} are looked at"
        )
    candidates = translations(tuple(shapes))
    if not candidates:
        raise RequestError(_no_resnet(shapes))
    attempts, problems = [], []
    for candidate in candidates:
        ours = {renamed: shapes[theirs] for theirs, renamed in candidate.names.items()}
        try:
            attempts.append((candidate, infer(ours, name)))
        except RequestError as error:
            problems.append(error)
    if not attempts:
        raise problems[0]
    return min(attempts, key=lambda attempt: len(attempt[1].mismatches))


def _no_resnet(shapes: Shapes) -> str:
    some = ", ".join(sanitise(name, 60) for name in list(shapes)[:3]) or "none"
    firsts = ", ".join(dict.fromkeys(f"{style.first}.weight" for style in STYLES))
    return (
        f"no ResNet: none of the {len(shapes):,} names is, or ends with, that of a first block's first convolution "
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
