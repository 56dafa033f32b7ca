"""RI210: the variant whose weights should load."""

from collections.abc import Iterator, Mapping

from resnet_inspect.checking.evidence import DeclaredEvidence
from resnet_inspect.checking.expectations.expected import EXPECT_TABLE, decisive_fields, format_fields, where_expected
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.configs.variants import variant
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, join_names

_SHOWN = 3
"""Keys of each kind that are named; the others are counted."""


def _judge(evidence: DeclaredEvidence, name: str) -> Iterator[Finding]:
    from resnet_inspect.configs.state_dict import state_dict

    weights = variant(name)
    ours, theirs = dict(evidence.trace.state_dict), dict(state_dict(weights))
    if ours == theirs:
        return
    differing = list(_differing(ours, theirs))
    found = ", ".join(f"{len(keys):,} {kind}" for kind, keys in differing)
    fields = format_fields(
        decisive_fields(weights, evidence.config, lambda config: frozenset(state_dict(config))), name
    )
    yield Finding(
        message=f"the weights of {name} do not fit, by keys: {found}",
        field_path=(EXPECT_TABLE, "loads"),
        why=". ".join(filter(None, (fields, *(f"{kind}: {join_names(keys, _SHOWN)}" for kind, keys in differing)))),
        layer=_first_layer(ours, theirs),
    )


def _differing(ours: Mapping[str, Shape], theirs: Mapping[str, Shape]) -> Iterator[tuple[str, list[str]]]:
    """Return the keys that torch's ``load_state_dict`` would reject, as pairs of kind and keys."""
    missing = [key for key in ours if key not in theirs]
    unexpected = [key for key in theirs if key not in ours]
    reshaped = [
        f"{key} {_shape(ours[key])}, not {_shape(theirs[key])}"
        for key in ours
        if key in theirs and ours[key] != theirs[key]
    ]
    kinds = {"missing from the weights": missing, "unexpected": unexpected, "of a different shape": reshaped}
    return ((kind, keys) for kind, keys in kinds.items() if keys)


def _first_layer(ours: Mapping[str, Shape], theirs: Mapping[str, Shape]) -> str:
    """Return the path of the first module whose weights do not fit; empty if all of them fit."""
    return next((key.rpartition(".")[0] for key in ours if theirs.get(key) != ours[key]), "")


def _shape(shape: Shape) -> str:
    return format_shape(shape) or "a scalar"


WEIGHTS = Rule(
    code="RI210",
    name="expected-weights",
    severity="error",
    by_default=True,
    summary="The weights of a variant do not load: names or shapes in the state_dict differ.",
    why="Published weights load with strict=True only if every name and every shape is the same. The finding says "
    "which keys the weights lack, which are extra, which have a different shape, and which fields of the config "
    "cause it. Weights that load may still belong to another network: v1 and v1.5 have the same keys, which version "
    "in [expect] tells apart.",
    fix="Set the fields that the finding names to the variant's values, or name the variant whose weights are meant.",
    bad='base = "resnet50"\nnum_classes = 10\n\n[expect]\nloads = "resnet50"\n',
    good='base = "resnet50"\nzero_init_last = true\n\n[expect]\nloads = "resnet50"\n',
    find=where_expected("loads", _judge, needs_run=False),
)

RULES = (WEIGHTS,)
