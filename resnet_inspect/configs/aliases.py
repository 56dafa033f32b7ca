"""Other names of variants: spellings, suffixes of other projects, names on model hubs.

A name is first normalised, then rewritten rule by rule until it is the name of a variant. A name that can mean several
networks is never resolved: its readings are returned instead.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

MAX_LENGTH = 200
"""Characters of a name; a longer text is not the name of a variant."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One network that a name can mean.

    Attributes:
        name: the variant.
        words: its difference from the other readings, or from the literal name; may be empty.
    """

    name: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class NameMeaning:
    """The meaning of a name; all empty for an unknown name.

    Attributes:
        name: the variant, if the name means one.
        readings: the variants that it can mean, if it is ambiguous.
        note: more about them; may be empty.
    """

    name: str = ""
    readings: tuple[Reading, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A pattern of normalised names that can mean several networks."""

    pattern: re.Pattern[str]
    readings: tuple[Reading, ...]
    note: str = ""


_REWRITINGS = (
    # timm's former names, with the origin of the weights: gluon_resnet50_v1b, tv_resnet50, swsl_resnext50_32x4d.
    (re.compile(r"(?:gluon|tv|ssl|swsl|ig)((?:se)?resne[tx].+)"), r"\1"),
    # OpenMMLab's names: resnetv1d50; and the paper's: ResNet-D 50.
    (re.compile(r"resnetv1([bcdes])(\d+)"), r"resnet\2v1\1"),
    (re.compile(r"resnet([bcde])(\d+)"), r"resnet\2\1"),
    # Bag of Tricks calls v1.5 ResNet-B, and GluonCV ResNet v1b. GluonCV's v1 of basic blocks is the paper's net.
    (re.compile(r"(resnet\d+)(?:b|v1b)"), r"\1"),
    (re.compile(r"(resnet(?!(?:18|34)v)\d+)(?:v1_5|v15)"), r"\1"),
    (re.compile(r"(resnet(?:18|34))v1"), r"\1"),
    (re.compile(r"(resnet\d+)v1([cdes])"), r"\1\2"),
    (re.compile(r"(resnet\d+)_c"), r"\1c"),
    # Detectron2's names: X-101-32x8d; R-18 and R-34 have basic blocks, which know no v1 and v1.5.
    (re.compile(r"x(\d+)_(\d+x\d+d)"), r"resnext\1_\2"),
    (re.compile(r"r(18|34)"), r"resnet\1"),
    # The authors' names: WRN-50-2, BiT-R50x1.
    (re.compile(r"wrn(\d+)_(\d+)"), r"wideresnet\1_\2"),
    (re.compile(r"(?:bit)?r(\d+x\d+)(?:bit)?"), r"resnetv2_\1bit"),
)
"""Patterns of normalised names, and their replacements; each is tried once, in this order."""

_STRIDE_3X3 = "v1.5, stride on the 3x3: torchvision, timm, NVIDIA"
_STRIDE_1X1 = "v1, stride on the first 1x1: the authors' Caffe networks"

AMBIGUITIES = (
    Ambiguity(
        re.compile(r"r(\d+)"),
        (Reading(r"resnet\1", _STRIDE_3X3), Reading(r"resnet\1v1", f"{_STRIDE_1X1}, and Detectron2 by default")),
    ),
    Ambiguity(
        re.compile(r"rn(\d+)"),
        (Reading(r"resnet\1", _STRIDE_3X3), Reading(r"resnet\1v1", _STRIDE_1X1)),
        note="CLIP's RN50 is neither: it pools by attention",
    ),
    Ambiguity(
        re.compile(r"resnet(\d+)v2"),
        (
            Reading(r"resnetv2_\1", "pre-activation, stride on the 3x3, as timm and Keras have it"),
            Reading(r"resnet\1", "torchvision's, whose second set of weights is called IMAGENET1K_V2"),
        ),
        note="the authors' own pre-activation networks stride on the first 1x1",
    ),
    Ambiguity(
        re.compile(r"resnet(20|32|44|56|110|1202)"),
        (Reading(r"resnet\1cifar", "the paper's network for CIFAR-10, shortcut A"),),
        note='many repositories give it projections instead: shortcut = "B" over this base',
    ),
    Ambiguity(
        re.compile(r"resnet(164|1001)"),
        (Reading(r"resnet\1cifar", "pre-activation, for CIFAR-10, as its authors published it"),),
        note="the same depth without pre-activation is what they compare it with: preact = false over this base",
    ),
    Ambiguity(
        re.compile(r"resnetv1_(\d+)"),
        (Reading(r"resnet\1v1", "stride on the first 1x1 of a stage"),),
        note="TF-slim's network of this name strides on the last 3x3 of the stage before, which computes the same",
    ),
    Ambiguity(
        re.compile(r"resnet(18|34)(?:v1_5|v15)"),
        (Reading(r"resnet\1", "basic blocks have no 1x1 to take the stride from, so there is no v1.5"),),
    ),
)

_SEPARATORS = re.compile(r"[-_.\s]+")
_SOURCE = re.compile(r"(torchvision|timm|transformers|hf[-_]hub):(.+)", re.IGNORECASE)
_HUB = re.compile(r"([\w-]+)/([\w.-]+)", re.ASCII)
_TAG = re.compile(r"\.[a-z]\w*", re.ASCII)
_TAG_OF_IMAGENET = re.compile(r"\.[a-z]\w*in\d+k\w*", re.ASCII)
"""A tag of timm's on a name without ``timm/``: ``resnet50.a1_in1k``."""

