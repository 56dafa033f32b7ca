"""Cold commands against what bounds them: ``import torch``, and an empty typer app.

Run: python tests/benchmarks/start_up.py [rounds]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

EMPTY_APP = """
import typer
app = typer.Typer()
@app.command()
def one(): ...
@app.command()
def two(): ...
app()
"""


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def ratio(command: list[str], bound: list[str], rounds: int) -> tuple[float, float, float]:
    """Medians of both, and of the ratio pair by pair."""
    seconds(command)
    pairs = [(seconds(command), seconds(bound)) for _ in range(rounds)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    tool = [sys.executable, "-m", "resnet_inspect"]
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY_APP)
        cases = [
            ("layers resnet50", "import torch", [*tool, "layers", "resnet50"], [sys.executable, "-c", "import torch"]),
            ("--help", "empty typer app", [*tool, "--help"], [sys.executable, str(empty), "--help"]),
        ]
        for name, bound_name, command, bound in cases:
            ours, theirs, quotient = ratio(command, bound, rounds)
            print(f"{name:16} {ours * 1e3:7.0f} ms   {bound_name:16} {theirs * 1e3:7.0f} ms   ratio {quotient:.2f}")


if __name__ == "__main__":
    main()
