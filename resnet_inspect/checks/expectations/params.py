"""RI202: the number of parameters is not the expected one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.amounts import cut_off, rounded, stage_by_stage, why_not
from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.quantity import Quantity

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Observation]:
    params = evidence.anatomy.totals.params
    if params not in amount:
        by_stage = stage_by_stage(evidence, "params") if evidence.ran else ""
        why = cut_off(amount, params) or why_not(evidence, "params", amount) or by_stage
        said = f"{params:,} parameters"
        hint = rounded(amount, params)
        yield unmet(("params",), said, expected=amount.written, found=f"{params:,}", why=why, hint=hint)


RULE = Rule(
    code="RI202",
    name="expected-params",
    severity="error",
    by_default=True,
    summary="The number of parameters is not the expected one.",
    why="Every tensor of weights counts once; the buffers of batch normalisation (running_mean, running_var) are "
    "not parameters. If the number has changed, earlier weights no longer fit. If it has not, that proves little: "
    "v1 and v1.5 have the same.",
    mend="Look at the stage or layer that the finding names; correct the config, or the amount in [expect].",
    bad='base = "resnet50"\nnum_classes = 10\n\n[expect]\nparams = "25.6M"\n',
    good='base = "resnet50"\nnum_classes = 10\n\n[expect]\nparams = "23.5M"\n',
    find=where_expected("params", _judge, needs_run=False),
)
