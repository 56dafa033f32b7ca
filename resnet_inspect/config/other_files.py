"""Files that are no configs, known by their suffixes: weights and models of several frameworks, and what reads them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

WEIGHTS = frozenset({".pth", ".pt", ".bin", ".safetensors", ".ckpt"})
"""Suffixes of weights that ``identify`` and ``weights`` read."""

_UNREAD: Mapping[str, str] = {
    ".onnx": "an ONNX model",
    ".pt2": "a program of torch.export",
    ".h5": "a model of Keras",
    ".hdf5": "a model of Keras",
    ".keras": "a model of Keras",
    ".pb": "a TensorFlow graph",
    ".tflite": "a TensorFlow Lite model",
    ".msgpack": "a checkpoint of Flax",
    ".caffemodel": "a Caffe model",
    ".params": "weights of MXNet",
    ".npz": "arrays of NumPy",
    ".pkl": "a pickle",
    ".engine": "a TensorRT engine",
    ".mlmodel": "a Core ML model",
}


class OtherFile(NamedTuple):
    """What a file is instead of a config.

    Attributes:
        is_a: in words.
        hint: which command reads it, or what to do where none does.
    """

    is_a: str
    hint: str


def other_file(path: str) -> OtherFile | None:
    """Return what the suffix of ``path`` says that it is; ``None`` for one that says nothing."""
    suffix = Path(path).suffix.lower()
    if suffix in WEIGHTS or path.lower().endswith(".index.json"):
        named = shlex.quote(path)
        return OtherFile(
            "weights, not a config",
            f"'resnet-inspect identify {named}' says which network they belong to, "
            f"'resnet-inspect weights MODEL {named}' whether they load into one",
        )
    if suffix in _UNREAD:
        return OtherFile(
            f"{_UNREAD[suffix]}, which is not read",
            "name a torch module instead (net.py:Net), or save its weights as .safetensors or .pth for 'identify'",
        )
    return None
