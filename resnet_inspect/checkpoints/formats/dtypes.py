"""Types of elements: as torch calls them, as safetensors writes them, and how many bits each takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Dtype(NamedTuple):
    """One type of element.

    Attributes:
        name: as torch calls it, where torch has it.
        bits: size of an element.
        code: as safetensors 0.8 writes it; empty where it has none.
        storage: class of torch's typed storage; empty where it has none.
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
