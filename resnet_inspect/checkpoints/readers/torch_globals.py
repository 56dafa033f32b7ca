"""Names in a torch pickle, and the records of the objects that they stand for: tensors, storages, skipped values.

The names are those that ``torch.load(weights_only=True)`` of torch 2.13 allows by default
(``torch/_weights_only_unpickler.py``), and those of plain data. No name is imported or called: it remains a string, and
a call of it becomes a record.

A class or function is plain data if it belongs to the standard library, NumPy or torch and only holds values, so that
making an instance has no other effect: ``argparse.Namespace``, a date, a path, a NumPy number. Training checkpoints
hold such values next to the weights, and they are skipped. Any other class may run code when an instance is made; a
name outside these tables is refused.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from resnet_inspect.checkpoints.checkpoint import BY_NAME, BY_STORAGE
from resnet_inspect.checkpoints.readers.files import MAX_DIMENSIONS, MAX_SIZE
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise

_OWN_NAMES = (
    "argparse.Namespace",
    "collections.defaultdict",
    "collections.deque",
    "datetime.date",
    "datetime.datetime",
    "datetime.time",
    "datetime.timedelta",
    "datetime.timezone",
    "decimal.Decimal",
    "fractions.Fraction",
    "numpy.dtype",
    "numpy.ndarray",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.PurePath",
    "pathlib.PurePosixPath",
    "pathlib.PureWindowsPath",
    "pathlib.WindowsPath",
    "types.SimpleNamespace",
    "uuid.UUID",
)

_BUILTINS = ("bool", "dict", "float", "frozenset", "int", "list", "str", "tuple")
"""Includes factories of a ``defaultdict``."""

_QUANTIZED = ("qint8", "qint32", "quint8", "quint2x4", "quint4x2")

PLAIN_DATA: Mapping[str, str] = {
    **{name: name for name in _OWN_NAMES},
    **{name.replace("pathlib.", "pathlib._local."): name for name in _OWN_NAMES if name.startswith("pathlib.")},
    **{f"builtins.{name}": name for name in _BUILTINS},
    **{f"torch.{name}": f"torch.{name}" for name in _QUANTIZED},
    **{f"numpy.{core}.multiarray.scalar": "a number of NumPy" for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray._reconstruct": "numpy.ndarray" for core in ("core", "_core")},
    "torch.torch_version.TorchVersion": "torch.__version__",
}
"""Name in a pickle -> its usual name. Python 3.13 keeps the classes of pathlib in ``pathlib._local``."""

MAPPINGS = ("collections.defaultdict",)
"""Plain data that is filled by key, so that it may hold weights."""

LISTS = ("collections.deque",)
"""Plain data that is filled item by item."""


class Global(NamedTuple):
    """A class or function that the pickle names, such as ``torch._utils._rebuild_tensor_v2``."""

    name: str


class Skipped(NamedTuple):
    """A value that is not a weight; only its kind is kept."""

    kind: str

    @property
    def unread_tensor(self) -> str:
        """The kind of tensor, if it is one that is not read; else empty."""
        return _UNREAD.get(self.kind, "")

    @property
    def title(self) -> str:
        """The class, if it is plain data; else empty."""
        return PLAIN_DATA.get(self.kind, "")


class Storage(NamedTuple):
    """A block of memory that tensors are views of.

    Attributes:
        key: its entry in ``data/`` of the archive.
        dtype: type of its elements; empty for bytes.
        size: number of its elements, or of bytes without a dtype.
    """

    key: str
    dtype: str
    size: int


class Tensor(NamedTuple):
    """A tensor as a view of a storage; offset and strides are in elements."""

    storage: Storage
    dtype: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def lookup(name: str) -> Global:
    """Return the record of a class or function.

    Raises:
        CheckpointError: if no weights file needs it.
    """
    if name not in TAKEN and name not in PLAIN_DATA:
        raise CheckpointError(
            f"holds an object of '{sanitise(name)}', not only tensors and plain values. Creating it would run code, so "
            "nothing was loaded. If you trust it, load it and save only the weights: "
            "torch.save(model.state_dict(), path)"
        )
    return Global(name)


def call(function: Any, arguments: Any) -> Any:
    """Return the record of a call's result: a tensor, a container, or ``Skipped``."""
    if not isinstance(function, Global) or type(arguments) is not tuple:
        raise CheckpointError("its data.pkl calls something that is not a function")
    made = _MADE.get(function.name)
    return made(arguments) if made else Skipped(function.name)


