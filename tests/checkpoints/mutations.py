"""Good files with changes of chance, as a broken disk or a bad person would make them."""

from __future__ import annotations

import functools
import io
import zipfile
import zlib

import torch
from checkpoint_files import GOOD_SAFETENSORS, GOOD_TORCH
from torch import nn

from resnet_inspect.checkpoints.read import read
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise


@functools.cache  # and only when it is asked for: an optimiser loads a good part of torch
def _saved():
    net, stream = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), io.BytesIO()
    torch.save(
        {"epoch": 1, "model": net.state_dict(), "optimizer": torch.optim.SGD(net.parameters()).state_dict()}, stream
    )
    return stream.getvalue()


GOOD = {"safetensors": lambda: GOOD_SAFETENSORS, "torch": _saved, "torch by hand": lambda: GOOD_TORCH}
"""Contents of good files, made on request."""

_CHANGES = ("flip", "flip", "set", "cut", "insert", "repeat", "delete", "number")


def mutated(good, chance):
    """One to five changes; of a torch file, half the time only the pickle, with its checksum made to fit."""
    if good.startswith(b"PK") and chance.random() < 0.5:
        return _with_mutated_pickle(good, chance)
    content = bytearray(good)
    for _ in range(chance.randint(1, 5)):
        _change(content, chance)
    return bytes(content)


def _change(content, chance):
    at = chance.randint(0, max(len(content) - 1, 0))
    length = chance.randint(1, 16)
    change = chance.choice(_CHANGES)
    if not content:
        return
    if change == "flip":
        content[at] ^= 1 << chance.randint(0, 7)
    elif change == "set":
        content[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, ord("("), ord("R"), ord("."), ord('"'), ord("{")])
    elif change == "cut":
        del content[at:]
    elif change == "insert":
        content[at:at] = chance.randbytes(length)
    elif change == "repeat":
        content[at:at] = content[at : at + length]
    elif change == "delete":
        del content[at : at + length]
    else:
        content[at : at + 4] = chance.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x10000]).to_bytes(4, "little")


def _with_mutated_pickle(good, chance):
    """The length stays, so that the archive around it is whole."""
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("data.pkl"))
        old = archive.read(name)
    new = bytearray(old)
    for _ in range(chance.randint(1, 4)):
        _change(new, chance)
    fitted = bytes(new[: len(old)].ljust(len(old), b"."))
    changed = good.replace(old, fitted)
    return changed.replace(zlib.crc32(old).to_bytes(4, "little"), zlib.crc32(fitted).to_bytes(4, "little"))


def outcome(path, content):
    """Whether a file is read; otherwise it must be refused, with a message that is safe to show."""
    path.write_bytes(content)
    try:
        return bool(read(path).tensors)
    except CheckpointError as error:
        message = str(error)
        assert sanitise(message, len(message)) == message
        return False
