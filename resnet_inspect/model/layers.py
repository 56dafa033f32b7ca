"""The layers of blocks and stems, on the meta device and uninitialised.

Meta tensors have no values to initialise, and the attempt is expensive: the first ``nn.init`` call on meta imports
some 800 modules. ``build.py`` initialises a model when it is moved to a real device.

torch's constructors of convolutions and normalisations took three quarters of the time of building a network, and a
network repeats few of them many times. So the attributes that a constructor sets, and the shapes of parameters and
buffers, are remembered for its arguments; filling a layer from these takes a quarter of the time.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_inspect.configs.schema import NORM_GROUPS, ResNetConfig

META = "meta"


class _Prebuilt(NamedTuple):
    """The attributes that the constructor of a layer sets, without the values of tensors.

    Attributes:
        attributes: attributes that layers can share.
        containers: attributes that each layer needs a copy of, such as its hooks.
        parameters: name, and shape or ``None``.
        buffers: name, shape and type.
    """

    attributes: dict[str, Any]
    containers: tuple[tuple[str, Any], ...]
    parameters: tuple[tuple[str, torch.Size | None], ...]
    buffers: tuple[tuple[str, torch.Size, torch.dtype], ...]


def fill(module: nn.Module, kind: type[nn.Module], *arguments: Any, **options: Any) -> None:
    """Initialise ``module`` as ``kind.__init__`` would on the meta device, without setting values.

    Args:
        module: an instance of a subclass of ``kind``, not initialised yet.
        kind: a class of torch whose constructor takes ``device`` and makes no submodules.
        *arguments: positional arguments of the constructor; hashable.
        **options: keyword arguments of the constructor; hashable.
    """
    prebuilt = _prebuilt(kind, arguments, tuple(options.items()), torch.get_default_dtype())  # type: ignore[arg-type]  # a class has type's hash
    own = vars(module)
    own.update(prebuilt.attributes)
    for name, container in prebuilt.containers:
        own[name] = container.copy()
    own["_parameters"] = {
        name: None if shape is None else nn.Parameter(torch.empty(shape, device=META))
        for name, shape in prebuilt.parameters
    }
    own["_buffers"] = {name: torch.empty(shape, dtype=dtype, device=META) for name, shape, dtype in prebuilt.buffers}


@lru_cache(maxsize=4096)
def _prebuilt(
    kind: type[nn.Module], arguments: tuple[Any, ...], options: tuple[tuple[str, Any], ...], dtype: torch.dtype
) -> _Prebuilt:
    del dtype  # only part of the cache's key: the default type when the layer was made
    # Its own reset_parameters would ask for values on meta, which is slow: see above.
    unset = type(kind.__name__, (kind,), {"reset_parameters": lambda _: None})
    layer = unset(*arguments, device=META, **dict(options))
    named = {name: value for name, value in vars(layer).items() if name not in {"_parameters", "_buffers"}}
    containers = tuple((name, value) for name, value in named.items() if isinstance(value, dict | set | list))
    return _Prebuilt(
        attributes={name: value for name, value in named.items() if not isinstance(value, dict | set | list)},
        containers=containers,
        parameters=tuple(
            (name, None if tensor is None else tensor.shape) for name, tensor in layer._parameters.items()
        ),
        buffers=tuple(
            (name, tensor.shape, tensor.dtype) for name, tensor in layer._buffers.items() if tensor is not None
        ),
    )


class Conv2d(nn.Conv2d):
    """A convolution on the meta device whose padding keeps the size at stride 1."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        padding = dilation * (kernel - 1) // 2
        fill(self, nn.Conv2d, in_channels, out_channels, kernel, stride, padding, dilation, groups, bias)

    def reset_parameters(self) -> None:
        """Do nothing: see the module's docstring."""


class Conv1d(nn.Conv1d):
    """A 1-D convolution of one channel on the meta device, without bias, that keeps the length."""

    def __init__(self, kernel: int) -> None:
        fill(self, nn.Conv1d, 1, 1, kernel, padding=(kernel - 1) // 2, bias=False)

    def reset_parameters(self) -> None:
        """Do nothing: see the module's docstring."""


class Linear(nn.Linear):
    """A linear layer on the meta device."""

    def __init__(self, in_features: int, out_features: int) -> None:
        fill(self, nn.Linear, in_features, out_features)

    def reset_parameters(self) -> None:
        """Do nothing: see the module's docstring."""


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation on the meta device."""

    def __init__(self, channels: int) -> None:
        fill(self, nn.BatchNorm2d, channels)

    def reset_parameters(self) -> None:
        """Do nothing: see the module's docstring."""


class GroupNorm(nn.GroupNorm):
    """Group normalisation with 32 groups on the meta device."""

    def __init__(self, channels: int) -> None:
        fill(self, nn.GroupNorm, NORM_GROUPS, channels)

    def reset_parameters(self) -> None:
        """Do nothing: see the module's docstring."""


NORMS: dict[str, Callable[[int], nn.Module]] = {"batch": BatchNorm2d, "group": GroupNorm}

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.01, inplace=True),
    "gelu": nn.GELU,
    "silu": lambda: nn.SiLU(inplace=True),
    "mish": lambda: nn.Mish(inplace=True),
    "hard_swish": lambda: nn.Hardswish(inplace=True),
}


def norm(config: ResNetConfig, channels: int) -> nn.Module:
    """Return the normalisation that ``config`` asks for."""
    return NORMS[config.norm](channels)


def activation(config: ResNetConfig) -> nn.Module:
    """Return the activation that ``config`` asks for."""
    return ACTIVATIONS[config.activation]()


class BlurPool2d(nn.Module):
    """A fixed 3x3 binomial blur with a stride and mirrored padding. It has no weights and no state_dict."""

    blur: Tensor

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.register_buffer("blur", torch.empty(channels, 1, 3, 3, device=META), persistent=False)

    def reset_buffers(self) -> None:
        """Set the blur's values: the outer product of (1, 2, 1) / 4 with itself."""
        line = torch.tensor([1.0, 2.0, 1.0], device=self.blur.device) / 4
        with torch.no_grad():
            self.blur.copy_((line[:, None] * line[None, :]).expand_as(self.blur))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, ceil(H / stride), ceil(W / stride))."""
        mirrored = functional.pad(x, (1, 1, 1, 1), mode="reflect")
        return functional.conv2d(mirrored, self.blur, stride=self.stride, groups=x.shape[1])


def anti_alias(config: ResNetConfig, channels: int, stride: int) -> nn.Module:
    """Return the pool or blur that halves H and W in place of a stride (arXiv:1904.11486)."""
    return nn.AvgPool2d(stride) if config.anti_alias == "avg" else BlurPool2d(channels, stride)
