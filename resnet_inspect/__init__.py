"""Tells the truth about the structure of a ResNet.

The walk from a name to an understood network, one plain function a step::

    import resnet_inspect as ri

    config = ri.load("resnet50")      # a variant, a file, or a dict -> ResNetConfig
    module = ri.build(config)         # -> torch.nn.Module, on the meta device
    trace = ri.trace(module)          # -> Trace; takes any nn.Module
    anatomy = ri.dissect(trace)       # -> Anatomy: layers, blocks, stages, depth, placement
    anatomy.depth.depth               # 50

``layers``, ``stages``, ``count``, ``blocks``, ``compare``, ``nearest``, ``identify``, ``weights`` and ``variants`` give
the commands' reports, and ``render`` turns a report into text. Importing this package does not import torch; the first
name that needs it does.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from resnet_inspect.notebook import ShownInNotebooks

if TYPE_CHECKING:
    from resnet_inspect.anatomy.dissect import dissect
    from resnet_inspect.anatomy.facts import Anatomy
    from resnet_inspect.config.files import load
    from resnet_inspect.config.schema import ResNetConfig
    from resnet_inspect.errors import (
        AmbiguousVariantError,
        ConfigError,
        MissingPathsError,
        ModelRunError,
        RequestError,
        ResnetInspectError,
        UnknownVariantError,
    )
    from resnet_inspect.gate import check
    from resnet_inspect.model.build import build
    from resnet_inspect.render.formats import render
    from resnet_inspect.subjects import Run
    from resnet_inspect.trace.inputs import InputSpec
    from resnet_inspect.trace.recorder import trace
    from resnet_inspect.trace.records import Trace
    from resnet_inspect.workflows import (
        blocks,
        compare,
        count,
        identify,
        layers,
        nearest,
        stages,
        variants,
        weights,
    )

__version__ = "0.1.0"

__all__ = [
    "AmbiguousVariantError",
    "Anatomy",
    "ConfigError",
    "InputSpec",
    "MissingPathsError",
    "ModelRunError",
    "RequestError",
    "ResNetConfig",
    "ResnetInspectError",
    "Run",
    "Trace",
    "UnknownVariantError",
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
    "nearest",
    "render",
    "stages",
    "trace",
    "variants",
    "weights",
]

_HOMES = {
    "AmbiguousVariantError": "errors",
    "Anatomy": "anatomy.facts",
    "ConfigError": "errors",
    "MissingPathsError": "errors",
    "InputSpec": "trace.inputs",
    "ModelRunError": "errors",
    "RequestError": "errors",
    "ResNetConfig": "config.schema",
    "ResnetInspectError": "errors",
    "Run": "subjects",
    "Trace": "trace.records",
    "UnknownVariantError": "errors",
    "blocks": "workflows",
    "build": "model.build",
    "check": "gate",
    "compare": "workflows",
    "count": "workflows",
    "dissect": "anatomy.dissect",
    "identify": "workflows",
    "layers": "workflows",
    "load": "config.files",
    "nearest": "workflows",
    "render": "render.formats",
    "stages": "workflows",
    "trace": "trace.recorder",
    "variants": "workflows",
    "weights": "workflows",
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


def _to_html(report: Any) -> str:
    from resnet_inspect.render.formats import render as render_report

    return render_report(report, "html")


ShownInNotebooks.to_html = staticmethod(_to_html)
