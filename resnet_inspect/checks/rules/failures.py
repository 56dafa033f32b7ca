"""Why a forward failed, in words: of an addition that cannot be done, its two branches; else torch's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import Evidence
    from resnet_inspect.trace.records import Failure


class Explained(NamedTuple):
    """A failure, explained.

    Attributes:
        said: where and what, ``layer3.0 cannot add its branches: ...``.
        why: what makes it so.
        layer: dotted path of the layer; empty for the model itself.
    """

    said: str
    why: str
    layer: str


def explained(evidence: Evidence, failure: Failure) -> Explained:
    """Explain the failure of the forward that is in ``evidence``."""
    for joint in evidence.facts.mismatches:
        if joint.failed and (joint.sizes_differ or joint.strides_differ):
            return Explained(f"{joint.block} cannot add its branches: {joint.shapes}", joint.steps, joint.block)
    return Explained(f"the forward fails {failure.where}", failure.cause, failure.module)
