"""How much there is to run for one file or model, and what is too much: nobody waits minutes for a gate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from resnet_inspect.checks.findings import Observation
from resnet_inspect.config.declaration import Declaration
from resnet_inspect.config.positions import FieldPath
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.sources.found import Found

if TYPE_CHECKING:
    from torch import nn

MOST_LAYERS = 4_000
"""Layers in all runs for one file. One takes 0.1 to 0.25 ms (build, run, understand, judge; 2 cores, torch 2.13) and 20
to 60 kB, so that a check stays below two seconds and 200 MB over what torch takes. ResNet-1202, the deepest that has
been published, has 1,201."""

MOST_STANDARDIZED = MOST_LAYERS // 4
"""The same where weights are standardised, by a batch_norm that torch itself works out, in 0.7 ms."""

_CONVOLUTIONS = {"basic": 2, "bottleneck": 3}
_GATES = {"none": 0, "se": 2, "eca": 1}


def too_much(declaration: Declaration) -> Observation | None:
    """Say what makes the file too much to check; ``None`` if it is not."""
    config = declaration.config
    images: list[tuple[int, ...]] = [config.input_shape[1:]]
    images += (image for image in declaration.expect.inputs or () if image != images[0])
    layers = layers_of(config)
    most = MOST_STANDARDIZED if config.weight_standardized else MOST_LAYERS
    if layers * len(images) <= most:
        return None
    field: FieldPath = ("stage_blocks",) if layers > most else ("expect", "inputs")
    runs = "" if field == ("stage_blocks",) else f" at each of {len(images)} inputs"
    return Observation(
        f"too much to check: {layers:,} layers would have to be run{runs}, and a check runs at most {most:,}",
        field,
        hint="fewer inputs" if runs else "'resnet-inspect layers' runs more",
    )


class TooMuchError(Exception):
    """A model that was built, and is not run because it has too many layers.

    Attributes:
        observation: what to say of it.
    """

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        super().__init__(observation.message)


def bounded(found: Found) -> Found:
    """The same model, whose layers are counted when it has been built: before that, nothing tells how many there are.

    How often its forward calls them, nothing tells either; what takes too long ends with the time for it.
    """

    def build(device: str) -> nn.Module:
        module = found.build(device)
        if (layers := sum(map(_is_layer, module.modules()))) > MOST_LAYERS:
            raise TooMuchError(
                Observation(
                    f"too much to check: {layers:,} layers are to be run, and a check runs {MOST_LAYERS:,} at most",
                    hint="'resnet-inspect layers' runs more",
                )
            )
        return module

    return replace(found, build=build)


def _is_layer(module: nn.Module) -> bool:
    """Whether it has a weight of its own that is no mere scale or bias of channels."""
    return any(parameter.dim() > 1 for parameter in module.parameters(recurse=False))


def layers_of(config: ResNetConfig) -> int:
    """Convolutions and linear layers, gates and shortcuts included; every stage is taken to begin with a projection."""
    every_block = _GATES[config.attention] + (config.shortcut == "C")
    stages = zip(config.stage_kinds, config.stage_blocks, strict=True)
    layers = sum(blocks * (_CONVOLUTIONS[kind] + every_block) + 1 for kind, blocks in stages)
    return layers + len(config.stem_widths) + (config.stem_pool == "conv") + 1
