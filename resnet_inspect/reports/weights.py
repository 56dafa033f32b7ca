"""``weights``: which tensors of a file load into a model, which do not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from resnet_inspect.checkpoints.inference.lacking import FOLDED
from resnet_inspect.checkpoints.match import KeyMatch, Matching, Status
from resnet_inspect.checkpoints.reasons import Side
from resnet_inspect.checkpoints.records import Checkpoint
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.identify import placement
from resnet_inspect.reports.weights_file import Rename, WeightsFile, changed, weights_file
from resnet_inspect.text import sanitise

SCHEMA = "resnet-inspect/weights/1"

_ORDER: tuple[Status, ...] = ("wrong shape", "missing", "unexpected", "renamed", "loads")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tensors of model and file there are of each kind."""

    loads: int
    renamed: int
    wrong_shape: int
    missing: int
    unexpected: int


@dataclass(frozen=True, slots=True)
class Group:
    """Tensors that do not load for the same reason.

    Attributes:
        status, reason: as in each of them.
        count: how many they are.
        first: one of them, by its name in the model, or in the file where the model has none.
    """

    status: Status
    reason: str
    count: int
    first: str


@dataclass(frozen=True)
class WeightsReport(ShownInNotebooks):
    """A model's tensors beside a file's.

    Attributes:
        model: what the model is called.
        file: the weights.
        loads: whether the file loads as it stands, with strict=True; counters of batches may be missing.
        complete: whether the model gets every tensor when the names are changed as ``renames`` says.
        verdict: the answer in words.
        counts: of each kind.
        groups: what does not load as it stands, sorted by the reason.
        style: whose names the file has; ``None`` where it holds no ResNet.
        prefix: what stands before each name in the file.
        beside: what leads to further nets in the file.
        model_beside: what stands before the names of further nets in the model.
        renames: the names that are others in the model, where the shapes agree.
        placement: what is known of where the net in the file strides, which decides whether it computes the same as the
            model; ``None`` where it holds no ResNet.
        unseen: what the model computes that weights do not show: where it strides, how its first pool reckons; empty
            where nothing fits, or it cannot run.
        converted: the file that was written with the model's names; ``None`` for none.
        keys: every tensor: those of the model in its order, then those that only the file has.
    """

    model: str
    file: WeightsFile
    loads: bool
    complete: bool
    verdict: tuple[str, ...]
    counts: Counts
    groups: tuple[Group, ...]
    style: str | None
    prefix: str
    beside: tuple[str, ...]
    model_beside: tuple[str, ...]
    renames: tuple[Rename, ...]
    placement: str | None
    unseen: tuple[str, ...]
    converted: str | None
    keys: tuple[KeyMatch, ...]


def weights_report(
    model: str, checkpoint: Checkpoint, matching: Matching, converted: str | None, unseen: tuple[str, ...] = ()
) -> WeightsReport:
    """Say of a model and a file what loads."""
    numbers = Counter(key.status for key in matching.keys)
    counts = Counts(*(numbers[status] for status in ("loads", "renamed", "wrong shape", "missing", "unexpected")))
    complete = not any(key.is_lacking for key in matching.keys)
    style = None if matching.file.translation is None else matching.file.translation.style
    config = matching.file.config
    beside = (*_further(matching.file), *checkpoint.elsewhere)
    model_beside = _further(matching.model)
    return WeightsReport(
        model=model,
        file=weights_file(checkpoint),
        loads=complete and not counts.renamed and not counts.unexpected,
        complete=complete,
        verdict=(*_verdict(counts, converted, complete=complete), *_chosen(matching, beside), *_folded(matching)),
        counts=counts,
        groups=tuple(_groups(matching)),
        style=None if style is None else style.title,
        prefix=matching.prefix,
        beside=beside,
        model_beside=model_beside,
        renames=changed(fitting(matching)),
        placement=None if style is None or config is None else placement(config, style.placement),
        unseen=unseen,
        converted=converted,
        keys=matching.keys,
    )


def fitting(matching: Matching) -> dict[str, str]:
    """Name in the file -> name in the model, of every tensor that fits."""
    return {key.file_key: key.model_key for key in matching.keys if key.fits and key.file_key and key.model_key}


def _verdict(counts: Counts, converted: str | None, *, complete: bool) -> Iterator[str]:
    fitting = counts.loads + counts.renamed
    if not fitting:
        yield "nothing loads"
    elif not complete:
        yield f"{fitting:,} of the model's {_of_model(counts):,} tensors are in the file"
    elif counts.renamed:
        dropped = f" and the {counts.unexpected:,} others are dropped" if counts.unexpected else ""
        renamed = f"strict=True fails until they are renamed{dropped}"
        yield f"the model gets every tensor, but under different names: {renamed}"
    elif counts.unexpected:
        yield f"the model gets every tensor; the file has {counts.unexpected:,} more, so strict=True fails"
    else:
        yield "everything loads with strict=True"
    if complete and counts.missing:
        yield "the batch counters are missing; torch starts them at 0"
    if converted is not None:
        yield f"written to {converted}: {fitting:,} tensor{'s' * (fitting != 1)}, values unchanged"
    elif counts.renamed:
        differ = "1 name differs" if counts.renamed == 1 else f"{counts.renamed:,} names differ"
        yield f"{differ}: --convert OUT writes the tensors that fit under the model's names"


def _further(side: Side) -> tuple[str, ...]:
    return () if side.translation is None else side.translation.beside


def _chosen(matching: Matching, beside: tuple[str, ...]) -> Iterator[str]:
    """Where there are several networks, which was taken."""
    for side, further, option in (
        (matching.file, beside, "--prefix"),
        (matching.model, _further(matching.model), "--into"),
    ):
        if side.translation is not None and further:
            taken = _with_prefix(side.translation.prefix)
            others = ", ".join(map(_with_prefix, further))
            yield f"of the networks in {side.name}, this is the one {taken}; {option} selects another: {others}"


def _with_prefix(prefix: str) -> str:
    return f"with the prefix {sanitise(prefix, 60)}" if prefix else "without a prefix"


def _folded(matching: Matching) -> Iterator[str]:
    if matching.file.lacks_norms == FOLDED and matching.model.inference and not matching.model.lacks_norms:
        yield (
            "the file's normalisation is folded into its convolutions: in a model with its own normalisation, these "
            "weights compute a different function, even where they load"
        )


def _of_model(counts: Counts) -> int:
    return counts.loads + counts.renamed + counts.wrong_shape + counts.missing


def _groups(matching: Matching) -> Iterator[Group]:
    found: dict[tuple[Status, str], list[KeyMatch]] = {}
    for key in matching.keys:
        if key.status != "loads":
            found.setdefault((key.status, key.reason), []).append(key)
    for (status, reason), keys in sorted(found.items(), key=lambda group: _ORDER.index(group[0][0])):
        yield Group(status, reason, len(keys), keys[0].model_key or keys[0].file_key or "")
