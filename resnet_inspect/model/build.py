"""The entry point of ``model``: ``build(config) -> nn.Module``; and the initialisation of parameters."""

from torch import nn

from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.errors import RequestError, unusable_device
from resnet_inspect.model.blocks import ResidualBlock
from resnet_inspect.model.layers import META, BlurPool2d
from resnet_inspect.model.preact import PreactBlock, PreactResNet
from resnet_inspect.model.resnet import ResNet
from resnet_inspect.process_state import gc_paused


@gc_paused()
def build(config: ResNetConfig, *, device: str = META) -> ResNet | PreactResNet:
    """Build the model that ``config`` describes.

    Args:
        config: the config.
        device: ``meta`` for shapes only (no memory, milliseconds), or a real device (``cpu``, ``cuda``) for initialised
            parameters.

    Returns:
        The model, in training mode like any new module. Its ordered ``state_dict`` has torchvision's names, or timm's
        for networks that torchvision does not have.

    Raises:
        RequestError: if the device is not available, or ``config`` is not a ``ResNetConfig``.
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
    _initialise(model, zero_init_last=config.zero_init_last)
    return model


def _initialise(model: nn.Module, *, zero_init_last: bool) -> None:
    """Initialise every parameter and buffer of ``model``, in place.

    Convolutions: He et al.'s normal distribution over the fan-out, for ReLU; normalisations: weight 1, bias 0, mean 0,
    variance 1; with ``zero_init_last``, weight 0 for the last one of each block (pre-activation: the last convolution).
    Source: torchvision ``resnet.py``.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Conv1d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, BlurPool2d):
            module.reset_buffers()
        elif isinstance(module, nn.Linear | nn.BatchNorm2d | nn.GroupNorm):
            module.reset_parameters()
    if zero_init_last:
        for module in model.modules():
            _zero_last(module)


def _zero_last(block: nn.Module) -> None:
    """Set the last weight of a block to 0, so that the block starts as the identity."""
    if isinstance(block, ResidualBlock):
        nn.init.zeros_(getattr(block, block.last_norm).weight)
    elif isinstance(block, PreactBlock):
        nn.init.zeros_(getattr(block, block.last_convolution).weight)
