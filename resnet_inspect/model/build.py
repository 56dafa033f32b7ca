"""The way into this room: ``build(config) -> nn.Module``."""

from __future__ import annotations

from resnet_inspect.collector import without_collector
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.errors import RequestError, unusable_device
from resnet_inspect.model.initialise import initialise
from resnet_inspect.model.layers import META
from resnet_inspect.model.preact_resnet import PreactResNet
from resnet_inspect.model.resnet import ResNet


@without_collector()
def build(config: ResNetConfig, *, device: str = META) -> ResNet | PreactResNet:
    """Build the model that ``config`` describes.

    Args:
        config: what to build.
        device: ``meta`` for shapes only (no memory, milliseconds), or a device of torch's (``cpu``, ``cuda``) for real
            parameters with fresh values.

    Returns:
        The model, in training mode as torch makes it. Its ordered ``state_dict`` has torchvision's names, and
        timm's where torchvision has none.

    Raises:
        RequestError: if the device is not there, or ``config`` is not a config yet.
    """
    if not isinstance(config, ResNetConfig):
        raise RequestError(f"build takes a ResNetConfig, not {type(config).__name__}: load it first, build(load(...))")
    model = PreactResNet(config) if config.preact else ResNet(config)
    if device == META:
        return model
    try:
        model.to_empty(device=device)
    except (RuntimeError, AssertionError) as error:
        raise unusable_device(device, error) from error
    initialise(model, zero_init_last=config.zero_init_last)
    return model
