"""Classes of plain data that training checkpoints hold beside weights, and that are passed over.

The rule: a class or function of the standard library, of NumPy or of torch that only holds values, so that making one
of it could do nothing else, such as ``argparse.Namespace``, a date, a path, a NumPy number. Nothing is made of it here
either; a name outside this table is still refused. A class of anybody else may do anything when it is made.
"""

from __future__ import annotations

from collections.abc import Mapping

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
"""Also what a ``defaultdict`` makes of what is missing."""

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
"""Name in a pickle -> what it is called for people. ``pathlib._local`` is Python 3.13's place of it."""

MAPPINGS = ("collections.defaultdict",)
"""Those that are filled by key, so that weights may lie in them."""

LISTS = ("collections.deque",)
"""Those that are filled item by item."""
