"""``identify``: the ResNet that weights belong to, and the fields that weights do not determine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from resnet_inspect.commands.weights.file import (
    changed,
    dtype_lines,
    file_heading,
    placement,
    read_weights,
    weights_file,
)
from resnet_inspect.configs.toml_format import to_short_toml, toml_value
from resnet_inspect.configs.variants import published
from resnet_inspect.console.options import PrefixOption, ReportOptions, WeightsArgument
from resnet_inspect.rendering.cells import notes, value_text
from resnet_inspect.rendering.page import (
    Cell,
    Column,
    Drawing,
    Heading,
    Line,
    Page,
    Part,
    Prose,
    Table,
    Tone,
    line,
    table_of,
)
from resnet_inspect.rendering.report import Report
from resnet_inspect.text import format_shape, join_names, pluralise, sanitise

if TYPE_CHECKING:
    from resnet_inspect.checkpoints.checkpoint import Checkpoint
    from resnet_inspect.checkpoints.identify import Identity, NearVariants
    from resnet_inspect.checkpoints.inference.infer import Mismatch
    from resnet_inspect.checkpoints.inference.undetermined import UndeterminedField
    from resnet_inspect.commands.weights.file import Rename, Weights, WeightsFile
    from resnet_inspect.configs.distance import FieldDifference
    from resnet_inspect.configs.schema import ResNetConfig

_SHOWN_INSIDE = 6
_SHOWN_MISMATCHES = 8


@dataclass(frozen=True, slots=True)
class KnownWeights:
    """A variant, compared with the weights.

    Attributes:
        name: name of the variant.
        published: published models with equal tensors.
        equal: whether names and shapes are equal, except for a missing classifier.
        fields: fields in which the weights differ, with the variant on the left.
        differs: phrases about these fields.
    """

    name: str
    published: tuple[str, ...]
    equal: bool
    fields: tuple[FieldDifference, ...]
    differs: tuple[str, ...]


_COLUMNS: tuple[Column[KnownWeights], ...] = (
    Column("name", "variant", lambda known: known.name),
    Column("equal", "equal", lambda known: Cell("yes" if known.equal else "no", known.equal), hidden=True),
    Column("differs", "what differs", lambda known: ", ".join(known.differs), keep=80, least=24),
    Column("published", "published as", lambda known: ", ".join(known.published), keep=50, least=24),
)


@dataclass(frozen=True, repr=False)
class IdentifyReport(Report):
    """The ResNet that weights belong to.

    Attributes:
        file: the weights.
        verdict: sentences that answer the question.
        variants: variants with these weights; without any, the nearest ones.
        style: project whose names the tensors have.
        prefix: prefix of all names, which ends with a dot; or empty.
        renames: names that this tool's models do not have.
        others: names of tensors that are not part of this network.
        beside: values of ``prefix`` for the other networks in the file.
        missing_head: whether there is no classifier.
        heads: if there is none, other tensors that read the channels of the last stage, with their sizes.
        config: config of the network, with the assumed values of ``undetermined``.
        toml: the config as a file, without fields that have their defaults.
        undetermined: fields that weights do not determine.
        mismatches: tensors that the config does not explain.
        placement: sentence about the stride placement.
    """

    schema = "resnet-inspect/identify/1"

    file: WeightsFile
    verdict: tuple[str, ...]
    variants: tuple[KnownWeights, ...]
    style: str
    prefix: str
    renames: tuple[Rename, ...]
    others: tuple[str, ...]
    beside: tuple[str, ...]
    missing_head: bool
    heads: tuple[str, ...]
    config: ResNetConfig
    toml: str
    undetermined: tuple[UndeterminedField, ...]
    mismatches: tuple[Mismatch, ...]
    placement: str

    def _page(self) -> Page:
        """Return the answer, then the variants, the config, and the undetermined fields."""
        parts: list[Part] = [
            file_heading(self.file),
            Prose(tuple(self._answer())),
            self._variants(),
            *notes(tuple(self._asides())),
            *self._mismatches(),
            Heading("config"),
            Drawing(tuple(line(text) for text in self.toml.splitlines())),
            Heading("not determined by weights", "values that the config assumes"),
            Prose(tuple(self._unknown())),
        ]
        return Page(tuple(parts))

    def _answer(self) -> Iterator[Line]:
        tone: Tone = "good" if any(known.equal for known in self.variants) else "strong"
        for sentence in self.verdict:
            yield line(sentence, tone)
        behind = f", with the prefix {sanitise(self.prefix)}" if self.prefix else ""
        renamed = f"; --format json says what each of {len(self.renames):,} is called here" if self.renames else ""
        yield line(f"names: {self.style}{behind}{renamed}")
        yield line(self.placement)

    def _variants(self) -> Table:
        """Return a table with differences, or if there are none, with published models."""
        equal = all(known.equal for known in self.variants)
        name, same, differs, published_as = _COLUMNS
        columns = (name, same, replace(differs, hidden=equal), replace(published_as, hidden=not equal))
        return table_of(columns, self.variants, tone=lambda known: "good" if known.equal else "")

    def _asides(self) -> Iterator[Line]:
        yield from dtype_lines(self.file)
        for note in self.file.notes:
            yield line(note, "dim")
        if self.beside:
            beside = join_names([path or "(none)" for path in self.beside], 8)
            yield line(f"other networks in the file: {beside}; --prefix selects one")
        elsewhere = tuple(path for path in self.beside if path)
        others = [name for name in self.others if not (elsewhere and name.startswith(elsewhere))]
        if others:
            yield line(f"{pluralise(len(others), 'tensor')} of other parts: {join_names(others, 4)}", "dim")

    def _mismatches(self) -> Iterator[Part]:
        if not self.mismatches:
            return
        yield Heading("what the config does not explain", pluralise(len(self.mismatches), "tensor"))
        shown = self.mismatches[:_SHOWN_MISMATCHES]
        lines = [
            line(f"{sanitise(found.name)}: {_shape(found.found)} in the file, {_shape(found.expected)} in the config")
            for found in shown
        ]
        if more := len(self.mismatches) - len(shown):
            lines.append(line(f"and {more:,} more", "dim"))
        yield Prose(tuple(lines))

    def _unknown(self) -> Iterator[Line]:
        """Yield one line for each reason, in the order of the fields."""
        assumed: dict[str, list[str]] = {}
        for found in self.undetermined:
            assumed.setdefault(found.because, []).append(f"{found.field} = {toml_value(found.taken)}")
        for because, fields in assumed.items():
            yield line(", ".join(fields), "accent") + line(f"  {because}", "dim")


def identify(file: Weights, *, prefix: str = "") -> IdentifyReport:
    """Identify the ResNet that weights belong to, by their names and shapes.

    Args:
        file: the path of a torch file, a safetensors file, or the index of a sharded checkpoint; or weights in memory:
            a ``state_dict``, a mapping from names to shapes, a training checkpoint that contains one, or a module.
        prefix: which of several networks to read: keys of a training checkpoint, or a prefix of names.

    Returns:
        The project whose names they have, the config, and the fields that weights do not determine.

    Raises:
        WrongTypeError: if an argument has a wrong type.
        CheckpointError: if the file cannot be read, or contains no tensors.
        RequestError: if the weights are not those of a ResNet.
    """
    from resnet_inspect.checkpoints.identify import identify_checkpoint

    checkpoint = read_weights(file, prefix)
    return identify_report(checkpoint, identify_checkpoint(checkpoint, prefix))


def command(file: WeightsArgument, *, prefix: PrefixOption = None, output: ReportOptions) -> int:
    """Write the report of ``identify``."""
    return output.write(identify(file, prefix=prefix or ""))


def identify_report(checkpoint: Checkpoint, identity: Identity) -> IdentifyReport:
    """Make the report."""
    translation, inference = identity.translation, identity.inference
    return IdentifyReport(
        file=weights_file(checkpoint),
        verdict=tuple(_verdict(identity, whole=not checkpoint.lacking)),
        variants=tuple(_known(identity)),
        style=translation.style.title,
        prefix=translation.prefix,
        renames=changed(translation.names),
        others=translation.others,
        beside=(*translation.other_prefixes, *checkpoint.elsewhere),
        missing_head=inference.missing_head,
        heads=identity.heads,
        config=inference.config,
        toml=to_short_toml(inference.config),
        undetermined=inference.undetermined,
        mismatches=inference.mismatches,
        placement=placement(inference.config, translation.style.placement),
    )


def _shape(shape: tuple[int, ...] | None) -> str:
    return "missing" if shape is None else format_shape(shape) or "a scalar"


def _verdict(identity: Identity, *, whole: bool) -> Iterator[str]:
    from resnet_inspect.checkpoints.unexplained import inside_names

    inference = identity.inference
    if identity.equals:
        first, *more = identity.equals
        yield f"equals {first}" + (f", and by its weights also {', '.join(more)}" if more else "")
    elif inference.without_norms:
        near = identity.nearest[0]
        but = f", except for {_listed(near)}" if near.fields else ""
        yield f"like {near.names[0]}{but}, without its normalisation: {inference.without_norms}"
    elif inside := inside_names(identity.translation):
        near = identity.nearest[0]
        but = f", except for {_listed(near)}" if near.fields else ""
        yield f"like {near.names[0]}{but}, with something else inside the blocks: {_some(inside)}"
    elif inference.mismatches:
        yield f"like {identity.nearest[0].names[0]}, but not exactly any ResNet that a config describes"
    else:
        near = identity.nearest[0]
        yield f"no variant has these weights; the nearest is {near.names[0]}, except for {_listed(near)}"
    if identity.heads:
        yield (
            "no classifier that a config can describe; judging by its shape, this reads the features: "
            f"{', '.join(identity.heads)}"
        )
    elif inference.missing_head and not whole:
        yield "the classifier is not among the tensors that were read"
    elif inference.missing_head:
        yield "the classifier is missing: these are the weights of a backbone"


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(sanitise(name, 40) for name in names[:_SHOWN_INSIDE])
    return shown + (", …" if len(names) > _SHOWN_INSIDE else "")


def _listed(near: NearVariants) -> str:
    return ", ".join(_words(found) for found in near.fields) or "something that no field of a config describes"


def _known(identity: Identity) -> Iterator[KnownWeights]:
    for name in identity.equals:
        yield KnownWeights(name, published(name), equal=True, fields=(), differs=())
    for near in identity.nearest:
        differs = tuple(map(_words, near.fields))
        for name in near.names:
            yield KnownWeights(name, published(name), equal=False, fields=near.fields, differs=differs)


def _words(found: FieldDifference) -> str:
    """Describe how the weights differ from the variant in a field."""
    left, right = found.left, found.right
    return _WORDS.get(found.field, _field_words(found.field))(left, right)


def _field_words(field: str) -> Callable[[Any, Any], str]:
    return lambda left, right: f"{field} {value_text(right)} instead of {value_text(left)}"


def _numbers(one: str, many: str = "") -> Callable[[Any, Any], str]:
    return lambda left, right: f"{pluralise(right, one, many)} instead of {left:,}"


_WORDS: Mapping[str, Callable[[Any, Any], str]] = {
    "num_classes": _numbers("class", "classes"),
    "in_channels": _numbers("input channel"),
    "stage_blocks": lambda left, right: f"blocks {value_text(right)} instead of {value_text(left)}",
    "stage_widths": lambda left, right: f"widths {value_text(right)} instead of {value_text(left)}",
    "attention": lambda left, right: f"attention {right} instead of {left}",
    "preact": lambda _, right: "pre-activation" if right else "no pre-activation",
}
