from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path

HERE = Path(__file__).parent


@functools.cache
def golden(file):
    """The content of a golden file; shared by all tests, so never to be changed."""
    content = (HERE / file).read_bytes()
    return json.loads(gzip.decompress(content) if file.endswith(".gz") else content)
