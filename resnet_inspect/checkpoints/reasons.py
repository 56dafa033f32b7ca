"""Explain in words why a tensor of a model is not in a file, or a tensor of a file not in a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resnet_inspect.checkpoints.inference.infer import COUNTER, Inference
from resnet_inspect.checkpoints.inference.layout import FOLDED, Shapes, place_in_block
from resnet_inspect.checkpoints.translate import Translation
from resnet_inspect.checkpoints.unexplained import below_block, layer_of_weight
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, sanitise

_HEAD = ("fc.", "head.fc.")
_OF_NORMS = (".weight", ".bias", "running_mean", "running_var", COUNTER)
_STATISTICS = ("running_mean", "running_var")
_FIRST_OF_STEMS = frozenset({"conv1.weight", "conv1.0.weight", "stem.conv.weight", "stem.conv1.weight"})
_BEHIND_A_POOL = "in {}, projections come after an average pool, so their names start at downsample.1"
_STEMS = {
    "single": "one {0}×{0} convolution",
    "deep": "three 3×3 convolutions",
    "deep_tiered": "three 3×3 convolutions, tiered",
}


@dataclass(frozen=True, slots=True)
class NamedWeights:
    """The tensors of the model or of the file, and the meaning of their names.

    Attributes:
        name: ``the model`` or ``the file``.
        shapes: name -> shape.
        translation: translation of the names; ``None`` if they are not a ResNet's.
        inference: the config inferred from them; ``None`` if they are not a ResNet's.
        heads: layers that read the features in place of a known classifier, with their sizes.
        reparametrised: layer -> the word for its re-parametrisation.
        counts_batches: ``True`` if any BatchNorm in it has a counter of batches.
    """

    name: str
    shapes: Shapes
    translation: Translation | None
    inference: Inference | None
    heads: tuple[str, ...]
    reparametrised: Mapping[str, str]
    counts_batches: bool

    @property
    def config(self) -> ResNetConfig | None:
        """The inferred config; ``None`` if the names are not a ResNet's."""
        return None if self.inference is None else self.inference.config

    @property
    def lacks_norms(self) -> str:
        """The reason that it has no normalisation; empty if it has one, or is not a ResNet."""
        return "" if self.inference is None else self.inference.without_norms


def absent(name: str, *, has: NamedWeights, lacks: NamedWeights) -> str:
    """Explain why a tensor of one side is missing on the other."""
    if name.endswith(COUNTER) and not lacks.counts_batches and not lacks.lacks_norms:
        return (
            f"{lacks.name} does not count batches, like torch before 0.4.1 or with frozen statistics: nothing needs "
            "the counters"
        )
    for side in (has, lacks):
        if word := side.reparametrised.get(layer_of_weight(name)):
            return f"in {side.name} this layer is {word}: remove that before saving"
    if has.translation is None or lacks.translation is None or has.config is None or lacks.config is None:
        return f"{lacks.name} has no such name"
    ours = has.translation.names.get(name)
    if ours is None:
        return _of_no_part(name, has, has.translation, lacks)
    reasons = (
        *_without_norms(ours, has, lacks),
        *_of_the_net(ours, has, has.config, lacks, lacks.config),
        f"{lacks.name} has no such tensor",
    )
    return reasons[0]


def _of_no_part(name: str, has: NamedWeights, translation: Translation, lacks: NamedWeights) -> str:
    if translation.lies_in_a_block(name):
        inner = sanitise(below_block(name, translation).partition(".")[0], 60)
        return f"something else inside the blocks of {has.name}, which {lacks.name} does not have: {inner}"
    for other in translation.other_prefixes:
        if other and name.startswith(other):
            return f"of another network in {has.name}, with the prefix {sanitise(other, 60)}"
    if any(f"{name.rpartition('.')[0]} (" in head for head in has.heads):
        return f"{has.name} has a different head: {', '.join(has.heads)}"
    return f"not part of the ResNet in {has.name}: it belongs to something else there"


def _without_norms(ours: str, has: NamedWeights, lacks: NamedWeights) -> Iterator[str]:
    """Explain tensors of a normalisation that one side lacks, and the biases that it was folded into."""
    if has.lacks_norms == FOLDED and not lacks.lacks_norms and ours.endswith(".bias") and not ours.startswith(_HEAD):
        yield f"in {has.name} the normalisation is folded into the convolutions, hence their biases"
    is_norm = ours.endswith(_OF_NORMS) and not ours.startswith(_HEAD) and ".se." not in ours
    if lacks.lacks_norms and not has.lacks_norms and is_norm:
        yield f"{lacks.name} has no normalisation: {lacks.lacks_norms}"


