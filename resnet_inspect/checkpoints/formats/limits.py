"""How much is read before a file is refused: far above what a ResNet needs, far below what hurts.

ResNet-1202, the largest variant here, has 7,208 tensors. docs/reference/checkpoints.md tells users.
"""

from __future__ import annotations

MAX_TENSORS = 50_000
"""Of a file, or of all shards of an index together."""

MAX_HEADER_BYTES = 8 << 20
"""Header of a safetensors file, or an index. The format's own limit is 100 MB, which as Python objects would take
gigabytes."""

MAX_DIRECTORY_BYTES = 8 << 20
"""Directory of a ZIP archive."""

MAX_PICKLE_BYTES = 8 << 20
"""The ``data.pkl`` of a torch file."""

MAX_OPCODES = 2_000_000
"""Of that pickle; a tensor takes about 40."""

MAX_CONTAINERS = 50_000
"""Dicts, lists and tuples of a training checkpoint in which weights are looked for."""

MAX_NESTING = 16
"""How deep in it they are looked for."""

MAX_NAME = 1_000
"""Characters of a tensor's name in a pickle, and of the dotted keys below which weights are looked for. A pickle writes
a text once and refers to it as often as it likes, so its length alone does not bound what its names add up to."""

MAX_NETWORKS = 1_000
"""Networks in all mappings of a training checkpoint, such as a student, its teachers and their running averages."""

MAX_DIMENSIONS = 64
"""Of a tensor; torch takes no more in most of its operators."""

MAX_SIZE = (1 << 63) - 1
"""Of a dimension, in elements, and of a file, in bytes."""

MAX_SHARDS = 1_000
"""Files that an index may name."""
