"""Coverage-guided fuzzing of one reader: TOML, YAML or JSON text up to a declared config.

Needs atheris (``pip install atheris``), which is no dependency of the tests. A crash is an input that raises anything
but an error for the user; libFuzzer writes it to the current folder and says what it was. Its folder is filled with the
corpus first.

Run: python tests/fuzz/atheris_readers.py toml|yaml|json FOLDER -runs=100000 -max_len=4096 -timeout=2 -rss_limit_mb=1024
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["resnet_inspect", "tomli", "yaml", "json"]):
    from bombs import FILES
    from hostile import CORPUS
    from targets import reads

SMALL = 4_096
"""Bytes; coverage is not found in long inputs."""


def seed(folder: Path, suffix: str) -> None:
    """Write the corpus, and the bombs that are small."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = {path.name: path.read_bytes() for path in CORPUS} | {name: content for name, (content, _) in FILES.items()}
    for name, content in seeds.items():
        if name.endswith(suffix):
            (folder / name).write_bytes(content[:SMALL])


def main(kind: str, folder: str, *options: str) -> None:
    """Fuzz; does not return."""
    seed(Path(folder), f".{kind}")
    atheris.Setup([sys.argv[0], folder, *options], lambda data: reads(f"net.{kind}", data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