def _of_the_net(
    ours: str, has: NamedWeights, net: ResNetConfig, lacks: NamedWeights, other: ResNetConfig
) -> Iterator[str]:
    if net.preact != other.preact:
        yield f"{has.name} is {_order(net)}, {lacks.name} {_order(other)}"
    if place := place_in_block(ours):
        yield from _of_a_block(place, has, net, lacks, other)
    elif ours.startswith(_HEAD):
        instead = f"a different head: {', '.join(lacks.heads)}" if lacks.heads else "no classifier, only a backbone"
        yield f"{lacks.name} has {instead}"
    elif ours.startswith("maxpool"):
        yield f"the stem of {has.name} ends with a convolution instead of the max pool"
    elif _stem_kind(net) != _stem_kind(other):
        yield f"a different stem: {_stem_kind(net)} in {has.name}, {_stem_kind(other)} in {lacks.name}"
    elif ours.endswith(_STATISTICS) and net.norm != other.norm:
        yield _of_norms(has, net, lacks, other)
    elif ours.endswith(".bias") and net.stem_bias != other.stem_bias:
        yield f"the convolution of the stem has a bias in {has.name} only"


def _of_a_block(
    place: tuple[int, int, str], has: NamedWeights, net: ResNetConfig, lacks: NamedWeights, other: ResNetConfig
) -> Iterator[str]:
    stage, block, inner = place
    if stage >= len(net.stage_blocks) or block >= net.stage_blocks[stage]:
        return  # after a gap in the numbers: the counted blocks do not explain it
    if stage >= len(other.stage_blocks):
        yield f"{has.name} has {len(net.stage_blocks)} stages, {lacks.name} {len(other.stage_blocks)}"
    elif block >= other.stage_blocks[stage]:
        ours, theirs = net.stage_blocks[stage], other.stage_blocks[stage]
        yield f"stage {stage + 1} has {ours} blocks in {has.name}, {theirs} in {lacks.name}"
    elif inner.endswith(_STATISTICS) and net.norm != other.norm:
        yield _of_norms(has, net, lacks, other)
    elif inner.startswith("downsample"):
        yield _of_projections(has, net, lacks, other)
    elif inner.startswith("se."):
        yield f"attention: {net.attention} in {has.name}, {other.attention} in {lacks.name}"
    elif net.kind(stage) != other.kind(stage):
        yield f"{net.kind(stage)} blocks in {has.name}, {other.kind(stage)} ones in {lacks.name}"


def _of_projections(has: NamedWeights, net: ResNetConfig, lacks: NamedWeights, other: ResNetConfig) -> str:
    if other.shortcut in {"A", "none"}:
        return f"{lacks.name} has no projections: its shortcuts are option A, or there are none"
    if net.avg_down != other.avg_down:
        return _BEHIND_A_POOL.format(has.name if net.avg_down else lacks.name)
    return f"{lacks.name} has no projection on this shortcut"


def _of_norms(has: NamedWeights, net: ResNetConfig, lacks: NamedWeights, other: ResNetConfig) -> str:
    return f"{net.norm} normalisation in {has.name}, {other.norm} normalisation in {lacks.name}"


def _order(config: ResNetConfig) -> str:
    return "a pre-activation network" if config.preact else "a network with activations after the addition"


def _stem_kind(config: ResNetConfig) -> str:
    return _STEMS[config.stem].format(config.stem_kernel)


def misshapen(name: str, model: NamedWeights, shape: Shape, theirs: Shape) -> str:
    """Explain why a tensor of the model has another shape in the file."""
    ours = name if model.translation is None else model.translation.names.get(name, name)
    if len(shape) != len(theirs):
        if ".downsample." in ours and {len(shape), len(theirs)} == {1, 4}:
            return _BEHIND_A_POOL.format("the model" if len(shape) > len(theirs) else "the file")
        if {len(shape), len(theirs)} == {4, 5}:
            return f"the kernel has {len(theirs) - 2} dimensions in the file, {len(shape) - 2} in the model"
        return "a different kind of tensor: it has a different number of axes"
    if ours.startswith(_HEAD) and shape[0] != theirs[0]:
        return f"the classifier has {theirs[0]:,} classes in the file, {shape[0]:,} in the model"
    if len(shape) == 4:
        return _other_filters(ours, shape, theirs)
    return "the widths differ"


def _other_filters(ours: str, shape: Shape, theirs: Shape) -> str:
    if shape[2:] != theirs[2:]:
        return f"the kernel is {format_shape(theirs[2:])} in the file, {format_shape(shape[2:])} in the model"
    if ours in _FIRST_OF_STEMS and shape[1] != theirs[1]:
        channels = "1 channel" if theirs[1] == 1 else f"{theirs[1]:,} channels"
        return f"images have {channels} in the file, {shape[1]:,} in the model"
    if shape[0] == theirs[0]:
        return "each filter reads a different number of channels: the widths before it or the groups differ"
    return "the widths differ"