def storage(identity: Any) -> Storage:
    """Return the storage that a persistent id names: ``("storage", class, key, location, size)``."""
    if not isinstance(identity, tuple) or len(identity) != 5 or identity[0] != "storage":
        raise CheckpointError("its data.pkl refers to something that is not a storage")
    _, kind, key, _, size = identity
    if not isinstance(kind, Global) or kind.name not in _STORAGES or not isinstance(key, str) or not _is_size(size):
        raise CheckpointError("its data.pkl has a storage without type, key or size")
    return Storage(key, _STORAGES[kind.name], size)


def _tensor(arguments: tuple[Any, ...]) -> Tensor:
    """Read ``_rebuild_tensor(storage, offset, shape, strides)``, or v2, which adds flags and hooks."""
    if len(arguments) < 4 or not isinstance(arguments[0], Storage):
        raise CheckpointError("its data.pkl has a tensor without a storage")
    return _view(arguments, arguments[0].dtype)


def _tensor_v3(arguments: tuple[Any, ...]) -> Tensor:
    """Read v3, whose storage is of bytes and whose type follows the flags and hooks."""
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
    """Return the tensor of ``_rebuild_parameter(data, requires_grad, hooks)``."""
    return arguments[0] if arguments else Skipped("torch.nn.Parameter")


def _subclass(arguments: tuple[Any, ...]) -> Any:
    """Return the tensor of ``_rebuild_from_type_v2(function, class, arguments, state)``, without its attributes.

    The function must be another one: nested calls of this one would let a short pickle recurse without bounds.
    """
    if len(arguments) != 4:
        return Skipped("torch.Tensor")
    function, _, inner, _ = arguments
    if isinstance(function, Global) and _MADE.get(function.name) is _subclass:
        raise CheckpointError("its data.pkl rebuilds a tensor from one that is rebuilt, as torch.save never does")
    return call(function, inner)


def _mapping(_arguments: tuple[Any, ...]) -> dict[Any, Any]:
    """Return an empty dict for ``OrderedDict()`` and others, which are filled item by item."""
    return {}


def _list(_arguments: tuple[Any, ...]) -> list[Any]:
    """Return an empty list for ``deque([], 100)``, which is filled item by item."""
    return []


def _size(arguments: tuple[Any, ...]) -> Any:
    return arguments[0] if len(arguments) == 1 and type(arguments[0]) is tuple else Skipped("torch.Size")


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

_SKIPPED = frozenset(
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
"""Function that makes a tensor of a kind that is not read -> that kind."""

_STORAGES: Mapping[str, str] = {
    "torch.storage.UntypedStorage": "",
    **{f"torch.{name}": dtype.name for name, dtype in BY_STORAGE.items()},
    **{f"torch.{name}Storage": "" for name in ("QInt8", "QInt32", "QUInt8", "QUInt4x2", "QUInt2x4")},
}

_DTYPES: Mapping[str, str] = {f"torch.{name}": name for name, dtype in BY_NAME.items() if dtype.bits % 8 == 0}
"""Types of whole bytes: torch has no others, and an offset in a storage would be ambiguous."""

TAKEN = (_SKIPPED | _MADE.keys() | _STORAGES.keys() | _DTYPES.keys()) - PLAIN_DATA.keys()
"""Names that torch's own restricted reader allows."""
