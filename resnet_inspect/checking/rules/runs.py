"""RI001 to RI003: the file, its run, and the check itself; and why a forward failed, in words."""

from collections.abc import Iterator
from typing import NamedTuple

from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule, raised_by_the_check
from resnet_inspect.errors import ModelRunError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape
from resnet_inspect.tracing.records import Failure

_DIVISOR = 32
"""Divisor of the sizes that are tried instead of one that does not run; a usual ResNet reduces by it."""


class FailureReason(NamedTuple):
    """The reason of a failed forward, in words.

    Attributes:
        said: where and what, ``layer3.0 cannot add its branches: ...``.
        why: the cause.
        layer: dotted path of the layer; empty for the model itself.
    """

    said: str
    why: str
    layer: str


def explain_failure(evidence: Evidence, failure: Failure) -> FailureReason:
    """Explain why the forward failed: by the branches of an addition that cannot be done, or else in torch's words."""
    for found in evidence.mismatches:
        if found.failed and (found.sizes_differ or found.strides_differ):
            return FailureReason(f"{found.block} cannot add its branches: {found.shapes}", found.steps, found.block)
    return FailureReason(f"the forward fails {failure.where}", failure.cause, failure.module)


def _does_not_run(evidence: Evidence) -> Iterator[Finding]:
    failure = evidence.trace.failure
    if failure is not None and not rule_of_failure(evidence, failure):
        yield failed_forward(evidence, failure)


def failed_forward(evidence: Evidence, failure: Failure) -> Finding:
    """Return the finding that says where and why the forward failed, and at which sizes it would not."""
    shape = evidence.trace.input_shape
    return Finding(
        message=f"the forward fails at input {format_shape(shape[1:] or shape)} {failure.where}",
        field_path=("input_size",),
        why=failure.cause,
        hint="; ".join(filter(None, (sizes_that_run(evidence), *evidence.notes))),
        layer=failure.module,
    )


def rule_of_failure(evidence: Evidence, failure: Failure) -> str:
    """Return the code of the rule that knows the reason, and reports it if it is on; empty if none does."""
    for found in evidence.mismatches:
        if found.failed and found.strides_differ:
            return "RI104"
        if found.failed and found.sizes_differ:
            return "RI101"
    return "RI121" if is_uneven_grouping(failure) else ""


def is_uneven_grouping(failure: Failure) -> bool:
    """Return whether a convolution or a group normalisation failed because groups do not divide its channels."""
    words = failure.message.lower()
    return ("conv" in failure.op or "group_norm" in failure.op) and "group" in words and "divisible" in words


def sizes_that_run(evidence: Evidence) -> str:
    """Return ``a size that runs: 224×224``, a multiple of 32 around the size that does not; empty if none runs."""
    batch, channels, *size = evidence.trace.input_shape if len(evidence.trace.input_shape) > 2 else (0, 0)
    lower = tuple(length // _DIVISOR * _DIVISOR for length in size)
    upper = tuple(-(-length // _DIVISOR) * _DIVISOR for length in size)
    tried = [shape for shape in dict.fromkeys((lower, upper)) if min(shape, default=0) > 0 and list(shape) != size]
    running = [shape for shape in tried if _runs_at(evidence, (batch, channels, *shape))]
    noun = "sizes that run" if len(running) > 1 else "a size that runs"
    return f"{noun}: {', '.join(map(format_shape, running))}" if running else ""


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
    fix="Each finding says what is expected instead.",
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
    "RI121. If that rule is off or ignored, this one reports it.",
    fix="Choose an input size that leaves every window something to read, or fewer strides.",
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
    fix="If the finding says that there is too much to check, ask for fewer inputs or build fewer blocks. Otherwise "
    "check the file alone, with --jobs 1; if that does not finish either, it is a bug in resnet-inspect: please report "
    "it with the file.",
    bad="a worker that the operating system killed because memory ran out\n",
    good="a worker that finished\n",
    find=raised_by_the_check,
    language="text",
)

RULES = (INVALID_CONFIG, DOES_NOT_RUN, NOT_FINISHED)
