"""Reports of checks, put together by hand: what the formats are tried on."""

from __future__ import annotations

from hypothesis import strategies as st

from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.commands.check.report import CheckReport, check_report


def rule(code, name, severity="error"):
    """A rule that nobody runs."""
    return Rule(
        code=code,
        name=name,
        severity=severity,
        by_default=True,
        summary=f"What {name} says.",
        why=f"Why {name} matters.",
        fix=f"How {name} is mended.",
        bad='base = "resnet18"\n',
        good='base = "resnet50"\n',
        find=lambda _: (),
    )


RULES = {
    made.code: made
    for made in (
        rule("RI001", "unreadable"),
        rule("RI002", "does-not-run"),
        rule("RI003", "did-not-end"),
        rule("RI104", "quarter-read", "warning"),
        rule("RI201", "depth"),
        rule("RI203", "macs"),
    )
}


def finding(code, **fields):
    """A finding of one of these rules."""
    return RULES[code].label(Finding(**fields))


DEPTH = finding(
    "RI201",
    message="the depth is 101, expected 50",
    line=9,
    column=9,
    end_column=11,
    path="expect.depth",
    expected="50",
    found="101 = 1 + 3·(3+4+23+3) + 1",
    why="stage3 (conv4_x) has 23 blocks of 3 counted layers; with 6 the depth would be 50, as the name says",
    hint="stage_blocks = [3, 4, 6, 3], or depth = 101",
    source_line="depth = 50  # as in the paper\n",
)
MACS = finding(
    "RI203",
    message="7,801,405,440 MACs are not within 1 % of 4.1 G",
    line=12,
    column=8,
    end_column=18,
    path="expect.macs",
    expected="4.1 G ± 1 %: 4,059,000,000 to 4,141,000,000",
    found="7,801,405,440",
    source_line='macs = "4.1G ± 1%"\r\n',
)
QUARTER = finding(
    "RI104",
    message="the shortcut of layer2.0 reads a quarter of its input: a 1×1 convolution of stride 2",
    line=4,
    column=1,
    end_column=9,
    path="shortcut",
    why="layer2.0.downsample.0 reads 28×28 of the 56×56 pixels, and no other path of the block carries the rest",
    hint="avg_down = true",
    layer="layer2.0.downsample.0",
    source_line='shortcut = "projection"\n',
)
BROKEN = finding(
    "RI001",
    message="must be a list, found 3 (a whole number)", line=2, column=16,
    end_column=17, path="stage_blocks", source_line="stage_blocks = 3\n",
)  # fmt: skip
KILLED = finding("RI003", message="the check took more than 1 GB of memory and was ended")

FILES = (
    FileResult("configs/r50.toml", (), model="resnet50", seconds=0.004, depth=50, params=25_557_032, macs=4_089_184_256),
    FileResult(
        "configs/wide.toml", (QUARTER, DEPTH, MACS), model="wide", seconds=0.25, ignored=2,
        depth=101, params=44_549_160, macs=7_801_405_440,
    ),
    FileResult("configs/broken.yaml", (BROKEN,), seconds=0.001),
    FileResult("configs/bomb.json", (KILLED,), seconds=10.0),
)  # fmt: skip


def report(files=FILES, detail="normal", seconds=10.5) -> CheckReport:
    """The report of these files."""
    return check_report(files, RULES, detail, seconds)


def hostile(text, **other):
    """A report in which all that comes from outside is ``text``."""
    words = ("message", "path", "expected", "found", "why", "hint", "layer", "source_line")
    found = finding("RI201", line=1, column=1, end_column=3, **dict.fromkeys(words, text))
    return report((FileResult(text, (found,), model=text),), **other)


DANGEROUS = "\x1b[31m\x9b\x07\r\n\t\x00\u202e\u2066\u200f\u2028\ufeff\U000e0041\ud800"

ATTACKS = st.one_of(
    st.text(max_size=30),
    st.text(alphabet=DANGEROUS + ":,%#[]()|`<>&\"'a ", max_size=30),
    st.sampled_from(
        [
            "\n::error::gone",
            "x\r\n::add-mask::a",
            "::stop-commands::no",
            "##[error]old form",
            "]]></failure><x>",
            "%0A::warning::y",
            "a,line=7::b",
            "[click](https://example.org)",
            "\ud800\udcff",
        ]
    ),
)

texts = st.text(max_size=12)
places = st.one_of(
    st.sampled_from([(None, None, None), (3, None, None)]),
    st.tuples(st.integers(1, 99), st.integers(1, 20), st.integers(1, 20)),
)


@st.composite
def findings(draw):
    """Findings with any words and any place."""
    line, column, length = draw(places)
    code = draw(st.sampled_from(sorted(RULES)))
    words = ("message", "path", "expected", "found", "why", "hint", "layer", "source_line")
    end_column = None if column is None else column + length
    return finding(code, line=line, column=column, end_column=end_column, **{word: draw(texts) for word in words})


reports = st.builds(
    report,
    st.lists(
        st.builds(
            FileResult,
            texts,
            st.lists(findings(), max_size=3).map(tuple),
            model=texts,
            seconds=st.floats(0, 1e6),
            ignored=st.integers(0, 3),
        ),
        max_size=3,
    ),
    st.sampled_from(["quiet", "normal", "verbose"]),
)
