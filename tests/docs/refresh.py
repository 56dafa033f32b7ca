"""Writes the documents' shown outputs and generated parts anew: ``python tests/docs/refresh.py [file ...]``.

Read the difference before you commit it: what the tool says is not right because the tool says it. Where ``...`` stands
for lines left out, as many lines as before are shown around it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from docs_blocks import DOCUMENTS, ROOT, generated_parts
from docs_generated import GENERATED, rule_pages
from docs_replay import replay


def elided(shown: tuple[str, ...], actual: tuple[str, ...]) -> tuple[str, ...]:
    """``actual`` with ``...`` where ``shown`` has it: as many lines before it, and as many behind the last one.

    What stands between two of them is looked for by its first line; if that is gone, nothing is left out.
    """
    if "..." not in shown:
        return actual
    parts: list[list[str]] = [[]]
    for line in shown:
        if line == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    first, *middle, last = parts
    rest = len(actual) - len(last)
    new = [*actual[: len(first)], "..."]
    position = len(first)
    for part in middle:
        if part[0] not in actual[position:rest]:
            return actual
        start = actual.index(part[0], position)
        position = start + len(part)
        new += [*actual[start:position], "..."]
    return (*new, *actual[rest:]) if position < rest else actual


def refreshed(lines: list[str], folder: Path) -> list[str]:
    """The lines of a document with its outputs and generated parts as they are today."""
    changes = [
        (result.start, result.start + len(result.shown), elided(result.shown, result.actual))
        for result in replay(lines, folder)
        if not result.agrees
    ]
    changes += [(start, end, tuple(GENERATED[name]())) for name, start, end in generated_parts(lines)]
    for start, end, new in sorted(changes, reverse=True):
        lines = [*lines[:start], *new, *lines[end:]]
    return lines


def write_rule_pages() -> None:
    """Write the page of every rule, and take away those of rules that are gone."""
    folder = ROOT / "docs" / "reference" / "rules"
    pages = rule_pages()
    for path in folder.glob("RI*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")


def main() -> None:
    """Refresh the documents named on the command line, or all, and the pages of the rules."""
    write_rule_pages()
    for path in [Path(name).resolve() for name in sys.argv[1:]] or DOCUMENTS:
        text = path.read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder:
            new = "\n".join(refreshed(text.split("\n"), Path(folder)))
        if new != text:
            path.write_text(new, "utf-8")
            sys.stdout.write(f"refreshed {path}\n")


if __name__ == "__main__":
    main()
