"""Limits of a check: the number of layers that it runs for one file or model, and its longest timeout."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from resnet_inspect.checking.findings import Finding
from resnet_inspect.configs.declaration import Declaration
from resnet_inspect.configs.positions import FieldPath
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.sources.model_spec import ModelSpec

if TYPE_CHECKING:
    from torch import nn

MOST_LAYERS = 4_000
"""Layers in all runs for one file. A layer takes 0.1 to 0.25 ms (build, run, dissect, judge; 2 cores, torch 2.13) and
20 to 60 kB, so that a check takes less than two seconds, and less than 200 MB in addition to torch. ResNet-1202, the
deepest published network, has 1,201."""

MOST_STANDARDIZED = MOST_LAYERS // 4
"""Limit for networks with standardised weights: torch itself runs a batch_norm for each, which takes 0.7 ms."""

LONGEST_TIMEOUT = 86_400.0
"""Seconds, one day. Operating systems do not accept waits of months, and a longer timeout is likely a mistake."""

_CONVOLUTIONS = {"basic": 2, "bottleneck": 3}
_GATES = {"none": 0, "se": 2, "eca": 1}


class TooMuchError(Exception):
    """A model was built, but has too many layers to be run.

    Attributes:
        finding: the finding to report, without code and place.
    """

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.message)


def is_timeout(seconds: float) -> bool:
    """Return whether a timeout is positive and at most ``LONGEST_TIMEOUT``."""
    return 0 < seconds <= LONGEST_TIMEOUT


def too_much(declaration: Declaration) -> Finding | None:
    """Return the finding for a file whose check would run too many layers; ``None`` if it would not."""
    config = declaration.config
    images: list[tuple[int, ...]] = [config.input_shape[1:]]
    images += (image for image in declaration.expect.inputs or () if image != images[0])
    layers = layers_of(config)
    most = MOST_STANDARDIZED if config.weight_standardized else MOST_LAYERS
    if layers * len(images) <= most:
        return None
    field_path: FieldPath = ("stage_blocks",) if layers > most else ("expect", "inputs")
    runs = "" if field_path == ("stage_blocks",) else f" at each of {len(images)} inputs"
    return Finding(
        message=f"too much to check: {layers:,} layers would have to be run{runs}, and a check runs at most {most:,}",
        field_path=field_path,
        hint="fewer inputs" if runs else "'resnet-inspect layers' runs more",
    )


def bounded(found: ModelSpec) -> ModelSpec:
    """Return a model whose ``build`` counts its layers, which are not known before, and raises ``TooMuchError``.

    How often its forward calls them is not known either: the timeout ends a run that takes too long.
    """

    def build(device: str) -> nn.Module:
        module = found.build(device)
        if (layers := sum(map(_is_layer, module.modules()))) > MOST_LAYERS:
            raise TooMuchError(
                Finding(
                    message=f"too much to check: {layers:,} layers are to be run, and a check runs {MOST_LAYERS:,} at "
                    "most",
                    hint="'resnet-inspect layers' runs more",
                )
            )
        return module

    return replace(found, build=build)


def _is_layer(module: nn.Module) -> bool:
    """Return whether a module has a parameter of its own with two axes or more, which a scale or a bias has not."""
    return any(parameter.dim() > 1 for parameter in module.parameters(recurse=False))


def layers_of(config: ResNetConfig) -> int:
    """Return the number of convolutions and linear layers, gates included, with one projection per stage."""
    every_block = _GATES[config.attention] + (config.shortcut == "C")
    stages = zip(config.stage_kinds, config.stage_blocks, strict=True)
    layers = sum(blocks * (_CONVOLUTIONS[kind] + every_block) + 1 for kind, blocks in stages)
    return layers + len(config.stem_widths) + (config.stem_pool == "conv") + 1
