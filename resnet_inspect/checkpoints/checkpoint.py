"""Records of a weights file: names, shapes and types of its tensors, and where their values are; never a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from resnet_inspect.shapes import Shape


class Dtype(NamedTuple):
    """A type of element.

    Attributes:
        name: torch's name for it, if torch has the type.
        bits: size of an element.
        code: code in safetensors 0.8; empty if it has none.
        storage: class of torch's typed storage; empty if there is none.
    """

    name: str
    bits: int
    code: str
    storage: str = ""


_DTYPES = (
    Dtype("bool", 8, "BOOL", "BoolStorage"),
    Dtype("uint8", 8, "U8", "ByteStorage"),
    Dtype("int8", 8, "I8", "CharStorage"),
    Dtype("int16", 16, "I16", "ShortStorage"),
    Dtype("int32", 32, "I32", "IntStorage"),
    Dtype("int64", 64, "I64", "LongStorage"),
    Dtype("uint16", 16, "U16"),
    Dtype("uint32", 32, "U32"),
    Dtype("uint64", 64, "U64"),
    Dtype("float16", 16, "F16", "HalfStorage"),
    Dtype("bfloat16", 16, "BF16", "BFloat16Storage"),
    Dtype("float32", 32, "F32", "FloatStorage"),
    Dtype("float64", 64, "F64", "DoubleStorage"),
    Dtype("complex64", 64, "C64", "ComplexFloatStorage"),
    Dtype("complex128", 128, "", "ComplexDoubleStorage"),
    Dtype("float8_e5m2", 8, "F8_E5M2"),
    Dtype("float8_e5m2fnuz", 8, "F8_E5M2FNUZ"),
    Dtype("float8_e4m3fn", 8, "F8_E4M3"),
    Dtype("float8_e4m3fnuz", 8, "F8_E4M3FNUZ"),
    Dtype("float8_e8m0fnu", 8, "F8_E8M0"),
    Dtype("float6_e2m3", 6, "F6_E2M3"),
    Dtype("float6_e3m2", 6, "F6_E3M2"),
    Dtype("float4_e2m1", 4, "F4"),
)

BY_NAME: Mapping[str, Dtype] = {dtype.name: dtype for dtype in _DTYPES}
BY_CODE: Mapping[str, Dtype] = {dtype.code: dtype for dtype in _DTYPES if dtype.code}
BY_STORAGE: Mapping[str, Dtype] = {dtype.storage: dtype for dtype in _DTYPES if dtype.storage}

NOT_READ = "of a kind that is not read"
IS_A_SHARD = "is one shard of"
"""Phrases in notes by which ``Checkpoint.lacking`` finds those about missing tensors."""

CheckpointFormat = Literal["safetensors", "torch", "sharded", "memory"]


class TensorLocation(NamedTuple):
    """Location of a tensor's values.

    Attributes:
        path: the file that holds them.
        start: offset of the first element in that file, in bytes.
        strides: steps along each dimension, in elements; ``None`` if the elements are contiguous.
    """

    path: str
    start: int
    strides: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A tensor of a file.

    Attributes:
        name: its name exactly as in the file; to be sanitised before it is shown.
        shape: its sizes; empty for a scalar.
        dtype: torch's name for the type of its elements, such as ``float32``; empty if only shapes were given.
        location: location of its values; its path is empty for a tensor in memory. Not part of a comparison.
    """

    name: str
    shape: Shape
    dtype: str
    location: TensorLocation = field(default=TensorLocation("", 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A weights file, an index with its shards, or a mapping of tensors in memory.

    Attributes:
        path: the file as the user named it; empty for a mapping in memory.
        format: ``sharded`` is an index file that names others, ``memory`` a mapping.
        tensors: the tensors of the network, in the order of the file, or of the shards one after the other.
        nested: dotted keys that lead to them inside a training checkpoint, such as ``state_dict``; empty at the top.
        metadata: metadata of the file, exactly as it is there.
        notes: what was skipped, safe to show: ``2 entries that are not tensors: epoch, args``.
        elsewhere: keys and prefixes of networks in other mappings of the file.
    """

    path: str
    format: CheckpointFormat
    tensors: tuple[TensorInfo, ...]
    nested: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """The notes about tensors that were not read."""
        return tuple(note for note in self.notes if NOT_READ in note or IS_A_SHARD in note)


def element_span(shape: Shape, strides: tuple[int, ...]) -> int:
    """Return the number of stored elements from the first to the last of a tensor, both included; 0 if it has none."""
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
