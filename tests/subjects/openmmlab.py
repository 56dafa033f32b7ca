"""OpenMMLab: ``style`` places the stride, ``out_indices`` picks the outputs, and there is no head."""

from __future__ import annotations

from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint


class Bottleneck(nn.Module):
    def __init__(self, cin, planes, stride, downsample, style, *, checkpointed):
        super().__init__()
        first, second = (stride, 1) if style == "caffe" else (1, stride)
        self.conv1 = nn.Conv2d(cin, planes, 1, first, bias=False)
        self.conv2 = nn.Conv2d(planes, planes, 3, second, 1, bias=False)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        for number, channels in enumerate((planes, planes, 4 * planes), 1):
            self.add_module(f"bn{number}", nn.BatchNorm2d(channels))
        self.downsample, self.checkpointed = downsample, checkpointed

    def inner(self, x):
        out = functional.relu(getattr(self, "bn1")(self.conv1(x)))  # noqa: B009  # as they name it
        out = functional.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return out + (x if self.downsample is None else self.downsample(x))

    def forward(self, x):
        out = checkpoint(self.inner, x, use_reentrant=False) if self.checkpointed else self.inner(x)
        return functional.relu(out)


class ResNet(nn.Module):
    def __init__(self, style="pytorch", blocks=(2, 1, 1), out_indices=(0, 1, 2), *, checkpointed=False):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 8
        for stage, count in enumerate(blocks):
            planes, members = 4 * 2**stage, []
            for number in range(count):
                stride = 2 if stage and not number else 1
                same = channels == 4 * planes and stride == 1
                beside = (
                    None
                    if same
                    else nn.Sequential(
                        nn.Conv2d(channels, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes)
                    )
                )
                members.append(Bottleneck(channels, planes, stride, beside, style, checkpointed=checkpointed))
                channels = 4 * planes
            self.add_module(f"layer{stage + 1}", nn.Sequential(*members))
        self.stages, self.out_indices = len(blocks), out_indices

    def forward(self, x):
        x = self.maxpool(functional.relu(self.bn1(self.conv1(x))))
        outputs = []
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
            if stage in self.out_indices:
                outputs.append(x)
        return tuple(outputs)
