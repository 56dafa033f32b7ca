"""The header of a safetensors file: read by itself, and strictly."""

from __future__ import annotations

import math
import struct
import sys
from contextlib import suppress

import pytest
from checkpoint_files import GOOD_SAFETENSORS, entry, read_bytes, refusal, refused, safetensors_bytes
from hypothesis import given, strategies as st

from resnet_inspect.checkpoints.checkpoint import BY_CODE, Checkpoint, TensorInfo
from resnet_inspect.checkpoints.readers.files import MAX_HEADER_BYTES, MAX_TENSORS, read_object
from resnet_inspect.errors import CheckpointError


def test_names_shapes_and_types_are_read_in_the_order_of_the_file(tmp_path):
    assert read_bytes(tmp_path, GOOD_SAFETENSORS) == Checkpoint(
        path=str(tmp_path / "weights.bin"),
        format="safetensors",
        tensors=(
            TensorInfo("fc.weight", (2, 3), "float32"),
            TensorInfo("fc.bias", (2,), "float32"),
            TensorInfo("n", (), "int64"),
        ),
        nested="",
        metadata={"format": "pt"},
        notes=(),
    )


def test_what_the_reference_implementation_writes_is_read_alike(tmp_path):
    torch = pytest.importorskip("torch")
    witness = pytest.importorskip("safetensors.torch")
    types = [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool, torch.float8_e4m3fn]
    tensors = {f"t{i}": torch.zeros(i, 2).to(dtype) for i, dtype in enumerate(types)}
    witness.save_file(tensors, tmp_path / "net.safetensors", metadata={"made": "here"})
    found = read_bytes(tmp_path, (tmp_path / "net.safetensors").read_bytes())
    assert found.metadata == {"made": "here"}
    expected = {name: (tuple(value.shape), str(value.dtype)) for name, value in tensors.items()}
    assert {info.name: (info.shape, f"torch.{info.dtype}") for info in found.tensors} == expected


def test_every_type_of_the_format_is_known_with_its_size():
    """Sizes in bits by the format's reference implementation, version 0.8."""
    assert {code: dtype.bits for code, dtype in BY_CODE.items()} == {
        **dict.fromkeys(["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"], 8),
        **dict.fromkeys(["I16", "U16", "F16", "BF16"], 16),
        **dict.fromkeys(["I32", "U32", "F32"], 32),
        **dict.fromkeys(["I64", "U64", "F64", "C64"], 64),
        "F4": 4,
        "F6_E2M3": 6,
        "F6_E3M2": 6,
    }


def test_a_file_cut_anywhere_is_refused(tmp_path):
    for length in range(len(GOOD_SAFETENSORS)):
        assert "cut off" in refused(tmp_path, GOOD_SAFETENSORS[:length], "cut.safetensors")


