"""How much may be run for one file or model, and for how long: nobody waits minutes for a check."""

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
"""Layers in all runs for one file. One takes 0.1 to 0.25 ms (build, run, understand, judge; 2 cores, torch 2.13) and 20
to 60 kB, so that a check stays below two seconds and 200 MB over what torch takes. ResNet-1202, the deepest that has
been published, has 1,201."""

MOST_STANDARDIZED = MOST_LAYERS // 4
"""Layers where weights are standardised, by a batch_norm that torch itself works out, in 0.7 ms."""

LONGEST_TIMEOUT = 86_400.0
"""Seconds, a day: systems take no wait of months, and a time that nobody waits is a mistake."""

_CONVOLUTIONS = {"basic": 2, "bottleneck": 3}
_GATES = {"none": 0, "se": 2, "eca": 1}


class TooMuchError(Exception):
    """A model that was built, and is not run because it has too many layers.

    Attributes:
        finding: the finding that says so, without code and place.
    """

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.message)


def is_timeout(seconds: float) -> bool:
    """Return whether a time limit is one that can be kept."""
    return 0 < seconds <= LONGEST_TIMEOUT


def too_much(declaration: Declaration) -> Finding | None:
    """Return the finding for a file that is too much to check; ``None`` if it is not."""
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
    """Return a model whose ``build`` counts its layers: before it is built, nothing tells how many there are.

    Nothing tells how often its forward calls them either; a run that takes too long is ended by its timeout.

    Returns:
        The model; its ``build`` raises ``TooMuchError``.
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
    """Return whether a module has a weight of its own that is no mere scale or bias of channels."""
    return any(parameter.dim() > 1 for parameter in module.parameters(recurse=False))


def layers_of(config: ResNetConfig) -> int:
    """Count convolutions and linear layers, gates and shortcuts included, and a projection for every stage."""
    every_block = _GATES[config.attention] + (config.shortcut == "C")
    stages = zip(config.stage_kinds, config.stage_blocks, strict=True)
    layers = sum(blocks * (_CONVOLUTIONS[kind] + every_block) + 1 for kind, blocks in stages)
    return layers + len(config.stem_widths) + (config.stem_pool == "conv") + 1
