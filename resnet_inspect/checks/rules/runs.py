"""RI0xx: the file, its run, and the check itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule, raised_by_the_check
from resnet_inspect.errors import ModelRunError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import times

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import Evidence
    from resnet_inspect.trace.records import Failure

_DIVISOR = 32
"""By which the sizes can be divided that are tried instead of one that does not run: that of the usual ResNet."""


def _does_not_run(evidence: Evidence) -> Iterator[Observation]:
    failure = evidence.trace.failure
    if failure is None or told_by(evidence, failure):
        return
    yield failed_forward(evidence, failure)


def failed_forward(evidence: Evidence, failure: Failure) -> Observation:
    """Where and why the forward failed, and at which sizes it would not."""
    shape = evidence.trace.input_shape
    return Observation(
        message=f"the forward fails at input {times(shape[1:] or shape)} {failure.where}",
        field=("input_size",),
        why=failure.cause,
        hint="; ".join(filter(None, (sizes_that_run(evidence), *evidence.notes))),
        layer=failure.module,
    )


def told_by(evidence: Evidence, failure: Failure) -> str:
    """Code of the rule that has the reason, and says so if it is on; empty if none has."""
    for found in evidence.facts.mismatches:
        if found.failed and found.strides_differ:
            return "RI104"
        if found.failed and found.sizes_differ:
            return "RI101"
    return "RI121" if is_uneven_grouping(failure) else ""


def is_uneven_grouping(failure: Failure) -> bool:
    """Whether a convolution or a group normalisation cannot share its channels out among its groups."""
    words = failure.message.lower()
    return ("conv" in failure.op or "group_norm" in failure.op) and "group" in words and "divisible" in words


def sizes_that_run(evidence: Evidence) -> str:
    """``a size that runs: 224×224``: multiples of 32 around the size that does not; empty if they do not either."""
    batch, channels, *size = evidence.trace.input_shape if len(evidence.trace.input_shape) > 2 else (0, 0)
    lower = tuple(length // _DIVISOR * _DIVISOR for length in size)
    upper = tuple(-(-length // _DIVISOR) * _DIVISOR for length in size)
    tried = [shape for shape in dict.fromkeys((lower, upper)) if min(shape, default=0) > 0 and list(shape) != size]
    running = [shape for shape in tried if _runs_at(evidence, (batch, channels, *shape))]
    noun = "sizes that run" if len(running) > 1 else "a size that runs"
    return f"{noun}: {', '.join(map(times, running))}" if running else ""


def _runs_at(evidence: Evidence, shape: Shape) -> bool:
    try:
        return evidence.run_at(shape).failure is None
    except ModelRunError:  # code that leaves the program
        return False


INVALID_CONFIG = Rule(
    code="RI001",
    name="invalid-config",
    severity="error",
    by_default=True,
    summary="The file cannot be read, or does not describe a network; a named model cannot be found or built.",
    why="Nothing else can be said about it. There is one finding for each problem, with line and column: a "
    "syntax error, an unknown field, a value out of range, fields that cannot be combined, channels that groups do "
    "not divide. The fields and their values are listed in docs/reference/config.md. For a model named on the command "
    "line, such as mine:build_net, the finding says what its import or its factory raised, and on which line.",
    mend="Each finding says what is expected instead.",
    bad='block = "bottleneck"\nstage_blocks = [3, 4, 6, 3]\nstage_strides = [1, 2, 2]\n',
    good='block = "bottleneck"\nstage_blocks = [3, 4, 6, 3]\nstage_strides = [1, 2, 2, 2]\n',
    find=raised_by_the_check,
)

DOES_NOT_RUN = Rule(
    code="RI002",
    name="model-does-not-run",
    severity="error",
    by_default=True,
    summary="The network can be built, but its forward fails at the config's own input size, or at the one asked for.",
    why="Weights load into such a network, but the first image fails. Often the image is too small: after five "
    "halvings of 16 pixels nothing is left for a pool or a mirrored border to read. Where the branches of a block "
    "do not fit together, RI101 or RI104 reports it instead of this rule; where groups do not divide channels, "
    "RI121. If that rule is off or silenced, this one reports it.",
    mend="Choose an input size that leaves every window something to read, or fewer strides.",
    bad='base = "resnetblur50"\ninput_size = [16, 16]\n',
    good='base = "resnetblur50"\ninput_size = [224, 224]\n',
    find=_does_not_run,
)

NOT_FINISHED = Rule(
    code="RI003",
    name="check-not-finished",
    severity="error",
    by_default=True,
    summary="The check of the file did not finish.",
    why="Its process was killed, it ran out of time or memory, or it was not started: a network of more than 4,000 "
    "layers, counted over every run at an expected input, would take longer than anybody waits for a gate. The layers "
    "of a named model, such as mine:build_net, are counted once it has been built. Nothing is known about the file, so "
    "a gate must not let it pass. The other files are still checked.",
    mend="If the finding says that there is too much to check, ask for fewer inputs or build fewer blocks. Otherwise "
    "check the file alone, with --jobs 1; if that does not finish either, it is a bug in resnet-inspect: please report "
    "it with the file.",
    bad="a worker that the operating system killed because memory ran out\n",
    good="a worker that finished\n",
    find=raised_by_the_check,
    language="text",
)

RULES = (INVALID_CONFIG, DOES_NOT_RUN, NOT_FINISHED)
