"""``torchvision:resnet50``: the models that torchvision registers."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

from resnet_inspect.sources.building import built
from resnet_inspect.sources.found import Found
from resnet_inspect.sources.images import usual_input
from resnet_inspect.sources.libraries import library, require_none_of, unknown

_FETCHING = ("weights", "weights_backbone")


def find(model: str, arguments: Mapping[str, Any]) -> Found:
    """Return a model of torchvision's, without weights.

    Args:
        model: its name there, e.g. ``resnet50``.
        arguments: for its factory.

    Raises:
        RequestError: if torchvision is not there, or has no such model.
    """
    models = library("torchvision", model).models
    require_none_of(_FETCHING, arguments)
    name = model.lower()
    if name not in models.list_models():
        raise unknown("torchvision", model, models.list_models())
    factory = models.get_model_builder(name)
    # Detectors and segmenters would fetch the weights of their backbone.
    without = {weights: None for weights in _FETCHING if weights in signature(factory).parameters}
    title = f"torchvision:{name}"
    return Found(
        name=title,
        build=lambda device: built(title, lambda: factory(**without, **arguments), device),
        inputs=usual_input,
    )
