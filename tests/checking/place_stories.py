"""Expected strides, shapes, shortcuts, weights and inputs that are not met, and what is said of each."""

from __future__ import annotations

# what is expected of which config -> field, message, why, hint, layer
PLACES = {
    "a pool strides": (
        'base = "resnetaa50"\n[expect]\nversion = "v1.5"\nstride_in = "3x3"\n',
        [
            (
                ("stride_in",),
                "stride_in is neither 1x1 nor 3x3, expected 3x3",
                "neither v1 nor v1.5: no convolution strides; a pool after the 3×3 convolution does "
                "(layer2.0.aa, layer3.0.aa, layer4.0.aa); this is v1.5 with anti-aliasing",
                "",
                "layer2.0.aa",
            ),
            (
                ("version",),
                "version is neither v1 nor v1.5, expected v1.5",
                "neither v1 nor v1.5: no convolution strides; a pool after the 3×3 convolution does "
                "(layer2.0.aa, layer3.0.aa, layer4.0.aa); this is v1.5 with anti-aliasing",
                "",
                "layer2.0.aa",
            ),
        ],
    ),
    "v1": (
        'base = "resnet50_v1"\n[expect]\nstride_in = "3x3"\n',
        [
            (
                ("stride_in",),
                "stride_in 1x1, expected 3x3",
                "v1: the first 1×1 convolution strides (layer2.0.conv1, layer3.0.conv1, layer4.0.conv1)",
                'stride_in = "3x3" moves it',
                "layer2.0.conv1",
            )
        ],
    ),
    "a stage halved twice": (
        'base = "resnet18"\nstage_strides = [1, 2, 4, 2]\n[expect]\n'
        "stage_shapes = [[64, 56, 56], [128, 28, 28], [256, 14, 14], [512, 7, 7]]\n",
        [
            (
                ("stage_shapes", 2),
                "stage3 writes 256×7×7, expected 256×14×14",
                "layer3.0.conv1 strides by 4",
                "",
                "layer3.0.conv1",
            ),
            (
                ("stage_shapes", 3),
                "stage4 writes 512×4×4, expected 512×7×7",
                "256×7×7 reached it already; stage4 itself reduces as expected",
                "",
                "",
            ),
        ],
    ),
    "a stage dilated": (
        'base = "resnet50"\noutput_stride = 16\n[expect]\n'
        "stage_shapes = [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 7, 7]]\n",
        [
            (
                ("stage_shapes", 3),
                "stage4 writes 2048×14×14, expected 2048×7×7",
                "nothing strides in stage4: layer4.1.conv2, layer4.2.conv2 dilated instead",
                "",
                "",
            )
        ],
    ),
    "channels, and a stage less": (
        'base = "resnet18"\nstage_widths = [64, 96, 256, 512]\n[expect]\nstage_shapes = [[64, 56, 56], [128, 28, 28]]\n',
        [
            (("stage_shapes",), "4 stages, expected 2", "", "", ""),
            (
                ("stage_shapes", 1),
                "stage2 writes 96×28×28, expected 128×28×28",
                "layer2.1.conv2 writes 96 channels",
                "",
                "layer2.1.conv2",
            ),
        ],
    ),
    "a stem without a pool": (
        'base = "resnet18"\nstem_pool = "none"\n[expect]\nstage_shapes = [[64, 56, 56]]\noutput_stride = 32\n',
        [
            (("stage_shapes",), "4 stages, expected 1", "", "", ""),
            (
                ("stage_shapes", 0),
                "stage1 writes 64×112×112, expected 64×56×56",
                "conv1 strides by 2",
                "",
                "conv1",
            ),
            (
                ("output_stride",),
                "output stride 16, expected 32",
                "strided: conv1 by 2, layer2.0.conv1 by 2, layer3.0.conv1 by 2, layer4.0.conv1 by 2",
                "",
                "layer4.0.conv1",
            ),
        ],
    ),
    "a batch in a shape": (
        'base = "resnet18"\n[expect]\noutput_shape = [1, 1000]\n',
        [
            (
                ("output_shape",),
                "output shape [1000], expected [1, 1000]",
                "fc has 1,000 outputs, which is num_classes",
                "leave the batch out",
                "fc",
            )
        ],
    ),
    "no projection": (
        'base = "resnet20_cifar"\n[expect]\nshortcut_convs = 2\n',
        [
            (
                ("shortcut_convs",),
                "0 convolutions on shortcuts, expected 2",
                'shortcut = "A": no shortcut has one',
                "",
                "",
            )
        ],
    ),
    "projections": (
        'base = "resnet34"\n[expect]\nshortcut_convs = 4\n',
        [
            (
                ("shortcut_convs",),
                "3 convolutions on shortcuts, expected 4",
                'shortcut = "B": layer2.0.downsample.0, layer3.0.downsample.0, layer4.0.downsample.0',
                "",
                "layer2.0.downsample.0",
            )
        ],
    ),
    "a receptive field": (
        'base = "resnet50"\n[expect]\nreceptive_field = [427, 483]\n',
        [
            (
                ("receptive_field",),
                "receptive field 427, expected 427×483",
                "at the end of stem 11, stage1 35, stage2 91, stage3 267, stage4 427",
                "",
                "",
            )
        ],
    ),
    "other weights": (
        'base = "resnet50"\nstage_blocks = [3, 4, 6, 2]\nnum_classes = 10\nattention = "eca"\n[expect]\n'
        'loads = "resnet50"\n',
        [
            (
                ("loads",),
                "the weights of resnet50 do not fit, by keys: 15 missing from the weights, 18 unexpected, 2 of a different shape",
                'stage_blocks = [3, 4, 6, 2], resnet50 has [3, 4, 6, 3]; attention = "eca", resnet50 has "none"; '
                "num_classes = 10, resnet50 has 1000. "
                "missing from the weights: layer1.0.se.conv.weight, layer1.1.se.conv.weight, layer1.2.se.conv.weight and "
                "12 more. unexpected: layer4.2.conv1.weight, layer4.2.bn1.weight, layer4.2.bn1.bias and 15 more. "
                "of a different shape: fc.weight 10×2048, not 1000×2048, fc.bias 10, not 1000",
                "",
                "layer1.0.se.conv",
            )
        ],
    ),
    "three channels are expected": (
        'base = "resnet18"\nin_channels = 1\n[expect]\ninputs = [[1, 64, 64], [3, 64, 64]]\n',
        [
            (
                ("inputs", 1),
                "it does not run at 3×64×64: the forward fails in conv1",
                "conv2d of 1×3×64×64: ",
                "in_channels is 1",
                "conv1",
            )
        ],
    ),
    "an odd size": (
        'base = "resnet50"\nanti_alias = "avg"\n[expect]\ninputs = [[3, 240, 240], [3, 224, 224]]\n',
        [
            (
                ("inputs", 0),
                "it does not run at 3×240×240: layer4.0 cannot add its branches: the main branch is 2048×7×7, "
                "the shortcut 2048×8×8",
                "main branch: layer4.0.aa (2×2, stride 2) takes 15×15 to 7×7; "
                "shortcut: layer4.0.downsample.0 (1×1, stride 2) takes 15×15 to 8×8",
                "sizes that run: 224×224, 256×256",
                "layer4.0",
            )
        ],
    ),
}
