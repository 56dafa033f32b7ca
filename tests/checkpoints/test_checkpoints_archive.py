"""ZIP archives that torch did not write: refused before anything in them is read."""

from __future__ import annotations

import struct
import zipfile

import pytest
from checkpoint_files import (
    GOOD_STORAGE,
    GOOD_TORCH,
    mapping,
    pickled,
    read_bytes,
    refused,
    tensor,
    torch_bytes,
    torch_entries,
    zip_bytes,
)

from resnet_inspect.checkpoints.readers.files import MAX_DIRECTORY_BYTES

PICKLE = pickled(mapping(("fc.weight", tensor())))
GOOD = torch_entries(PICKLE, GOOD_STORAGE)


def with_entry(name, content=b"x"):
    return zip_bytes([*GOOD, (name, content)])


ARCHIVES = {
    "compressed": (
        zip_bytes(GOOD, zipfile.ZIP_DEFLATED),
        "its entry 'net/data.pkl' is compressed, as torch.save never",
    ),
    "bzip2": (zip_bytes(GOOD, zipfile.ZIP_BZIP2), "is compressed, as torch.save never does"),
    "twice": (zip_bytes([*GOOD, ("net/data/0", bytes(24))]), "its entry 'data/0' appears twice"),
    "pickle twice": (zip_bytes([*GOOD, ("net/data.pkl", PICKLE)]), "its entry 'data.pkl' appears twice"),
    "parent": (with_entry("net/../../evil"), "its entry 'net/../../evil' has a path that torch.save never writes"),
    "parent alone": (with_entry(".."), "its entry '..' has a path that torch.save never writes"),
    "absolute": (with_entry("/etc/passwd"), "its entry '/etc/passwd' has a path that torch.save never writes"),
    "backslash": (with_entry("net\\evil"), r"its entry 'net\evil' has a path that torch.save never writes"),
    "folder": (with_entry("net/empty/"), "its entry 'net/empty/' has a path that torch.save never writes"),
    "escape": (with_entry("net/../\x1b[31m"), r"its entry 'net/../\x1b[31m' has a path"),
    "another folder": (with_entry("other/data.pkl"), "its entries are not in one folder"),
    "no folder": (zip_bytes([("data.pkl", PICKLE)]), "is a ZIP archive, but not one of torch.save: it has no data.pkl"),
    "no pickle": (zip_bytes([("net/data/0", b"")]), "is a ZIP archive, but not one of torch.save: it has no data.pkl"),
    "no entries": (zip_bytes([]), "is an empty ZIP archive"),
    "big-endian": (zip_bytes([("n/data.pkl", PICKLE), ("n/byteorder", b"big")]), "is in big-endian byte order"),
    "NumPy": (zip_bytes([("weight.npy", b"")]), "is an archive of NumPy arrays (.npz)"),
    "Keras": (zip_bytes([("config.json", b""), ("model.weights.h5", b"")]), "is a Keras model"),
    "office": (zip_bytes([("[Content_Types].xml", b"")]), "is an office document"),
    "program": (zip_bytes([("net/archive_format", b"pt2")]), "is a program of torch.export"),
    "TorchScript": (
        zip_bytes([*GOOD, ("net/constants.pkl", b""), ("net/code/__torch__.py", b"")], zipfile.ZIP_DEFLATED),
        "is a TorchScript archive, which holds a program, not only weights. It is not opened.",
    ),
}


