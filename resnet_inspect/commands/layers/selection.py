"""The selection of layers by stage, block and role, in the spellings of the paper, torchvision and this tool."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from resnet_inspect.anatomy.role_names import ROLES
from resnet_inspect.arguments import as_int, flag, several, shown, text, wrong_type
from resnet_inspect.errors import RequestError
from resnet_inspect.text import join_names, sanitise

if TYPE_CHECKING:
    from resnet_inspect.anatomy.records import Anatomy, Layer

Name = TypeVar("Name")

_STAGE = re.compile(r"(?:stage|layer)?0*([0-9]{1,4})|conv0*([0-9]{1,4})_x")
_BLOCK = re.compile(r"conv0*([0-9]{1,4})_0*([0-9]{1,7})|layer0*([0-9]{1,4})\.0*([0-9]{1,7})")
_MOST_STAGES = 999
_MOST_BLOCKS = 1_000_000


@dataclass(frozen=True, slots=True)
class LayerSelection:
    """A selection of rows; an empty set selects all.

    Attributes:
        everything: ``True`` to list every module and functional operation, not only weighted and pooling layers.
        stages: ``stem``, ``stage1`` ..., ``head``; 1, ``layer1`` and ``conv2_x`` mean ``stage1``.
        blocks: 1 for the first block of each stage; ``conv3_1``, or ``layer2.0`` in torchvision's names, for the first
            block of ``stage2``.
        roles: roles of layers.
    """

    everything: bool = False
    stages: frozenset[str] = frozenset()
    blocks: frozenset[int | str] = frozenset()
    roles: frozenset[str] = frozenset()
    _typed: Mapping[int | str, Any] = field(init=False, repr=False, compare=False)
    """Normalised names of stages and blocks -> their spelling."""

    def __post_init__(self) -> None:
        """Make sets of normalised names.

        Raises:
            WrongTypeError: if a field has a wrong type.
            RequestError: if a name is not that of a stage, a block or a role.
        """
        flag("everything", self.everything)
        stages, blocks = _all_of(self.stages, _stage_name), _all_of(self.blocks, _block_name)
        object.__setattr__(self, "stages", frozenset(stages))
        object.__setattr__(self, "blocks", frozenset(blocks))
        object.__setattr__(self, "roles", frozenset(_all_of(self.roles, _role_name)))
        object.__setattr__(self, "_typed", {**stages, **blocks})

    @property
    def partial(self) -> bool:
        """``True`` if stages, blocks or roles are selected."""
        return bool(self.stages or self.blocks or self.roles)

    def holds(self, layer: Layer) -> bool:
        """Return whether a row is selected."""
        return (
            (not self.stages or layer.stage in self.stages)
            and (not self.blocks or bool(self.blocks & _names_of(layer.stage, layer.block)))
            and (not self.roles or layer.role in self.roles)
        )

    def spelled(self, name: int | str) -> str:
        """Return a stage or block as it was typed, and what it means if that is another name: ``conv3_x (stage2)``."""
        typed = str(self._typed[name])
        known = typed.isdecimal() or typed.lower() == str(name)
        return str(name) if known else f"{sanitise(typed, 60)} ({name})"


def _names_of(stage: str | None, index: int | None) -> frozenset[int | str]:
    """Return the normalised names of the block with this index, from 0, in a stage."""
    if stage is None or index is None:
        return frozenset()
    return frozenset((index + 1, _paper_name(int(stage.removeprefix("stage")), index + 1)))


def _paper_name(stage: int, block: int) -> str:
    """Return ``conv3_1`` for block 1 of stage 2; conv1 is the stem."""
    return f"conv{stage + 1}_{block}"


def selected(stage: Any, block: Any, role: Any, *, everything: bool = False, option: str = "") -> LayerSelection:
    """Return the selection that the arguments or options of ``layers`` make.

    Args:
        stage: one or several stages; ``None`` for all.
        block: one or several blocks; ``None`` for all.
        role: one or several roles; ``None`` for all.
        everything: see ``LayerSelection``.
        option: ``--`` if these are options, for messages.

    Raises:
        WrongTypeError: if an argument has a wrong type.
        RequestError: if an argument is empty, or a name is not that of a stage, a block or a role.
    """

    def names(said: str, value: Any, name_of: Callable[[Any, str], Name]) -> Any:
        if value is None:
            return ()
        found = _all_of(value, lambda name: name_of(name, f"{option}{said}"))
        if not found:
            raise RequestError(f"{said} is empty, which selects no rows: name at least one, or leave it out for all")
        return found.values()

    return LayerSelection(
        everything=everything,
        stages=names("stage", stage, _stage_name),
        blocks=names("block", block, _block_name),
        roles=names("role", role, _role_name),
    )


def require_present(selection: LayerSelection, rows: Sequence[Layer], anatomy: Anatomy) -> None:
    """Check that a network has all stages, blocks and roles of a selection.

    Raises:
        RequestError: if it does not have one of them.
    """
    _require_stages(selection, anatomy)
    _require_blocks(selection, anatomy)
    _require_roles(selection.roles, rows, anatomy)


def _require_stages(selection: LayerSelection, anatomy: Anatomy) -> None:
    known = [part.name for part in anatomy.parts]
    for stage in sorted(selection.stages.difference(known)):
        there = ", ".join(known) or "none, because it has no blocks"
        raise RequestError(f"{anatomy.model} has no {selection.spelled(stage)}; its stages: {there}")


def _require_blocks(selection: LayerSelection, anatomy: Anatomy) -> None:
    """Refuse a block that none of the selected stages has."""
    parts = [part for part in anatomy.parts if not selection.stages or part.name in selection.stages]
    present = {name for part in parts for index in range(part.blocks) for name in _names_of(part.name, index)}
    for block in sorted(selection.blocks - present, key=str):
        where = f" in {' or '.join(part.name for part in parts)}" if selection.stages else ""
        there = [f"1 to {part.blocks} in {part.name}" for part in parts if part.blocks]
        missing = f"{anatomy.model} has no block {selection.spelled(block)}{where}"
        raise RequestError(f"{missing}; its blocks: {join_names(there, 8) or 'none'}")


def _require_roles(roles: frozenset[str], rows: Sequence[Layer], anatomy: Anatomy) -> None:
    """Refuse a role that no row has."""
    there = {layer.role for layer in rows}
    for role in sorted(roles - there):
        hidden = any(layer.role == role for layer in anatomy.operations)
        hint = ", but other operations, which --all shows" if hidden else ""
        known = ", ".join(role for role in ROLES if role in there) or "none"
        raise RequestError(f"{anatomy.model} has no layer whose role is {role}{hint}; its roles: {known}")


def _stage_name(value: Any, said: str = "stage") -> str:
    """Return the normalised name of a stage: ``stage1`` for "stage1", "1", 1, "layer1" and "conv2_x".

    Args:
        value: text or number to parse.
        said: name of the argument or option, for messages.

    Raises:
        WrongTypeError: if the value is neither a text nor an integer.
        RequestError: if it does not name a stage.
    """
    if not isinstance(value, str) and as_int(value) is None:
        raise wrong_type(said, "a stage, such as 'stage1', 1, 'conv2_x', 'stem' or 'head'", value)
    lowered = (value if isinstance(value, str) else shown(as_int(value))).lower()
    if lowered in {"stem", "head"}:
        return lowered
    match = _STAGE.fullmatch(lowered)
    number = int(match[2] or match[1]) - bool(match[2]) if match else 0
    if not 1 <= number <= _MOST_STAGES:
        written = sanitise(str(value), 60) if isinstance(value, str) else shown(value)
        raise RequestError(f"{said} '{written}' is not a stage: write stem, head, or stage1 (also 1, layer1, conv2_x)")
    return f"stage{number}"


def _role_name(value: Any, said: str = "role") -> str:
    """Return the name of a role in lower case; arguments as for ``_stage_name``.

    Raises:
        WrongTypeError: if the value is not a text.
        RequestError: if it does not name a role.
    """
    lowered = text(said, value).lower()
    if lowered not in ROLES:
        raise RequestError(f"{said} '{sanitise(value, 60)}' is not a role: choose from {', '.join(ROLES)}")
    return lowered


def _block_name(value: Any, said: str = "block") -> int | str:
    """Return the number of a block in each stage, or the paper's name of a single block.

    Arguments are as for ``_stage_name``.

    Returns:
        1 for 1 and "1"; "conv3_1" for "conv3_1" and "layer2.0".

    Raises:
        WrongTypeError: if the value is neither a text nor an integer.
        RequestError: if it does not name a block.
    """
    number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 8 else as_int(value)
    if number is not None:
        if not 1 <= number <= _MOST_BLOCKS:
            raise RequestError(f"{said} {shown(number)}: blocks are counted from 1, the first of a stage")
        return number
    if not isinstance(value, str):
        raise wrong_type(said, "a block, such as 1, 'conv3_1' or 'layer2.0'", value)
    match = _BLOCK.fullmatch(value.lower())
    stage, block = (int(match[1]) - 1, int(match[2])) if match and match[1] else (0, 0)
    if match and match[3]:
        stage, block = int(match[3]), int(match[4]) + 1
    if not (1 <= stage <= _MOST_STAGES and 1 <= block <= _MOST_BLOCKS):
        raise RequestError(
            f"{said} '{sanitise(value, 60)}' is not a block: write 1 for the first one of a stage, conv3_1 or layer2.0"
        )
    return _paper_name(stage, block)


def _all_of(value: Any, name_of: Callable[[Any], Name]) -> dict[Name, Any]:
    """Return normalised name -> name, for one name or several names.

    Args:
        value: a name, or an iterable of names.
        name_of: function that normalises a name, or raises.
    """
    names = several(value, str)
    return {name_of(name): name for name in ((value,) if names is None else names)}
