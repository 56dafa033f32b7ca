"""Files of weights for nets of any size, without values to speak of."""

from __future__ import annotations

import math

from checkpoints.checkpoint_files import entry, safetensors_bytes


def write_safetensors(path, shapes):
    """A file of float32 tensors, all of them 0; it takes no room on the disk."""
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * math.prod(shape)
        header[name] = entry(start, end, list(shape))
    content = safetensors_bytes(header)
    with path.open("wb") as stream:
        stream.write(content)
        stream.truncate(len(content) + end)
    return path
