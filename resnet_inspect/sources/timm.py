"""``timm:seresnext50_32x4d``: the models that timm registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from resnet_inspect.sources.building import built
from resnet_inspect.sources.found import Found
from resnet_inspect.sources.images import usual_input
from resnet_inspect.sources.libraries import library, require_none_of, unknown

if TYPE_CHECKING:
    from torch import nn

    from resnet_inspect.trace.inputs import InputSpec

_FETCHING = ("pretrained", "checkpoint_path", "pretrained_cfg")


def find(model: str, arguments: Mapping[str, Any]) -> Found:
    """Return a model of timm's, without weights.

    Args:
        model: its name there, e.g. ``seresnext50_32x4d``; a tag behind it (``resnet50.a1_in1k``) says how weights were
            trained, and with how many classes.
        arguments: for ``timm.create_model``.

    Raises:
        RequestError: if timm is not there, or has no such model.
    """
    timm = library("timm", model)
    require_none_of(_FETCHING, arguments)
    name = model.lower().removeprefix("timm/")
    # Known names only: create_model would look for the others (hf-hub:, local-dir:) elsewhere.
    if not timm.is_model(name.partition(".")[0]):
        raise unknown("timm", name, timm.list_models())
    title = f"timm:{name}"
    return Found(
        name=title,
        build=lambda device: built(title, lambda: timm.create_model(name, pretrained=False, **arguments), device),
        inputs=_input,
    )


def _input(module: nn.Module) -> tuple[InputSpec, ...]:
    """Of the size that the model was trained on."""
    trained = getattr(module, "pretrained_cfg", None) or {}
    return usual_input(module, tuple(trained.get("input_size", ()))[1:])
