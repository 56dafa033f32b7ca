"""Read weights in memory into a ``Checkpoint``, without importing torch."""

from collections.abc import Mapping
from typing import Any

from resnet_inspect.arguments import as_int, described, is_of, wrong_type
from resnet_inspect.checkpoints.checkpoint import Checkpoint, TensorInfo
from resnet_inspect.checkpoints.readers.files import MAX_NESTING, naming
from resnet_inspect.checkpoints.readers.nesting import find_weights
from resnet_inspect.checkpoints.readers.torch_globals import Skipped, Storage, Tensor
from resnet_inspect.shapes import Shape

_NO_STORAGE = Storage("", "", 0)


def read_mapping(weights: Any, chosen: str = "") -> Checkpoint:
    """Read names, shapes and types of the tensors of a ``state_dict``, or of a training checkpoint that contains one.

    Args:
        weights: name -> tensor of any library; name -> shape; a mapping that contains one of these; or a module, whose
            ``state_dict()`` is read.
        chosen: keys or prefix of the network wanted, as for ``read``.

    Raises:
        WrongTypeError: if it is not a mapping.
        CheckpointError: if there are no tensors in it.
    """
    root = _plain(weights, {}, 0)
    if type(root) is not dict:
        expected = "a path, a state_dict (name to tensor or to shape), or a torch.nn.Module"
        raise wrong_type("the weights", expected, weights)
    if shapes := _all_shapes(root):
        root = {name: _tensor(shape) for name, shape in shapes.items()}
    with naming("the mapping"):
        found = find_weights(root, chosen)
    infos = tuple(TensorInfo(name, tensor.shape, tensor.dtype) for name, tensor in found.tensors.items())
    return Checkpoint("", "memory", infos, found.nested, {}, found.notes, found.elsewhere)


def _tensor(shape: Shape, dtype: str = "") -> Tensor:
    return Tensor(_NO_STORAGE, dtype, 0, shape, ())


def _all_shapes(root: Mapping[Any, Any]) -> dict[str, Shape]:
    """Return name -> shape if every value is a shape, else an empty dict."""
    shapes = {name: _sizes(value) for name, value in root.items() if type(value) in {tuple, list}}
    if len(shapes) < len(root) or not all(isinstance(name, str) for name in shapes):
        return {}
    return {name: shape for name, shape in shapes.items() if shape is not None} if None not in shapes.values() else {}


def _sizes(value: Any) -> Shape | None:
    try:
        sizes = tuple(map(as_int, value))
    except Exception:  # noqa: BLE001  # the shape of a lazy module's parameter raises an error of torch's
        return None
    known = tuple(size for size in sizes if size is not None and size >= 0)
    return known if len(known) == len(sizes) else None


def _plain(value: Any, seen: dict[int, tuple[Any, Any]], depth: int) -> Any:
    """Convert a value to what ``find_weights`` takes: plain dicts, lists and tuples, and records of tensors.

    Args:
        value: the value.
        seen: id of a container -> the container, kept alive so that its id stays valid, and its conversion.
        depth: number of containers around the value.
    """
    if id(value) in seen:
        return seen[id(value)][1]
    if is_of("torch.nn", "Module", value):
        value = value.state_dict()
    if isinstance(value, Mapping) and depth <= MAX_NESTING:
        found: dict[Any, Any] = {}
        seen[id(value)] = value, found
        found.update((key, _plain(item, seen, depth + 1)) for key, item in value.items())
        return found
    if type(value) in {list, tuple} and depth <= MAX_NESTING:
        items: list[Any] = []
        seen[id(value)] = value, items
        items += (_plain(item, seen, depth + 1) for item in value)
        return items
    if isinstance(value, tuple) and (sizes := _sizes(value)) is not None:  # torch.Size
        return sizes
    if hasattr(value, "dtype") and (shape := _sizes(getattr(value, "shape", None))) is not None:
        return _tensor(shape, str(value.dtype).removeprefix("torch."))
    return value if value is None or isinstance(value, str | int | float) else Skipped(described(value))