ONE = entry(0, 4, [1])
TOO_BIG = entry(0, 4, [1 << 62] * 64)
HEADERS = {
    "more bytes": ({"a": ONE}, 5, "has 1 byte more than its header accounts for"),
    "fewer bytes": ({"a": ONE}, 3, "has only 3 of 4 bytes of values: was the download cut off?"),
    "gap": ({"a": ONE, "b": entry(8, 12, [1])}, 12, "tensor 'b' leaves a gap of 4 bytes"),
    "gap at the start": ({"a": entry(4, 8, [1])}, 8, "tensor 'a' leaves a gap of 4 bytes"),
    "overlap": ({"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, 12, "tensor 'b' overlaps the one before it"),
    "same place": ({"a": ONE, "b": ONE}, 4, "tensor 'b' overlaps the one before it"),
    "beyond the end": ({"a": entry(0, 1 << 40, [1 << 38])}, 4, "has only 4 of 1,099,511,627,776 bytes of values"),
    "backwards": ({"a": entry(4, 0, [1])}, 4, "tensor 'a' has no usable data_offsets: [4, 0]"),
    "negative offset": ({"a": entry(-4, 0, [1])}, 4, "tensor 'a' has no usable data_offsets: [-4, 0]"),
    "three offsets": ({"a": {**ONE, "data_offsets": [0, 4, 4]}}, 4, "no usable data_offsets: [0, 4, 4]"),
    "offset text": ({"a": {**ONE, "data_offsets": "04"}}, 4, "tensor 'a' has no usable data_offsets: '04'"),
    "wrong span": ({"a": entry(0, 4, [2])}, 4, "tensor 'a' of shape [2] and dtype F32 does not match the 4 bytes"),
    "huge shape": ({"a": TOO_BIG}, 4, "does not match the 4 bytes"),
    "half a byte": ({"a": entry(0, 1, [1], "F4")}, 1, "does not match the 1 bytes"),
    "negative shape": ({"a": entry(0, 4, [-1])}, 4, "tensor 'a' has no usable shape: [-1]"),
    "float shape": ({"a": entry(0, 4, [1.0])}, 4, "tensor 'a' has no usable shape: [1.0]"),
    "true shape": ({"a": entry(0, 4, [True])}, 4, "tensor 'a' has no usable shape: [True]"),
    "65 dimensions": ({"a": entry(0, 4, [1] * 65)}, 4, "tensor 'a' has no usable shape: [1, 1, 1"),
    "unknown type": ({"a": entry(0, 4, [1], "F99")}, 4, "tensor 'a' has an unknown dtype, 'F99'"),
    "type of no text": ({"a": entry(0, 4, [1], ["F32"])}, 4, "tensor 'a' has an unknown dtype, ['F32']"),
    "no offsets": ({"a": {"dtype": "F32", "shape": [1]}}, 4, "is not an object with dtype, shape and data_offsets"),
    "no object": ({"a": [1]}, 4, "tensor 'a' in its header is not an object"),
    "metadata of numbers": ({"__metadata__": {"a": 1}, "a": ONE}, 4, "__metadata__ in its header is not an object"),
    "metadata list": ({"__metadata__": [], "a": ONE}, 4, "__metadata__ in its header is not an object"),
    "nothing": ({}, 0, "holds no tensors"),
    "only metadata": ({"__metadata__": {}}, 0, "holds no tensors"),
    "twice": (b'{"a":0,"a":0}', 0, "'a' is given twice in it"),
    "twice within": (b'{"a":{"dtype":"F32","dtype":"F32"}}', 0, "'dtype' is given twice in it"),
    "list": (b'["a"]', 0, "its header is not a JSON object"),
    "no JSON": (b'{"a":', 0, "its header is not valid JSON: Expecting value at character 5 of it"),
    "two objects": (b"{}{}", 0, "its header is not valid JSON: Extra data at character 2"),
    "not UTF-8": (b'{"\xff":0}', 0, "its header is not UTF-8, at byte 2 of it"),
    "NaN": (b'{"a":NaN}', 0, "its header is not valid JSON: NaN is not a JSON number"),
    "half a pair": (b'{"\\ud800":0}', 0, "its header has a string that is not Unicode"),
    "half a pair below": (b'{"__metadata__":{"a":"\\udfff"}}', 0, "its header has a string that is not Unicode"),
    "deep": (b'{"a":' + b"[" * 100_000, 0, "its header is nested too deeply"),
    "digits": (b'{"a":' + b"9" * 5_000 + b"}", 0, "its header is not valid JSON: Exceeds the limit"),
    "deep shape": (b'{"a":{"dtype":"F32","data_offsets":[0,4],"shape":' + b"[" * 400 + b"]" * 400 + b"}}", 4, "shape"),
}


@pytest.mark.parametrize(("header", "count", "message"), HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_wrong_says_where(tmp_path, header, count, message):
    assert message in refused(tmp_path, safetensors_bytes(header, bytes(count)), "net.safetensors")


def test_empty_tensors_may_share_a_place(tmp_path):
    header = {"a": entry(0, 0, [0, 5]), "b": entry(0, 4, [1]), "c": entry(4, 4, [3, 0])}
    found = read_bytes(tmp_path, safetensors_bytes(header, bytes(4)))
    assert [info.shape for info in found.tensors] == [(0, 5), (1,), (3, 0)]


def test_spaces_behind_the_header_are_padding(tmp_path):
    content = safetensors_bytes(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   ', b"x")
    assert len(read_bytes(tmp_path, content).tensors) == 1


@pytest.mark.parametrize(
    "name", ["\x1b[31mred\x1b[0m", "\u202eevil", "a\nb", "\0", "", "💥", "module.layer1.0.conv1.weight"]
)
def test_a_name_is_exact_in_the_data_and_safe_in_a_message(tmp_path, name):
    found = read_bytes(tmp_path, safetensors_bytes({name: ONE}, bytes(4)))
    assert [info.name for info in found.tensors] == [name]
    assert "has an unknown dtype" in refused(tmp_path, safetensors_bytes({name: entry(0, 4, [1], "\x1b[2J")}, bytes(4)))


@pytest.mark.parametrize("length", [MAX_HEADER_BYTES + 1, 100_000_000, 100_000_001])
def test_a_header_of_100_mb_is_refused_unread(tmp_path, length):
    path = tmp_path / "net.safetensors"
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", length) + b"{")
        stream.truncate(8 + length)
    reason = refusal(path)
    assert reason == f"has a header of {length:,} bytes; at most {MAX_HEADER_BYTES:,} are read"


@pytest.mark.parametrize("length", [1 << 63, (1 << 64) - 1, 1 << 41, 1000])
def test_a_length_beyond_the_file_is_refused(tmp_path, length):
    assert "says that its header has" in refused(tmp_path, struct.pack("<Q", length) + b"{}", "net.safetensors")


def test_a_header_as_long_as_is_allowed_is_read(tmp_path):
    text = safetensors_bytes({"a": ONE})[8:]
    content = safetensors_bytes(text + b" " * (MAX_HEADER_BYTES - len(text)), bytes(4))
    assert len(read_bytes(tmp_path, content).tensors) == 1


def test_the_limit_of_tensors_is_exact(tmp_path):
    names = [f"t{i}" for i in range(MAX_TENSORS + 1)]
    empty = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'

    def content(count):
        return safetensors_bytes(("{" + ",".join(f'"{name}":{empty}' for name in names[:count]) + "}").encode())

    assert len(read_bytes(tmp_path, content(MAX_TENSORS)).tensors) == MAX_TENSORS
    assert refused(tmp_path, content(MAX_TENSORS + 1)) == "has 50,001 tensors; at most 50,000 are read"


def test_a_million_tensors_are_refused_by_the_length_of_their_header(tmp_path):
    header = b"{" + b",".join(b'"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i for i in range(10**6)) + b"}"
    assert "has a header of" in refused(tmp_path, safetensors_bytes(header))


NAMES = st.text(max_size=5).filter(lambda name: name != "__metadata__")


@given(st.dictionaries(NAMES, st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=5))
def test_what_is_written_is_what_is_read(tmp_path_factory, shapes):
    header, start = {}, 0
    for name, shape in shapes.items():
        size = 4 * math.prod(shape)
        header[name] = entry(start, start + size, shape)
        start += size
    found = read_bytes(tmp_path_factory.mktemp("net"), safetensors_bytes(header, bytes(start)))
    assert {info.name: list(info.shape) for info in found.tensors} == shapes


def test_a_header_is_read_or_refused_at_whatever_depth_python_gives_up():
    """Reading and looking for half surrogate pairs do not give up at the same one."""
    limit = sys.getrecursionlimit()
    for depth in range(limit - 150, limit + 10):
        with suppress(CheckpointError):
            read_object(b'{"\\ud83d\\ude00":' + b"[" * depth + b"]" * depth + b"}", "it")
