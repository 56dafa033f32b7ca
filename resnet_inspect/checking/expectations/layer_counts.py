"""RI201, RI208, RI212 and RI213: the depth and the numbers of layers."""

from collections.abc import Iterator, Mapping
from typing import Literal

from resnet_inspect.checking.evidence import DeclaredEvidence
from resnet_inspect.checking.expectations.expected import explain_figure, unmet, where_expected
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.configs.quantity import Quantity
from resnet_inspect.text import join_names, pluralise

Count = Literal["depth", "weighted_layers", "conv_layers"]

_COUNTS: Mapping[Count, str] = {"depth": "depth", "weighted_layers": "weighted", "conv_layers": "conv"}
"""Count of layers -> its field of ``anatomy.records.Depth``."""


def _count(evidence: DeclaredEvidence, count: Count) -> int:
    """Return a count of layers. None depends on the input size, so each is known even if the forward failed."""
    from resnet_inspect.configs.arithmetic import figures

    source, field = (evidence.anatomy.depth, _COUNTS[count]) if evidence.ran else (figures(evidence.config), count)
    return int(getattr(source, field))


def _other_count(evidence: DeclaredEvidence, amount: Quantity, count: Count) -> str:
    """Return a hint if the expected number is another of the three counts; else empty."""
    others = [other for other in _COUNTS if other != count and _count(evidence, other) in amount]
    if amount.least != amount.most or not others:
        return ""
    return f"{amount.written} is the network's {others[0]}, which is an expectation too"


def _judge_depth(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Finding]:
    depth = _count(evidence, "depth")
    if depth not in amount:
        hint = _other_count(evidence, amount, "depth")
        formula = evidence.anatomy.depth.formula if evidence.ran else ""
        cause = "" if hint else _usual_depth(evidence, amount, depth) or explain_figure(evidence, "depth", amount)
        yield unmet(
            ("depth",),
            f"depth {depth:,}",
            expected=amount.written,
            found=f"{depth:,}",
            why=": ".join(filter(None, (cause, formula))),
            hint=hint,
        )


def _usual_depth(evidence: DeclaredEvidence, amount: Quantity, depth: int) -> str:
    """Explain a depth that would be right with one stem convolution and a classifier; empty if it would not."""
    config = evidence.config
    stem = len(config.stem_widths) + (config.stem_pool == "conv")
    longer, headless = f"the stem has {stem} convolutions", "no classifier is counted, because there is none"
    for usual, words, holds in (
        (depth + 1, headless, not config.classifies),
        (depth - stem + 1, longer, stem > 1),
        (depth - stem + 2, f"{longer}, and {headless}", stem > 1 and not config.classifies),
    ):
        if holds and usual in amount:
            return words
    return ""


def _judge_weighted(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Finding]:
    return _judge_count(evidence, amount, "weighted_layers", "weighted layer")


def _judge_convolutions(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Finding]:
    return _judge_count(evidence, amount, "conv_layers", "convolution")


def _judge_count(evidence: DeclaredEvidence, amount: Quantity, count: Count, noun: str) -> Iterator[Finding]:
    found = _count(evidence, count)
    if found in amount:
        return
    hint = _other_count(evidence, amount, count)
    why = ": ".join(filter(None, ("" if hint else explain_figure(evidence, count, amount), _sum(evidence))))
    yield unmet((count,), pluralise(found, noun), expected=amount.written, found=f"{found:,}", why=why, hint=hint)


def _sum(evidence: DeclaredEvidence) -> str:
    """Return ``53 convolutions and 1 linear layer, of which 50 are the depth, 4 are on shortcuts``.

    Empty without a run.
    """
    if not evidence.ran:
        return ""
    depth = evidence.anatomy.depth
    parts = [
        (depth.shortcut, "on shortcuts"),
        (depth.attention, "in gates"),
        (depth.parallel, "on parallel paths"),
    ]
    others = "".join(f", {number} {'is' if number == 1 else 'are'} {where}" for number, where in parts if number)
    layers = f"{pluralise(depth.conv, 'convolution')} and {pluralise(depth.linear, 'linear layer')}"
    return f"{layers}, of which {depth.depth} are the depth{others}"


