"""Files of weights, good and bad, written byte by byte."""

from __future__ import annotations

import io
import json
import pickle
import struct
import warnings
import zipfile

import pytest

from resnet_inspect.checkpoints.read import read
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise


def entry(start, end, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def safetensors_bytes(header, values=b""):
    """``header`` as an object, or as the bytes that stand in its place."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + values


GOOD_SAFETENSORS = safetensors_bytes(
    {
        "__metadata__": {"format": "pt"},
        "fc.weight": entry(0, 24, [2, 3]),
        "fc.bias": entry(24, 32, [2]),
        "n": entry(32, 40, [], "I64"),
    },
    bytes(range(40)),
)


def zip_bytes(entries, compression=zipfile.ZIP_STORED):
    """An archive with these entries, as pairs, so that a name can come twice."""
    stream = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return stream.getvalue()


def torch_entries(content, storages=None):
    """The entries that ``torch.save`` writes, around a pickle."""
    stored = [(f"net/data/{key}", values) for key, values in (storages or {}).items()]
    return [("net/data.pkl", content), ("net/byteorder", b"little"), *stored, ("net/version", b"3\n")]


def torch_bytes(content, storages=None):
    return zip_bytes(torch_entries(content, storages))


def text(value):
    raw = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(raw)) + raw


def number(value):
    if 0 <= value < 256:
        return b"K" + bytes([value])
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def put(index):
    """Keep the value that was made last under a number, for ``get``."""
    return b"r" + struct.pack("<I", index)


def get(index):
    return b"j" + struct.pack("<I", index)


def list_of(*items):
    return b"](" + b"".join(items) + b"e"


def tuple_of(*items):
    return b"(" + b"".join(items) + b"t"


def global_(name):
    module, _, attribute = name.rpartition(".")
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def call(name, *arguments):
    return global_(name) + tuple_of(*arguments) + b"R"


def storage(key="0", size=6, kind="torch.FloatStorage"):
    return tuple_of(text("storage"), global_(kind), text(key), text("cpu"), number(size)) + b"Q"


def tensor(shape=(2, 3), strides=(3, 1), offset=0, stored=None):
    sizes, steps = (tuple_of(*map(number, numbers)) for numbers in (shape, strides))
    hooks = call("collections.OrderedDict")
    return call("torch._utils._rebuild_tensor_v2", stored or storage(), number(offset), sizes, steps, b"\x89", hooks)


def mapping(*items):
    """A pickle's dict, of pairs of a key and a value as opcodes."""
    return b"}(" + b"".join((text(key) if isinstance(key, str) else key) + value for key, value in items) + b"u"


def pickled(body):
    return b"\x80\x02" + body + b"."


GOOD_STORAGE = {"0": bytes(range(24))}
GOOD_TORCH = torch_bytes(pickled(mapping(("fc.weight", tensor()))), GOOD_STORAGE)


class Runs:
    """An object whose pickle calls a function with arguments."""

    def __init__(self, function, *arguments):
        self.called = function, arguments

    def __reduce__(self):
        return self.called


def running(function, *arguments):
    return pickle.dumps(Runs(function, *arguments), protocol=2)


def refusal(path):
    """Why a path is refused: the message, which names it, and is safe to show on one line."""
    with pytest.raises(CheckpointError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(sanitise(str(path))[:100])
    assert sanitise(message, len(message)) == message
    assert len(caught.value.reason) < 500
    return caught.value.reason


def refused(tmp_path, content, name="weights.bin"):
    """Why these bytes are refused."""
    path = tmp_path / name
    path.write_bytes(content)
    return refusal(path)


def read_bytes(tmp_path, content, name="weights.bin"):
    path = tmp_path / name
    path.write_bytes(content)
    return read(path)
