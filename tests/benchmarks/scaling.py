"""Tracing against a bare forward on meta, cost per block at 1,000 and 10,000 blocks, and nested skips.

Run: python tests/benchmarks/scaling.py
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import resnet_inspect as ri


def seconds(action) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def trace_against_forward(rounds: int = 15) -> None:
    """ResNet-152: records and hooks included, against torch's own kernels without either."""
    import torch

    module = ri.build(ri.load("resnet152")).eval()
    image = torch.empty(1, 3, 224, 224, device="meta")

    def forward() -> None:
        with torch.inference_mode():
            module(image)

    forward(), ri.trace(module)
    pairs = [(seconds(lambda: ri.trace(module)), seconds(forward)) for _ in range(rounds)]
    ours, theirs = median(a for a, _ in pairs), median(b for _, b in pairs)
    quotient = median(b / a for a, b in pairs)
    print(
        f"ResNet-152: trace {ours * 1e3:.1f} ms, bare meta forward {theirs * 1e3:.1f} ms, {quotient:.1f} times faster"
    )


def resident() -> int:
    """Bytes of this process in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def cost_per_block(blocks: int) -> None:
    """One walk through all rooms; printed per block. Runs in its own process, so that the memory is its own."""
    config = ri.load({"block": "basic", "stage_blocks": [blocks // 4] * 4})
    ri.dissect(ri.trace(ri.build(ri.load("resnet18"))))
    gc.collect()
    before, start = resident(), time.process_time()
    kept = [ri.build(config)]
    kept.append(ri.trace(kept[0]))
    kept.append(ri.dissect(kept[1]))
    spent, grown = time.process_time() - start, resident() - before
    print(f"{blocks:6,} blocks: {spent / blocks * 1e3:.3f} ms of CPU and {grown / blocks / 1e3:.1f} kB a block")


def nested_skips() -> None:
    """Skips inside each other: what dissecting costs beside dissecting as many operators without a skip."""
    import torch
    from torch import nn

    class Nested(nn.Module):
        def __init__(self, depth: int, *, skips: bool):
            super().__init__()
            self.layers, self.skips = nn.ModuleList(nn.Conv2d(4, 4, 1) for _ in range(depth)), skips

        def forward(self, x):
            starts = []
            for layer in self.layers:
                starts.append(x)
                x = layer(x)
            for start in reversed(starts):
                x = torch.relu(x + (start if self.skips else 1))
            return x

    for depth in (333, 2_666):
        runs = [ri.trace(Nested(depth, skips=skips), (1, 4, 8, 8)) for skips in (True, False)]
        pairs = [[seconds(lambda run=run: ri.dissect(run)) for run in runs] for _ in range(5)]
        ratio = median(nested / flat for nested, flat in pairs)
        print(f"{len(runs[0].ops):6,} operators, {depth:,} nested skips: {ratio:.1f} times as long as without skips")


def main() -> None:
    if len(sys.argv) > 1:
        cost_per_block(int(sys.argv[1]))
        return
    trace_against_forward()
    nested_skips()
    for blocks in (1_000, 10_000):
        subprocess.run([sys.executable, __file__, str(blocks)], check=True)


if __name__ == "__main__":
    main()
