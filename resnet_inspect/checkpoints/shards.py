"""A file that is one of several, known by its name: ``model-00001-of-00006.safetensors``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from resnet_inspect.checkpoints.records import IS_A_SHARD
from resnet_inspect.text import sanitise

_SHARD = re.compile(r"(.+)-[0-9]{5}-of-([0-9]{5})(\.[a-z]+)")


def shard_notes(path: Path) -> Iterator[str]:
    """Say of a shard that it is one, and which index names them all."""
    found = _SHARD.fullmatch(path.name)
    if found is None:
        return
    index = f"{found[1]}{found[3]}.index.json"
    there = (
        f"{sanitise(index)} next to it lists them all"
        if (path.parent / index).is_file()
        else "the others are not in it"
    )
    yield f"it {IS_A_SHARD} {int(found[2])}: {there}"
