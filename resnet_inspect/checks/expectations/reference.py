"""A variant that is what was expected, beside the config that is not: which fields and layers set them apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from resnet_inspect.anatomy.compare import compare
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.anatomy.facts import Anatomy
from resnet_inspect.config.distance import FieldDifference, closest, differences
from resnet_inspect.config.dump import toml_value
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.config.table import find, variant
from resnet_inspect.text import listed

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence

Measure = Callable[[ResNetConfig], Hashable]

_CLOSE = 10
"""How many of the closest variants are looked at, after the ones that the file itself names."""

_FEW = 2
"""Fields by which one of these may differ: a slip changes one, or two that go together; beyond, it fits by chance."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A variant that is as expected.

    Attributes:
        config: the variant, with the config's own input size where that is as expected too.
        fields: the fields of the config that make the difference; the variant on the left.
    """

    config: ResNetConfig
    fields: tuple[FieldDifference, ...]


def reference(evidence: DeclaredEvidence, measure: Measure, meets: Callable[[Any], bool]) -> Reference | None:
    """Return the variant nearest at hand of which ``measure`` is as expected; ``None`` if none is.

    That is one that the file itself names; else, of the closest ones, that which the fewest fields set apart, if they
    are few enough to be what went wrong.
    """
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
                yield Reference(candidate, telling_fields(candidate, config, measure))
                break


def telling_fields(left: ResNetConfig, right: ResNetConfig, measure: Measure) -> tuple[FieldDifference, ...]:
    """Return the fields that differ and matter: given the left value, the right config measures something else."""
    measured = measure(right)

    def matters(difference: FieldDifference) -> bool:
        fields = {**right.model_dump(), difference.field: getattr(left, difference.field)}
        try:
            return measure(ResNetConfig.model_validate(fields)) != measured
        except ValidationError:  # it goes together with another field
            return True

    return tuple(difference for difference in differences(left, right) if matters(difference))


def spell_fields(fields: tuple[FieldDifference, ...], name: str) -> str:
    """``num_classes = 10, resnet50 has 1000``."""
    return "; ".join(f"{found.field} = {_value(found.right)}, {name} has {_value(found.left)}" for found in fields)


def _value(value: Any) -> str:
    return "not given" if value is None else toml_value(value)


def spell_places(evidence: DeclaredEvidence, other: ResNetConfig, figure: Literal["params", "macs"]) -> str:
    """``fc has 20,490, not 2,049,000``: the layer in which a figure differs, or the stages.

    Empty if the variant does not run at the config's input size.
    """
    theirs = _dissected(other)
    if theirs.output_shape is None:
        return ""
    ours = evidence.anatomy
    found = compare(theirs, ours)
    layers = [
        (change.right_path or change.path, change.left, change.right)
        for change in found.changes
        if change.field == figure
    ]
    if len(layers) != 1 or found.only_left or found.only_right:
        layers = list(_stages(theirs, ours, figure))
    return listed([f"{name} has {right:,}, not {left:,}" for name, left, right in layers], most=2)


def _stages(left: Anatomy, right: Anatomy, figure: str) -> Iterator[tuple[str, int, int]]:
    """Stem, stages and head in which a figure differs: name, left, right."""
    theirs, ours = ({stage.name: getattr(stage, figure) for stage in side.parts} for side in (left, right))
    for name in dict.fromkeys((*ours, *theirs)):
        if theirs.get(name, 0) != ours.get(name, 0):
            yield name, theirs.get(name, 0), ours.get(name, 0)


def _dissected(config: ResNetConfig) -> Anatomy:
    from resnet_inspect.model.build import build
    from resnet_inspect.trace.recorder import trace

    return dissect(trace(build(config), config.input_shape), name=config.name)
