"""Snapshots of everything that the code of a forward can reach besides the attributes of its modules.

The search follows data (attributes, elements, closures, default arguments) and code: the names that a function
mentions, looked up among its globals and in the classes found so far. It does not enter torch, NumPy, the standard
library and this package; of another installed library, it enters the files that define classes of the modules.
Iterators, locks and files cannot be copied, and are skipped.
"""

import gc
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from functools import _lru_cache_wrapper, cached_property, lru_cache, partial
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from resnet_inspect.errors import RequestError, words_of
from resnet_inspect.tracing import snapshots
from resnet_inspect.tracing.memory import StandIns
from resnet_inspect.tracing.snapshots import Snapshot

_ATOMS = frozenset({int, float, bool, str, bytes, complex, type(None), torch.dtype, torch.device, torch.Size, object})
_OFTEN_EMPTY = frozenset({OrderedDict, dict, set, list})
_FOREIGN = frozenset({*sys.stdlib_module_names, "torch", "numpy", "resnet_inspect"})

_CONTAINER_MODULES = frozenset({"_thread", "collections", "types", "weakref"})
"""Standard modules whose classes contain values of other code: ``SimpleNamespace``, ``WeakKeyDictionary``."""

SLOTS = ("_parameters", "_buffers", "_modules")
"""Attributes in which torch keeps the parameters, buffers and submodules of a module."""

_RAW_MEMORY = frozenset({
    "numpy", "array", "asarray", "__array__", "from_dlpack", "to_dlpack", "__dlpack__", "frombuffer", "ctypes",
    "storage", "untyped_storage", "_typed_storage", "data_ptr", "share_memory", "share_memory_",
    "Thread", "ThreadPoolExecutor", "start_new_thread",
})  # fmt: skip
"""Names by which code can access the memory of a tensor without an operator that a trace sees, or from a thread."""

_VALUES = frozenset({"tolist", "data"})
"""Names by which code can take values out of a tensor, or put a tensor in the place of another."""

_WRAPPING = frozenset({"as_subclass", "_make_subclass", "_make_wrapper_subclass", "Parameter", "data"})
"""Names by which code can put data into another tensor without an operator; the class of a tensor is one, too."""


