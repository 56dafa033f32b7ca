"""All styles that are known."""

from __future__ import annotations

from resnet_inspect.checkpoints.key_styles.detection import DEEPLAB, DETECTRON2, MASKRCNN
from resnet_inspect.checkpoints.key_styles.imagenet import (
    LEGACY_SE,
    LEGACY_SENET154,
    MMLAB,
    MMLAB_DEEP,
    RESNETV2,
    TORCHVISION,
)
from resnet_inspect.checkpoints.key_styles.others import CAFFE, CIFAR, CIFAR_PREACT, TRANSFORMERS
from resnet_inspect.checkpoints.key_styles.style import KeyStyle

STYLES: tuple[KeyStyle, ...] = (
    TORCHVISION,
    RESNETV2,
    LEGACY_SE,
    LEGACY_SENET154,
    MMLAB,
    MMLAB_DEEP,
    TRANSFORMERS,
    DETECTRON2,
    DEEPLAB,
    MASKRCNN,
    CIFAR,
    CIFAR_PREACT,
    CAFFE,
)
"""Where two explain a file equally well, the earlier one is taken."""
