"""Helpers of all expectations: when they are judged, the message of one that is not met, and the cause.

The cause is found by comparison with a variant that is as expected: the fields and layers in which it differs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from resnet_inspect.anatomy.records import Anatomy
from resnet_inspect.checking.evidence import DeclaredEvidence, Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rules.runs import explain_failure
from resnet_inspect.configs.positions import FieldPath
from resnet_inspect.configs.quantity import Quantity
from resnet_inspect.configs.toml_format import toml_value
from resnet_inspect.configs.variants import find, variant
from resnet_inspect.text import format_shape, join_names

if TYPE_CHECKING:
    from resnet_inspect.configs.distance import FieldDifference
    from resnet_inspect.configs.schema import ResNetConfig

EXPECT_TABLE = "expect"

Measure: TypeAlias = "Callable[[ResNetConfig], Hashable]"
Figure = Literal["depth", "weighted_layers", "conv_layers", "params", "macs"]

_CLOSE = 10
"""Number of the closest variants that are tried after those that the file itself names."""

_FEW = 2
"""Number of fields in which one of these may differ: a mistake changes one or two; with more, it fits by chance."""

Judge: TypeAlias = "Callable[[DeclaredEvidence, Any], Iterable[Finding]]"
"""Function from the evidence and the expected value to findings."""


def where_expected(name: str, judge: Judge, *, needs_run: bool = True) -> Callable[[Evidence], Iterator[Finding]]:
    """Return a rule's ``find`` that judges an expectation, if it is given. Only a config file can give one.

    Args:
        name: name of the expectation.
        judge: function that yields the findings.
        needs_run: ``True`` if the judgement needs a forward that succeeded. If it failed, there is a finding, too: an
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
    """Return the finding for an unmet expectation, with the message ``depth 52, expected 50``."""
    return Finding(
        message=f"{said}, expected {expected}",
        field_path=(EXPECT_TABLE, *field_path),
        expected=expected,
        found=found,
        why=why,
        hint=hint,
        layer=layer,
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """A variant that is as expected.

    Attributes:
        config: the variant, at the input size of the config if it is as expected there, too.
        fields: the fields in which the config differs to that effect, the variant on the left.
    """

    config: ResNetConfig
    fields: tuple[FieldDifference, ...]


def reference(evidence: DeclaredEvidence, measure: Measure, meets: Callable[[Any], bool]) -> Reference | None:
    """Find the variant to compare a config with.

    Args:
        evidence: evidence of the config.
        measure: function from a config to the value that was judged.
        meets: function that returns whether such a value is as expected.

    Returns:
        A variant that is as expected: one that the file itself names; else, of the closest ones, the one that differs
        in the fewest fields, if they are at most ``_FEW``. ``None`` if there is none.
    """
    from resnet_inspect.configs.distance import closest

    config = evidence.config
    named = next(_as_expected(_named(evidence), config, measure, meets), None)
    if named:
        return named
    names = (found.config.name for found in closest(config, _CLOSE))
    others = _as_expected(names, config, measure, meets)
    nearest = min(others, key=lambda found: len(found.fields), default=None)
    return nearest if nearest and len(nearest.fields) <= _FEW else None


def _named(evidence: DeclaredEvidence) -> Iterator[str]:
    declaration = evidence.declaration
    if declaration.expect.loads:
        yield declaration.expect.loads
    if "base" in declaration.document.data:
        yield find(declaration.document.data["base"])


def _as_expected(
    names: Iterable[str], config: ResNetConfig, measure: Measure, meets: Callable[[Any], bool]
) -> Iterator[Reference]:
    for name in names:
        known = variant(name)
        for candidate in (known.model_copy(update={"input_size": config.input_size}), known):
            if meets(measure(candidate)):
                yield Reference(candidate, decisive_fields(candidate, config, measure))
                break


def decisive_fields(left: ResNetConfig, right: ResNetConfig, measure: Measure) -> tuple[FieldDifference, ...]:
    """Return the fields whose left value, set in the right config, changes what ``measure`` returns for it."""
    from pydantic import ValidationError

    from resnet_inspect.configs.distance import differences

    measured = measure(right)

    def matters(difference: FieldDifference) -> bool:
        fields = {**right.model_dump(), difference.field: getattr(left, difference.field)}
        try:
            return measure(right.model_validate(fields)) != measured
        except ValidationError:  # it depends on another field
            return True

    return tuple(difference for difference in differences(left, right) if matters(difference))


def explain_figure(evidence: DeclaredEvidence, figure: Figure, amount: Quantity) -> str:
    """Explain why a figure is not the expected one: by the fields and layers that differ from a variant."""
    from resnet_inspect.configs.arithmetic import figures

    config = evidence.config

    def measure(of: ResNetConfig) -> int:
        return int(getattr(figures(of), figure))

    found = reference(evidence, measure, lambda value: value in amount)
    if found is None:
        return ""
    words = format_fields(found.fields, found.config.name)
    comparable = evidence.ran and found.config.input_size == config.input_size
    if comparable and figure in {"params", "macs"}:
        words = ": ".join(filter(None, (words, format_places(evidence, found.config, figure))))
    return words


def format_fields(fields: tuple[FieldDifference, ...], name: str) -> str:
    """Return ``num_classes = 10, resnet50 has 1000``."""
    return "; ".join(f"{found.field} = {_value(found.right)}, {name} has {_value(found.left)}" for found in fields)


def _value(value: Any) -> str:
    return "not given" if value is None else toml_value(value)


def format_places(evidence: DeclaredEvidence, other: ResNetConfig, figure: Figure) -> str:
    """Return ``fc has 20,490, not 2,049,000``: the layer in which a figure differs, or the stages.

    Empty if the variant does not run at the config's input size.
    """
    from resnet_inspect.anatomy.compare import compare_anatomies

    theirs = _dissected(other)
    if theirs.output_shape is None:
        return ""
    ours = evidence.anatomy
    found = compare_anatomies(theirs, ours)
    layers = [
        (change.right_path or change.path, change.left, change.right)
        for change in found.changes
        if change.field == figure
    ]
    if len(layers) != 1 or found.only_left or found.only_right:
        layers = list(_stages(theirs, ours, figure))
    return join_names([f"{name} has {right:,}, not {left:,}" for name, left, right in layers], most=2)


def _stages(left: Anatomy, right: Anatomy, figure: str) -> Iterator[tuple[str, int, int]]:
    """Yield the stem, stages and head in which a figure differs, as name, left, right."""
    theirs, ours = ({stage.name: getattr(stage, figure) for stage in side.parts} for side in (left, right))
    for name in dict.fromkeys((*ours, *theirs)):
        if theirs.get(name, 0) != ours.get(name, 0):
            yield name, theirs.get(name, 0), ours.get(name, 0)


def _dissected(config: ResNetConfig) -> Anatomy:
    from resnet_inspect.anatomy.dissect import dissect
    from resnet_inspect.model.build import build
    from resnet_inspect.tracing.recorder import trace

    return dissect(trace(build(config), config.input_shape), name=config.name)
