"""Shows how a ResNet is really built.

The walk from a name to an understood network, one plain function a step::

    import resnet_inspect as ri

    config = ri.load("resnet50")      # a variant, a file, or a dict -> ResNetConfig
    module = ri.build(config)         # -> torch.nn.Module, on the meta device
    trace = ri.trace(module)          # -> Trace; takes any nn.Module
    anatomy = ri.dissect(trace)       # -> Anatomy: layers, blocks, stages, depth, placement
    anatomy.depth.depth               # 50

Each step also takes what the steps before it take: ``ri.dissect("resnet50")``.

``layers``, ``stages``, ``count``, ``blocks``, ``compare``, ``nearest``, ``identify``, ``weights``, ``variants``,
``check``, ``lock`` and ``rule`` give the commands' reports, and ``render`` turns a report into text; ``schema`` and
``summary`` give text. Importing this package does not import torch; the first name that needs it does.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from resnet_inspect.notebook import Renderer, ShownInNotebooks
from resnet_inspect.version import __version__

if TYPE_CHECKING:
    from resnet_inspect.anatomy.facts import Anatomy
    from resnet_inspect.checks.selectors import Selection
    from resnet_inspect.config.files import load
    from resnet_inspect.config.schema import ResNetConfig
    from resnet_inspect.errors import (
        AmbiguousVariantError,
        CheckpointError,
        ConfigError,
        MissingPathsError,
        ModelRunError,
        PartialRunWarning,
        Problem,
        RequestError,
        ResnetInspectError,
        UnknownVariantError,
        WrongTypeError,
    )
    from resnet_inspect.gate import check, lock, rule
    from resnet_inspect.porting import identify, weights
    from resnet_inspect.render.formats import render
    from resnet_inspect.reports.layers import LayerSelection
    from resnet_inspect.reports.variants import Wanted
    from resnet_inspect.steps import build, dissect, trace
    from resnet_inspect.subjects import Run
    from resnet_inspect.trace.inputs import InputSpec
    from resnet_inspect.trace.records import Trace
    from resnet_inspect.workflows import (
        blocks,
        compare,
        count,
        layers,
        nearest,
        schema,
        stages,
        summary,
        variants,
    )

__all__ = [
    "AmbiguousVariantError",
    "Anatomy",
    "CheckpointError",
    "ConfigError",
    "InputSpec",
    "LayerSelection",
    "MissingPathsError",
    "ModelRunError",
    "PartialRunWarning",
    "Problem",
    "RequestError",
    "ResNetConfig",
    "ResnetInspectError",
    "Run",
    "Selection",
    "Trace",
    "UnknownVariantError",
    "Wanted",
    "WrongTypeError",
    "__version__",
    "blocks",
    "build",
    "check",
    "compare",
    "count",
    "dissect",
    "identify",
    "layers",
    "load",
    "lock",
    "nearest",
    "render",
    "rule",
    "schema",
    "stages",
    "summary",
    "trace",
    "variants",
    "weights",
]

_HOMES = {
    "AmbiguousVariantError": "errors",
    "Anatomy": "anatomy.facts",
    "CheckpointError": "errors",
    "ConfigError": "errors",
    "InputSpec": "trace.inputs",
    "LayerSelection": "reports.layers",
    "MissingPathsError": "errors",
    "ModelRunError": "errors",
    "PartialRunWarning": "errors",
    "Problem": "errors",
    "RequestError": "errors",
    "ResNetConfig": "config.schema",
    "ResnetInspectError": "errors",
    "Run": "subjects",
    "Selection": "checks.selectors",
    "Trace": "trace.records",
    "UnknownVariantError": "errors",
    "Wanted": "reports.variants",
    "WrongTypeError": "errors",
    "blocks": "workflows",
    "build": "steps",
    "check": "gate",
    "compare": "workflows",
    "count": "workflows",
    "dissect": "steps",
    "identify": "porting",
    "layers": "workflows",
    "load": "config.files",
    "lock": "gate",
    "nearest": "workflows",
    "render": "render.formats",
    "rule": "gate",
    "schema": "workflows",
    "stages": "workflows",
    "summary": "workflows",
    "trace": "steps",
    "variants": "workflows",
    "weights": "porting",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'resnet_inspect' has no attribute '{name}'")
    return getattr(import_module(f"resnet_inspect.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """This package; its ``trace`` and ``render`` stay functions when the rooms of those names are imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, unless the import system binds a room over a public name."""
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def _renderer() -> Renderer:
    from resnet_inspect.render import formats

    return formats


ShownInNotebooks.renderer = staticmethod(_renderer)
