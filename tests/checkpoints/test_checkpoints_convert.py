"""Tensors under other names: their values byte for byte, and a file that is whole or not there."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch
from checkpoint_files import (
    GOOD_SAFETENSORS,
    GOOD_STORAGE,
    call,
    entry,
    global_,
    mapping,
    number,
    pickled,
    safetensors_bytes,
    storage,
    tensor,
    torch_bytes,
    tuple_of,
)
from hypothesis import given, strategies as st
from safetensors.torch import load_file, save_file

from resnet_inspect.checkpoints import convert as convert_module
from resnet_inspect.checkpoints.convert import CHUNK_BYTES, convert
from resnet_inspect.checkpoints.read import read
from resnet_inspect.errors import CheckpointError, RequestError


def bits(tensor):
    """The bytes of a tensor; NaNs, which equal nothing, are compared like this too."""
    plain = torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
    return plain.flatten().view(torch.uint8).numpy().tobytes()


def random_bits(dtype, *shape):
    size = torch.empty(0, dtype=dtype).element_size()
    raw = torch.randint(0, 256, (*shape[:-1], shape[-1] * size), dtype=torch.uint8)
    return raw % 2 == 1 if dtype is torch.bool else raw.view(dtype)


def every_kind():
    base = torch.randn(6, 7)
    return {
        "float32": random_bits(torch.float32, 3, 5),
        "float16": random_bits(torch.float16, 3, 5),
        "bfloat16": random_bits(torch.bfloat16, 7),
        "float64": random_bits(torch.float64, 2, 2),
        "float8": random_bits(torch.float8_e4m3fn, 9),
        "int64": random_bits(torch.int64, 4),
        "bool": random_bits(torch.bool, 5),
        "uint16": random_bits(torch.uint16, 3),
        "complex64": random_bits(torch.complex64, 3),
        "scalar": torch.tensor(float("nan")),
        "empty": torch.zeros(0, 4),
        "transposed": base.t(),
        "slice": base[1:5:2, 2:6:3],
        "channels last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "tied": base,
    }


def source_of(tmp_path, tensors, kind):
    path = tmp_path / f"source.{kind}"
    if kind == "pth":
        torch.save({"epoch": 1, "model": tensors}, path)
    else:
        save_file({name: value.clone(memory_format=torch.contiguous_format) for name, value in tensors.items()}, path)
    return path


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_a_round_trip_changes_no_byte(tmp_path, kind):
    """The witness is the format's reference implementation."""
    tensors = every_kind()
    source, there, back = (
        source_of(tmp_path, tensors, kind),
        tmp_path / "there.safetensors",
        tmp_path / "back.safetensors",
    )
    convert(source, {name: f"new.{name}" for name in tensors}, there)
    convert(there, {f"new.{name}": name for name in tensors}, back)
    renamed, returned = load_file(there), load_file(back)
    assert renamed.keys() == {f"new.{name}" for name in tensors}
    for name, value in tensors.items():
        for found in (renamed[f"new.{name}"], returned[name]):
            assert (found.dtype, found.shape, bits(found)) == (value.dtype, value.shape, bits(value))


@given(
    shape=st.lists(st.integers(0, 4), max_size=4),
    order=st.randoms(use_true_random=False),
    start=st.integers(0, 3),
    steps=st.integers(1, 2),
)
def test_any_view_is_written_in_its_own_order(tmp_path_factory, shape, order, start, steps):
    folder = tmp_path_factory.mktemp("views")
    dimensions = list(range(len(shape)))
    order.shuffle(dimensions)
    view = torch.randn([size * steps + start for size in shape]).permute(dimensions)
    for dimension, at in enumerate(dimensions):
        view = view.narrow(dimension, start, shape[at] * steps)[
            (slice(None),) * dimension + (slice(None, None, steps),)
        ]
    torch.save({"w": view}, folder / "net.pth")
    convert(folder / "net.pth", {"w": "w"}, folder / "net.safetensors")
    found = load_file(folder / "net.safetensors")["w"]
    assert found.shape == view.shape
    assert bits(found) == bits(view)


