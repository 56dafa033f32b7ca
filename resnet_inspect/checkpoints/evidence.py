"""What of a file speaks for the ResNet that was found in it, and what against."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resnet_inspect.checkpoints.inference.infer import Inference, Mismatch
from resnet_inspect.checkpoints.inference.layout import Shapes
from resnet_inspect.checkpoints.prefixes import around
from resnet_inspect.checkpoints.translate import Translation
from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

_OF_A_STEM = re.compile(r"(?:conv|bn|norm|stem)[0-9]*\.")
_SHOWN_HEADS = 4
_SHOWN_NAMES = 3

_PARAMETRIZATIONS = ".parametrizations."
_REPARAMETRISED = (
    (
        _PARAMETRIZATIONS,
        "re-parametrised",
        "torch.nn.utils.parametrize.remove_parametrizations(module, 'weight') on each such layer",
    ),
    ("weight_mask", "pruned", "torch.nn.utils.prune.remove(module, 'weight') on each such layer"),
    ("weight_g", "weight-normalised", "torch.nn.utils.remove_weight_norm(module) on each such layer"),
    ("weight_u", "spectrally normalised", "torch.nn.utils.remove_spectral_norm(module) on each such layer"),
)
"""What a name then holds, the word for it, and what takes it off; names are those of ``torch.nn.utils``."""


def inside_blocks(shapes: Shapes, translation: Translation) -> tuple[Mismatch, ...]:
    """The tensors inside the blocks that no block of a config has."""
    return tuple(Mismatch(name, None, shapes[name]) for name in translation.inside)


def inside_names(translation: Translation) -> tuple[str, ...]:
    """What else there is in the blocks, each once: ``se.fc.0``, ``sa.conv1``."""
    return tuple(dict.fromkeys(below_block(name, translation).rpartition(".")[0] for name in translation.inside))


def below_block(name: str, translation: Translation) -> str:
    """A name without the block that it lies in."""
    return name[len(translation.prefix) :].split(".", translation.style.block_depth)[-1]


def is_stem_whole(translation: Translation) -> bool:
    """Whether nothing beside the network's blocks is called as if it were part of its stem."""
    prefix = translation.prefix
    return not any(name.startswith(prefix) and _OF_A_STEM.match(name, len(prefix)) for name in translation.others)


def heads(shapes: Shapes, translation: Translation, inference: Inference) -> tuple[str, ...]:
    """What stands instead of a classifier: layers that take as many channels as the last stage gives, with sizes."""
    config = inference.config
    channels = config.stage_channels(len(config.stage_blocks) - 1)
    found = [
        name
        for name in _beside(translation, inference)
        if name.endswith(".weight") and shapes[name][1:2] == (channels,) and set(shapes[name][2:]) <= {1}
    ]
    shown = [
        f"{sanitise(name.removesuffix('.weight'), 60)} ({shapes[name][1]:,} → {shapes[name][0]:,})"
        for name in found[:_SHOWN_HEADS]
    ]
    more = len(found) - _SHOWN_HEADS
    return (*shown, f"{more:,} more") if more > 0 else tuple(shown)


def _beside(translation: Translation, inference: Inference) -> Iterator[str]:
    """Names of no part that is known, on the levels that the network lies in."""
    unknown = {mismatch.name for mismatch in inference.mismatches if mismatch.expected is None}
    inside = set(translation.inside)
    elsewhere = tuple(other for other in translation.beside if other)
    levels = tuple(around(translation.prefix))
    for name, ours in translation.names.items():
        if ours in unknown and name not in inside:
            yield name
    for name in translation.others:
        if name.startswith(levels) and not (elsewhere and name.startswith(elsewhere)):
            yield name


def require_enough(shapes: Shapes, translation: Translation, inference: Inference) -> None:
    """Require that the tensors which fit are more than those which do not.

    What is missing does not count, nor what lies inside the blocks besides. Where there is a single stage, all else in
    the file speaks against it; otherwise it may be what the net is part of.

    Raises:
        RequestError: if it is no ResNet.
    """
    differing = {mismatch.name for mismatch in inference.mismatches if mismatch.found is not None}
    fitting = [name for name, ours in translation.names.items() if ours not in differing]
    against = len(differing.difference(translation.inside))
    if len(inference.config.stage_blocks) == 1:
        against += sum(name.startswith(translation.prefix) for name in translation.others)
    if len(fitting) >= against:
        return
    some = ", ".join(sanitise(name, 60) for name in fitting[:_SHOWN_NAMES]) or "no tensor"
    raise RequestError(
        f"not a known ResNet: of {len(shapes):,} tensors, {len(fitting):,} have names and shapes of one "
        f"({some}, …); the others do not fit"
    )


def with_reparametrised(problem: str, shapes: Shapes) -> str:
    """A problem; where layers have something else instead of their weights, that, and the way out."""
    for mark, word, remedy in _REPARAMETRISED:
        if found := next((name for name in shapes if mark in name), None):
            return (
                f"the weights are {word}: {sanitise(found, 80)} is stored instead of a layer's weight. Remove it "
                f"before saving, with {remedy}"
            )
    return problem


def reparametrised(shapes: Shapes) -> dict[str, str]:
    """Layers that have something else instead of their weight -> the word for it."""
    return {_layer(name): word for name in shapes for mark, word, _ in _REPARAMETRISED if mark in name}


def layer_of_weight(name: str) -> str:
    """The layer whose weight a tensor is, or stands for; empty for a bias and all else."""
    leaf = name.rpartition(".")[2]
    return _layer(name) if _PARAMETRIZATIONS in name or leaf.startswith("weight") else ""


def _layer(name: str) -> str:
    return name.partition(_PARAMETRIZATIONS)[0] if _PARAMETRIZATIONS in name else name.rpartition(".")[0]
