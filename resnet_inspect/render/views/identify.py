"""``identify`` as a page: which ResNet it is, its config, and what weights cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from resnet_inspect.config.dump import toml_value
from resnet_inspect.render.page import (
    Cell,
    Column,
    Drawing,
    Heading,
    Line,
    Page,
    Part,
    Prose,
    Row,
    Section,
    Table,
    Tone,
    line,
)
from resnet_inspect.render.views.cells import notes
from resnet_inspect.render.views.weights_file import dtype_lines, file_heading
from resnet_inspect.reports.identify import IdentifyReport, KnownWeights
from resnet_inspect.text import counted, listed, sanitise, times

_PUBLISHED = Column("published", "published as", keep=50, least=24)
_DIFFERS = Column("differs", "what differs", keep=80, least=24)

_SHOWN_MISMATCHES = 8


def identify_page(report: IdentifyReport) -> Page:
    """The answer first, then the variants, the config, and what is not known."""
    parts: list[Part] = [
        file_heading(report.file),
        Prose(tuple(_answer(report))),
        _variants(report),
        *notes(tuple(_asides(report))),
        *_mismatches(report),
        Heading("config"),
        Drawing(tuple(line(text) for text in report.toml.splitlines())),
        Heading("what weights do not tell", "and what the config takes"),
        Prose(tuple(_unknown(report))),
    ]
    return Page(tuple(parts))


def _answer(report: IdentifyReport) -> Iterator[Line]:
    tone: Tone = "good" if any(known.equal for known in report.variants) else "strong"
    for sentence in report.verdict:
        yield line(sentence, tone)
    behind = f", with the prefix {sanitise(report.prefix)}" if report.prefix else ""
    renamed = f"; --format json says what each of {len(report.renames):,} is called here" if report.renames else ""
    yield line(f"names: {report.style}{behind}{renamed}")
    yield line(report.placement)


def _variants(report: IdentifyReport) -> Table:
    equal = all(known.equal for known in report.variants)
    columns = (
        Column("name", "variant"),
        Column("equal", "equal", hidden=True),
        replace(_DIFFERS, hidden=equal),
        replace(_PUBLISHED, hidden=not equal),
    )
    return Table(columns, (Section(tuple(map(_row, report.variants))),))


def _row(known: KnownWeights) -> Row:
    equal = Cell("yes" if known.equal else "no", known.equal)
    cells = (Cell(known.name), equal, Cell(", ".join(known.differs)), Cell(", ".join(known.published)))
    return Row(cells, "good" if known.equal else "")


def _asides(report: IdentifyReport) -> Iterator[Line]:
    yield from dtype_lines(report.file)
    for note in report.file.notes:
        yield line(note, "dim")
    if report.beside:
        beside = listed([path or "(none)" for path in report.beside], 8)
        yield line(f"other networks in the file: {beside}; --prefix selects one")
    elsewhere = tuple(path for path in report.beside if path)
    others = [name for name in report.others if not (elsewhere and name.startswith(elsewhere))]
    if others:
        yield line(f"{counted(len(others), 'tensor')} of other parts: {listed(others, 4)}", "dim")


def _mismatches(report: IdentifyReport) -> Iterator[Part]:
    if not report.mismatches:
        return
    yield Heading("what the config does not explain", counted(len(report.mismatches), "tensor"))
    shown = report.mismatches[:_SHOWN_MISMATCHES]
    lines = [
        line(f"{sanitise(found.name)}: {_shape(found.found)} in the file, {_shape(found.expected)} in the config")
        for found in shown
    ]
    if more := len(report.mismatches) - len(shown):
        lines.append(line(f"and {more:,} more", "dim"))
    yield Prose(tuple(lines))


def _shape(shape: tuple[int, ...] | None) -> str:
    return "missing" if shape is None else times(shape) or "one number"


def _unknown(report: IdentifyReport) -> Iterator[Line]:
    """One line a reason, in the order of the fields."""
    taken: dict[str, list[str]] = {}
    for found in report.undetermined:
        taken.setdefault(found.because, []).append(f"{found.field} = {toml_value(found.taken)}")
    for because, fields in taken.items():
        yield line(", ".join(fields), "accent") + line(f"  {because}", "dim")
