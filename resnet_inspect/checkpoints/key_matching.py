"""Match a model's tensors with a file's: which load, which would under a different name, which do not."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from resnet_inspect.checkpoints.identify import ANY, NetworkChoice, explained
from resnet_inspect.checkpoints.inference.infer import COUNTER
from resnet_inspect.checkpoints.inference.layout import Shapes
from resnet_inspect.checkpoints.reasons import NamedWeights, absent, misshapen
from resnet_inspect.checkpoints.unexplained import heads, reparametrised
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape

_FIRST_NAMES = 20
"""Names of the model by which prefixes are found."""

KeyStatus = Literal["loads", "renamed", "wrong shape", "missing", "unexpected"]


@dataclass(frozen=True, slots=True)
class KeyMatch:
    """A tensor of the model, of the file, or of both.

    Attributes:
        status: ``loads`` by its name; ``renamed``: would load under the model's name for it; ``wrong shape``;
            ``missing`` in the file; ``unexpected`` in the model.
        model_key, file_key: its names; ``None`` if it is missing there.
        model_shape, file_shape: its shapes; ``None`` if it is missing there.
        reason: why it does not load by its name; empty if it does.
    """

    status: KeyStatus
    model_key: str | None
    file_key: str | None
    model_shape: Shape | None
    file_shape: Shape | None
    reason: str

    @property
    def fits(self) -> bool:
        """``True`` if it loads, possibly renamed."""
        return self.status in {"loads", "renamed"}

    @property
    def is_lacking(self) -> bool:
        """``True`` if the model does not get the tensor; a missing counter of batches is no loss, as it starts at 0."""
        counter = self.status == "missing" and self.model_key is not None and self.model_key.endswith(COUNTER)
        return self.status in {"missing", "wrong shape"} and not counter


@dataclass(frozen=True, slots=True)
class Matching:
    """A model's tensors matched with a file's.

    Attributes:
        keys: the tensors of the model in its order, then those that only the file has.
        model, file: the tensors of each, with the meaning of their names.
        prefix: prefix of the model's names in the file.
    """

    keys: tuple[KeyMatch, ...]
    model: NamedWeights
    file: NamedWeights
    prefix: str


def match_keys(model: Shapes, file: Shapes, choice: NetworkChoice = ANY, into: str = "") -> Matching:
    """Match each of a model's tensors with one of a file, by its name or by the meaning of the name in its style.

    Args:
        model: name -> shape of the model's tensors.
        file: name -> shape of the file's tensors.
        choice: which of several networks in the file is wanted.
        into: prefix of the network in the model that is to be filled; empty for any.

    Raises:
        RequestError: if there is no network with the prefix that was chosen.
    """
    model_side = _named_weights("the model", model, NetworkChoice(into))
    file_side = _named_weights("the file", file, choice)
    pairs = _pairs(model_side, file_side, chosen=bool(choice.wanted or into))
    prefix = file_side.translation.prefix if file_side.translation else _common_prefix(pairs)
    renamed = _renamed_because(model_side, file_side, prefix)
    keys = (*_of_model(model_side, file_side, pairs, renamed), *_of_file(model_side, file_side, pairs))
    return Matching(keys, model_side, file_side, prefix)


def _named_weights(name: str, shapes: Shapes, choice: NetworkChoice) -> NamedWeights:
    counts_batches = any(key.endswith(COUNTER) for key in shapes)
    changed = reparametrised(shapes)
    try:
        translation, inference = explained(shapes, choice=choice)
    except RequestError:
        if choice.wanted:
            raise
        return NamedWeights(name, shapes, None, None, (), changed, counts_batches)
    instead = heads(shapes, translation, inference) if inference.missing_head else ()
    return NamedWeights(name, shapes, translation, inference, instead, changed, counts_batches)


def _pairs(model: NamedWeights, file: NamedWeights, *, chosen: bool) -> dict[str, str]:
    """Return name in the model -> name in the file: the equal name, unless other networks were chosen."""
    known = {*_known(model), *_known(file)} if chosen else set()
    pairs = {name: name for name in model.shapes if name in file.shapes and name not in known}
    taken = set(pairs.values())
    if model.translation is not None and file.translation is not None:
        theirs = {ours: name for name, ours in file.translation.names.items()}
        partners = {name: theirs.get(ours, "") for name, ours in model.translation.names.items()}
    else:
        prefix = _prefix_between(model.shapes, file.shapes)
        partners = {name: f"{prefix}{name}" for name in model.shapes}
    for name, partner in partners.items():
        if name not in pairs and partner in file.shapes and partner not in taken:
            taken.add(partner)
            pairs[name] = partner
    return pairs


def _known(side: NamedWeights) -> Iterable[str]:
    return () if side.translation is None else side.translation.names


def _prefix_between(model: Shapes, file: Shapes) -> str:
    """Return the prefix of the model's names in the file that explains most names of either; empty if none does."""
    endings = tuple(f".{name}" for name in list(model)[:_FIRST_NAMES])
    found = Counter(
        other[: 1 - len(ending)]
        for other in file
        if other.endswith(endings)
        for ending in endings
        if other.endswith(ending)
    )
    needed = min(len(model), len(file)) // 2 + 1
    for prefix, _ in found.most_common(_FIRST_NAMES):
        if sum(f"{prefix}{name}" in file for name in model) >= needed:
            return prefix
    return ""


def _common_prefix(pairs: Mapping[str, str]) -> str:
    """Return the most common prefix of the names in the file that differ from the model's; empty if none does."""
    found = Counter(theirs[: -len(name)] for name, theirs in pairs.items() if theirs != name and theirs.endswith(name))
    return found.most_common(1)[0][0] if found else ""


def _renamed_because(model: NamedWeights, file: NamedWeights, prefix: str) -> str:
    if file.translation is None or model.translation is None:
        return "the file has a prefix before the name"
    if file.translation.style is model.translation.style:
        return "the file has a prefix before the name" if prefix else "the model has a prefix before the name"
    return f"names of {file.translation.style.title} in the file, of {model.translation.style.title} in the model"


def _of_model(model: NamedWeights, file: NamedWeights, pairs: Mapping[str, str], renamed: str) -> Iterator[KeyMatch]:
    for name, shape in model.shapes.items():
        partner = pairs.get(name)
        if partner is None:
            yield KeyMatch("missing", name, None, shape, None, absent(name, has=model, lacks=file))
            continue
        theirs = file.shapes[partner]
        if theirs != shape:
            yield KeyMatch("wrong shape", name, partner, shape, theirs, misshapen(name, model, shape, theirs))
        elif partner == name:
            yield KeyMatch("loads", name, name, shape, theirs, "")
        else:
            yield KeyMatch("renamed", name, partner, shape, theirs, renamed)


def _of_file(model: NamedWeights, file: NamedWeights, pairs: Mapping[str, str]) -> Iterator[KeyMatch]:
    taken = set(pairs.values())
    for name, shape in file.shapes.items():
        if name not in taken:
            yield KeyMatch("unexpected", None, name, None, shape, absent(name, has=file, lacks=model))
