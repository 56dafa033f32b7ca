"""Depth, shortcuts and stride placement of other people's networks, read by the data flow and by their own arguments.

``python tests/peers/families.py`` runs every model of the families below and writes ``docs/reference/families.md``. It
needs the packages that hold them (``pip install timm torchvision transformers``); one that is not installed is left
out, and said. Nothing is downloaded and no weight is allocated. If a model is not read as its arguments say, nothing is
written, and the exit code is 1.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import expected
import torch
from expected import Facts
from torch.overrides import TorchFunctionMode

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "families.md"
TIMM = ("resnet", "resnetv2", "senet", "res2net", "resnest", "sknet", "regnet")


@dataclass(frozen=True)
class Row:
    """One model, read both ways."""

    source: str
    model: str
    read: Facts
    said: Facts


class _NoWeights(TorchFunctionMode):
    """Parameters on the meta device; all else as it is, for some constructors compute with tensors."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        kwargs = kwargs or {}
        return func(*args, **({**kwargs, "device": "meta"} if func is torch.empty else kwargs))


def read(net: torch.nn.Module, shape: tuple[int, ...] = (1, 3, 224, 224)) -> Facts:
    """What the data flow shows."""
    traced = trace(net, shape)
    if traced.failure is not None:
        raise RuntimeError(traced.failure.message)
    anatomy = dissect(traced)
    blocks = tuple(stage.blocks for stage in anatomy.stages)
    return Facts(anatomy.depth.depth, blocks, anatomy.depth.shortcut, anatomy.placement.version or "none")


def timm_rows(modules: tuple[str, ...] = TIMM, names: Callable[[str], bool] = bool) -> Iterator[Row]:
    """Every model of timm's modules whose name is wanted."""
    import timm

    said = {"resnetv2": expected.timm_resnetv2, "senet": expected.timm_senet}
    for family in modules:
        for name in filter(names, timm.list_models(module=family)):
            module = sys.modules[timm.models.model_entrypoint(name).__module__]
            with _arguments_of(module, "build_model_with_cfg") as given, _NoWeights():
                net = timm.create_model(name)
            (made, *_), arguments = given[0]
            shape = (1, *net.default_cfg["input_size"])
            if family == "regnet":
                yield Row("timm.regnet", name, read(net, shape), expected.timm_regnet(arguments["model_cfg"]))
            else:
                facts = said.get(family, expected.timm_resnet)(made, arguments)
                yield Row(f"timm.{family}", name, read(net, shape), facts)


def torchvision_rows() -> Iterator[Row]:
    """Every ResNet and RegNet for images."""
    from torchvision import models

    for name in models.list_models(module=models):
        module = models.get_model_builder(name).__module__
        if module == "torchvision.models.resnet":
            with _arguments_of(models.resnet, "ResNet") as given, _NoWeights():
                net = models.get_model(name)
            (block, layers), _ = given[0]
            yield Row("torchvision.resnet", name, read(net), expected.torchvision_resnet(block, layers))
        elif module == "torchvision.models.regnet":
            with _arguments_of(models.regnet, "RegNet") as given, _NoWeights():
                net = models.get_model(name)
            (parameters,), _ = given[0]
            yield Row("torchvision.regnet", name, read(net), expected.torchvision_regnet(parameters))


def transformers_rows() -> Iterator[Row]:
    """ResNet with each option of its config, RT-DETR's, RegNet, BiT and ConvNeXt, from their config classes."""
    import transformers as hf

    basic = {"layer_type": "basic", "hidden_sizes": [64, 128, 256, 512]}
    for name, options in (
        ("defaults", {}),
        ("downsample_in_bottleneck", {"downsample_in_bottleneck": True}),
        ("downsample_in_first_stage", {"downsample_in_first_stage": True}),
        ("depths 3, 4, 23, 3", {"depths": [3, 4, 23, 3]}),
        ("embedding_size 32", {"embedding_size": 32}),
        ("basic", {**basic, "depths": [2, 2, 2, 2]}),
        ("basic, depths 3, 4, 6, 3", basic),
    ):
        config = hf.ResNetConfig(**options, num_labels=1000)
        net = _built(hf.ResNetForImageClassification, config)
        yield Row("transformers ResNet", name, read(net), expected.transformers_resnet(config))
    for name, options in (
        ("defaults", {}),
        ("downsample_in_bottleneck", {"downsample_in_bottleneck": True}),
        ("basic", {**basic, "depths": [2, 2, 2, 2]}),
    ):
        config = hf.RTDetrResNetConfig(**options)
        said = expected.transformers_resnet(config, stem=3, head=0, always_projected=True)
        yield Row("transformers RTDetrResNet", name, read(_built(hf.RTDetrResNetBackbone, config)), said)
    for layer_type in ("x", "y"):
        config = hf.RegNetConfig(layer_type=layer_type)
        net = _built(hf.RegNetForImageClassification, config)
        yield Row("transformers RegNet", f"layer_type {layer_type}", read(net), expected.transformers_regnet(config))
    for layer_type in ("preactivation", "bottleneck"):
        config = hf.BitConfig(layer_type=layer_type)
        net = _built(hf.BitForImageClassification, config)
        yield Row("transformers Bit", layer_type, read(net), expected.transformers_bit(config))
    config = hf.ConvNextConfig()
    net = _built(hf.ConvNextForImageClassification, config)
    yield Row("transformers ConvNext", "defaults", read(net), expected.transformers_convnext(config))


