"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from resnet_inspect.checks.findings import Observation, Severity

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import Evidence

Language = Literal["toml", "python", "text"]
"""What an example is: a config; a module, whose class ``Net`` is judged at 96×96; or words, where nothing can run."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong with a config.

    Attributes:
        code: ``RI102``. RI0xx: the file or its run; RI1xx: rules of structure; RI2xx: expectations; RI3xx: the lock;
            RI4xx: what the file silences.
        name: for people, ``stage-halved-twice``.
        severity: of what it finds.
        by_default: whether it is on unless ``--select`` or ``--ignore`` says otherwise.
        summary: what is wrong, in one sentence.
        why: why that matters, with the source of the fact.
        mend: what to do.
        bad: an example in which it finds something.
        good: the same, mended.
        find: what it has to say of a config.
        language: of the two examples; ``python`` where the schema of a config does not let such a thing through.
    """

    code: str
    name: str
    severity: Severity
    by_default: bool
    summary: str
    why: str
    mend: str
    bad: str
    good: str
    find: Callable[[Evidence], Iterable[Observation]]
    language: Language = "toml"


def raised_by_the_check(evidence: Evidence) -> Iterator[Observation]:
    """Nothing: the ``find`` of a rule that speaks of what no evidence shows; the check itself raises its findings."""
    del evidence
    yield from ()
