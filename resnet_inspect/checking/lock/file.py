"""The file of a lock: read, with every mistake in it reported with line and column, and written.

A row of a network is written on one line, so that a review shows which layers differ.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from resnet_inspect.atomic import replacing
from resnet_inspect.checking.lock.entry import SCHEMA, LockedNet, LockRecord
from resnet_inspect.checking.targets import path_in
from resnet_inspect.configs.json_format import keys_in_json, position_in_json, read_json
from resnet_inspect.configs.positions import FieldPath, fault, format_path, naming_source, position_at
from resnet_inspect.configs.problems import describe
from resnet_inspect.configs.read_text import read_file
from resnet_inspect.errors import ConfigError, RequestError
from resnet_inspect.rendering.json import OneLine, Plain, written
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_BYTES = 16 << 20
"""16 MiB, some 800 networks of 50 layers."""

_MOST_CONTAINERS = 1 << 19
_MOST_COMMAS = 1 << 21
"""Numbers of lists and tables, and of commas: 1.5 times those of a lock of 16 MiB. A file of 16 MiB that consisted of
nothing else would take 1 GB to read."""

_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL})

_ROWS = ("stages", "blocks", "layers", "operations")

_LONGEST_PATH = 4_096
_VERSION = re.compile(re.escape(SCHEMA.rpartition("/")[0]) + r"/([0-9]{1,9})")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)
_AGAIN = "put the file back as it was, or remove it, and run 'resnet-inspect lock' on all configs again"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock, as read from its file.

    Attributes:
        path: path of its file.
        files: path of a config, relative to the lock's folder, with ``/``, or name of a model -> its network.
        text: text of the file; empty if the file does not exist yet.
    """

    path: Path
    files: Mapping[str, LockedNet]
    text: str = field(default="", repr=False)

    def key(self, path: str, model_name: str = "") -> str | None:
        """Return the key of a config, or of a model of that name.

        ``None`` if it cannot have one: its path is not valid Unicode, on another drive, or too long.
        """
        file = path_in(path) if model_name else path
        try:
            model_name.encode()
            if len(model_name) > _LONGEST_PATH:
                return None
            if file is None:
                return model_name
            relative = os.path.relpath(os.path.abspath(file), self.folder)  # noqa: PTH100  # resolve() follows links
            relative.encode()
        except ValueError:
            return None
        return PurePath(relative).as_posix() + model_name[len(file) :]

    @property
    def shown(self) -> str:
        """The path of the lock relative to the current folder, for messages."""
        path = os.fspath(self.path)
        return sanitise(os.path.relpath(path) if self.path.is_absolute() else path, 1_000)

    @property
    def folder(self) -> str:
        """The folder that the paths are relative to."""
        return os.path.dirname(os.path.abspath(self.path))  # noqa: PTH100, PTH120  # resolve() follows links

    @property
    def orphans(self) -> tuple[str, ...]:
        """The keys of the entries whose files do not exist; an importable model, ``mine:Net``, is never among them."""
        return tuple(key for key in self.files if self.is_orphan(key))

    def is_orphan(self, key: str) -> bool:
        """Return whether the file of an entry does not exist; false if its folder cannot be read."""
        path = path_in(key)
        if path is None:
            return False
        try:
            Path(self.folder, path).lstat()
        except ValueError:  # not a valid file name
            return True
        except OSError as error:
            return error.errno in _NOT_THERE
        return False

    def offsets(self, keys: Container[str]) -> Iterator[tuple[str, int]]:
        """Yield each of these entries with its offset in the file, in the order of the file."""
        return ((key, offset) for key, offset in keys_in_json(self.text, "files") if key in keys)


def read_lock(path: str | os.PathLike[str]) -> Lock:
    """Read a lock.

    Raises:
        ConfigError: if it is missing, cannot be read, or is not a lock of this version; with line and column.
    """
    lock = Lock(Path(path), {})
    with naming_source(lock.shown):
        if not os.path.lexists(path):
            raise fault("there is no such lock", hint="'resnet-inspect lock' with the configs' paths writes it")
        text = read_file(str(path), MAX_BYTES, "split the configs among several locks")
        return replace(lock, files=_files(text), text=text)


def read_lock_if_any(path: str | os.PathLike[str]) -> Lock:
    """Read a lock; return one without entries if there is no file.

    Raises:
        ConfigError: if there is a file that cannot be used.
    """
    return read_lock(path) if os.path.lexists(path) else Lock(Path(path), {})


def _files(text: str) -> dict[str, LockedNet]:
    if conflict := _CONFLICT.search(text):
        raise fault(
            "contains the markers of an unresolved merge",
            position_at(text, conflict.start()),
            hint="take one side as a whole, then run 'resnet-inspect lock' on the configs that both sides have changed",
        )
    data = _parsed(text)
    _require_schema(data, text)
    for name in data:
        if name not in {"schema", "files"}:
            raise _at(text, (name,), f"{format_path((name,))}: unknown field")
    files = data.get("files")
    if not isinstance(files, dict):
        raise _at(text, ("files",), "files must be a table of networks" + _found(data, "files"))
    return {key: _net(text, key, entry) for key, entry in files.items()}


