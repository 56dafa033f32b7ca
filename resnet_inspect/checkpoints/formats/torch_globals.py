"""What the names in a torch pickle stand for: tensors, storages, and values that are passed over.

The names are those that ``torch.load(weights_only=True)`` of torch 2.13 takes without being told to
(``torch/_weights_only_unpickler.py``), and those of ``plain_data``. Here none is called, or even looked up: each
is a text, and what a call would have made is written down as a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from resnet_inspect.checkpoints.formats.dtypes import BY_NAME, BY_STORAGE
from resnet_inspect.checkpoints.formats.limits import MAX_DIMENSIONS, MAX_SIZE
from resnet_inspect.checkpoints.formats.plain_data import LISTS, MAPPINGS, PLAIN_DATA
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise


class Global(NamedTuple):
    """A name of the pickle: ``torch._utils._rebuild_tensor_v2``."""

    name: str


class Passed(NamedTuple):
    """A value that is no weight, and of which only the kind is kept."""

    kind: str

    @property
    def unread_tensor(self) -> str:
        """What kind of tensor it is, where it is one that is not read; else empty."""
        return _UNREAD.get(self.kind, "")

    @property
    def title(self) -> str:
        """Its class, where it is one of ``plain_data``; else empty."""
        return PLAIN_DATA.get(self.kind, "")


class Storage(NamedTuple):
    """Memory that tensors share.

    Attributes:
        key: its entry below ``data/`` in the archive.
        dtype: type of its elements; empty for bytes.
        size: elements; bytes when there is no dtype.
    """

    key: str
    dtype: str
    size: int


class Tensor(NamedTuple):
    """A tensor: a view of a storage; offset and strides in elements."""

    storage: Storage
    dtype: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def lookup(name: str) -> Global:
    """The global of that name.

    Raises:
        CheckpointError: if no file of weights needs it.
    """
    if name not in TAKEN and name not in PLAIN_DATA:
        raise CheckpointError(
            f"holds an object of '{sanitise(name)}', not only tensors and plain values. Creating it would run code, so "
            "nothing was loaded. If you trust it, load it and save only the weights: "
            "torch.save(model.state_dict(), path)"
        )
    return Global(name)


def call(function: Any, arguments: Any) -> Any:
    """What calling a global would make: a tensor, a container, or ``Passed``."""
    if not isinstance(function, Global) or type(arguments) is not tuple:
        raise CheckpointError("its data.pkl calls something that is not a function")
    made = _MADE.get(function.name)
    return made(arguments) if made else Passed(function.name)


def storage(identity: Any) -> Storage:
    """The storage that a persistent id names: ``("storage", class, key, location, size)``."""
    if not isinstance(identity, tuple) or len(identity) != 5 or identity[0] != "storage":
        raise CheckpointError("its data.pkl refers to something that is not a storage")
    _, kind, key, _, size = identity
    if not isinstance(kind, Global) or kind.name not in _STORAGES or not isinstance(key, str) or not _is_size(size):
        raise CheckpointError("its data.pkl has a storage without type, key or size")
    return Storage(key, _STORAGES[kind.name], size)


def _tensor(arguments: tuple[Any, ...]) -> Tensor:
    """``_rebuild_tensor(storage, offset, shape, strides)``, and v2, which adds flags and hooks."""
    if len(arguments) < 4 or not isinstance(arguments[0], Storage):
        raise CheckpointError("its data.pkl has a tensor without a storage")
    return _view(arguments, arguments[0].dtype)


def _tensor_v3(arguments: tuple[Any, ...]) -> Tensor:
    """As v2; the type stands behind the flags and hooks, and the storage is of bytes."""
    if len(arguments) < 7 or not isinstance(arguments[0], Storage) or not isinstance(arguments[6], Global):
        raise CheckpointError("its data.pkl has a tensor without storage or type")
    return _view(arguments, _DTYPES.get(arguments[6].name, ""))


def _view(arguments: tuple[Any, ...], dtype: str) -> Tensor:
    storage, offset, shape, strides = arguments[:4]
    if not dtype:
        raise CheckpointError("its data.pkl has a tensor of an unknown type")
    if not _is_size(offset) or not _are_sizes(shape) or not _are_sizes(strides) or len(shape) != len(strides):
        raise CheckpointError("its data.pkl has a tensor with impossible sizes")
    return Tensor(storage, dtype, offset, shape, strides)


def _parameter(arguments: tuple[Any, ...]) -> Any:
    """``_rebuild_parameter(data, requires_grad, hooks)``: the tensor itself."""
    return arguments[0] if arguments else Passed("torch.nn.Parameter")


def _subclass(arguments: tuple[Any, ...]) -> Any:
    """``_rebuild_from_type_v2(function, class, arguments, state)``: a tensor with attributes, without them.

    Its function is another one. Followed into itself, a short pickle could go deep, and do so again and again.
    """
    if len(arguments) != 4:
        return Passed("torch.Tensor")
    function, _, inner, _ = arguments
    if isinstance(function, Global) and _MADE.get(function.name) is _subclass:
        raise CheckpointError("its data.pkl rebuilds a tensor from one that is rebuilt, as torch.save never does")
    return call(function, inner)


def _mapping(_arguments: tuple[Any, ...]) -> dict[Any, Any]:
    """``OrderedDict()`` and others: they are filled item by item."""
    return {}


def _list(_arguments: tuple[Any, ...]) -> list[Any]:
    """``deque([], 100)``: filled item by item."""
    return []


def _size(arguments: tuple[Any, ...]) -> Any:
    return arguments[0] if len(arguments) == 1 and type(arguments[0]) is tuple else Passed("torch.Size")


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_SIZE


def _are_sizes(values: Any) -> bool:
    return type(values) is tuple and len(values) <= MAX_DIMENSIONS and all(map(_is_size, values))


_MADE: Mapping[str, Callable[[tuple[Any, ...]], Any]] = {
    "collections.Counter": _mapping,
    "collections.OrderedDict": _mapping,
    **dict.fromkeys(MAPPINGS, _mapping),
    **dict.fromkeys(LISTS, _list),
    "torch.Size": _size,
    "torch._tensor._rebuild_from_type_v2": _subclass,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_v3,
}

_PASSED = frozenset(
    {
        "_codecs.encode",
        "builtins.bytearray",
        "builtins.complex",
        "builtins.set",
        "torch.Tensor",
        "torch._utils._rebuild_device_tensor_from_cpu_tensor",
        "torch._utils._rebuild_meta_tensor_no_storage",
        "torch._utils._rebuild_nested_tensor",
        "torch._utils._rebuild_qtensor",
        "torch._utils._rebuild_sparse_tensor",
        "torch._utils._rebuild_wrapper_subclass",
        "torch.device",
        "torch.nn.parameter.Parameter",
        "torch.per_channel_affine",
        "torch.per_channel_affine_float_qparams",
        "torch.per_channel_symmetric",
        "torch.per_tensor_affine",
        "torch.per_tensor_symmetric",
        "torch.serialization._get_layout",
    }
)

_UNREAD: Mapping[str, str] = {
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": "on a device of its own",
    "torch._utils._rebuild_meta_tensor_no_storage": "without values",
    "torch._utils._rebuild_nested_tensor": "nested",
    "torch._utils._rebuild_qtensor": "quantized",
    "torch._utils._rebuild_sparse_tensor": "sparse",
    "torch._utils._rebuild_wrapper_subclass": "of a class of its own",
}
"""Functions that make tensors which are passed over: what is special about these."""

_STORAGES: Mapping[str, str] = {
    "torch.storage.UntypedStorage": "",
    **{f"torch.{name}": dtype.name for name, dtype in BY_STORAGE.items()},
    **{f"torch.{name}Storage": "" for name in ("QInt8", "QInt32", "QUInt8", "QUInt4x2", "QUInt2x4")},
}

_DTYPES: Mapping[str, str] = {f"torch.{name}": name for name, dtype in BY_NAME.items() if dtype.bits % 8 == 0}
"""Those of whole bytes: torch has no other, and no place in a storage could be told."""

TAKEN = (_PASSED | _MADE.keys() | _STORAGES.keys() | _DTYPES.keys()) - PLAIN_DATA.keys()
"""The names that a pickle may hold because torch's own restricted reader takes them too."""
