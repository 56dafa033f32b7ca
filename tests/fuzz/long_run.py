"""A long run of hostile inputs: how many, what came of them, the slowest, the memory.

The kinds are configs through the whole check (``files``), numbers in JSON (``numbers``), locks (``locks``) and patterns
of paths (``patterns``).

An input that raises or takes longer than ``LIMIT_S`` is kept in the folder ``found`` beside this file, and the run ends
with exit code 1. Time is the processor's, so that it does not matter what else the machine is at.

Run: python tests/fuzz/long_run.py [inputs] [seed] [kind] [processes]
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import hostile

LIMIT_S = 2.0
WARM_UP = (b'base = "resnet18"', b'base = "resnet18"\nnorm = "group"\ninput_size = [1, 33]')
"""Not counted: torch imports what it needs at the first use, and its own kernels for operators without a rule."""

FOUND = Path(__file__).parent / "found"


def work(task: tuple[str, int, int]) -> tuple[Counter[str], float, int, int]:
    """Outcomes, the slowest in seconds, peak memory in KiB, and how many failed."""
    kind, seed, count = task
    outcomes: Counter[str] = Counter()
    slowest, failed = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        attempts, attempt = prepared(kind, seed, Path(folder))
        for name, content in islice(attempts, count):
            start = time.process_time()
            try:
                outcome = attempt(name, content)
            except BaseException as error:  # noqa: BLE001  # whatever it is, it is what we are looking for
                outcomes[f"raised {type(error).__name__}"] += 1
                failed += keep(name, content, repr(error))
                continue
            seconds = time.process_time() - start
            slowest = max(slowest, seconds)
            if seconds > LIMIT_S:
                failed += keep(name, content, f"took {seconds:.1f} s")
            outcomes[outcome] += 1
    return outcomes, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, failed


def prepared(kind: str, seed: int, folder: Path) -> tuple[Iterator[tuple[str, bytes]], Callable[[str, bytes], str]]:
    """Inputs of a kind, (name, content), and what to do with each, which says what came of it."""
    import targets

    if kind == "locks":
        texts = (("lock.json", content) for content in hostile.locks(seed))
        return texts, lambda _, content: targets.holds(content, folder)
    if kind == "patterns":
        pairs = (("pattern", "\0\0".join(pair).encode("utf-8", "surrogatepass")) for pair in hostile.patterns(seed))
        return pairs, lambda _, content: targets.matches(*content.decode("utf-8", "surrogatepass").split("\0\0", 1))
    if kind == "numbers":
        return hostile.numbers(seed), lambda name, content: "accepted" if targets.reads(name, content) else "refused"

    import torch

    torch.set_num_threads(1)
    for content in WARM_UP:
        targets.judges("net.toml", content)
    return hostile.inputs(seed), judged


def judged(name: str, content: bytes) -> str:
    """What came of the check of a config."""
    from targets import judges

    codes = {finding.code for finding in judges(name, content).findings}
    return "refused" if "RI001" in codes else "did not run" if "RI002" in codes else "judged"


def keep(name: str, content: bytes, why: str) -> int:
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{hashlib.sha256(content).hexdigest()[:12]}-{name}"
    path.write_bytes(content)
    print(f"{path}: {why}", flush=True)
    return 1


def main(count: str = "100000", seed: str = "1", kind: str = "files", processes: str = "") -> int:
    workers = int(processes or os.cpu_count() or 1)
    pieces = max(workers, int(count) // 2_500)
    tasks = [(kind, int(seed) * 1_000_000 + piece, int(count) // pieces) for piece in range(pieces)]
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
    sys.exit(main(*sys.argv[1:]))
