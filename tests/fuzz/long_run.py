"""A long run of hostile inputs through the whole check: how many, what came of them, the slowest, the memory.

An input that raises or takes longer than ``LIMIT_S`` is kept in the folder ``found`` beside this file, and the run ends
with exit code 1. Time is the processor's, so that it does not matter what else the machine is at.

Run: python tests/fuzz/long_run.py [inputs] [seed]
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import resource
import sys
import time
from collections import Counter
from itertools import islice
from pathlib import Path

from hostile import inputs

LIMIT_S = 2.0
WARM_UP = (b'base = "resnet18"', b'base = "resnet18"\nnorm = "group"\ninput_size = [1, 33]')
"""Not counted: torch imports what it needs at the first use, and its own kernels for operators without a rule."""

FOUND = Path(__file__).parent / "found"


def work(task: tuple[int, int]) -> tuple[Counter[str], float, int, int]:
    """Outcomes, the slowest in seconds, peak memory in KiB, and how many failed."""
    seed, count = task
    import torch
    from targets import judges

    torch.set_num_threads(1)
    for content in WARM_UP:
        judges("net.toml", content)
    outcomes: Counter[str] = Counter()
    slowest, failed = 0.0, 0
    for name, content in islice(inputs(seed), count):
        start = time.process_time()
        try:
            result = judges(name, content)
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is what we are looking for
            outcomes[f"raised {type(error).__name__}"] += 1
            failed += keep(name, content, repr(error))
            continue
        seconds = time.process_time() - start
        slowest = max(slowest, seconds)
        if seconds > LIMIT_S:
            failed += keep(name, content, f"took {seconds:.1f} s")
        codes = {finding.code for finding in result.findings}
        outcomes["refused" if "RI001" in codes else "did not run" if "RI002" in codes else "judged"] += 1
    return outcomes, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, failed


def keep(name: str, content: bytes, why: str) -> int:
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{hashlib.sha256(content).hexdigest()[:12]}-{name}"
    path.write_bytes(content)
    print(f"{path}: {why}", flush=True)
    return 1


def main(count: int = 100_000, seed: int = 1) -> int:
    workers = os.cpu_count() or 1
    pieces = max(workers, count // 2_500)
    tasks = [(seed * 1_000_000 + piece, count // pieces) for piece in range(pieces)]
    outcomes: Counter[str] = Counter()
    slowest, peak, failed = 0.0, 0, 0
    start = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for found, seconds, memory, wrong in pool.imap_unordered(work, tasks):
            outcomes += found
            slowest, peak, failed = max(slowest, seconds), max(peak, memory), failed + wrong
    total = sum(outcomes.values())
    print(f"{total:,} inputs in {time.perf_counter() - start:.0f} s: ", end="")
    print(", ".join(f"{number:,} {what}" for what, number in outcomes.most_common()))
    print(f"slowest {slowest:.2f} s of processor time, peak memory {peak / 1024:.0f} MiB a process, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
