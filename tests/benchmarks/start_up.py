"""Cold commands against what bounds them: ``import torch``, an empty typer app, the command that shows the config table.

Run: python tests/benchmarks/start_up.py [rounds]
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.configs.variants import variant

EMPTY_APP = """
import typer
app = typer.Typer()
@app.command()
def one(): ...
@app.command()
def two(): ...
app()
"""


def write_weights(path: Path) -> None:
    """The 102 MB of ResNet-50 as safetensors, all of them 0."""
    header, end = {}, 0
    for name, shape in state_dict(variant("resnet50")):
        start, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    with path.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        stream.truncate(8 + len(text) + end)


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
        weights = Path(folder) / "resnet50.safetensors"
        write_weights(weights)
        cases = [
            ("layers resnet50", "import torch", [*tool, "layers", "resnet50"], [sys.executable, "-c", "import torch"]),
            ("identify 102 MB", "variants", [*tool, "identify", str(weights)], [*tool, "variants"]),
            ("--help", "empty typer app", [*tool, "--help"], [sys.executable, str(empty), "--help"]),
        ]
        for name, bound_name, command, bound in cases:
            ours, theirs, quotient = ratio(command, bound, rounds)
            print(f"{name:16} {ours * 1e3:7.0f} ms   {bound_name:16} {theirs * 1e3:7.0f} ms   ratio {quotient:.2f}")


if __name__ == "__main__":
    main()
