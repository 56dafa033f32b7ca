"""Check the ZIP archive of ``torch.save`` before any of its entries is read.

torch stores entries uncompressed and aligned, so that they can be mapped into memory. An archive with entries that are
compressed, encrypted, overlapping, or larger than the file was not written by torch, and is refused.
"""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import FileIO
from typing import BinaryIO, NamedTuple, cast

from resnet_inspect.checkpoints.readers.files import MAX_DIRECTORY_BYTES, MAX_PICKLE_BYTES, MAX_TENSORS, read_at
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise

_PICKLE = "data.pkl"
_OTHER_ENTRIES = 1_000
_LOCAL_HEADER_BYTES = 30
_LOCAL_HEADER_MARK = b"PK\x03\x04"
_ENCRYPTED, _UTF8 = 0x1, 0x800  # flags of an entry

_TORCHSCRIPT = (
    "is a TorchScript archive, which holds a program, not only weights. It is not opened. If you trust it, save "
    "only its weights: torch.save(torch.jit.load(path).state_dict(), new_path)"
)

_OTHER_KINDS = (
    (".npy", "is an archive of NumPy arrays (.npz), not a file of torch.save"),
    ("model.weights.h5", "is a Keras model, not a file of torch.save"),
    ("[Content_Types].xml", "is an office document, not a file of torch.save"),
    ("/constants.pkl", _TORCHSCRIPT),
    ("/archive_format", "is a program of torch.export, not only weights: save only its state_dict with torch.save"),
)


class Entry(NamedTuple):
    """An entry of the archive: offset and size of its content, in bytes."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Archive:
    """A checked archive.

    Attributes:
        pickle: the content of ``data.pkl``.
        entries: name, relative to the archive's root folder -> entry.
    """

    pickle: bytes
    entries: Mapping[str, Entry]


def read_archive(stream: FileIO, size: int) -> Archive:
    """Check a ZIP archive, and read its pickle.

    Raises:
        CheckpointError: if it is not as torch writes it.
    """
    members = _directory(stream, size)
    root = _root(members)
    _require_known_kind(members, root)
    entries: dict[str, Entry] = {}
    reached = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        _require_stored(member)
        name = member.orig_filename.removeprefix(root)
        entry = Entry(_content_start(stream, member, size), member.file_size)
        _require_room(name, member.header_offset, reached, entry, size)
        if name in entries:
            raise CheckpointError(f"its entry '{sanitise(name)}' appears twice")
        entries[name] = entry
        reached = entry.start + entry.size
    _require_little_endian(stream, entries)
    checksum = next(member.CRC for member in members if member.orig_filename == root + _PICKLE)
    return Archive(_pickle(stream, entries[_PICKLE], checksum), entries)


def _directory(stream: FileIO, size: int) -> list[zipfile.ZipInfo]:
    reader = cast("BinaryIO", _BoundedReader(stream, MAX_DIRECTORY_BYTES))
    try:
        with zipfile.ZipFile(reader) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, OverflowError) as error:
        raise CheckpointError(
            f"is a damaged ZIP archive ({sanitise(str(error))}, {size:,} bytes): was the download cut off?"
        ) from None
    if len(members) > MAX_TENSORS + _OTHER_ENTRIES:
        raise CheckpointError(f"has {len(members):,} entries; at most {MAX_TENSORS + _OTHER_ENTRIES:,} are read")
    return members


def _require_stored(member: zipfile.ZipInfo) -> None:
    shown = f"its entry '{sanitise(member.orig_filename)}'"
    if member.flag_bits & _ENCRYPTED:
        raise CheckpointError(f"{shown} is encrypted")
    if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
        raise CheckpointError(f"{shown} is compressed, as torch.save never does: save it again with torch.save")


def _root(members: list[zipfile.ZipInfo]) -> str:
    """Return the folder of all entries with its slash, which torch names after the file; empty if there is none."""
    for member in members:
        parts = member.orig_filename.split("/")
        if "\\" in member.orig_filename or "\0" in member.orig_filename or not {"", ".", ".."}.isdisjoint(parts):
            shown = sanitise(member.orig_filename)
            raise CheckpointError(f"its entry '{shown}' has a path that torch.save never writes")
    folders = {member.orig_filename.partition("/")[0] + "/" for member in members}
    return folders.pop() if len(folders) == 1 else ""


def _require_known_kind(members: list[zipfile.ZipInfo], root: str) -> None:
    names = {member.orig_filename for member in members}
    for ending, words in _OTHER_KINDS:
        if any(name.endswith(ending) for name in names):
            raise CheckpointError(words)
    if not any(name.endswith(f"/{_PICKLE}") for name in names):
        raise CheckpointError("is a ZIP archive, but not one of torch.save: it has no data.pkl")
    if root + _PICKLE not in names:
        raise CheckpointError("its entries are not in one folder, as they are in every torch.save file")


def _content_start(stream: FileIO, member: zipfile.ZipInfo, size: int) -> int:
    """Return the offset of an entry's content, after its header, which repeats its name and is padded."""
    raw_name = member.orig_filename.encode("utf-8" if member.flag_bits & _UTF8 else "cp437")
    header_bytes = _LOCAL_HEADER_BYTES + len(raw_name)
    within = 0 <= member.header_offset <= size - header_bytes
    header = read_at(stream, member.header_offset, header_bytes) if within else b""
    name_length, extra_length = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    repeated = header[_LOCAL_HEADER_BYTES:] == raw_name and name_length == len(raw_name)
    if not repeated or not header.startswith(_LOCAL_HEADER_MARK):
        raise CheckpointError(f"its entry '{sanitise(member.orig_filename)}' is not where the directory says")
    return member.header_offset + _LOCAL_HEADER_BYTES + name_length + extra_length


def _require_room(name: str, header_start: int, reached: int, entry: Entry, size: int) -> None:
    """Require that an entry begins after the previous one and ends within the file."""
    if header_start < reached:
        raise CheckpointError(f"its entry '{sanitise(name)}' overlaps the one before it")
    if entry.start + entry.size > size:
        raise CheckpointError(f"its entry '{sanitise(name)}' of {entry.size:,} bytes is larger than the file allows")


def _require_little_endian(stream: FileIO, entries: Mapping[str, Entry]) -> None:
    mark = entries.get("byteorder")
    if mark and read_at(stream, mark.start, min(mark.size, 16)) != b"little":
        raise CheckpointError("is in big-endian byte order: save it again on a little-endian machine")


def _pickle(stream: FileIO, entry: Entry, checksum: int) -> bytes:
    if entry.size > MAX_PICKLE_BYTES:
        raise CheckpointError(f"has a data.pkl of {entry.size:,} bytes; at most {MAX_PICKLE_BYTES:,} are read")
    content = read_at(stream, entry.start, entry.size)
    if zlib.crc32(content) != checksum:
        raise CheckpointError("its data.pkl is damaged: the checksum does not fit. Was the download cut off?")
    return content


class _BoundedReader:
    """A stream for ``zipfile`` that refuses to read more than a number of bytes in total."""

    def __init__(self, stream: FileIO, allowance: int) -> None:
        self._stream = stream
        self._left = allowance
        self.seek = stream.seek
        self.tell = stream.tell

    def read(self, count: int = -1) -> bytes:
        content = self._stream.read(self._left + 1 if count < 0 else min(count, self._left + 1))
        self._left -= len(content)
        if self._left < 0:
            raise CheckpointError(f"has a ZIP directory of more than {MAX_DIRECTORY_BYTES:,} bytes; no more is read")
        return content
