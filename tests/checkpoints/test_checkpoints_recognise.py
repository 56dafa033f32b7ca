"""What is no checkpoint is named as what it is, and nothing hangs."""

from __future__ import annotations

import gzip
import io
import os
import tarfile

import pytest
from checkpoint_files import GOOD_SAFETENSORS, GOOD_TORCH, entry, read_bytes, refusal, refused, safetensors_bytes
from each import for_each


def tar_bytes():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("net.pth"))
    return stream.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
FILES = {
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(99), "is a PNG image"),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(99), "is a JPEG image"),
    "pdf": (b"%PDF-1.7\n", "is a PDF document"),
    "html": (b"\n<!DOCTYPE html><html>", "is an HTML page, not a checkpoint: was the download redirected?"),
    "html without doctype": (b"<HTML><head>", "is an HTML page"),
    "html with a mark": (b"\xef\xbb\xbf<!doctype html>", "is an HTML page"),
    "xml": (b'<?xml version="1.0"?><Error>', "is an XML document, not a checkpoint"),
    "lfs": (LFS, "is a Git LFS pointer, not the file itself: run 'git lfs pull'"),
    "gzip": (gzip.compress(GOOD_TORCH), "is compressed with gzip: unpack it first"),
    "bzip2": (b"BZh91AY&SY", "is compressed with bzip2"),
    "xz": (b"\xfd7zXZ\x00\x00", "is compressed with xz"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(9), "is compressed with zstd"),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00", "is a 7-Zip archive"),
    "tar": (tar_bytes(), "is a tar archive"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "is an HDF5 file"),
    "numpy": (b"\x93NUMPY\x01\x00v\x00", "is a NumPy array"),
    "gguf": (b"GGUF\x03\x00\x00\x00", "is a GGUF file"),
    "tflite": (b"\x1c\x00\x00\x00TFL3", "is a TensorFlow Lite model"),
    "mxnet": (b"\x12\x01" + bytes(30), "is an MXNet parameter file"),
    "text": (b"hello", "is not a known kind of checkpoint"),
    "zeros": (bytes(100), "is not a known kind of checkpoint"),
    "one byte": (b"{", "is not valid JSON"),
    "json": (b'{"architectures": []}', "is a JSON file without weight_map, not an index of weights"),
    "pickle 4": (b"\x80\x04\x95\x00", "is a bare pickle. It is not opened, because reading a pickle can run code."),
    "pickle 0": (b"(dp0\n.", "is a bare pickle"),
    "empty": (b"", "is empty: was the download cut off?"),
}


@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ".bin", ""])
@for_each("content, message", FILES.values())
def test_a_file_is_known_by_its_content_whatever_its_name(tmp_path, content, message, suffix):
    reason = refused(tmp_path, content, f"net{suffix}")
    if suffix == ".safetensors" and ("known kind of checkpoint" in message or "JSON" in message):
        message = "header" if content[:1] == b"\0" else "safetensors file"  # then it is held against what its name says
    assert message in reason


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.onnx", "is an ONNX model"),
        ("frozen.pb", "is a TensorFlow graph"),
        ("net.caffemodel", "is a Caffe model"),
        ("net.msgpack", "is a Flax checkpoint"),
    ],
)
def test_what_has_no_mark_is_known_by_its_name(tmp_path, name, message):
    assert refused(tmp_path, b"\x08\x07\x12\x07pytorch", name).startswith(message)


@pytest.mark.parametrize("content", [GOOD_SAFETENSORS, GOOD_TORCH], ids=["safetensors", "torch"])
@pytest.mark.parametrize("name", ["net.safetensors", "net.pth", "net.onnx", "net"])
def test_a_good_file_is_read_under_any_name(tmp_path, content, name):
    assert read_bytes(tmp_path, content, name).tensors


def test_a_header_whose_length_looks_like_gzip_is_read(tmp_path):
    """0x88b1f bytes of header begin as every gzip file does."""
    text = safetensors_bytes({"a": entry(0, 1, [1], "U8")})[8:]
    content = safetensors_bytes(text + b" " * (0x88B1F - len(text)), b"x")
    assert content.startswith(b"\x1f\x8b\x08")
    assert read_bytes(tmp_path, content).format == "safetensors"


def test_a_missing_file_says_so(tmp_path):
    assert refusal(tmp_path / "gone.pth") == "no such file"
    assert refusal(str(tmp_path / "gone\0.pth")) == "cannot be read: embedded null byte"
    assert refusal(tmp_path / ("x" * 300)) == "cannot be read: file name too long"


def test_a_directory_names_a_file_in_it(tmp_path):
    assert refusal(tmp_path) == "is a directory without a weights file in it"
    (tmp_path / "model.safetensors").write_bytes(GOOD_SAFETENSORS)
    assert refusal(tmp_path) == "is a directory: name the file in it, e.g. model.safetensors"


def test_pipes_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.pth")
    (tmp_path / "zero.pth").symlink_to("/dev/zero")
    for name in ("pipe.pth", "zero.pth"):
        assert refusal(tmp_path / name).startswith("is a pipe or device, not a file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_forbidden_file_says_so(tmp_path):
    (tmp_path / "net.pth").write_bytes(GOOD_TORCH)
    (tmp_path / "net.pth").chmod(0)
    assert refusal(tmp_path / "net.pth") == "cannot be read: permission denied"


def test_a_file_s_name_cannot_steer_the_terminal(tmp_path):
    assert "known kind of checkpoint" in refused(tmp_path, b"hello", "\x1b[31m\u202e.pth")
