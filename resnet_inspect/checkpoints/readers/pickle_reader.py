"""Interpret a pickle of ``torch.save`` as plain values and records of tensors; nothing in it is imported or called.

``torch.load(weights_only=True)`` runs no code from a file either, but executes the calls that it allows: a pickle of
200 bytes makes it allocate ``bytearray(2_000_000_000)``, and one of 300 bytes with a nested tuple as the key of a dict
keeps it busy for longer than anyone would wait (measured with torch 2.13). Here, the same opcodes are interpreted, but
a call only leaves a record, so the length of the pickle bounds memory and time.
"""

from __future__ import annotations

import pickle
import struct
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable, Mapping
from typing import Any

from resnet_inspect.checkpoints.readers.files import MAX_OPCODES
from resnet_inspect.checkpoints.readers.torch_globals import Skipped, call, lookup, storage
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise

_STOP = ord(".")
_MAX_KEY = 1 << 63
"""Larger integers can be chosen to have equal hashes, which makes a dict of them quadratic."""

_SCALARS = (float, bool, type(None))


def read_pickle(content: bytes) -> Any:
    """Interpret a pickle, and return the value that it describes.

    Values of dict, list, tuple, str, int, float, bool and None are plain; tensors, storages and globals are records of
    ``torch_globals``; every other value is a ``Skipped``. Containers may contain themselves.

    Raises:
        CheckpointError: if it is damaged, or names an object that no weights file needs.
    """
    machine = _Machine(content)
    try:
        return _run(machine)
    except (IndexError, KeyError, UnicodeDecodeError):
        raise _damaged(machine) from None


def _run(machine: _Machine) -> Any:
    content = machine.content
    for _ in range(MAX_OPCODES):
        opcode = content[machine.at]
        machine.at += 1
        if opcode == _STOP:
            return machine.stack.pop()
        step = _STEPS.get(opcode)
        if step is None:
            raise CheckpointError(
                f"its data.pkl has opcode 0x{opcode:02x} at byte {machine.at - 1:,}, which torch.save does not write "
                "by default: save it again without pickle_protocol"
            )
        step(machine)
    raise CheckpointError(f"has a data.pkl of more than {MAX_OPCODES:,} steps; no more are followed")


def _damaged(machine: _Machine) -> CheckpointError:
    return CheckpointError(f"its data.pkl is damaged at byte {machine.at:,}")


