"""RI208: the shortcuts have not the expected number of convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.quantity import Quantity
from resnet_inspect.text import listed

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Observation]:
    on_shortcuts = [layer.name for layer in evidence.anatomy.layers if layer.weighted and layer.role == "shortcut"]
    if len(on_shortcuts) not in amount:
        option = f'shortcut = "{evidence.config.shortcut}"'
        yield unmet(
            ("shortcut_convs",),
            f"{len(on_shortcuts):,} convolutions on shortcuts",
            expected=amount.written,
            found=f"{len(on_shortcuts):,}",
            why=f"{option}: {listed(on_shortcuts) or 'no shortcut has one'}",
            layer=on_shortcuts[0] if on_shortcuts else "",
        )


RULE = Rule(
    code="RI208",
    name="expected-shortcut-convs",
    severity="error",
    by_default=True,
    summary="The shortcuts do not have the expected number of convolutions.",
    why="By the paper's option B, a shortcut has a convolution only where the block changes the shape: four in "
    "ResNet-50, three in ResNet-34, whose first stage changes nothing. Option A has none, option C one in every block "
    "(arXiv:1512.03385, section 4.1). They cost parameters, and do not count as depth.",
    mend="Set shortcut to the option that is meant, or correct the expectation.",
    bad='base = "resnet34"\nshortcut = "C"\n\n[expect]\nshortcut_convs = 3\n',
    good='base = "resnet34"\nshortcut = "B"\n\n[expect]\nshortcut_convs = 3\n',
    find=where_expected("shortcut_convs", _judge),
)
