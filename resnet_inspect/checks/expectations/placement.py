"""RI204: the stride is not where it is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.versions import STRIDE_IN, Version

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence, Evidence

_NEITHER = "neither"


def _judge_version(evidence: DeclaredEvidence, version: str) -> Iterator[Observation]:
    return _judge(evidence, "version", version, {version: version for version in STRIDE_IN})


def _judge_stride_in(evidence: DeclaredEvidence, place: str) -> Iterator[Observation]:
    return _judge(evidence, "stride_in", place, STRIDE_IN)


def _judge(
    evidence: DeclaredEvidence, field: str, expected: str, words: Mapping[Version, str]
) -> Iterator[Observation]:
    """Judge the placement in one of two wordings: version -> word."""
    placement = evidence.anatomy.placement
    found = next((word for version, word in words.items() if version == placement.version), _NEITHER)
    if found != expected:
        place = next(place for version, place in STRIDE_IN.items() if words[version] == expected)
        yield unmet(
            (field,),
            f"{field} is neither {' nor '.join(words.values())}" if found == _NEITHER else f"{field} {found}",
            expected=expected,
            found=found,
            why=placement.text,
            # Where there are both versions, this field alone sets them apart.
            hint="" if found == _NEITHER else f'stride_in = "{place}" moves it',
            layer=placement.layers[0] if placement.layers else "",
        )


def _find(evidence: Evidence) -> Iterator[Observation]:
    yield from where_expected("stride_in", _judge_stride_in)(evidence)
    yield from where_expected("version", _judge_version)(evidence)


RULE = Rule(
    code="RI204",
    name="expected-placement",
    severity="error",
    by_default=True,
    summary="The stride of the bottlenecks is not where it is expected.",
    why="v1 strides the first 1×1 convolution of a bottleneck (the authors' Caffe networks), v1.5 the 3×3 "
    "(torchvision, timm). Both have the same parameters and the same names, so weights of either load into the "
    "other without a warning, but compute different outputs. Where no bottleneck strides, or a pool does instead, "
    "it is neither.",
    mend='Set stride_in = "1x1" for v1, "3x3" for v1.5; or correct the expectation.',
    bad='base = "resnet50"\n\n[expect]\nversion = "v1"\n',
    good='base = "resnet50"\nstride_in = "1x1"\n\n[expect]\nversion = "v1"\n',
    find=_find,
)
