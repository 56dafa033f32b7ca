"""How much is read of a large file, and that hostile ones stay within 1 GB: a limit that the system holds."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from checkpoint_files import entry, mapping, pickled, safetensors_bytes, tensor, torch_bytes

from resnet_inspect.checkpoints.read import read
from resnet_inspect.checkpoints.readers import files
from resnet_inspect.checkpoints.readers.files import MAX_HEADER_BYTES, MAX_OPCODES

MEGABYTE = 1_000_000


class Counting(io.FileIO):
    """A file without a buffer: what is asked of it is asked of the system."""

    total = 0

    def read(self, size=-1):
        content = super().read(size)
        Counting.total += len(content)
        return content


@pytest.fixture
def counting(monkeypatch):
    monkeypatch.setattr(files, "FileIO", Counting)
    monkeypatch.setattr(Counting, "total", 0)
    return Counting


def sparse(path, head, size):
    """A file with holes for values, so that 100 MB take no time."""
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(size)
    return path


def test_of_100_mb_of_safetensors_the_header_is_read(tmp_path, counting):
    count = 300
    each = 100 * MEGABYTE // count // 4
    header = {f"layer{i}.conv1.weight": entry(4 * each * i, 4 * each * (i + 1), [each]) for i in range(count)}
    head = safetensors_bytes(header)
    path = sparse(tmp_path / "net.safetensors", head, len(head) + 4 * each * count)
    assert len(read(path).tensors) == count
    assert len(head) <= counting.total < len(head) + 1_000 < MEGABYTE


def test_of_100_mb_of_torch_the_directory_and_the_pickle_are_read(tmp_path, counting):
    torch = pytest.importorskip("torch")
    torch.save({f"w{i}": torch.zeros(1_000_000, dtype=torch.uint8) for i in range(100)}, tmp_path / "net.pth")
    assert len(read(tmp_path / "net.pth").tensors) == 100
    assert 10_000 < counting.total < MEGABYTE


def test_the_count_sees_what_is_read(tmp_path, counting):
    (tmp_path / "a").write_bytes(safetensors_bytes({"a": entry(0, 0, [0])}))
    with files.opened(str(tmp_path / "a")) as (stream, size):
        files.read_at(stream, 0, size)
    assert counting.total == size


UNDER_LIMITS = """
import resource, sys
from resnet_inspect.checkpoints.read import read
from resnet_inspect.errors import CheckpointError
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for path in sys.argv[1:]:
    try:
        print("read", len(read(path).tensors))
    except CheckpointError as error:
        print(error.reason)
"""


def many_tensors(count):
    """Tensors that share a storage: the most that a pickle holds."""
    shared = tensor((1,), (1,)) + b"r\xff\xff\xff\x7f"
    views = ((f"t{i}", b"j\xff\xff\xff\x7f") for i in range(count))
    return torch_bytes(pickled(mapping(("first", shared), *views)), {"0": bytes(24)})


def filled(unit, limit=MAX_HEADER_BYTES):
    return safetensors_bytes(b'{"a":[' + unit * ((limit - 20) // len(unit)) + b"1]}")


HEAVY = {
    "torch lists": (lambda: torch_bytes(pickled(b"](" + b"]" * (MAX_OPCODES - 10) + b"e")), "holds no named tensors"),
    "torch tensors": (lambda: many_tensors(49_999), "read 50000"),
    "torch tensors, one more": (lambda: many_tensors(50_000), "has 50,001 tensors; at most 50,000 are read"),
    "header of objects": (lambda: filled(b'{"a":{}},'), "in its header is not an object"),
    "header of names": (
        lambda: safetensors_bytes(b"{" + b",".join(b'"%x":{}' % i for i in range(600_000)) + b"}"),
        "has 600,000 tensors; at most 50,000 are read",
    ),
}


@pytest.mark.parametrize("kind", ["torch", "header"])
def test_hostile_files_stay_within_a_gigabyte(tmp_path, kind):
    """Python itself and the package take some of it; torch is not loaded."""
    heavy = {name: made for name, made in HEAVY.items() if name.startswith(kind)}
    paths = [str(tmp_path / str(number)) for number in range(len(heavy))]
    for path, (content, _) in zip(paths, heavy.values(), strict=True):
        Path(path).write_bytes(content())
    done = subprocess.run([sys.executable, "-c", UNDER_LIMITS, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for line, (name, (_, message)) in zip(done.stdout.splitlines(), heavy.items(), strict=True):
        assert message in line, name
