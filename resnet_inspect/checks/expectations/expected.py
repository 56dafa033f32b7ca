"""What all expectations share: whether one is there, whether it can be judged, and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rules.failures import explained
from resnet_inspect.config.positions import FieldPath
from resnet_inspect.text import times

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence, Evidence

TABLE = "expect"

Judge: TypeAlias = "Callable[[DeclaredEvidence, Any], Iterable[Observation]]"
"""From the evidence and what is expected to what is wrong."""


def where_expected(name: str, judge: Judge, *, needs_run: bool = True) -> Callable[[Evidence], Iterator[Observation]]:
    """Return a rule's ``find``: it judges where the expectation is given, which only a config's file can do.

    Args:
        name: of the expectation.
        judge: says what is wrong.
        needs_run: whether it reads what a forward shows. If the forward failed, that is said: an expectation that
            nobody could judge is not met.
    """

    def find(evidence: Evidence) -> Iterator[Observation]:
        declared = evidence.declared
        value = getattr(declared.declaration.expect, name) if declared else None
        if declared is None or value is None:
            return
        if needs_run and (failure := evidence.trace.failure):
            reason = explained(evidence, failure)
            yield Observation(
                f"{name} cannot be judged: the model does not run at {times(evidence.trace.input_shape[1:])}",
                field=(TABLE, name),
                why=f"{reason.said}; {reason.why}",
                layer=reason.layer,
                follows=True,
            )
            return
        yield from judge(declared, value)

    return find


def unmet(
    field: FieldPath, said: str, *, expected: str, found: str, why: str = "", hint: str = "", layer: str = ""
) -> Observation:
    """Return an observation whose message is ``depth 52, expected 50``: what was ``said``, and what was expected."""
    message = f"{said}, expected {expected}"
    return Observation(message, (TABLE, *field), expected=expected, found=found, why=why, hint=hint, layer=layer)
