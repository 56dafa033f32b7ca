"""Identify the ResNet that weights belong to, by the names and shapes in their file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import NamedTuple

from resnet_inspect.checkpoints.checkpoint import Checkpoint
from resnet_inspect.checkpoints.inference.infer import Inference, Mismatch, infer, mismatches
from resnet_inspect.checkpoints.inference.layout import Shapes
from resnet_inspect.checkpoints.inference.undetermined import undetermined
from resnet_inspect.checkpoints.key_styles.styles import STYLES
from resnet_inspect.checkpoints.translate import Translation, networks, translations
from resnet_inspect.checkpoints.unexplained import heads, is_stem_whole, require_enough, with_reparametrised
from resnet_inspect.configs.distance import FieldDifference, Neighbour, closest, differences
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.variants import variant, variant_names
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import sanitise

MOST_TENSORS = 100_000
"""Tensors of a file to identify; the largest ResNets have some thousand."""

NEAREST = 3
"""Groups of variants with equal weights that are shown if no variant has the weights of the file."""

_SHOWS_IN_WEIGHTS = ("stage_blocks", "stage_kinds", "preact", "norm", "stem", "groups", "attention", "stage_widths")


_ENDINGS = (".tar", ".pth", ".pt", ".ckpt", ".bin", ".safetensors", ".index", ".json")
"""Suffixes that are removed from a file's name for the name of the config: ``moco.pth.tar``."""


class NetworkChoice(NamedTuple):
    """The choice of one of several networks in a file.

    Attributes:
        wanted: keys of a training checkpoint, prefix of the names, or both; empty for any.
        within: keys that lead to the names; ends with a dot, or is empty.
        elsewhere: keys and prefixes of the networks under other keys.
    """

    wanted: str = ""
    within: str = ""
    elsewhere: tuple[str, ...] = ()


ANY = NetworkChoice()


@dataclass(frozen=True, slots=True)
class NearVariants:
    """Variants with equal weights, similar to those of a file.

    Attributes:
        names: the variants.
        fields: the fields in which their weights differ from the file's, with the variant on the left.
    """

    names: tuple[str, ...]
    fields: tuple[FieldDifference, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """The ResNet that weights belong to.

    Attributes:
        translation: style, prefix and translation of its names.
        inference: the config, and the fields that are not certain.
        equals: the variants with these weights, the plainest first.
        nearest: if there are none, the variants with similar weights, the closest first.
        heads: layers that read the features in place of a known classifier, with their sizes.
    """

    translation: Translation
    inference: Inference
    equals: tuple[str, ...]
    nearest: tuple[NearVariants, ...]
    heads: tuple[str, ...]


def shapes_of(checkpoint: Checkpoint) -> dict[str, Shape]:
    """Return name -> shape of a file's tensors, in the order of the file."""
    return {tensor.name: tensor.shape for tensor in checkpoint.tensors}


def choice_of(checkpoint: Checkpoint, wanted: str = "") -> NetworkChoice:
    """Return the choice of a network in a file by its keys or prefix; empty for any."""
    return NetworkChoice(wanted, f"{checkpoint.nested}." if checkpoint.nested else "", checkpoint.elsewhere)


def identify_checkpoint(checkpoint: Checkpoint, wanted: str = "") -> Identity:
    """Identify the ResNet that the weights in a file belong to; the config is named after the file.

    Raises:
        RequestError: as for ``identify``.
    """
    name = PurePath(checkpoint.path).name
    while name.endswith(_ENDINGS):
        name = name.rpartition(".")[0]
    try:
        return identify_shapes(shapes_of(checkpoint), sanitise(name, 199) or "custom", choice_of(checkpoint, wanted))
    except RequestError as error:
        raise RequestError("; ".join((str(error), *checkpoint.lacking))) from error


def identify_shapes(shapes: Shapes, name: str = "custom", choice: NetworkChoice = ANY) -> Identity:
    """Identify the ResNet that tensors are the weights of.

    Args:
        shapes: name in the file -> shape.
        name: name of the inferred config.
        choice: which of several networks is wanted.

    Raises:
        RequestError: if they are not the weights of a ResNet, or of one that no config describes.
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
        # Any variant can lack its classifier, so this is reported once and does not distinguish variants.
        unknown.add("num_classes")
    return Identity(translation, inference, (), _near(inference.config, unknown), others)


def explained(shapes: Shapes, name: str = "custom", choice: NetworkChoice = ANY) -> tuple[Translation, Inference]:
    """Return the translation of names and the config that explain a file's tensors best.

    Raises:
        RequestError: if they are not the weights of a ResNet, or of one that no config describes.
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
            found = infer(ours, name, whole_stem=is_stem_whole(candidate), whole_blocks=not candidate.inside)
        except RequestError as error:
            problems.append(error)
            continue
        extra = (Mismatch(theirs, None, shapes[theirs]) for theirs in candidate.inside)
        attempts.append((candidate, replace(found, mismatches=(*found.mismatches, *extra))))
    if not attempts:
        raise RequestError(with_reparametrised(str(problems[0]), shapes)) from problems[0]
    translation, inference = min(attempts, key=lambda attempt: len(attempt[1].mismatches))
    require_enough(shapes, translation, inference)
    return translation, inference


def _no_such_network(shapes: Shapes, choice: NetworkChoice) -> str:
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
    """Return whether the fields that weights always determine agree; faster than comparing tensors."""
    return all(getattr(one, field) == getattr(other, field) for field in _SHOWS_IN_WEIGHTS)


def _as_they_agree(inference: Inference, equal: Iterable[ResNetConfig]) -> Inference:
    """Set undetermined fields to the values of the variants with these weights, if these agree."""
    agreed = {}
    for found in inference.undetermined:
        values = {getattr(config, found.field) for config in equal}
        if len(values) == 1:
            agreed[found.field] = values.pop()
    config = ResNetConfig.model_validate({**dict(inference.config), **agreed})
    unknown = undetermined(config, missing_head=inference.missing_head)
    return replace(inference, config=config, undetermined=unknown)


def _near(config: ResNetConfig, unknown: set[str]) -> tuple[NearVariants, ...]:
    groups: dict[tuple[FieldDifference, ...], list[Neighbour]] = {}
    for neighbour in closest(config, NEAREST * 4, unknown):
        groups.setdefault(neighbour.fields, []).append(neighbour)
    return tuple(
        NearVariants(tuple(neighbour.config.name for neighbour in group), fields)
        for fields, group in list(groups.items())[:NEAREST]
    )
