"""Many changed files, and what they cost: python tests/checkpoints/long_run.py [count] [seed]."""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mutations import GOOD, mutated, outcome


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    chance, outcomes, slowest = random.Random(seed), Counter(), 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            content = mutated(chance.choice(list(GOOD.values())), chance)
            start = time.perf_counter()
            outcomes[outcome(Path(folder) / "net.bin", content)] += 1
            slowest = max(slowest, time.perf_counter() - start)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = (
        f"{count:,} files: {outcomes[True]:,} read, {outcomes[False]:,} refused, nothing else",
        f"slowest {slowest * 1e3:.0f} ms",
        f"peak memory {after / 1024:,.0f} MiB, of which reading took {(after - before) / 1024:,.0f}",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