@pytest.mark.parametrize(("content", "message"), ARCHIVES.values(), ids=ARCHIVES)
def test_what_torch_does_not_write_is_refused(tmp_path, content, message):
    assert message in refused(tmp_path, content)


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    bomb = zip_bytes([("net/data.pkl", PICKLE), ("net/data/0", bytes(100_000_000))], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 200_000
    assert "is compressed" in refused(tmp_path, bomb)


def test_an_archive_cut_anywhere_is_refused(tmp_path):
    for length in range(len(GOOD_TORCH)):
        reason = refused(tmp_path, GOOD_TORCH[:length])
        assert "was the download cut off?" in reason or (length < 4 and "is not a known kind of checkpoint" in reason)


def patched(offset_in_directory, value, entry="net/data/0"):
    """The good file with other bytes in an entry of its directory."""
    at = GOOD_TORCH.rindex(b"PK\x01\x02", 0, GOOD_TORCH.rindex(entry.encode())) + offset_in_directory
    return GOOD_TORCH[:at] + value + GOOD_TORCH[at + len(value) :]


SIZE_AT, OFFSET_AT, FLAGS_AT = 20, 42, 8
PATCHES = {
    "huge entry": (
        patched(SIZE_AT, struct.pack("<II", 1 << 31, 1 << 31)),
        "of 2,147,483,648 bytes is larger than the file",
    ),
    "sizes that differ": (patched(SIZE_AT, struct.pack("<II", 24, 1 << 31)), "is compressed"),
    "overlapping": (patched(OFFSET_AT, struct.pack("<I", 0)), "'net/data/0' is not where the directory says"),
    "beyond the end": (patched(OFFSET_AT, struct.pack("<I", 1 << 30)), "is not where the directory says"),
    "encrypted": (patched(FLAGS_AT, b"\x01"), "its entry 'net/data/0' is encrypted"),
    "into its neighbour": (
        patched(SIZE_AT, struct.pack("<II", 25, 25)),
        "its entry 'version' overlaps the one before it",
    ),
}


@pytest.mark.parametrize(("content", "message"), PATCHES.values(), ids=PATCHES)
def test_a_directory_that_lies_is_refused(tmp_path, content, message):
    assert message in refused(tmp_path, content)


@pytest.mark.parametrize("offset", [1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
def test_an_offset_of_64_bits_is_refused(tmp_path, offset):
    content = patched(OFFSET_AT, b"\xff\xff\xff\xff")
    content = content[: content.rindex(b"PK\x05\x06")]
    start = content.index(b"PK\x01\x02")
    at = content.rindex(b"net/data/0")
    extra = struct.pack("<HHQ", 1, 8, offset)
    content = (
        content[: at - 16] + struct.pack("<H", len(extra)) + content[at - 14 : at + 10] + extra + content[at + 10 :]
    )
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(GOOD), len(GOOD), len(content) - start, start, 0)
    assert "'net/data/0' is not where the directory says" in refused(tmp_path, content + end)


def test_bytes_missing_at_the_front_are_damage(tmp_path):
    """Then zipfile takes the first entry to begin before the file does."""
    assert "is not where the directory says" in refused(tmp_path, b"PK\x03\x04" + GOOD_TORCH[20:])


def test_a_pickle_that_does_not_fit_its_checksum_is_damaged(tmp_path):
    at = GOOD_TORCH.index(b"fc.weight")
    assert "its data.pkl is damaged: the checksum" in refused(tmp_path, GOOD_TORCH[:at] + b"x" + GOOD_TORCH[at + 1 :])


def test_a_directory_larger_than_the_limit_is_not_read(tmp_path):
    names = [(f"net/{'x' * 1000}{i}", b"") for i in range(MAX_DIRECTORY_BYTES // 1000 + 1)]
    assert "has a ZIP directory of more than 8,388,608 bytes" in refused(tmp_path, zip_bytes([*GOOD, *names]))


@pytest.mark.parametrize("size", [(1 << 32) - 2, 1 << 20])
def test_a_directory_that_says_it_is_huge_is_not_made_room_for(tmp_path, size):
    at = GOOD_TORCH.rindex(b"PK\x05\x06") + 12
    content = GOOD_TORCH[:at] + struct.pack("<II", size, 0) + GOOD_TORCH[at + 8 :]
    assert "is a damaged ZIP archive" in refused(tmp_path, content)


def test_more_entries_than_the_limit_are_refused(tmp_path):
    assert "entries; at most 51,000 are read" in refused(tmp_path, zip_bytes([(f"n/{i}", b"") for i in range(51_001)]))


def test_an_archive_comment_does_no_harm(tmp_path):
    (tmp_path / "net.pth").write_bytes(torch_bytes(PICKLE, GOOD_STORAGE))
    with zipfile.ZipFile(tmp_path / "net.pth", "a") as archive:
        archive.comment = b"hello"
    assert read_bytes(tmp_path, (tmp_path / "net.pth").read_bytes()).tensors
