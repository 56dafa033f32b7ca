"""RI211: the network does not run at an expected input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.expected import TABLE, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.rules.failures import explained
from resnet_inspect.checks.rules.runs import sizes_that_run
from resnet_inspect.shapes import Shape
from resnet_inspect.text import times

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge(evidence: DeclaredEvidence, inputs: Sequence[Shape]) -> Iterator[Observation]:
    for index, image in enumerate(inputs):
        shape = (1, *image)
        own = shape == evidence.trace.input_shape
        trace = evidence.trace if own else evidence.run_at(shape)
        if trace.failure is not None:
            channels = evidence.config.in_channels
            run = evidence if own else evidence.seen_in(trace)
            reason = explained(run, trace.failure)
            yield Observation(
                f"it does not run at {times(image)}: {reason.said}",
                (TABLE, "inputs", index),
                why=reason.why,
                hint=f"in_channels is {channels}" if image[0] != channels else sizes_that_run(run),
                layer=reason.layer,
                follows=own,
            )


RULE = Rule(
    code="RI211",
    name="expected-inputs",
    severity="error",
    by_default=True,
    summary="The network does not run at an input that it must accept.",
    why="A network that runs at 224×224 can fail at another size: where the main branch rounds a halving down and the "
    "shortcut up, the two cannot be added; a small image has no pixel left for the last stage. The forward is run at "
    "each input without values, so its size costs nothing.",
    mend="Feed sizes that are multiples of the output stride, or change what rounds: anti_alias, avg_down, "
    "stem_pool_ceil and stem_pool_padding.",
    bad='base = "resnet50"\nanti_alias = "avg"\n\n[expect]\ninputs = [[3, 224, 224], [3, 240, 240]]\n',
    good='base = "resnet50"\nanti_alias = "avg"\n\n[expect]\ninputs = [[3, 224, 224], [3, 320, 320]]\n',
    find=where_expected("inputs", _judge, needs_run=False),
)