_DATA_SET = re.compile(r"(?<![a-z\d])in(\d+)k")


def normalise(name: str) -> str:
    """Return the form in which names are compared: lower case, separators only where they matter.

    ``ResNet-50``, ``RESNET_50`` and ``resnet 50`` are ``resnet50``; ``Wide ResNet-50-2`` is ``wideresnet50_2``.
    Separators matter between two digits and before a final a or c: resnet34_c is the paper's option C, resnet50c
    ResNet-C.
    """
    joined = _SEPARATORS.sub("_", name.strip("-_. ").lower().replace("×", "x"))
    return re.sub(r"(?<!\d)_|_(?!\d|[ac]\Z)", "", joined)


def model_part(name: str) -> str:
    """Return ``resnet50`` of ``timm/resnet50.a1_in1k`` and ``hf-hub:timm/resnet50``, for suggestions."""
    model = re.split("[/:]", name)[-1]
    return model if model == name else _untagged(model, _TAG)


def is_hub_name(name: str, published: Mapping[str, str]) -> bool:
    """Return whether a text with a slash is written like a name on a model hub, and not like a path of a file.

    Args:
        name: the name as typed.
        published: published model -> variant.
    """
    hub = _HUB.fullmatch(name)
    return _SOURCE.fullmatch(name) is not None or (hub is not None and hub[1].lower() in _owners(published))


def interpret(name: str, names: Collection[str], published: Mapping[str, str]) -> NameMeaning:
    """Return the meaning of ``name``.

    Args:
        name: the name as typed.
        names: the variants of the table.
        published: published model, e.g. ``timm:resnet50`` -> the variant that it equals.
    """
    if name in names:
        return NameMeaning(name)
    if len(name) > MAX_LENGTH:
        return NameMeaning()
    if source := _SOURCE.fullmatch(name):
        return _of_a_source(source[1].lower(), source[2].lower(), published)
    if hub := _HUB.fullmatch(name.lower()):
        return _on_a_hub(hub[1], hub[2], published)
    return _by_rule(name, {normalise(known): known for known in names})


def _of_a_source(source: str, model: str, published: Mapping[str, str]) -> NameMeaning:
    """Return the variant that equals a model of a library, ``timm:resnet50``; the model itself is not a variant."""
    if source not in {"torchvision", "transformers"}:
        source, model = "timm", _untagged(model.removeprefix("timm/"), _TAG)
    equal = published.get(f"{source}:{model}")
    if equal is None:
        return NameMeaning(
            note=f"a model of {source} has no config here; the commands that show a model take it as it is"
        )
    return NameMeaning(readings=(Reading(equal),), note=f"{source}'s model equals {equal} tensor by tensor")


def _on_a_hub(owner: str, model: str, published: Mapping[str, str]) -> NameMeaning:
    if owner != "timm":
        return NameMeaning(published.get(f"transformers:{owner}/{model}", ""))
    equal = published.get(f"timm:{_untagged(model, _TAG)}", "")
    return _with_its_classes(equal, model) if equal else NameMeaning()


def _by_rule(name: str, names: Mapping[str, str]) -> NameMeaning:
    model = name.strip().lower()
    spelled = normalise(_untagged(model, _TAG_OF_IMAGENET))
    for pattern, written_here in _REWRITINGS:
        if spelled in names:
            return _with_its_classes(names[spelled], model)
        if match := pattern.fullmatch(spelled):
            spelled = match.expand(written_here)
    if spelled in names:
        return _with_its_classes(names[spelled], model)
    for ambiguity in AMBIGUITIES:
        if match := ambiguity.pattern.fullmatch(spelled):
            readings = tuple(_readings(ambiguity.readings, match, names))
            return NameMeaning(readings=readings, note=ambiguity.note) if readings else NameMeaning()
    return NameMeaning()


def _readings(readings: Iterable[Reading], match: re.Match[str], names: Mapping[str, str]) -> Iterator[Reading]:
    for reading in readings:
        spelled = match.expand(reading.name)
        if spelled in names:
            yield Reading(names[spelled], reading.words)


def _with_its_classes(variant: str, model: str) -> NameMeaning:
    """Return ``variant``, or a note if the model's tag says that its head has the classes of another data set."""
    data_sets = _DATA_SET.findall(model)
    if not data_sets or data_sets[-1] == "1":
        return NameMeaning(variant)
    note = (
        f"its tag names the classes of ImageNet-{data_sets[-1]}k: {variant} has 1,000; num_classes sets another number"
    )
    return NameMeaning(readings=(Reading(variant),), note=note)


def _untagged(model: str, tag: re.Pattern[str]) -> str:
    stem, dot, rest = model.partition(".")
    return stem if dot and tag.fullmatch(dot + rest) else model


def _owners(published: Mapping[str, str]) -> frozenset[str]:
    """Return the owners of published models on Hugging Face, such as timm, and microsoft of ``microsoft/resnet-50``."""
    ids = (model.removeprefix("transformers:") for model in published if model.startswith("transformers:"))
    return frozenset({"timm", *(model.partition("/")[0] for model in ids)})
