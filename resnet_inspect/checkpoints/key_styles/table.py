"""All styles that are known."""

from __future__ import annotations

from resnet_inspect.checkpoints.key_styles.detection import DEEPLAB, DETECTRON2, MASKRCNN
from resnet_inspect.checkpoints.key_styles.imagenet import (
    CLIP,
    LEGACY_SE,
    LEGACY_SENET154,
    MMLAB,
    MMLAB_DEEP,
    NUMBERED_STEM,
    RESNETV2,
    TORCHVISION,
)
from resnet_inspect.checkpoints.key_styles.others import BIT, CAFFE, CIFAR, CIFAR_PREACT, TRANSFORMERS
from resnet_inspect.checkpoints.key_styles.sequences import CHILDREN, NVIDIA
from resnet_inspect.checkpoints.key_styles.style import KeyStyle

STYLES: tuple[KeyStyle, ...] = (
    TORCHVISION,
    RESNETV2,
    LEGACY_SE,
    LEGACY_SENET154,
    MMLAB,
    MMLAB_DEEP,
    TRANSFORMERS,
    BIT,
    DETECTRON2,
    DEEPLAB,
    MASKRCNN,
    CIFAR,
    CIFAR_PREACT,
    CAFFE,
    NUMBERED_STEM,
    CLIP,
    CHILDREN,
    NVIDIA,
)
"""Where two explain a file equally well, the earlier one is taken."""
