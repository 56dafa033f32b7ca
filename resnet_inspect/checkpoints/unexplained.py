"""Tensors that no part of an identified ResNet explains: other heads, extra layers, re-parametrised weights."""

import re
from collections.abc import Iterator

from resnet_inspect.checkpoints.inference.infer import Inference
from resnet_inspect.checkpoints.inference.layout import Shapes
from resnet_inspect.checkpoints.translate import Translation, around
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
"""Mark in a name, the word for the re-parametrisation, and how to remove it; names are those of ``torch.nn.utils``."""


def inside_names(translation: Translation) -> tuple[str, ...]:
    """Return the names, within a block, of modules that no block of a config has: ``se.fc.0``, ``sa.conv1``."""
    return tuple(dict.fromkeys(below_block(name, translation).rpartition(".")[0] for name in translation.inside))


def below_block(name: str, translation: Translation) -> str:
    """Return a name without that of its block."""
    return name[len(translation.prefix) :].split(".", translation.style.block_depth)[-1]


def is_stem_whole(translation: Translation) -> bool:
    """Return whether no unexplained tensor is named as if it were part of the stem."""
    prefix = translation.prefix
    return not any(name.startswith(prefix) and _OF_A_STEM.match(name, len(prefix)) for name in translation.others)


def heads(shapes: Shapes, translation: Translation, inference: Inference) -> tuple[str, ...]:
    """Describe layers in place of a classifier: those that read as many channels as the last stage has."""
    config = inference.config
    channels = config.stage_channels(len(config.stage_blocks) - 1)
    found = [
        name
        for name in _unexplained(translation, inference)
        if name.endswith(".weight") and shapes[name][1:2] == (channels,) and set(shapes[name][2:]) <= {1}
    ]
    shown = [
        f"{sanitise(name.removesuffix('.weight'), 60)} ({shapes[name][1]:,} → {shapes[name][0]:,})"
        for name in found[:_SHOWN_HEADS]
    ]
    more = len(found) - _SHOWN_HEADS
    return (*shown, f"{more:,} more") if more > 0 else tuple(shown)


def _unexplained(translation: Translation, inference: Inference) -> Iterator[str]:
    """Yield the names that belong to no known part, on the levels of the network's prefix."""
    unknown = {mismatch.name for mismatch in inference.mismatches if mismatch.expected is None}
    inside = set(translation.inside)
    elsewhere = tuple(other for other in translation.other_prefixes if other)
    levels = tuple(around(translation.prefix))
    for name, ours in translation.names.items():
        if ours in unknown and name not in inside:
            yield name
    for name in translation.others:
        if name.startswith(levels) and not (elsewhere and name.startswith(elsewhere)):
            yield name


def require_enough(shapes: Shapes, translation: Translation, inference: Inference) -> None:
    """Require that at least as many tensors fit as do not fit.

    Missing tensors do not count, nor do additional ones inside the blocks. If there is a single stage, all other
    tensors in the file count against it; otherwise they may belong to a model that the network is part of.

    Raises:
        RequestError: if too many tensors do not fit.
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
    """Return a message that names re-parametrised weights and how to remove that; ``problem`` if there are none."""
    for mark, word, remedy in _REPARAMETRISED:
        if found := next((name for name in shapes if mark in name), None):
            return (
                f"the weights are {word}: {sanitise(found, 80)} is stored instead of a layer's weight. Remove it "
                f"before saving, with {remedy}"
            )
    return problem


def reparametrised(shapes: Shapes) -> dict[str, str]:
    """Return layer -> the word for its re-parametrisation, for layers that have one."""
    return {_layer(name): word for name in shapes for mark, word, _ in _REPARAMETRISED if mark in name}


def layer_of_weight(name: str) -> str:
    """Return the layer whose weight a tensor is or re-parametrises; empty for a bias and other tensors."""
    leaf = name.rpartition(".")[2]
    return _layer(name) if _PARAMETRIZATIONS in name or leaf.startswith("weight") else ""


def _layer(name: str) -> str:
    return name.partition(_PARAMETRIZATIONS)[0] if _PARAMETRIZATIONS in name else name.rpartition(".")[0]
