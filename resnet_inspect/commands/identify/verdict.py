"""Sentences about the network that weights belong to."""

from collections.abc import Iterator

from resnet_inspect.checkpoints.identify import Identity
from resnet_inspect.checkpoints.unexplained import inside_names
from resnet_inspect.configs.distance import FieldDifference
from resnet_inspect.rendering.cells import value_text
from resnet_inspect.text import pluralise, sanitise

_SHOWN_INSIDE = 6


def describe_identity(identity: Identity, *, whole: bool) -> Iterator[str]:
    """Answer whose weights these are; ``whole`` says whether all tensors were read."""
    if identity.equals:
        first, *more = identity.equals
        yield f"equals {first}" + (f", and by its weights also {', '.join(more)}" if more else "")
    else:
        yield _nearest(identity)
    missing_head = identity.inference.missing_head
    if identity.heads:
        yield (
            "no classifier that a config can describe; judging by its shape, this reads the features: "
            f"{', '.join(identity.heads)}"
        )
    elif missing_head and not whole:
        yield "the classifier is not among the tensors that were read"
    elif missing_head:
        yield "the classifier is missing: these are the weights of a backbone"


def _nearest(identity: Identity) -> str:
    near, inference = identity.nearest[0], identity.inference
    differs = ", ".join(map(in_words, near.fields)) or "something that no field of a config describes"
    like = f"like {near.names[0]}" + (f", except for {differs}" if near.fields else "")
    if inference.without_norms:
        return f"{like}, without its normalisation: {inference.without_norms}"
    if inside := inside_names(identity.translation):
        return f"{like}, with something else inside the blocks: {_some(inside)}"
    if inference.mismatches:
        return f"like {near.names[0]}, but not exactly any ResNet that a config describes"
    return f"no variant has these weights; the nearest is {near.names[0]}, except for {differs}"


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(sanitise(name, 40) for name in names[:_SHOWN_INSIDE])
    return shown + (", …" if len(names) > _SHOWN_INSIDE else "")


def in_words(found: FieldDifference) -> str:
    """Describe how the weights differ from the variant in a field."""
    left, right = found.left, found.right
    match found.field:
        case "num_classes":
            return f"{pluralise(right, 'class', 'classes')} instead of {left:,}"
        case "in_channels":
            return f"{pluralise(right, 'input channel')} instead of {left:,}"
        case "preact":
            return "pre-activation" if right else "no pre-activation"
        case "stage_blocks" | "stage_widths":
            return f"{found.field.removeprefix('stage_')} {value_text(right)} instead of {value_text(left)}"
        case _:
            return f"{found.field} {value_text(right)} instead of {value_text(left)}"
