"""Many files, and what they cost: python tests/checkpoints/long_run.py [count] [seed] [kind]...

The kinds are ``changed`` (``mutations.py``) and those of ``generated.py``; all of them, a share each, by default.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from generated import KINDS, used
from mutations import GOOD, mutated, outcome


def _one(kind, folder, chance):
    """Whether a file is read, and the seconds of processor time that it took."""
    if kind == "changed":
        content = mutated(chance.choice(list(GOOD.values()))(), chance)
        start = time.process_time()
        read = outcome(folder / "net.bin", content)
    else:
        path = KINDS[kind](folder, chance)
        start = time.process_time()
        read = used(path, chance)
    return read, time.process_time() - start


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    kinds = sys.argv[3:] or ["changed", *KINDS]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes, slowest = Counter(), dict.fromkeys(kinds, (0.0, 0))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            kind = kinds[number % len(kinds)]
            try:
                read, took = _one(kind, Path(folder), random.Random(f"{seed} {number}"))
            except BaseException:
                sys.stderr.write(f"{kind}, seed {seed}, number {number}\n")
                raise
            outcomes[kind, read] += 1
            slowest[kind] = max(slowest[kind], (took, number))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for kind in kinds:
        took, number = slowest[kind]
        read, refused = outcomes[kind, True], outcomes[kind, False]
        _say(f"{kind}: {read:,} read, {refused:,} refused; slowest {took * 1e3:.0f} ms (number {number:,})")
    _say(f"{count:,} files, nothing else")
    _say(f"peak memory {after / 1024:,.0f} MiB, of which reading took {(after - before) / 1024:,.0f}")


def _say(line):
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
