"""An index and its shards: plain names in one folder, with the tensors that the index names; and a shard by itself."""

from __future__ import annotations

import json

import pytest
from checkpoint_files import (
    GOOD_SAFETENSORS,
    GOOD_STORAGE,
    entry,
    mapping,
    pickled,
    refusal,
    safetensors_bytes,
    tensor,
    torch_bytes,
)

from resnet_inspect.checkpoints.checkpoint import TensorInfo
from resnet_inspect.checkpoints.identify import identify_checkpoint
from resnet_inspect.checkpoints.read import read
from resnet_inspect.checkpoints.readers.files import MAX_HEADER_BYTES
from resnet_inspect.errors import CheckpointError, RequestError


def shard(*names):
    header = {name: entry(4 * i, 4 * i + 4, [1]) for i, name in enumerate(names)}
    return safetensors_bytes(header, bytes(4 * len(names)))


GOOD_MAP = {"a": "1.safetensors", "b": "1.safetensors", "c": "2.safetensors"}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "1.safetensors").write_bytes(shard("a", "b"))
    (folder / "2.safetensors").write_bytes(shard("c"))
    return folder


def index(folder, weight_map, **more):
    path = folder / "model.safetensors.index.json"
    path.write_text(json.dumps({"metadata": {"total_size": 12}, "weight_map": weight_map, **more}))
    return path


def test_the_tensors_of_all_shards_are_read(folder):
    found = read(index(folder, GOOD_MAP))
    assert (found.format, found.nested, found.notes) == ("sharded", "", ())
    assert found.tensors == tuple(TensorInfo(name, (1,), "float32") for name in "abc")


def test_shards_may_be_torch_files_and_their_notes_are_kept(folder):
    content = mapping(("a", tensor()), ("epoch", b"N"))
    (folder / "1.bin").write_bytes(torch_bytes(pickled(content), GOOD_STORAGE))
    found = read(index(folder, {"a": "1.bin", "c": "2.safetensors"}))
    assert [info.name for info in found.tensors] == ["a", "c"]
    assert found.notes == ("1.bin: 1 entry that is not a tensor: epoch",)


@pytest.mark.parametrize(
    "name",
    [
        "../1.safetensors",
        "/etc/passwd",
        "sub/1.safetensors",
        "..",
        ".",
        "",
        "a\\b",
        "C:evil",
        "a\0b",
        "./1.safetensors",
    ],
)
def test_a_path_is_no_name_of_a_shard(folder, name):
    (folder.parent / "1.safetensors").write_bytes(shard("a"))
    assert "which is not a plain file name" in refusal(index(folder, {"a": name}))


def test_a_link_out_of_the_folder_is_not_followed(folder):
    (folder.parent / "outside.safetensors").write_bytes(shard("a"))
    (folder / "link.safetensors").symlink_to(folder.parent / "outside.safetensors")
    reason = refusal(index(folder, {"a": "link.safetensors"}))
    assert reason == "its shard 'link.safetensors' is a link out of its folder, which is not followed"


def test_a_link_within_the_folder_is_followed(folder):
    (folder / "link.safetensors").symlink_to("2.safetensors")
    assert len(read(index(folder, {"c": "link.safetensors"})).tensors) == 1


def test_a_download_cache_of_links_is_read(tmp_path):
    """Index and shards are links into one folder of contents."""
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "main"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    (blobs / "abc").write_bytes(shard("a"))
    (blobs / "def").write_text(json.dumps({"weight_map": {"a": "1.safetensors"}}))
    (snapshot / "1.safetensors").symlink_to("../../blobs/abc")
    (snapshot / "model.safetensors.index.json").symlink_to("../../blobs/def")
    assert len(read(snapshot / "model.safetensors.index.json").tensors) == 1


