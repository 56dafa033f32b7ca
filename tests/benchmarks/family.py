"""All rows of the config table, built and traced in one process, against their bare construction by torch.

Bare construction is what a model costs at least: torch's own layers with the same arguments and torch's own initial
values, one after the other; no containers, no blocks, no forward. It is taken on meta for all rows, and on the CPU for
those of up to 100 M parameters, for the others need gigabytes there. Each side runs in its own process, imports
not counted, in turn with the other one.

Run: python tests/benchmarks/family.py [rounds]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from statistics import median

import torch
from torch import nn

import resnet_inspect as ri
from resnet_inspect.configs import variants
from resnet_inspect.configs.arithmetic import figures

CPU_LIMIT = 100_000_000

KIB_PER_MIB = 1024
PEAK = "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss"
IMPORT_TORCH = f"import json, resource, torch; print(json.dumps({{'peak': {PEAK}}}))"


def names(limit: float) -> list[str]:
    return [name for name in variants.variant_names() if figures(ri.load(name)).params <= limit]


def ours(limit: float) -> dict[str, float]:
    """Config to trace, every row."""
    configs = [ri.load(name) for name in names(limit)]
    build, trace = ri.build, ri.trace
    start = time.perf_counter()
    for config in configs:
        trace(build(config), config.input_shape)
    return {"seconds": time.perf_counter() - start, "rows": len(configs)}


def bare(limit: float, device: str) -> dict[str, float]:
    """The layers of every row, by torch alone."""
    models = [[recipe(module) for module in ri.build(ri.load(name)).modules()] for name in names(limit)]
    plain = [[each for each in model if each] for model in models]
    start = time.perf_counter()
    with torch.device(device):
        for model in plain:
            layers = [kind(*arguments) for kind, arguments in model]
            del layers
    return {"seconds": time.perf_counter() - start, "rows": len(plain), "layers": sum(map(len, plain))}


def convolution(layer):
    sizes = (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    return layer.in_channels, layer.out_channels, *sizes, layer.groups, layer.bias is not None


ARGUMENTS = {
    nn.Conv2d: convolution,
    nn.Conv1d: convolution,
    nn.BatchNorm2d: lambda layer: (layer.num_features,),
    nn.GroupNorm: lambda layer: (layer.num_groups, layer.num_channels),
    nn.Linear: lambda layer: (layer.in_features, layer.out_features),
    nn.MaxPool2d: lambda layer: (layer.kernel_size, layer.stride, layer.padding),
    nn.AvgPool2d: lambda layer: (layer.kernel_size, layer.stride, layer.padding),
    nn.AdaptiveAvgPool2d: lambda layer: (layer.output_size,),
    **dict.fromkeys(
        (nn.ReLU, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Mish, nn.Hardswish, nn.Sigmoid, nn.Identity), lambda _: ()
    ),
}


def recipe(module):
    """torch's class of a layer, and its arguments; ``None`` for a container."""
    kind = next((kind for kind in ARGUMENTS if isinstance(module, kind)), None)
    return kind and (kind, ARGUMENTS[kind](module))


SIDES = {
    "ours": lambda: ours(float("inf")),
    "ours, small": lambda: ours(CPU_LIMIT),
    "bare on meta": lambda: bare(float("inf"), "meta"),
    "bare on cpu": lambda: bare(CPU_LIMIT, "cpu"),
}


def measured(*arguments: str) -> dict[str, float]:
    """What a process of its own prints."""
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def compared(one: str, other: str, rounds: int) -> tuple[dict[str, float], dict[str, float], float]:
    """A run of each, its seconds the median, and the median of the ratios pair by pair."""
    pairs = [(measured(__file__, one), measured(__file__, other)) for _ in range(rounds)]
    for side in (0, 1):
        pairs[0][side]["seconds"] = median(pair[side]["seconds"] for pair in pairs)
    return *pairs[0], median(a["seconds"] / b["seconds"] for a, b in pairs)


def main(rounds: int) -> None:
    run, plain, ratio = compared("ours", "bare on meta", rounds)
    print(
        f"{run['rows']} rows built and traced: {run['seconds']:.2f} s, {run['seconds'] / run['rows'] * 1e3:.1f} ms a row"
    )
    print(f"bare construction of their {plain['layers']:,} layers on meta: {plain['seconds']:.2f} s, ratio {ratio:.2f}")
    small, real, ratio = compared("ours, small", "bare on cpu", 1)
    print(
        f"{small['rows']} rows of up to 100 M parameters: {small['seconds']:.2f} s, "
        f"bare construction on cpu {real['seconds']:.2f} s, ratio {ratio:.3f}"
    )
    alone = median(measured("-c", IMPORT_TORCH)["peak"] for _ in range(rounds))
    print(
        f"peak memory: {run['peak'] / KIB_PER_MIB:.0f} MiB, import torch alone {alone / KIB_PER_MIB:.0f} MiB, "
        f"ratio {run['peak'] / alone:.2f}"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in SIDES:
        result = SIDES[sys.argv[1]]()
        print(json.dumps(result | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
