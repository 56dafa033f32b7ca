"""A shard that is named alone, and a folder of shards: the index is what to name."""

from __future__ import annotations

import json

import pytest
from checkpoints.checkpoint_files import GOOD_SAFETENSORS, refusal

from resnet_inspect.checkpoints.identify import identify_checkpoint
from resnet_inspect.checkpoints.read import read
from resnet_inspect.errors import RequestError

SHARD = "model-00001-of-00006.safetensors"
INDEX = "model.safetensors.index.json"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / SHARD).write_bytes(GOOD_SAFETENSORS)
    return tmp_path


def test_a_shard_alone_says_so(folder):
    assert read(folder / SHARD).notes == ("it is one shard of 6: the others are not in it",)


def test_its_index_is_named(folder):
    (folder / INDEX).write_text(json.dumps({"weight_map": {"fc.weight": SHARD}}))
    note = f"it is one shard of 6: {INDEX} next to it lists them all"
    assert read(folder / SHARD).notes == (note,)
    with pytest.raises(RequestError, match=f"not a ResNet: .*; {note}"):
        identify_checkpoint(read(folder / SHARD))
    assert refusal(folder) == f"is a directory: name the file in it, e.g. {INDEX}"


@pytest.mark.parametrize(
    "name", ["model.safetensors", "model-1-of-2.safetensors", "model-00001-of-00006.safetensors.bin"]
)
def test_other_names_are_no_shards(tmp_path, name):
    (tmp_path / name).write_bytes(GOOD_SAFETENSORS)
    assert read(tmp_path / name).notes == ()
