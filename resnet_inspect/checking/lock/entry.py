"""The entries of a lock, as frozen models: the order of the fields is that in the file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, FailFast, Field, model_validator
from pydantic_core import PydanticCustomError

from resnet_inspect.anatomy.records import ShortcutKind
from resnet_inspect.anatomy.role_names import Role

SCHEMA: Final = "resnet-inspect/lock/1"

_MOST_FIELDS: Final = 64
_MOST_SIZES: Final = 16
_MOST_OPERATIONS: Final = 100_000
"""Operations of a network; one of 10,000 blocks has half as many."""


def _list_to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _sizes(value: Any) -> Any:
    """Refuse long lists: of a hostile file, each of a million entries would be judged."""
    if isinstance(value, list | tuple) and len(value) > _MOST_SIZES:
        raise PydanticCustomError("too_many_fields", "has too many entries")
    return _list_to_tuple(value)


def _few_operations(value: tuple[LockedOperations, ...]) -> tuple[LockedOperations, ...]:
    """Refuse a network of too many operations, each of which becomes a layer where it is compared with the lock."""
    if sum(branch.ops.count(",") + 1 for branch in value) > _MOST_OPERATIONS:
        raise PydanticCustomError("too_many_fields", "has too many entries")
    return value


_List = BeforeValidator(_list_to_tuple)
_Number = Annotated[int, Field(ge=0, lt=10**24)]
_Sizes = Annotated[tuple[_Number, ...], BeforeValidator(_sizes)]
_Text = Annotated[str, Field(min_length=1, max_length=10_000)]
_StageName = Annotated[str, Field(pattern=r"^(stem|head|stage[1-9][0-9]{0,5})$")]


class LockRecord(BaseModel):
    """An object of a lock."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, value: Any) -> Any:
        """Refuse rows of too many fields: each unknown one is a fault of its own, and there may be millions."""
        if isinstance(value, dict) and len(value) > _MOST_FIELDS:
            raise PydanticCustomError("too_many_fields", "has too many entries")
        return value


class LockedStage(LockRecord):
    """The stem, a stage, or the head, with fields of ``Stage``."""

    name: _StageName
    blocks: _Number
    kind: Annotated[str, Field(max_length=10_000)]
    output_shape: _Sizes
    stride: _Sizes
    params: _Number
    macs: _Number


class LockedBlock(LockRecord):
    """The kind of a block, with fields of ``Block``."""

    stage: _StageName
    block: _Number
    name: Annotated[str, Field(max_length=1_000)]
    kind: _Text
    shortcut: ShortcutKind


class LockedLayer(LockRecord):
    """A weighted or pooling layer, with fields of ``Layer``; those that have their default are left out of the file.

    It is a weighted one if it has channels; a pool or a blur has none. A missing ``dilation`` is 1 along each axis.
    """

    stage: _StageName | None = None
    block: _Number | None = None
    role: Role
    name: _Text
    op: _Text
    kernel: _Sizes | None = None
    stride: _Sizes | None = None
    padding: _Sizes | None = None
    dilation: _Sizes | None = None
    groups: _Number = 1
    in_channels: _Number | None = None
    out_channels: _Number | None = None
    bias: bool = False
    adaptive: bool = False
    ceil_mode: bool = False
    input_shape: _Sizes
    output_shape: _Sizes
    params: _Number
    macs: _Number


class LockedOperations(LockRecord):
    """The other operations of a branch, in running order: ``batch_norm, relu, batch_norm, add, relu``."""

    stage: _StageName | None = None
    block: _Number | None = None
    role: Role
    ops: _Text


class LockedNet(LockRecord):
    """The architecture of a network, at the config's own input size.

    Attributes:
        model: its name in the config; for readers, and never compared.
        input_shape, output_shape: batch included.
        depth: the paper's count.
        params, macs, buffers: sums.
        stride_placement: ``v1``, ``v1.5``, ``other``; ``None`` where there is no such distinction.
        shortcut_convolutions: weighted layers on shortcuts.
        weight_standardized: the field of the config, because no operation on the data shows it; ``None`` without one.
        stages, blocks, layers, operations: in running order.
    """

    model: Annotated[str, Field(min_length=1, max_length=200)]
    input_shape: _Sizes
    output_shape: _Sizes
    depth: _Number
    params: _Number
    macs: _Number
    buffers: _Number
    stride_placement: Literal["v1", "v1.5", "other"] | None
    shortcut_convolutions: _Number
    weight_standardized: bool | None
    stages: Annotated[tuple[LockedStage, ...], FailFast(), _List]
    blocks: Annotated[tuple[LockedBlock, ...], FailFast(), _List]
    layers: Annotated[tuple[LockedLayer, ...], FailFast(), _List]
    operations: Annotated[tuple[LockedOperations, ...], FailFast(), _List, AfterValidator(_few_operations)]

    def same_architecture(self, other: LockedNet) -> bool:
        """Return whether two networks agree in everything but their name."""
        return self.model_copy(update={"model": other.model}) == other

    def fingerprint(self) -> str:
        """Return a hash that two networks share if and only if they have the same architecture."""
        return hashlib.sha256(self.model_dump_json(exclude={"model"}).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LockedEntry:
    """What a lock says of one file or model.

    Attributes:
        lock: path of the lock, as it is shown.
        net: its entry; ``None`` if it has none.
        orphans: where it has no entry: fingerprint of a network -> the entry that has it, whose file does not exist.
        command: records the network as it is now; empty where no command line can.
    """

    lock: str
    net: LockedNet | None
    orphans: Mapping[str, str] = field(default_factory=dict, repr=False)
    command: str = ""
