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
"""Operations of a network; one of 10,000 blocks has half as many as this limit."""


def _list_to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _sizes(value: Any) -> Any:
    """Refuse long lists, such as those of a hostile file, before each entry is validated."""
    if isinstance(value, list | tuple) and len(value) > _MOST_SIZES:
        raise PydanticCustomError("too_many_fields", "has too many entries")
    return _list_to_tuple(value)


def _few_operations(value: tuple[LockedOperations, ...]) -> tuple[LockedOperations, ...]:
    """Refuse a network of too many operations, each of which becomes a layer in the comparison."""
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
        """Refuse rows of too many fields: pydantic reports each unknown one, and there may be millions."""
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
    """A weighted or pooling layer, with fields of ``Layer``; fields with default values are omitted in the file.

    Only weighted layers have channels; pools and blurs do not. A missing ``dilation`` is 1 along each axis.
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
    arguments: Annotated[str, Field(max_length=10_000)] = ""
    input_shape: _Sizes
    output_shape: _Sizes
    params: _Number
    macs: _Number


class LockedOperations(LockRecord):
    """The other operations of a branch, in running order, with their arguments: ``batch_norm eps=1e-05, relu, add``."""

    stage: _StageName | None = None
    block: _Number | None = None
    role: Role
    ops: _Text


class LockedNet(LockRecord):
    """The architecture of a network, at the config's own input size.

    Attributes:
        model: its name in the config; for information only, never compared.
        input_shape, output_shape: batch included.
        depth: the paper's count.
        params, macs, buffers: totals; ``buffers`` counts elements.
        stride_placement: ``v1``, ``v1.5``, ``other``; ``None`` for a network without strided bottlenecks.
        shortcut_convolutions: number of weighted layers on shortcuts.
        weight_standardized: value of that field of the config, as no operation on the data shows it; ``None`` without
            a config.
        function: hash of the computation: of every operator, its arguments and what it reads. ``None`` in an entry of
            a version that recorded no arguments, which are not compared then.
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
    function: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    stages: Annotated[tuple[LockedStage, ...], FailFast(), _List]
    blocks: Annotated[tuple[LockedBlock, ...], FailFast(), _List]
    layers: Annotated[tuple[LockedLayer, ...], FailFast(), _List]
    operations: Annotated[tuple[LockedOperations, ...], FailFast(), _List, AfterValidator(_few_operations)]

    def same_architecture(self, other: LockedNet) -> bool:
        """Return whether two networks agree in everything except their names, as far as both entries go."""
        ours, theirs = as_comparable(self, other)
        if ours.function is not None and ours.function == theirs.function:
            ours, theirs = _without_spelling(ours), _without_spelling(theirs)
        return ours.model_copy(update={"model": theirs.model}) == theirs

    def fingerprint(self) -> str:
        """Return a hash of the architecture, which does not depend on the name."""
        return hashlib.sha256(self.model_dump_json(exclude={"model"}).encode()).hexdigest()


def as_comparable(one: LockedNet, two: LockedNet) -> tuple[LockedNet, LockedNet]:
    """Return two networks, without arguments if one of them is of a version that knew none."""
    if one.function is not None and two.function is not None:
        return one, two
    return without_arguments(one), without_arguments(two)


def _without_spelling(net: LockedNet) -> LockedNet:
    """Return a network without the names of its operators, which may be several for one function."""
    layers = tuple(layer.model_copy(update={"op": "", "arguments": ""}) for layer in net.layers)
    return net.model_copy(update={"layers": layers, "operations": ()})


def without_arguments(net: LockedNet) -> LockedNet:
    """Return a network as a version would that records no arguments."""
    if net.function is None:
        return net
    layers = tuple(layer.model_copy(update={"arguments": ""}) for layer in net.layers)
    operations = tuple(
        branch.model_copy(update={"ops": ", ".join(op.partition(" ")[0] for op in branch.ops.split(", "))})
        for branch in net.operations
    )
    return net.model_copy(update={"function": None, "layers": layers, "operations": operations})


@dataclass(frozen=True, slots=True)
class LockedEntry:
    """The entry of a lock for one file or model, or its absence.

    Attributes:
        lock: path of the lock, as it is shown.
        net: its entry; ``None`` if it has none.
        orphans: if it has no entry: fingerprint -> key, for the entries whose files do not exist.
        command: the command that records the current network; empty if no command line can.
    """

    lock: str
    net: LockedNet | None
    orphans: Mapping[str, str] = field(default_factory=dict, repr=False)
    command: str = ""
