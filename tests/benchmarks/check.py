"""A thousand distinct config files checked in one process, against building and running the same nets by torch alone.

The bare side does what a script without this tool does to see that a config still runs: it builds the net of torch's
own layers on the meta device, with He's initial values for the convolutions as torchvision's ResNet gives them, and
runs its forward once, in inference mode. Each side runs in a process of its own, imports and the first net not
counted, in turn with the other one. A second bare figure leaves the initial values of the convolutions to torch.

Run: python tests/benchmarks/check.py [rounds] [files]
"""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from torch import nn

from resnet_inspect import check

KIB_PER_MIB = 1024
STAGES = ((2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 23, 3), (2, 3, 5, 2), (3, 4, 4, 3))
BLOCKS = ("bottleneck", "basic")
WIDTHS = (32, 48, 64, 80, 96)
VERSIONS = ("3x3", "1x1")
CLASSES = (10, 100, 365, 1000, 21841)
SIZES = (224, 288)

NETS = tuple(itertools.product(STAGES, BLOCKS, WIDTHS, VERSIONS, CLASSES, SIZES))
"""1,000 of them, of 18 to 101 layers."""


def write(folder: Path, count: int) -> list[str]:
    paths = []
    for number, (stages, block, width, stride_in, classes, size) in enumerate(NETS[:count]):
        path = folder / f"net{number:04}.toml"
        lines = (
            f'block = "{block}"',
            f"stage_blocks = {list(stages)}",
            f"stage_widths = {[width * 2**stage for stage in range(4)]}",
            f"stem_width = {width}",
            f'stride_in = "{stride_in}"',
            f"num_classes = {classes}",
            f"input_size = [{size}, {size}]",
            "[expect]",
            f"output_shape = [{classes}]",
        )
        path.write_text("\n".join(lines) + "\n", "utf-8")
        paths.append(str(path))
    return paths


class Block(nn.Module):
    """A basic block or a bottleneck, as one writes it by hand."""

    def __init__(self, kind: str, width_in: int, width: int, stride: int, stride_in: str):
        super().__init__()
        first = stride if stride_in == "1x1" else 1
        if kind == "basic":
            shapes, out = ((width_in, width, 3, stride), (width, width, 3, 1)), width
        else:
            out = 4 * width
            shapes = ((width_in, width, 1, first), (width, width, 3, stride // first), (width, out, 1, 1))
        layers: list[nn.Module] = []
        for inputs, outputs, kernel, step in shapes:
            convolution = nn.Conv2d(inputs, outputs, kernel, step, kernel // 2, bias=False)
            layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        self.main = nn.Sequential(*layers[:-1])
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or width_in != out:
            self.downsample = nn.Sequential(nn.Conv2d(width_in, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        self.width_out = out

    def forward(self, x):
        y = self.main(x)
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


def plain(stages, block, width, stride_in, classes, *, he: bool) -> nn.Module:
    stem = nn.Conv2d(3, width, 7, 2, 3, bias=False)
    layers: list[nn.Module] = [stem, nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    channels = width
    for stage, count in enumerate(stages):
        for index in range(count):
            made = Block(block, channels, width * 2**stage, 2 if stage and index == 0 else 1, stride_in)
            layers.append(made)
            channels = made.width_out
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
    if he:
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return net


def run_bare(net, *, he: bool) -> None:
    *description, size = net
    with torch.device("meta"), torch.inference_mode():
        plain(*description, he=he).eval()(torch.empty(1, 3, size, size))


def bare(count: int, *, he: bool) -> dict[str, float]:
    run_bare(NETS[0], he=he)
    start = time.perf_counter()
    for net in NETS[:count]:
        run_bare(net, he=he)
    return {"seconds": time.perf_counter() - start}


def ours(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        paths = write(Path(folder), count)
        check(paths[:1], jobs=1)
        start = time.perf_counter()
        first = check(paths[: count // 10], jobs=1)
        early = peak()
        rest = check(paths[count // 10 :], jobs=1)
        seconds = time.perf_counter() - start
    assert not any(finding.severity == "error" for file in (*first.files, *rest.files) for finding in file.findings)
    return {"seconds": seconds, "early": early, "late": peak()}


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


SIDES = {"ours": ours, "bare": lambda count: bare(count, he=True), "bare-torch": lambda count: bare(count, he=False)}


def measured(side: str, count: int) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, side, str(count)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main(rounds: int, count: int) -> None:
    results = {side: [] for side in SIDES}
    for _ in range(rounds):
        for side in SIDES:
            results[side].append(measured(side, count))
    seconds = {side: median(result["seconds"] for result in found) for side, found in results.items()}
    print(
        f"{count} files checked in one process: {seconds['ours']:.1f} s, {seconds['ours'] / count * 1e3:.1f} ms a file"
    )
    for side, what in (("bare", "with He's initial values"), ("bare-torch", "with torch's initial values")):
        ratio = median(a["seconds"] / b["seconds"] for a, b in zip(results[side], results["ours"], strict=True))
        print(f"built and run by torch alone, {what}: {seconds[side]:.1f} s, {ratio:.2f} x")
    early, late = (median(result[key] for result in results["ours"]) / KIB_PER_MIB for key in ("early", "late"))
    print(f"peak memory: {early:.0f} MiB after {count // 10} files, {late:.0f} MiB after {count}")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in SIDES:
        print(json.dumps(SIDES[sys.argv[1]](int(sys.argv[2]))))
    else:
        main(*(int(argument) for argument in (*sys.argv[1:], *("3", "1000")[len(sys.argv) - 1 :])))