def _parsed(text: str) -> Any:
    if text.count("{") + text.count("[") > _MOST_CONTAINERS or text.count(",") > _MOST_COMMAS:
        raise fault("holds more lists and tables than the networks of any lock of 16 MiB", hint=_AGAIN)
    try:
        return read_json(text)[0]
    except RecursionError:
        raise fault("nested too deeply", hint=_AGAIN) from None
    except ConfigError as error:
        raise ConfigError(tuple(replace(problem, hint=_AGAIN) for problem in error.problems)) from None
    except (ValueError, OverflowError) as error:
        raise fault(f"holds a value that cannot be read: {sanitise(str(error))}", hint=_AGAIN) from None


def _require_schema(data: Any, text: str) -> None:
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema == SCHEMA:
        return
    newer = _VERSION.fullmatch(schema) if isinstance(schema, str) else None
    if newer and int(newer[1]) > int(SCHEMA.rpartition("/")[2]):
        message = f"has a newer version: {schema}; this program reads {SCHEMA}"
        raise _at(text, ("schema",), message, hint="upgrade resnet-inspect, or lock all configs again with this one")
    raise _at(text, ("schema",), f'is not a lock: "schema" must be "{SCHEMA}"' + _found(data, "schema"))


def _found(data: Any, name: str) -> str:
    if not isinstance(data, dict):
        return f", found {describe(data)} instead of a table"
    return f", found {describe(data[name])}" if name in data else ", but is missing"


def _net(text: str, key: str, entry: Any) -> LockedNet:
    if not key or len(key) > _LONGEST_PATH or "\0" in key:
        raise _at(text, ("files", key), "the path of a config must have 1 to 4,096 characters, none of them NUL")
    try:
        return LockedNet.model_validate(entry)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        detail = next((detail for detail in details if detail["type"] == "extra_forbidden"), details[0])
        path: FieldPath = ("files", key, *detail["loc"])
        raise _at(text, path, f"{format_path(path)}: {_wrong(detail)}") from None


_MUST_BE = {
    "int_type": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a table",
}
_SAY_IT_ALL = {"missing": "missing", "extra_forbidden": "unknown field", "too_many_fields": "has too many entries"}


def _wrong(detail: ErrorDetails) -> str:
    if said := _SAY_IT_ALL.get(detail["type"]):
        return said
    kind = _MUST_BE.get(detail["type"])
    said = f"must be {kind}" if kind else sanitise(detail["msg"].replace("Input should", "must"))
    return f"{said}, found {describe(detail['input'])}"


def _at(text: str, path: FieldPath, message: str, *, hint: str = _AGAIN) -> ConfigError:
    return fault(message, position_in_json(text, path), hint=hint)


def to_lock(files: Mapping[str, LockedNet]) -> str:
    """Return the text of a lock, sorted by path; equal entries give equal bytes."""
    return written({"schema": SCHEMA, "files": {path: _plain(files[path]) for path in sorted(files)}})


def _plain(net: LockedNet) -> dict[str, Plain]:
    unknown = () if net.function else ("function",)
    facts: dict[str, Plain] = net.model_dump(mode="json", exclude={*_ROWS, *unknown})
    rows: dict[str, Plain] = {name: [_row(row) for row in getattr(net, name)] for name in _ROWS}
    return facts | rows


def _row(row: LockRecord) -> OneLine:
    """Return a row without the fields that have their default."""
    return OneLine(row.model_dump(mode="json", exclude_defaults=True))


def would_change(lock: Lock, files: Mapping[str, LockedNet]) -> bool:
    """Return whether ``files`` would change the file that ``lock`` was read from.

    Raises:
        RequestError: if it would be too large to be read again.
    """
    return _new_content(lock, files) is not None


def write_lock(lock: Lock, files: Mapping[str, LockedNet]) -> bool:
    """Write ``files`` to the file that ``lock`` was read from; return whether that changed it.

    Raises:
        RequestError: if it cannot be written, or would be too large to be read again; the old file is kept.
    """
    content = _new_content(lock, files)
    if content is None:
        return False
    with replacing(lock.path) as stream:
        stream.write(content)
    return True


def _new_content(lock: Lock, files: Mapping[str, LockedNet]) -> bytes | None:
    """Return the new content of the file; ``None`` if it is unchanged, or if there is neither a file nor an entry."""
    text = to_lock(files)
    if text == lock.text or not (files or lock.text):
        return None
    content = text.encode()
    if len(content) > MAX_BYTES:
        limit = f"{MAX_BYTES >> 20} MiB"
        raise RequestError(
            f"{lock.shown} would be larger than {limit}: split the configs among several locks (--lock-file)"
        )
    return content