class _Machine:
    """The stack machine that executes a pickle.

    Attributes:
        content: the pickle.
        at: offset of the next byte.
        stack: values since the last mark.
    """

    __slots__ = ("_marked", "_memo", "at", "content", "stack")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0
        self.stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def take(self, count: int) -> bytes:
        start, end = self.at, self.at + count
        if end > len(self.content):
            raise _damaged(self)
        self.at = end
        return self.content[start:end]

    def number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def line(self) -> str:
        end = self.content.find(b"\n", self.at)
        if end < 0:
            raise _damaged(self)
        return self.take(end + 1 - self.at)[:-1].decode()

    def protocol(self) -> None:
        """Skip the protocol: torch writes 2, and the opcodes that others add are refused."""
        self.take(1)

    def mark(self) -> None:
        self._marked.append(self.stack)
        self.stack = []

    def pop_to_mark(self) -> list[Any]:
        items, self.stack = self.stack, self._marked.pop()
        return items

    def put(self, index: int) -> None:
        self._memo[index] = self.stack[-1]

    def get(self, index: int) -> None:
        self.stack.append(self._memo[index])

    def tuple_of(self, count: int) -> None:
        if len(self.stack) < count:
            raise _damaged(self)
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def append(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise _damaged(self)
        self.stack[-1].extend(items)

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise _damaged(self)
        for key, value in zip(items[::2], items[1::2], strict=True):
            if isinstance(key, str):
                if key in target:
                    raise CheckpointError(f"'{sanitise(key)}' is given twice in its data.pkl")
            elif not isinstance(key, _SCALARS) and not (isinstance(key, int) and -_MAX_KEY < key < _MAX_KEY):
                raise CheckpointError("its data.pkl has a dict whose key is neither a string nor a plain number")
            target[key] = value

    def global_name(self) -> None:
        module, name = self.line(), self.line()
        if (module, name) in NAME_MAPPING:  # protocol 2 writes what Python 2 called it
            module, name = NAME_MAPPING[module, name]
        self.stack.append(lookup(f"{IMPORT_MAPPING.get(module, module)}.{name}"))

    def call(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(call(function, arguments))

    def build(self) -> None:
        """Skip the attributes of an object, such as ``_metadata`` of a state dict."""
        if len(self.stack) < 2:
            raise _damaged(self)
        self.stack.pop()

    def persistent(self) -> None:
        self.stack.append(storage(self.stack.pop()))


def _pushes(value: Callable[[_Machine], Any]) -> Callable[[_Machine], None]:
    def push(machine: _Machine) -> None:
        item = value(machine)  # first, since reading may replace the stack
        machine.stack.append(item)

    return push


_STEPS: Mapping[int, Callable[[_Machine], None]] = {
    pickle.PROTO[0]: _Machine.protocol,
    pickle.NONE[0]: _pushes(lambda _: None),
    pickle.NEWTRUE[0]: _pushes(lambda _: True),
    pickle.NEWFALSE[0]: _pushes(lambda _: False),
    pickle.EMPTY_LIST[0]: _pushes(lambda _: []),
    pickle.EMPTY_DICT[0]: _pushes(lambda _: {}),
    pickle.EMPTY_TUPLE[0]: _pushes(lambda _: ()),
    pickle.EMPTY_SET[0]: _pushes(lambda _: Skipped("set")),
    pickle.BININT[0]: _pushes(lambda machine: machine.number(4, signed=True)),
    pickle.BININT1[0]: _pushes(lambda machine: machine.number(1)),
    pickle.BININT2[0]: _pushes(lambda machine: machine.number(2)),
    pickle.LONG1[0]: _pushes(lambda machine: machine.number(machine.number(1), signed=True)),
    pickle.BINFLOAT[0]: _pushes(lambda machine: struct.unpack(">d", machine.take(8))[0]),
    pickle.BINUNICODE[0]: _pushes(lambda machine: machine.take(machine.number(4)).decode("utf-8", "surrogatepass")),
    pickle.SHORT_BINSTRING[0]: _pushes(lambda machine: machine.take(machine.number(1)).decode()),
    pickle.MARK[0]: _Machine.mark,
    pickle.TUPLE[0]: _pushes(lambda machine: tuple(machine.pop_to_mark())),
    pickle.TUPLE1[0]: lambda machine: machine.tuple_of(1),
    pickle.TUPLE2[0]: lambda machine: machine.tuple_of(2),
    pickle.TUPLE3[0]: lambda machine: machine.tuple_of(3),
    pickle.APPEND[0]: lambda machine: machine.append([machine.stack.pop()]),
    pickle.APPENDS[0]: lambda machine: machine.append(machine.pop_to_mark()),
    pickle.SETITEM[0]: lambda machine: machine.set_items([machine.stack.pop(-2), machine.stack.pop()]),
    pickle.SETITEMS[0]: lambda machine: machine.set_items(machine.pop_to_mark()),
    pickle.BINPUT[0]: lambda machine: machine.put(machine.number(1)),
    pickle.LONG_BINPUT[0]: lambda machine: machine.put(machine.number(4)),
    pickle.BINGET[0]: lambda machine: machine.get(machine.number(1)),
    pickle.LONG_BINGET[0]: lambda machine: machine.get(machine.number(4)),
    pickle.GLOBAL[0]: _Machine.global_name,
    pickle.REDUCE[0]: _Machine.call,
    pickle.NEWOBJ[0]: _Machine.call,
    pickle.BUILD[0]: _Machine.build,
    pickle.BINPERSID[0]: _Machine.persistent,
}
