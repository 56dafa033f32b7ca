"""Names of layers, after their modules and after the paper; kinds of operators, by their ATen names."""

from collections import Counter
from collections.abc import Mapping, Sequence

from resnet_inspect.anatomy.records import Layer
from resnet_inspect.tracing.records import Op, Trace


def layer_names(trace: Trace, numbers: Sequence[int]) -> dict[int, str]:
    """Return operator number -> unique name.

    The principal operator of a leaf module has the module's path as its name; a weighted operator that reads another
    module's parameter has that module's path, or the parameter's name if other operators read other weights of that
    module; all others are ``path:op``. A repetition gets ``#2``, ``#3`` ...
    """
    leaves = {module.path for module in trace.modules if module.leaf}
    principal = _principals(trace.ops, numbers, leaves)
    seen: Counter[str] = Counter()
    names: dict[int, str] = {}
    bases = {number: _base_name(trace.ops[number], is_principal=number in principal) for number in numbers}
    weights = {number: trace.ops[number].parameters[0] for number in numbers if _has_own_weight(trace.ops[number])}
    shared = Counter(name for name, _ in {(bases[number], weight) for number, weight in weights.items()})
    for number, base in bases.items():
        name = weights[number] if number in weights and number not in principal and shared[base] > 1 else base
        seen[name] += 1
        names[number] = name if seen[name] == 1 else f"{name}#{seen[name]}"
    return names


def _base_name(op: Op, *, is_principal: bool) -> str:
    if is_principal:
        return op.module or op.name
    if _has_own_weight(op):
        return op.parameters[0].rpartition(".")[0] or op.module or op.name
    return f"{op.module}:{op.name}" if op.module else op.name


def _has_own_weight(op: Op) -> bool:
    return op.weighted and bool(op.parameters)


def _principals(ops: Sequence[Op], numbers: Sequence[int], leaves: set[str]) -> set[int]:
    """Return the principal operator of each call of a leaf module: the weighted one, else a window, else the first."""
    principals: set[int] = set()
    run: list[int] = []
    for number in [*numbers, -1]:
        if run and (number == -1 or ops[number].module != ops[run[0]].module or _starts_again(ops, run, number)):
            if ops[run[0]].module in leaves:
                principals.add(min(run, key=lambda member: _rank(ops[member])) if run[1:] else run[0])
            run = []
        run.append(number)
    return principals


def _starts_again(ops: Sequence[Op], run: Sequence[int], number: int) -> bool:
    """Return whether a second call of the same module follows the first directly."""
    return _rank(ops[number]) < 2 and any(_rank(ops[member]) < 2 for member in run)


def _rank(op: Op) -> int:
    if op.weighted:
        return 0
    return 1 if op.window else 2


def paper_stage_name(stage: str, inside: Sequence[Layer]) -> str:
    """Return the paper's name of a stage, ``conv2_x`` for ``stage1``.

    The stem is ``conv1``; a head is ``fc``, or ``average pool`` without a classifier. A head that convolves an image,
    as a decoder does, has no name in the paper.

    Args:
        stage: name of the stage, ``stem`` or ``head``.
        inside: its layers.
    """
    if stage == "stem":
        return "conv1"
    if stage != "head":
        return f"conv{int(stage.removeprefix('stage')) + 1}_x"
    weighted = [layer for layer in inside if layer.weighted]
    if any(layer.kernel and max(layer.output_shape[2:]) > 1 for layer in weighted):
        return ""
    if weighted:
        return _PAPER_NAMES["head", "linear"]
    return _PAPER_NAMES["head", "pool"] if any(layer.pooling for layer in inside) else ""


def paper_block_name(stage: str, block: int) -> str:
    """Return the paper's name of a block, ``conv3_1`` for block 0 of ``stage2``: the paper counts blocks from 1."""
    return f"conv{int(stage.removeprefix('stage')) + 1}_{block + 1}"


def is_pad(op: str) -> bool:
    """Return whether an operator only adds a border: ``pad``, ``constant_pad_nd``, ``reflection_pad2d``."""
    return "pad" in op.split("_") or op.startswith(("reflection_pad", "replication_pad"))


def is_resampling(op: str) -> bool:
    """Return whether an operator resizes: ``upsample_nearest2d``, ``pixel_shuffle``, a transposed convolution."""
    return "upsample" in op or op == "pixel_shuffle" or "transpose" in op


_PAPER_NAMES: Mapping[tuple[str, str], str] = {
    ("stem", "conv"): "conv1",
    ("stem", "pool"): "conv2_x",
    ("head", "pool"): "average pool",
    ("head", "linear"): "fc",
}
"""From Table 1: the max pool is listed in conv2_x; average pool and fc come after conv5_x."""


def paper_layer_name(op: Op, stage: str) -> str:
    """Return the paper's name for a layer of the stem or the head; empty if Table 1 has none."""
    if op.weighted:
        kind = "linear" if op.name in {"linear", "addmm", "matmul", "mm"} else "conv"
    elif op.window:
        kind = "pool"
    else:
        return ""
    return _PAPER_NAMES.get((stage, kind), "")