MAPS = {
    "missing shard": ({"a": "3.safetensors"}, "its shard '3.safetensors' is missing: download all the files"),
    "folder": ({"a": "sub"}, "its shard 'sub' is missing"),
    "missing tensor": ({**GOOD_MAP, "d": "2.safetensors"}, "names 1 tensor that its shards do not hold: d"),
    "wrong shard": (
        {**GOOD_MAP, "a": "2.safetensors"},
        "which the index expects in '2.safetensors'",
    ),
    "escape": ({**GOOD_MAP, "\x1b[31m": "2.safetensors"}, r"do not hold: \x1b[31m"),
    "nothing": ({}, "holds no tensors: its weight_map is empty"),
    "list": (["1.safetensors"], "its weight_map is not an object of file names"),
    "number": ({"a": 1}, "its weight_map is not an object of file names"),
    "many shards": ({str(i): f"{i}.safetensors" for i in range(1001)}, "names 1,001 shards; at most 1,000 are read"),
    "itself": ({"a": "model.safetensors.index.json"}, "is an index itself, which an index cannot name"),
}


@pytest.mark.parametrize(("weight_map", "message"), MAPS.values(), ids=MAPS)
def test_an_index_that_does_not_fit_its_shards_says_where(folder, weight_map, message):
    (folder / "sub").mkdir()
    assert message in blame(index(folder, weight_map))


def blame(path):
    """Why an index is refused; the message names it or, where that is to blame, a shard."""
    with pytest.raises(CheckpointError) as caught:
        read(path)
    assert caught.value.path.startswith(str(path.parent))
    return caught.value.reason


def test_a_tensor_in_two_shards_is_refused(folder):
    (folder / "2.safetensors").write_bytes(shard("c", "a"))
    assert blame(index(folder, GOOD_MAP)) == "holds tensor 'a', as another shard does"


def test_tensors_that_the_index_does_not_name_are_read_and_said(folder):
    found = read(index(folder, {"a": "1.safetensors", "c": "2.safetensors"}))
    assert [info.name for info in found.tensors] == ["a", "b", "c"]
    assert found.notes == ("1 tensor that the index does not name: b",)


def test_a_bad_shard_is_named(folder):
    (folder / "2.safetensors").write_bytes(b"<html>")
    path = index(folder, GOOD_MAP)
    with pytest.raises(CheckpointError, match=r"2\.safetensors: is an HTML page"):
        read(path)


def test_an_index_may_not_be_larger_than_the_limit(folder):
    path = index(folder, GOOD_MAP)
    path.write_text(path.read_text() + " " * MAX_HEADER_BYTES)
    assert "of an index, at most 8,388,608 are read" in refusal(path)


def test_a_key_that_is_given_twice_is_refused(folder):
    path = folder / "index.json"
    path.write_text('{"weight_map": {"a": "1.safetensors", "a": "2.safetensors"}}')
    assert refusal(path) == "'a' is given twice in it"


SHARD = "model-00001-of-00006.safetensors"
INDEX = "model.safetensors.index.json"


@pytest.fixture
def shard_folder(tmp_path):
    (tmp_path / SHARD).write_bytes(GOOD_SAFETENSORS)
    return tmp_path


def test_a_shard_alone_says_so(shard_folder):
    assert read(shard_folder / SHARD).notes == ("it is one shard of 6: the others are not in it",)


def test_the_index_of_a_shard_is_named(shard_folder):
    (shard_folder / INDEX).write_text(json.dumps({"weight_map": {"fc.weight": SHARD}}))
    note = f"it is one shard of 6: {INDEX} next to it lists them all"
    assert read(shard_folder / SHARD).notes == (note,)
    with pytest.raises(RequestError, match=f"not a ResNet: .*; {note}"):
        identify_checkpoint(read(shard_folder / SHARD))
    assert refusal(shard_folder) == f"is a directory: name the file in it, e.g. {INDEX}"


@pytest.mark.parametrize(
    "name", ["model.safetensors", "model-1-of-2.safetensors", "model-00001-of-00006.safetensors.bin"]
)
def test_other_names_are_no_shards(tmp_path, name):
    (tmp_path / name).write_bytes(GOOD_SAFETENSORS)
    assert read(tmp_path / name).notes == ()