def _judge_shortcuts(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Finding]:
    on_shortcuts = [layer.name for layer in evidence.anatomy.layers if layer.weighted and layer.role == "shortcut"]
    if len(on_shortcuts) not in amount:
        option = f'shortcut = "{evidence.config.shortcut}"'
        yield unmet(
            ("shortcut_convs",),
            f"{len(on_shortcuts):,} convolutions on shortcuts",
            expected=amount.written,
            found=f"{len(on_shortcuts):,}",
            why=f"{option}: {join_names(on_shortcuts) or 'no shortcut has one'}",
            layer=on_shortcuts[0] if on_shortcuts else "",
        )


DEPTH = Rule(
    code="RI201",
    name="expected-depth",
    severity="error",
    by_default=True,
    summary="The depth, by the paper's count, is not the expected one.",
    why="A ResNet is named by its depth: convolutions and linear layers on the path from input to output, those on "
    "shortcuts and in gates left out (arXiv:1512.03385, Table 1). A stem of three convolutions adds two to it, so that "
    "ResNet-50-D has 52; one block more in a stage adds two or three. The classifier counts: a ResNet-50 without "
    "it has 49.",
    fix="Correct stage_blocks, block or stem if the network is wrong, depth in [expect] if the number was.",
    bad='base = "resnet50d"\n\n[expect]\ndepth = 50\n',
    good='base = "resnet50d"\n\n[expect]\ndepth = 52\n',
    find=where_expected("depth", _judge_depth, needs_run=False),
)

SHORTCUTS = Rule(
    code="RI208",
    name="expected-shortcut-convs",
    severity="error",
    by_default=True,
    summary="The shortcuts do not have the expected number of convolutions.",
    why="By the paper's option B, a shortcut has a convolution only where the block changes the shape: four in "
    "ResNet-50, three in ResNet-34, whose first stage changes nothing. Option A has none, option C one in every block "
    "(arXiv:1512.03385, section 4.1). They cost parameters, and do not count as depth.",
    fix="Set shortcut to the option that is meant, or correct the expectation.",
    bad='base = "resnet34"\nshortcut = "C"\n\n[expect]\nshortcut_convs = 3\n',
    good='base = "resnet34"\nshortcut = "B"\n\n[expect]\nshortcut_convs = 3\n',
    find=where_expected("shortcut_convs", _judge_shortcuts),
)

WEIGHTED = Rule(
    code="RI212",
    name="expected-weighted-layers",
    severity="error",
    by_default=True,
    summary="The number of convolutions and linear layers, shortcuts and gates included, is not the expected one.",
    why="Three counts are called the number of layers. ResNet-50 has a depth of 50, which leaves the projections on "
    "shortcuts out (arXiv:1512.03385, Table 1); with them it has 54 weighted layers, 53 of which are convolutions. "
    "layers prints all three.",
    fix="Correct the network, or the number; if another count was meant, use depth (RI201) or conv_layers (RI213).",
    bad='base = "resnet50"\n\n[expect]\nweighted_layers = 50\n',
    good='base = "resnet50"\n\n[expect]\nweighted_layers = 54\n',
    find=where_expected("weighted_layers", _judge_weighted, needs_run=False),
)

CONVOLUTIONS = Rule(
    code="RI213",
    name="expected-conv-layers",
    severity="error",
    by_default=True,
    summary="The number of convolutions, shortcuts and gates included, is not the expected one.",
    why="A list of a network's modules shows 53 convolutions for ResNet-50: 49 on the path from input to output, and "
    "4 on shortcuts. Its depth of 50 leaves the shortcuts out and counts the linear layer (arXiv:1512.03385, Table 1).",
    fix="Correct the network, or the number; if another count was meant, use depth (RI201), weighted_layers (RI212) "
    "or shortcut_convs (RI208).",
    bad='base = "resnet34"\n\n[expect]\nconv_layers = 33\n',
    good='base = "resnet34"\n\n[expect]\nconv_layers = 36\n',
    find=where_expected("conv_layers", _judge_convolutions, needs_run=False),
)

RULES = (DEPTH, SHORTCUTS, WEIGHTED, CONVOLUTIONS)