SOURCES: dict[str, Callable[[], Iterator[Row]]] = {
    "timm": timm_rows,
    "torchvision": torchvision_rows,
    "transformers": transformers_rows,
}


def page(rows: list[Row], versions: dict[str, str]) -> str:
    """The document."""
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        "# Other people's networks",
        "",
        "What the data flow shows of every model of these families, next to what the model's own arguments say by the",
        "papers' definitions. Every row was run, with the defaults of its entry point, and agreed. The page is written by",
        "`python tests/peers/families.py`, with the packages that are installed.",
        "",
        f"Versions: {listed}. {len(rows)} models.",
        "",
        "| column | what it says |",
        "| --- | --- |",
        "| depth | weighted layers on the longest path along the main branches ([What is counted](counting.md)); of "
        "convolutions side by side, as in SKNet and in the first blocks of Res2Net, one counts |",
        "| blocks | residual blocks per stage; in RegNetZ, those without shortcut too |",
        "| shortcuts | convolutions on shortcuts |",
        "| stride | v1: the first 1×1 of a bottleneck strides; v1.5: what lies between its 1×1 does; other: a pool or "
        "blur does it instead; none: no bottleneck strides |",
        "| checked against | the arguments that the other columns were worked out from |",
        "",
        "The placement is that of the code as it stands; whoever trained a set of weights may have had another.",
        "",
        "| source | model | depth | blocks | shortcuts | stride | checked against |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [line(row) for row in rows]
    return "\n".join([*lines, ""])


def line(row: Row) -> str:
    """A row of the table."""
    facts = row.read
    blocks = "+".join(map(str, facts.blocks))
    against = _ARGUMENTS[row.source]
    return (
        f"| {row.source} | {row.model} | {facts.depth} | {blocks} | {facts.shortcuts} | {facts.placement} | {against} |"
    )


_ARGUMENTS = {
    "timm.resnet": "block, layers, stem_type, channels, aa_layer",
    "timm.resnetv2": "basic, layers, stem_type, channels",
    "timm.senet": "block, layers, input_3x3",
    "timm.res2net": "block, layers, stem_type, scale",
    "timm.resnest": "block, layers, stem_type, avd",
    "timm.sknet": "block, layers, stem_type",
    "timm.regnet": "depth, w0, wa, wm, num_features, downsample",
    "torchvision.resnet": "block, layers",
    "torchvision.regnet": "depths",
    "transformers ResNet": "layer_type, depths, sizes, downsample_in_…",
    "transformers RTDetrResNet": "layer_type, depths, sizes, downsample_in_…",
    "transformers RegNet": "depths",
    "transformers Bit": "depths",
    "transformers ConvNext": "depths",
}


def _built(made: Any, config: Any) -> torch.nn.Module:
    with torch.device("meta"):
        net: torch.nn.Module = made(config)
    return net


@contextmanager
def _arguments_of(module: Any, name: str) -> Iterator[list[tuple[Any, Any]]]:
    """Lists the positional and keyword arguments of every call of ``module.name``."""
    given: list[tuple[Any, Any]] = []
    real = getattr(module, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        given.append((args, kwargs))
        return real(*args, **kwargs)

    with mock.patch.object(module, name, noted):
        yield given


def main() -> int:
    """Run what is installed and write the page."""
    rows: list[Row] = []
    versions: dict[str, str] = {}
    for name, source in SOURCES.items():
        if importlib.util.find_spec(name) is None:
            sys.stderr.write(f"{name} is not installed; its families are left out\n")
            continue
        rows += source()
        versions[name] = importlib.metadata.version(name)
    wrong = [row for row in rows if row.read != row.said]
    for row in wrong:
        sys.stderr.write(f"{row.source} {row.model}: read {row.read}, its arguments say {row.said}\n")
    if wrong:
        return 1
    PAGE.write_text(page(rows, versions), encoding="utf-8")
    sys.stderr.write(f"{len(rows)} models written to {PAGE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