def test_only_what_is_named_is_written(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(GOOD_SAFETENSORS)
    convert(tmp_path / "a.safetensors", {"fc.bias": "fc.bias"}, tmp_path / "b.safetensors")
    found = read(tmp_path / "b.safetensors")
    assert [info.name for info in found.tensors] == ["fc.bias"]
    assert found.metadata == {"format": "pt"}


def test_metadata_is_kept(tmp_path):
    header = {"__metadata__": {"made": "here", "format": "np"}, "a": entry(0, 4, [1])}
    (tmp_path / "a").write_bytes(safetensors_bytes(header, b"abcd"))
    convert(tmp_path / "a", {"a": "b"}, tmp_path / "b")
    assert read(tmp_path / "b").metadata == {"made": "here", "format": "np"}


def test_a_torch_file_becomes_one_that_transformers_reads(tmp_path):
    torch.save({"a": torch.zeros(1)}, tmp_path / "a.pth")
    convert(tmp_path / "a.pth", {"a": "a"}, tmp_path / "b")
    assert read(tmp_path / "b").metadata == {"format": "pt"}


def test_wide_elements_come_first_so_that_all_are_aligned(tmp_path):
    tensors = {"a": torch.zeros(3, dtype=torch.uint8), "b": torch.zeros(3, dtype=torch.int64), "c": torch.zeros(3)}
    torch.save(tensors, tmp_path / "a.pth")
    convert(tmp_path / "a.pth", {name: name for name in "abc"}, tmp_path / "b.safetensors")
    assert [info.name for info in read(tmp_path / "b.safetensors").tensors] == ["b", "c", "a"]
    assert int.from_bytes((tmp_path / "b.safetensors").read_bytes()[:8], "little") % 8 == 0


def test_shards_become_one_file(tmp_path):
    (tmp_path / "1.safetensors").write_bytes(GOOD_SAFETENSORS)
    torch.save({"x": torch.arange(3)}, tmp_path / "2.bin")
    (tmp_path / "all.index.json").write_text('{"weight_map": {"fc.bias": "1.safetensors", "x": "2.bin"}}')
    convert(tmp_path / "all.index.json", {"x": "y", "fc.bias": "b"}, tmp_path / "one.safetensors")
    found = load_file(tmp_path / "one.safetensors")
    assert found["y"].tolist() == [0, 1, 2]
    assert bits(found["b"]) == bytes(range(24, 32))


@pytest.mark.parametrize(
    ("renames", "message"),
    [
        ({"gone": "a"}, "holds no tensor 'gone' to rename"),
        ({"fc.weight": "a", "fc.bias": "a"}, "two of its tensors would be called 'a'"),
        ({"n": "__metadata__"}, "tensor 'n' cannot be called __metadata__"),
        ({"n": "\ud800"}, r"tensor 'n' cannot be called '\ud800': that is not Unicode"),
        ({}, "none of its tensors was chosen"),
    ],
)
def test_renames_that_cannot_be_are_refused(tmp_path, renames, message):
    source, target = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    source.write_bytes(GOOD_SAFETENSORS)
    with pytest.raises(CheckpointError) as caught:
        convert(source, renames, target)
    assert message in caught.value.reason
    assert not target.exists()


def test_a_type_that_safetensors_has_not_is_refused(tmp_path):
    torch.save({"a": torch.zeros(2, dtype=torch.complex128)}, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="tensor 'a' is complex128, which safetensors has no type for"):
        convert(tmp_path / "a.pth", {"a": "a"}, tmp_path / "b")


def looped(folder):
    (folder / "loop").symlink_to("loop")
    return folder / "loop"


def circle(folder):
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    return folder / "two"


def below_a_file(folder):
    (folder / "file").write_bytes(b"")
    return folder / "file" / "b.safetensors"


def fifo(folder):
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


PLACES = {
    "link to itself": looped,
    "links in a circle": circle,
    "below a link to itself": lambda folder: looped(folder) / "b.safetensors",
    "folder": lambda folder: folder,
    "below a file": below_a_file,
    "no folder": lambda folder: folder / "gone" / "b.safetensors",
    "pipe": fifo,
    "device": lambda _: "/dev/full",
    "long name": lambda folder: folder / ("x" * 300),
    "null byte": lambda folder: f"{folder}/a\0b",
    "half a surrogate pair": lambda folder: f"{folder}/\ud800",
}


class TestTarget:
    """What becomes of the target, and of what is beside it."""

    @pytest.fixture
    def source(self, tmp_path):
        path = tmp_path / "in" / "a.safetensors"
        path.parent.mkdir()
        path.write_bytes(GOOD_SAFETENSORS)
        return path

    @pytest.fixture
    def target(self, tmp_path):
        path = tmp_path / "out" / "b.safetensors"
        path.parent.mkdir()
        return path

    def left(self, target):
        return {path.name: path.read_bytes() for path in target.parent.iterdir()}

    def test_an_existing_one_is_kept_unless_forced(self, source, target):
        target.write_bytes(b"old")
        with pytest.raises(CheckpointError, match=r"already exists; --force overwrites it"):
            convert(source, {"n": "n"}, target)
        assert self.left(target) == {"b.safetensors": b"old"}
        convert(source, {"n": "n"}, target, force=True)
        assert [info.name for info in read(target).tensors] == ["n"]

    @pytest.mark.parametrize("name", ["b.pth", "b.PT", "b.bin"])
    def test_it_is_not_called_as_a_file_of_torch_save(self, source, target, name):
        with pytest.raises(CheckpointError, match=r"is written as safetensors, but \.(pth|pt|bin) is for torch"):
            convert(source, {"n": "n"}, target.with_name(name), force=True)
        assert self.left(target) == {}

    def test_it_may_be_the_source_itself(self, source):
        convert(source, {"n": "m", "fc.bias": "b"}, source, force=True)
        assert [info.name for info in read(source).tensors] == ["m", "b"]

    @pytest.mark.parametrize("kind", ["link", "chain", "hard link", "around"])
    def test_it_may_lead_to_the_source(self, source, target, kind):
        """A link stays one; of a hard link, the other name keeps the old content."""
        if kind == "hard link":
            os.link(source, target)
        elif kind == "around":
            target = source.parent / ".." / "in" / source.name
        else:
            at = target.with_name("between") if kind == "chain" else target
            at.symlink_to(source)
            if kind == "chain":
                target.symlink_to("between")
        convert(source, {"n": "m"}, target, force=True)
        assert [info.name for info in read(target).tensors] == ["m"]
        assert (source.read_bytes() == GOOD_SAFETENSORS) is (kind == "hard link")
        assert target.is_symlink() is (kind in {"link", "chain"})
        assert not [*source.parent.glob("*.part"), *target.parent.glob("*.part")]

    @pytest.mark.parametrize("force", [True, False], ids=["forced", "not forced"])
    @pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
    def test_where_no_file_can_be_nothing_is_written(self, source, target, place, force):
        there = place(target.parent)
        before = sorted(target.parent.iterdir())
        with pytest.raises(RequestError, match=r"cannot be written: .|already exists"):
            convert(source, {"n": "n"}, there, force=force)
        assert sorted(target.parent.iterdir()) == before

    def test_a_dangling_link_is_followed_if_forced(self, source, target):
        target.symlink_to("new.safetensors")
        with pytest.raises(CheckpointError, match="already exists"):
            convert(source, {"n": "n"}, target)
        convert(source, {"n": "n"}, target, force=True)
        assert (target.is_symlink(), (target.parent / "new.safetensors").is_file()) == (True, True)

    @pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
    def test_what_stops_the_writing_leaves_nothing_behind(self, source, target, monkeypatch, error):
        def stop(*_):
            raise error
            yield

        monkeypatch.setattr(convert_module, "_values", stop)
        target.write_bytes(b"old")
        with pytest.raises((RequestError, KeyboardInterrupt)):
            convert(source, {"n": "n"}, target, force=True)
        assert self.left(target) == {"b.safetensors": b"old"}

    def test_a_full_disk_leaves_nothing_behind(self, tmp_path, target):
        """A limit on the size of files, which the system answers as it answers for a full disk."""
        torch.save({"w": torch.zeros(1_000_000)}, tmp_path / "in.pth")
        code = (
            "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
            "from resnet_inspect.checkpoints.convert import convert\n"
            f"convert({str(tmp_path / 'in.pth')!r}, {{'w': 'w'}}, {str(target)!r})"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "RequestError" in done.stderr
        assert "cannot be written" in done.stderr
        assert self.left(target) == {}

    def test_a_file_that_does_not_fit_on_the_disk_is_not_begun(self, source, target, monkeypatch):
        monkeypatch.setattr(convert_module, "disk_usage", lambda _: SimpleNamespace(free=100))
        monkeypatch.delattr(convert_module, "replacing")
        with pytest.raises(CheckpointError, match=r"it needs 1[0-9]{2} bytes, but only 100 are free"):
            convert(source, {"n": "n"}, target)

    def test_a_folder_that_is_not_there_is_said(self, source, tmp_path):
        with pytest.raises(RequestError, match="cannot be written"):
            convert(source, {"n": "n"}, tmp_path / "gone" / "b.safetensors")

    def test_a_source_that_changes_meanwhile_is_not_written(self, source, target, monkeypatch):
        values = convert_module._values

        def and_change(tensor):
            yield from values(tensor)
            source.write_bytes(GOOD_SAFETENSORS[:-1] + b"x")

        monkeypatch.setattr(convert_module, "_values", and_change)
        with pytest.raises(CheckpointError, match="changed while it was being read; nothing was written"):
            convert(source, {"n": "n"}, target)
        assert self.left(target) == {}


def test_no_more_than_a_chunk_is_in_memory(tmp_path, monkeypatch):
    torch.save({"w": torch.zeros(3_000_000), "t": torch.zeros(3_000, 1_000).t()}, tmp_path / "net.pth")
    sizes = []

    @contextmanager
    def counting(_):
        yield SimpleNamespace(write=lambda chunk: sizes.append(len(chunk)))

    monkeypatch.setattr(convert_module, "replacing", counting)
    convert(tmp_path / "net.pth", {"w": "w", "t": "t"}, tmp_path / "net.safetensors")
    assert sum(sizes[1:]) == 24_000_000
    assert max(sizes) <= CHUNK_BYTES


@pytest.mark.parametrize("stride", [0, 7, (1 << 31) + 1, 1 << 61, (1 << 63) - 1])
@pytest.mark.parametrize("shape", [(1, 3, 2), (3, 1, 2), (3, 2, 1), (1, 1, 3, 2, 1, 1), (3, 2, *[1] * 62)])
def test_the_stride_of_an_axis_of_size_one_is_no_matter(tmp_path, shape, stride):
    """Of the rest, the elements lie column by column."""
    of_rest = iter((1, 3))
    strides = [stride if size == 1 else next(of_rest) for size in shape]
    (tmp_path / "a.pt").write_bytes(torch_bytes(pickled(mapping(("w", tensor(shape, strides)))), GOOD_STORAGE))
    convert(tmp_path / "a.pt", {"w": "w"}, tmp_path / "b.safetensors")
    (found,) = read(tmp_path / "b.safetensors").tensors
    assert found.shape == shape
    values = (tmp_path / "b.safetensors").read_bytes()[-24:]
    assert [values[at] // 4 for at in range(0, 24, 4)] == [0, 3, 1, 4, 2, 5]


@pytest.mark.parametrize("dtype", ["float4_e2m1", "float6_e2m3", "float6_e3m2"])
def test_a_pickle_has_no_elements_of_less_than_a_byte(tmp_path, dtype):
    stored = storage(size=24, kind="torch.storage.UntypedStorage")
    arguments = [number(0), tuple_of(number(3), number(2)), tuple_of(number(1), number(3)), b"N", b"N"]
    made = call("torch._utils._rebuild_tensor_v3", stored, *arguments, global_(f"torch.{dtype}"))
    (tmp_path / "a.pt").write_bytes(torch_bytes(pickled(mapping(("w", made))), GOOD_STORAGE))
    with pytest.raises(CheckpointError, match=f"holds an object of 'torch.{dtype}'"):
        convert(tmp_path / "a.pt", {"w": "w"}, tmp_path / "b.safetensors")
