"""``identify``: which ResNet a file's weights are of, and what they cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resnet_inspect.checkpoints.evidence import inside_names
from resnet_inspect.checkpoints.identify import Identity, Near
from resnet_inspect.checkpoints.inference.infer import Mismatch
from resnet_inspect.checkpoints.inference.undetermined import Undetermined
from resnet_inspect.checkpoints.records import Checkpoint
from resnet_inspect.config.distance import FieldDifference
from resnet_inspect.config.dump import to_short_toml
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.config.table import published
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.variants import value_text
from resnet_inspect.reports.weights_file import Rename, WeightsFile, changed, weights_file
from resnet_inspect.text import counted, sanitise

SCHEMA = "resnet-inspect/identify/1"

CANNOT_BE_READ = "the stride placement cannot be read from weights: v1 and v1.5 have the same names and shapes"
_SHOWN_INSIDE = 6

NO_CHOICE = "v1 and v1.5 differ in bottlenecks only, and there is none here"


@dataclass(frozen=True, slots=True)
class KnownWeights:
    """A variant, beside the weights.

    Attributes:
        name: the variant.
        published: the published models that it equals tensor by tensor.
        equal: whether the weights are its: the same names and shapes, those of a missing classifier aside.
        fields: the fields that the weights show to be different, the variant on the left.
        differs: the same in words.
    """

    name: str
    published: tuple[str, ...]
    equal: bool
    fields: tuple[FieldDifference, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True)
class IdentifyReport(ShownInNotebooks):
    """Which ResNet a file's weights are of.

    Attributes:
        file: the weights.
        verdict: the answer in words.
        variants: those with the same weights, or else the nearest; those alike stand together.
        style: whose names the tensors have.
        prefix: what stands before each name; ends with a dot, or is empty.
        renames: the names that are others here.
        others: names in the file that are no part of this net.
        beside: what leads to further nets in the file: their prefixes, behind the keys of a training checkpoint.
        missing_head: whether there is no classifier.
        heads: where there is none, what takes as many channels as the last stage gives, with its sizes.
        config: the net, with what is not determined taken as ``undetermined`` says.
        toml: the same as a config file, without the fields that are as they are by default.
        undetermined: the fields that weights do not determine.
        mismatches: the tensors that the config does not explain.
        placement: what is known of where the stride stands.
    """

    file: WeightsFile
    verdict: tuple[str, ...]
    variants: tuple[KnownWeights, ...]
    style: str
    prefix: str
    renames: tuple[Rename, ...]
    others: tuple[str, ...]
    beside: tuple[str, ...]
    missing_head: bool
    heads: tuple[str, ...]
    config: ResNetConfig
    toml: str
    undetermined: tuple[Undetermined, ...]
    mismatches: tuple[Mismatch, ...]
    placement: str


def identify_report(checkpoint: Checkpoint, identity: Identity) -> IdentifyReport:
    """Say what was found out about a file's weights."""
    translation, inference = identity.translation, identity.inference
    return IdentifyReport(
        file=weights_file(checkpoint),
        verdict=tuple(_verdict(identity, whole=not checkpoint.lacking)),
        variants=tuple(_known(identity)),
        style=translation.style.title,
        prefix=translation.prefix,
        renames=changed(translation.names),
        others=translation.others,
        beside=(*translation.beside, *checkpoint.elsewhere),
        missing_head=inference.missing_head,
        heads=identity.heads,
        config=inference.config,
        toml=to_short_toml(inference.config),
        undetermined=inference.undetermined,
        mismatches=inference.mismatches,
        placement=placement(inference.config, translation.style.placement),
    )


def placement(config: ResNetConfig, of_the_style: str) -> str:
    """What is known of where the stride of a net stands that is known by its weights alone."""
    if "bottleneck" not in config.stage_kinds:
        return NO_CHOICE
    return f"{CANNOT_BE_READ}; {of_the_style}"


def _verdict(identity: Identity, *, whole: bool) -> Iterator[str]:
    inference = identity.inference
    if identity.equals:
        first, *more = identity.equals
        yield f"equals {first}" + (f", and by its weights also {', '.join(more)}" if more else "")
    elif inference.without_norms:
        near = identity.nearest[0]
        but = f", except for {_listed(near)}" if near.fields else ""
        yield f"like {near.names[0]}{but}, without its normalisation: {inference.without_norms}"
    elif inside := inside_names(identity.translation):
        near = identity.nearest[0]
        but = f", except for {_listed(near)}" if near.fields else ""
        yield f"like {near.names[0]}{but}, with something else inside the blocks: {_some(inside)}"
    elif inference.mismatches:
        yield f"like {identity.nearest[0].names[0]}, but not exactly any ResNet that a config describes"
    else:
        near = identity.nearest[0]
        yield f"no variant has these weights; the nearest is {near.names[0]}, except for {_listed(near)}"
    if identity.heads:
        yield (
            "no classifier that a config can describe; judging by its shape, this reads the features: "
            f"{', '.join(identity.heads)}"
        )
    elif inference.missing_head and not whole:
        yield "the classifier is not among the tensors that were read"
    elif inference.missing_head:
        yield "the classifier is missing: these are the weights of a backbone"


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(sanitise(name, 40) for name in names[:_SHOWN_INSIDE])
    return shown + (", …" if len(names) > _SHOWN_INSIDE else "")


def _listed(near: Near) -> str:
    return ", ".join(_words(found) for found in near.fields) or "something that no field of a config describes"


def _known(identity: Identity) -> Iterator[KnownWeights]:
    for name in identity.equals:
        yield KnownWeights(name, published(name), equal=True, fields=(), differs=())
    for near in identity.nearest:
        differs = tuple(map(_words, near.fields))
        for name in near.names:
            yield KnownWeights(name, published(name), equal=False, fields=near.fields, differs=differs)


def _words(found: FieldDifference) -> str:
    """What the weights have instead of what the variant has."""
    left, right = found.left, found.right
    return _WORDS.get(found.field, _field_words(found.field))(left, right)


def _field_words(field: str) -> Callable[[Any, Any], str]:
    return lambda left, right: f"{field} {value_text(right)} instead of {value_text(left)}"


def _numbers(one: str, many: str = "") -> Callable[[Any, Any], str]:
    return lambda left, right: f"{counted(right, one, many)} instead of {left:,}"


_WORDS: Mapping[str, Callable[[Any, Any], str]] = {
    "num_classes": _numbers("class", "classes"),
    "in_channels": _numbers("input channel"),
    "stage_blocks": lambda left, right: f"blocks {value_text(right)} instead of {value_text(left)}",
    "stage_widths": lambda left, right: f"widths {value_text(right)} instead of {value_text(left)}",
    "attention": lambda left, right: f"attention {right} instead of {left}",
    "preact": lambda _, right: "pre-activation" if right else "no pre-activation",
}
