"""Names: of layers, after their modules; of places, after the paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from resnet_inspect.anatomy.facts import Layer
from resnet_inspect.trace.records import Op, Trace


def layer_names(trace: Trace, numbers: Sequence[int]) -> dict[int, str]:
    """Operator number -> a name that no other operator has.

    The one operator that a leaf module is there for bears the module's path; a weighted operator that reads another
    module's parameter, that module's; all others are ``path:op``. A repetition gets ``#2``, ``#3`` ...
    """
    leaves = {module.path for module in trace.modules if module.leaf}
    principal = _principals(trace.ops, numbers, leaves)
    seen: Counter[str] = Counter()
    names: dict[int, str] = {}
    for number in numbers:
        name = _base_name(trace.ops[number], is_principal=number in principal)
        seen[name] += 1
        names[number] = name if seen[name] == 1 else f"{name}#{seen[name]}"
    return names


def _base_name(op: Op, *, is_principal: bool) -> str:
    if is_principal:
        return op.module or op.name
    if op.weighted and op.parameters:
        return op.parameters[0].rpartition(".")[0] or op.module or op.name
    return f"{op.module}:{op.name}" if op.module else op.name


def _principals(ops: Sequence[Op], numbers: Sequence[int], leaves: set[str]) -> set[int]:
    """In each run of operators within one leaf module: the weighted one, or the window, or the only one."""
    principals: set[int] = set()
    run: list[int] = []
    for number in [*numbers, -1]:
        if run and (number == -1 or ops[number].module != ops[run[0]].module or _starts_again(ops, run, number)):
            if ops[run[0]].module in leaves:
                principals.add(min(run, key=lambda member: _rank(ops[member])))
            run = []
        run.append(number)
    return principals


def _starts_again(ops: Sequence[Op], run: Sequence[int], number: int) -> bool:
    """Whether a second call of the same module follows the first without another module between."""
    return _rank(ops[number]) < 2 and any(_rank(ops[member]) < 2 for member in run)


def _rank(op: Op) -> int:
    if op.weighted:
        return 0
    return 1 if op.window else 2


def paper_stage_name(stage: str, inside: Sequence[Layer]) -> str:
    """``stage1`` -> ``conv2_x``: the paper's conv1 is the stem; a head is the fc, or the pool where there is none.

    A head that convolves an image, as a decoder does, has no name in the paper.

    Args:
        stage: its name.
        inside: what stands in it.
    """
    if stage == "stem":
        return "conv1"
    if stage != "head":
        return f"conv{int(stage.removeprefix('stage')) + 1}_x"
    weighted = [layer for layer in inside if layer.weighted]
    if any(layer.kernel and max(layer.output_shape[2:]) > 1 for layer in weighted):
        return ""
    if weighted:
        return _PAPER_PLACES["head", "linear"]
    return _PAPER_PLACES["head", "pool"] if any(layer.pooling for layer in inside) else ""


def paper_block_name(stage: str, block: int) -> str:
    """``stage2``, 0 -> ``conv3_1``: the paper counts blocks from 1."""
    return f"conv{int(stage.removeprefix('stage')) + 1}_{block + 1}"


def is_pad(op: str) -> bool:
    """Whether an operator of this ATen name only adds a border: ``pad``, ``constant_pad_nd``, ``reflection_pad2d``."""
    return "pad" in op.split("_") or op.startswith(("reflection_pad", "replication_pad"))


def is_resampling(op: str) -> bool:
    """Whether it is there to change H and W: ``upsample_nearest2d``, ``pixel_shuffle``, a transposed convolution."""
    return "upsample" in op or op == "pixel_shuffle" or "transpose" in op


_PAPER_PLACES: Mapping[tuple[str, str], str] = {
    ("stem", "conv"): "conv1",
    ("stem", "pool"): "conv2_x",
    ("head", "pool"): "average pool",
    ("head", "linear"): "fc",
}
"""Table 1 lists the max pool inside conv2_x, and below conv5_x: average pool, 1000-d fc."""


def paper_place(op: Op, stage: str) -> str:
    """The paper's name for a layer of the stem or the head; empty where Table 1 has none."""
    if op.weighted:
        what = "linear" if op.name in {"linear", "addmm", "matmul", "mm"} else "conv"
    elif op.window:
        what = "pool"
    else:
        return ""
    return _PAPER_PLACES.get((stage, what), "")
