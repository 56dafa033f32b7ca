"""The documents show what the tool really does; ``refresh.py`` beside this file writes their outputs anew."""

from __future__ import annotations

import re

import pytest
from docs_blocks import DOCUMENTS, ROOT, blocks, generated_parts, prose
from docs_generated import GENERATED
from docs_replay import Result, replay
from each import for_each
from refresh import elided

README = (ROOT / "README.md").read_text("utf-8")
UNWRAPPED = ("error:", "UnknownVariantError", "python3 -m venv")
LANGUAGES = {"console", "python", "text", "toml", "yaml", "json", "sh"}


of_each_document = for_each("path", DOCUMENTS)


def lines_of(path):
    return path.read_text("utf-8").split("\n")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_shown_output_is_the_output(path, tmp_path):
    for result in replay(lines_of(path), tmp_path):
        where = f"{path.name}, line {result.start}: {result.what}"
        assert result.agrees or (where, result.actual) == (where, result.shown)


@of_each_document
def test_generated_parts_are_up_to_date(path):
    lines = lines_of(path)
    for name, start, end in generated_parts(lines):
        assert lines[start:end] == GENERATED[name](), f"run: python tests/docs/refresh.py {path.relative_to(ROOT)}"


def test_every_generated_part_has_its_place():
    assert {name for path in DOCUMENTS for name, _, _ in generated_parts(lines_of(path))} == set(GENERATED)


@of_each_document
def test_blocks_are_of_a_known_kind(path):
    assert {block.language for block in blocks(lines_of(path))} <= LANGUAGES


@of_each_document
def test_shown_lines_fit_the_page(path):
    shown = [line for block in blocks(lines_of(path)) for line in block.lines]
    assert [line for line in shown if len(line) > 120 and not line.startswith(UNWRAPPED)] == []


def anchors(path):
    """What GitHub makes of the headings: lower case, spaces as hyphens, other signs dropped."""
    headings = [text.lstrip("# ") for _, text in prose_with_code(path) if text.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def prose_with_code(path):
    lines = lines_of(path)
    return [(number, lines[number - 1]) for number, _ in prose(lines)]


@of_each_document
def test_links_lead_somewhere(path):
    for number, text in prose(lines_of(path)):
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if target.startswith("https://"):
                continue
            file, _, anchor = target.partition("#")
            goal = (path.parent / file).resolve() if file else path
            assert goal.exists(), f"line {number}: {target}"
            assert not anchor or anchor in anchors(goal), f"line {number}: {target}"


def test_every_document_can_be_reached():
    found, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in found or path.suffix != ".md":
            continue
        found.add(path)
        targets = [target for _, text in prose(lines_of(path)) for target in re.findall(r"\]\(([^)#\s]+)", text)]
        waiting += [(path.parent / target).resolve() for target in targets if not target.startswith("https://")]
    assert found >= set(DOCUMENTS)


def test_set_up_commands_are_one_line_each():
    commands = [block.lines for block in blocks(README.split("\n")) if block.language == "sh"]
    set_up = [lines for lines in commands if "venv" in lines[0]]
    assert [len(lines) for lines in set_up] == [1, 1]
    assert set_up[0][0].endswith(" && resnet-inspect layers resnet34")
    assert set_up[1][0].endswith(" && pytest")
    assert set_up[1][0] in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_the_torch_that_is_installed_first_is_the_one_that_the_constraints_ask_for():
    pin = re.search(r"^torch==(\S+)", (ROOT / ".ci" / "constraints.txt").read_text("utf-8"), re.MULTILINE)[1]
    assert re.findall(r"torch==(\S+)", README) == [pin]
    assert f"`{pin}+cpu`" in README


@pytest.mark.parametrize(
    ("shown", "actual", "agrees"),
    [
        (("a", "b"), ("a", "b"), True),
        (("a", "b"), ("a", "c"), False),
        (("a",), ("a", "b"), False),
        (("a", "..."), ("a", "b", "c"), True),
        (("...", "c"), ("a", "b", "c"), True),
        (("a", "...", "c"), ("a", "c"), True),
        (("a", "...", "d"), ("a", "b", "c"), False),
        (("a.c",), ("abc",), False),
        ((), ("a",), False),
    ],
)
def test_dots_stand_for_any_lines(shown, actual, agrees):
    assert Result("", 0, shown, actual).agrees is agrees


def test_a_replay_sees_what_is_wrong(tmp_path):
    document = """
```console
$ cat > net.toml <<'END'
base = "resnet18"
name = "mine"
END
```

```toml
# net.toml, changed
name = "ours"
```

```console
$ resnet-inspect count net.toml | head -n 1
mine  depth
$ resnet-inspect config - < net.toml > whole.toml
$ grep -c stage_blocks whole.toml
1
$ resnet-inspect count nothing
error: wrong
$ echo $?
2
```

```python
print(6 * 7)
```

```text
43
```
"""
    results = list(replay(document.split("\n"), tmp_path))
    assert [result.what for result in results if not result.agrees] == [
        "resnet-inspect count net.toml | head -n 1",
        "resnet-inspect count nothing",
        "python",
    ]
    assert results[1].actual == ("ours  depth",)
    assert results[-1].actual == ("42",)


@pytest.mark.parametrize(
    ("shown", "actual", "new"),
    [
        ("a", "b c", "b c"),
        ("a ...", "b c d", "b ..."),
        ("... a", "b c d", "... d"),
        ("a ... b", "x y z", "x ... z"),
        ("a ... m n ... z", "a b m o p z", "a ... m o ... z"),
        ("a ... m ... z", "a b c z", "a b c z"),
        ("a b ... z", "a z", "a z"),
    ],
)
def test_refreshing_keeps_what_is_left_out(shown, actual, new):
    assert " ".join(elided(tuple(shown.split()), tuple(actual.split()))) == new


def test_a_changed_line_must_be_there(tmp_path):
    (tmp_path / "net.toml").write_text('name = "mine"\n')
    document = ["```toml", "# net.toml, changed", "stem_kernel = 3", "```"]
    with pytest.raises(AssertionError, match="0 lines that begin with 'stem_kernel ='"):
        list(replay(document, tmp_path))
