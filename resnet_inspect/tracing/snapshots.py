"""Snapshots of what code can change: containers, cells, defaults, globals, classes, slots, caches, generators."""

import random
import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import _lru_cache_wrapper, partial
from types import CellType, FunctionType
from typing import Any, NamedTuple

import torch

MISSING: Any = object()
"""The content of an unbound name, slot or cell."""


class Snapshot(NamedTuple):
    """The content of something that code can change, and the way to write it back.

    Attributes:
        write: sets the content; does nothing if it is unchanged.
        content: the content when the snapshot was taken: a list or a dict of values.
    """

    write: Callable[[Any], None]
    content: Any


def container(original: Any) -> Snapshot:
    """Take a snapshot of a dict, list, set, deque or bytearray, whatever its class overrides."""
    if isinstance(original, dict):
        return Snapshot(partial(_refill_dict, original), _entries(original))
    if isinstance(original, set):
        return Snapshot(partial(_refill_set, original), list(set.__iter__(original)))
    kind = next(kind for kind in (list, deque, bytearray) if isinstance(original, kind))
    return Snapshot(partial(_refill_sequence, kind, original), list(kind.__iter__(original)))


def cell(original: CellType) -> Snapshot:
    """Take a snapshot of a variable of an enclosing function."""
    try:
        return Snapshot(partial(_fill_cell, original), [original.cell_contents])
    except ValueError:  # it is not bound yet
        return Snapshot(partial(_fill_cell, original), [MISSING])


def defaults(function: FunctionType) -> Snapshot:
    """Take a snapshot of the default values of a function's arguments."""
    return Snapshot(partial(_set_defaults, function), list(function.__defaults__ or ()))


def names(namespace: dict[str, Any], wanted: Iterable[str]) -> Snapshot:
    """Take a snapshot of some names of a module."""
    return Snapshot(partial(_bind, namespace), {name: namespace.get(name, MISSING) for name in wanted})


def class_attributes(kind: type) -> Snapshot:
    """Take a snapshot of the attributes of a class, without the special ones."""
    return Snapshot(partial(_reset_class, kind), _own_attributes(kind))


def slots(value: Any) -> Snapshot | None:
    """Take a snapshot of an object's ``__slots__``; return ``None`` if it has none."""
    content = {name: getattr(value, name, MISSING) for name in _slot_names(type(value))}
    return Snapshot(partial(_set_slots, value), content) if content else None


def undo(value: Any) -> Callable[[], None] | None:
    """Return a function that restores a cache, a generator of random numbers or an array; ``None`` for other values."""
    kind = type(value)
    if kind is _lru_cache_wrapper:
        return partial(_forget, value, value.cache_info())
    if issubclass(kind, random.Random):
        return partial(value.setstate, value.getstate())
    if issubclass(kind, torch.Generator):
        return partial(value.set_state, value.get_state())
    numpy = sys.modules.get("numpy")
    return _undo_of_numpy(value, kind, numpy) if numpy else None


def _undo_of_numpy(value: Any, kind: type, numpy: Any) -> Callable[[], None] | None:
    if issubclass(kind, numpy.ndarray):
        return partial(_copy_into, value, value.copy(), writeable=value.flags.writeable)
    if issubclass(kind, numpy.random.Generator):
        return partial(setattr, value.bit_generator, "state", value.bit_generator.state)
    if issubclass(kind, numpy.random.RandomState):
        return partial(value.set_state, value.get_state())
    return None


def _are_identical(left: Iterable[Any], right: Iterable[Any]) -> bool:
    return all(one is other for one, other in zip(left, right, strict=True))


def _entries(original: dict[Any, Any]) -> dict[Any, Any]:
    """Return the entries of a dict, bypassing an overridden ``__getitem__``."""
    keys = OrderedDict.__iter__(original) if isinstance(original, OrderedDict) else dict.__iter__(original)
    return {key: dict.__getitem__(original, key) for key in keys}


def _refill_dict(original: dict[Any, Any], content: Mapping[Any, Any]) -> None:
    """Restore a dict if it has changed; an unchanged one is not emptied in between, as other threads may read it."""
    now = _entries(original)
    if len(now) == len(content) and _are_identical(now, content) and _are_identical(now.values(), content.values()):
        return
    kind = OrderedDict if isinstance(original, OrderedDict) else dict
    kind.clear(original)
    for key, value in content.items():
        kind.__setitem__(original, key, value)


def _refill_set(original: set[Any], content: Sequence[Any]) -> None:
    if len(original) != len(content) or not all(set.__contains__(original, item) for item in content):
        set.clear(original)
        set.update(original, content)


def _refill_sequence(kind: Any, original: Any, content: Sequence[Any]) -> None:
    if len(original) != len(content) or not _are_identical(kind.__iter__(original), content):
        kind.clear(original)
        kind.extend(original, content)


def _fill_cell(original: CellType, content: Sequence[Any]) -> None:
    if content[0] is not MISSING:
        original.cell_contents = content[0]
    elif cell(original).content[0] is not MISSING:
        del original.cell_contents


def _set_defaults(function: FunctionType, content: Sequence[Any]) -> None:
    now = function.__defaults__ or ()
    if len(now) != len(content) or not _are_identical(now, content):
        function.__defaults__ = tuple(content)


def _bind(namespace: dict[str, Any], content: Mapping[str, Any]) -> None:
    for name, value in content.items():
        if value is MISSING:
            namespace.pop(name, None)
        elif namespace.get(name, MISSING) is not value:
            namespace[name] = value


def _own_attributes(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if not name.startswith("__")}


def _reset_class(kind: type, content: Mapping[str, Any]) -> None:
    now = _own_attributes(kind)
    for name in now.keys() - content.keys():
        delattr(kind, name)
    for name, value in content.items():
        if now.get(name, MISSING) is not value:
            setattr(kind, name, value)


def _slot_names(kind: type) -> Iterator[str]:
    for base in kind.__mro__:
        found = vars(base).get("__slots__", ())
        for name in (found,) if isinstance(found, str) else found:
            if name not in {"__dict__", "__weakref__"}:
                private = name.startswith("__") and not name.endswith("__")
                yield f"_{base.__name__.lstrip('_')}{name}" if private else name


def _set_slots(value: Any, content: Mapping[str, Any]) -> None:
    for name, old in content.items():
        if getattr(value, name, MISSING) is not old:
            if old is MISSING:
                object.__delattr__(value, name)
            else:
                object.__setattr__(value, name, old)


def _forget(cache: Any, before: Any) -> None:
    """Clear a function's cache if it has changed: it cannot be restored, but its results can be recomputed."""
    if cache.cache_info() != before:
        cache.cache_clear()


def _copy_into(array: Any, values: Any, *, writeable: bool) -> None:
    if array.shape != values.shape:
        array.resize(values.shape, refcheck=False)
    if writeable or array.flags.writeable:
        array.flags.writeable = True
        array[...] = values
        array.flags.writeable = writeable