class Reachable:
    """Snapshots of all that the forwards of some modules can reach.

    Args:
        modules: every module of a tree; their own attributes are not included.
    """

    def __init__(self, modules: Sequence[nn.Module]) -> None:
        self._seen: dict[int, Any] = {id(module): module for module in modules}
        self._waiting: list[Any] = []
        self._snapshots: list[Snapshot] = []
        self._empty: list[Any] = []
        self._undo: list[Callable[[], None]] = []
        self._mentioned = {"forward", "__call__"}
        self._has_tensor_class = False
        self._unmentioned: dict[str, list[Any]] = {}
        self._searched = {base.__module__ for kind in set(map(type, modules)) for base in kind.__mro__}
        for module in modules:
            self._look_at(value for name, value in vars(module).items() if name not in SLOTS)
            self._look_at((type(module),))
        while self._waiting:
            self._enter(self._waiting.pop())

    @property
    def mentions_memory(self) -> bool:
        """``True`` if the code mentions a way to the memory of tensors other than operators."""
        return not self._mentioned.isdisjoint(_RAW_MEMORY)

    @property
    def hides_values(self) -> bool:
        """``True`` if the code may compute with values, or change them, in ways that a trace does not show."""
        return self.mentions_memory or not self._mentioned.isdisjoint(_VALUES)

    @property
    def wraps_tensors(self) -> bool:
        """``True`` if the code may put data into another tensor without an operator."""
        return self._has_tensor_class or not self._mentioned.isdisjoint(_WRAPPING)

    def replace_tensors(self, stand_ins: StandIns) -> None:
        """Replace every tensor by its stand-in."""
        for snapshot in self._snapshots:
            replaced = stand_ins.of_content(snapshot.content)
            if replaced is not snapshot.content:
                snapshot.write(replaced)

    def restore(self) -> None:
        """Restore every snapshot.

        Raises:
            RequestError: if writing one of them fails; the others are restored by then.
        """
        for container in self._empty:
            if container:
                container.clear()
        writes: list[Callable[[], None]] = [partial(snapshot.write, snapshot.content) for snapshot in self._snapshots]
        refused: list[Exception] = []
        for write in [*writes, *self._undo]:
            try:
                write()
            except Exception as error:  # noqa: BLE001  # objects of other code may raise anything
                refused.append(error)
        if refused:
            raise RequestError(
                f"the forward has changed something that cannot be brought back: {words_of(refused[0])}"
            ) from refused[0]

    def _look_at(self, values: Iterable[Any]) -> None:
        """Queue the values to enter: most are numbers and strings, and most containers of torch are empty."""
        for value in values:
            kind = type(value)
            if kind in _ATOMS or id(value) in self._seen:
                continue
            self._seen[id(value)] = value
            if kind in _OFTEN_EMPTY and not value:
                self._empty.append(value)
            else:
                self._waiting.append(value)

    def _add(self, snapshot: Snapshot) -> None:
        self._snapshots.append(snapshot)
        if isinstance(snapshot.content, dict):
            self._look_at(snapshot.content)
            self._look_at(snapshot.content.values())
        else:
            self._look_at(snapshot.content)

    def _enter(self, value: Any) -> None:
        kind = type(value)  # not isinstance, which asks the value itself
        if issubclass(kind, (dict, list, set, deque, bytearray)):
            self._add(snapshots.container(value))
        elif issubclass(kind, (tuple, frozenset)):
            self._look_at(value)
        elif kind is FunctionType:
            self._enter_function(value)
        elif issubclass(kind, type):
            self._enter_class(value)
        else:
            self._enter_other(value, kind)

    def _enter_other(self, value: Any, kind: type) -> None:
        if kind is MappingProxyType:
            self._look_at(gc.get_referents(value))
            return
        undo = snapshots.undo(value)
        if undo is not None:
            self._undo.append(undo)
        if kind in _PARTS:
            self._look_at(getattr(value, name) for name in _PARTS[kind])
        elif undo is None and not issubclass(kind, ModuleType):
            self._enter_object(value)

    def _enter_function(self, function: FunctionType) -> None:
        self._look_at((function.__kwdefaults__, vars(function)))
        if function.__defaults__:
            self._add(snapshots.defaults(function))
        for cell in function.__closure__ or ():
            if id(cell) not in self._seen:
                self._seen[id(cell)] = cell
                self._add(snapshots.cell(cell))
        if self._searches(function.__globals__.get("__name__")):
            names = _names_in(function.__code__)
            self._enter_globals(function.__globals__, names)
            self._mention(names)

    def _enter_globals(self, namespace: dict[str, Any], names: frozenset[str]) -> None:
        """Look up names in a module, and in modules among them: ``cache.table`` may mean an attribute of one."""
        snapshot = snapshots.names(namespace, names)
        self._add(snapshot)
        for value in snapshot.content.values():
            if issubclass(type(value), ModuleType) and self._searches(value.__name__):
                self._add(snapshots.names(vars(value), names))

    def _enter_class(self, kind: type) -> None:
        self._has_tensor_class |= issubclass(kind, Tensor)
        for base in kind.__mro__:
            if not self._searches(base.__module__) or (base is not kind and id(base) in self._seen):
                continue
            self._seen[id(base)] = base
            self._snapshots.append(snapshots.class_attributes(base))
            for name, value in vars(base).items():
                # Of a module, only what its forward mentions: its other methods reach half of a library.
                special = name.startswith("__") and not issubclass(base, nn.Module)
                if special or name in self._mentioned:
                    self._look_at((value,))
                else:
                    self._unmentioned.setdefault(name, []).append(value)

    def _enter_object(self, value: Any) -> None:
        kind = type(value)
        home = str(kind.__module__)
        plain = home in _CONTAINER_MODULES or not _is_foreign(home)
        if plain or issubclass(kind, (nn.Module, Tensor, torch.optim.Optimizer)):
            self._look_at((kind,))
            if kind.__dictoffset__ or issubclass(kind, threading.local):
                self._look_at((vars(value),))
            if snapshot := snapshots.slots(value):
                self._add(snapshot)

    def _searches(self, module: Any) -> bool:
        """Return whether to enter a Python module: an installed one only if it defines a class of the network."""
        return (
            isinstance(module, str)
            and not _is_foreign(module)
            and (module in self._searched or not _is_installed(module))
        )

    def _mention(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._mentioned:
                self._mentioned.add(name)
                self._look_at(self._unmentioned.pop(name, ()))


_PARTS = {
    MethodType: ("__self__", "__func__"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset", "fdel"),
    cached_property: ("func",),
    partial: ("func", "args", "keywords"),
    _lru_cache_wrapper: ("__wrapped__",),
}
"""Attributes that callables and descriptors consist of, by their class."""


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] in _FOREIGN


@lru_cache(maxsize=10_000)
def _is_installed(module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file


def _names_in(code: CodeType) -> frozenset[str]:
    """Return the names that code mentions, and that the functions defined in it mention."""
    names: set[str] = set()
    waiting = [code]
    while waiting:
        current = waiting.pop()
        names.update(current.co_names)
        waiting.extend(constant for constant in current.co_consts if isinstance(constant, CodeType))
    return frozenset(names)
