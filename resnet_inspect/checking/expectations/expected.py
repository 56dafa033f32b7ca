"""What all expectations share: when they are judged, and the message of one that is not met."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeAlias

from resnet_inspect.checking.evidence import DeclaredEvidence, Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rules.runs import explain_failure
from resnet_inspect.configs.positions import FieldPath
from resnet_inspect.text import format_shape

EXPECT_TABLE = "expect"

Judge: TypeAlias = "Callable[[DeclaredEvidence, Any], Iterable[Finding]]"
"""Takes the evidence and the expected value; yields what is wrong."""


def where_expected(name: str, judge: Judge, *, needs_run: bool = True) -> Callable[[Evidence], Iterator[Finding]]:
    """Return a rule's ``find`` that judges where the expectation is given, which only a config's file can do.

    Args:
        name: of the expectation.
        judge: yields what is wrong.
        needs_run: whether the judgement needs a forward that came to its end. Without one there is a finding, too: an
            expectation that could not be judged is not met.
    """
    return partial(_find_unmet, name, judge, needs_run=needs_run)  # unlike a closure, it can be pickled with its rule


def _find_unmet(name: str, judge: Judge, evidence: Evidence, *, needs_run: bool) -> Iterator[Finding]:
    declared = evidence.declared
    value = getattr(declared.declaration.expect, name) if declared else None
    if declared is None or value is None:
        return
    if needs_run and (failure := evidence.trace.failure):
        reason = explain_failure(evidence, failure)
        yield Finding(
            message=f"{name} cannot be judged: the model does not run at "
            f"{format_shape(evidence.trace.input_shape[1:])}",
            field_path=(EXPECT_TABLE, name),
            why=f"{reason.said}; {reason.why}",
            layer=reason.layer,
            follows=True,
        )
        return
    yield from judge(declared, value)


def unmet(
    field_path: FieldPath, said: str, *, expected: str, found: str, why: str = "", hint: str = "", layer: str = ""
) -> Finding:
    """Return a finding with the message ``depth 52, expected 50``: what was ``said``, and what was expected."""
    return Finding(
        message=f"{said}, expected {expected}",
        field_path=(EXPECT_TABLE, *field_path),
        expected=expected,
        found=found,
        why=why,
        hint=hint,
        layer=layer,
    )
