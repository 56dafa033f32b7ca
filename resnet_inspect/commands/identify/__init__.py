"""``identify``: the ResNet that weights belong to, and the fields that weights do not determine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

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
from resnet_inspect.rendering import page
from resnet_inspect.rendering.cells import notes
from resnet_inspect.rendering.report import Report
from resnet_inspect.text import format_shape, join_names, pluralise, sanitise

if TYPE_CHECKING:
    from resnet_inspect.checkpoints.checkpoint import Checkpoint
    from resnet_inspect.checkpoints.identify import Identity
    from resnet_inspect.checkpoints.inference.infer import Mismatch
    from resnet_inspect.checkpoints.inference.undetermined import UndeterminedField
    from resnet_inspect.commands.weights.file import Rename, Weights, WeightsFile
    from resnet_inspect.configs.distance import FieldDifference
    from resnet_inspect.configs.schema import ResNetConfig

_SHOWN_MISMATCHES = 8


@dataclass(frozen=True, slots=True)
class KnownWeights:
    """A variant, compared with the weights.

    Attributes:
        name: name of the variant.
        published: published models with equal tensors.
        equal: ``True`` if names and shapes are equal, except for a missing classifier.
        fields: fields in which the weights differ, with the variant on the left.
        differs: phrases about these fields.
    """

    name: str
    published: tuple[str, ...]
    equal: bool
    fields: tuple[FieldDifference, ...]
    differs: tuple[str, ...]


_COLUMNS: tuple[page.Column[KnownWeights], ...] = (
    page.Column("name", "variant", lambda known: known.name),
    page.Column("equal", "equal", lambda known: page.Cell("yes" if known.equal else "no", known.equal), hidden=True),
    page.Column("differs", "what differs", lambda known: ", ".join(known.differs), keep=80, least=24),
    page.Column("published", "published as", lambda known: ", ".join(known.published), keep=50, least=24),
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
        missing_head: ``True`` if there is no classifier.
        heads: if there is none, other tensors that read the channels of the last stage, with their sizes.
        config: config of the network, with the assumed values of ``undetermined``.
        toml: the config as a file, without fields that have their defaults.
        undetermined: fields that weights do not determine.
        mismatches: tensors that the config does not explain.
        placement: sentence about the stride placement.
    """

    schema = "resnet-inspect/identify/1"
    command = "identify"

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

    def _page(self) -> page.Page:
        """Return the answer, then the variants, the config, and the undetermined fields."""
        parts: list[page.Part] = [
            file_heading(self.file),
            page.Prose(tuple(self._answer())),
            self._variants(),
            *notes(tuple(self._asides())),
            *self._mismatches(),
            page.Heading("config"),
            page.Drawing(tuple(page.line(text) for text in self.toml.splitlines())),
            page.Heading("not determined by weights", "values that the config assumes"),
            page.Prose(tuple(self._unknown())),
        ]
        return page.Page(tuple(parts))

    def _answer(self) -> Iterator[page.Line]:
        tone: page.Tone = "good" if any(known.equal for known in self.variants) else "strong"
        for sentence in self.verdict:
            yield page.line(sentence, tone)
        behind = f", with the prefix {sanitise(self.prefix)}" if self.prefix else ""
        renamed = f"; --format json says what each of {len(self.renames):,} is called here" if self.renames else ""
        yield page.line(f"names: {self.style}{behind}{renamed}")
        yield page.line(self.placement)

    def _variants(self) -> page.Table:
        """Return a table with differences, or if there are none, with published models."""
        equal = all(known.equal for known in self.variants)
        name, same, differs, published_as = _COLUMNS
        columns = (name, same, replace(differs, hidden=equal), replace(published_as, hidden=not equal))
        return page.table_of(columns, self.variants, tone=lambda known: "good" if known.equal else "")

    def _asides(self) -> Iterator[page.Line]:
        yield from dtype_lines(self.file)
        for note in self.file.notes:
            yield page.line(note, "dim")
        if self.beside:
            networks = join_names([path or "(none)" for path in self.beside], 8)
            yield page.line(f"other networks in the file: {networks}; --prefix selects one")
        elsewhere = tuple(path for path in self.beside if path)
        others = [name for name in self.others if not (elsewhere and name.startswith(elsewhere))]
        if others:
            yield page.line(f"{pluralise(len(others), 'tensor')} of other parts: {join_names(others, 4)}", "dim")

    def _mismatches(self) -> Iterator[page.Part]:
        if not self.mismatches:
            return
        yield page.Heading("what the config does not explain", pluralise(len(self.mismatches), "tensor"))
        shown = self.mismatches[:_SHOWN_MISMATCHES]
        lines = [
            page.line(
                f"{sanitise(found.name)}: {_shape(found.found)} in the file, {_shape(found.expected)} in the config"
            )
            for found in shown
        ]
        if more := len(self.mismatches) - len(shown):
            lines.append(page.line(f"and {more:,} more", "dim"))
        yield page.Prose(tuple(lines))

    def _unknown(self) -> Iterator[page.Line]:
        """Yield one line for each reason, in the order of the fields."""
        assumed: dict[str, list[str]] = {}
        for found in self.undetermined:
            assumed.setdefault(found.because, []).append(f"{found.field} = {toml_value(found.taken)}")
        for because, fields in assumed.items():
            yield page.line(", ".join(fields), "accent") + page.line(f"  {because}", "dim")


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
    from resnet_inspect.commands.identify.verdict import describe_identity

    translation, inference = identity.translation, identity.inference
    return IdentifyReport(
        file=weights_file(checkpoint),
        verdict=tuple(describe_identity(identity, whole=not checkpoint.lacking)),
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


def _known(identity: Identity) -> Iterator[KnownWeights]:
    from resnet_inspect.commands.identify.verdict import in_words

    for name in identity.equals:
        yield KnownWeights(name, published(name), equal=True, fields=(), differs=())
    for near in identity.nearest:
        differs = tuple(map(in_words, near.fields))
        for name in near.names:
            yield KnownWeights(name, published(name), equal=False, fields=near.fields, differs=differs)
