"""Expected depths, parameters and MACs that are not met, and what is said of each."""

from __future__ import annotations

# what is expected of which config -> field, message, why, hint, layer
FIGURES = {
    "a deep stem": (
        'base = "resnet50d"\n[expect]\ndepth = 50\n',
        [
            (
                ("depth",),
                "depth 52, expected 50",
                "the stem has 3 convolutions: 52 = 3 + 3·(3+4+6+3) + 1",
                "",
                "",
            )
        ],
    ),
    "a convolutional pool": (
        'base = "resnet50"\nstem_pool = "conv"\n[expect]\ndepth = 50\n',
        [(("depth",), "depth 51, expected 50", "the stem has 2 convolutions: 51 = 2 + 3·(3+4+6+3) + 1", "", "")],
    ),
    "one block more": (
        'base = "resnet50"\nstage_blocks = [3, 4, 6, 4]\n[expect]\ndepth = 50\n',
        [
            (
                ("depth",),
                "depth 53, expected 50",
                "stage_blocks = [3, 4, 6, 4], resnet50 has [3, 4, 6, 3]: 53 = 1 + 3·(3+4+6+4) + 1",
                "",
                "",
            )
        ],
    ),
    "no variant has it": (
        'base = "resnet50"\n[expect]\ndepth = {min = 1_000_000}\nparams = "1T"\nmacs = "< 1k"\n',
        [
            (("depth",), "depth 50, expected >= 1,000,000", "50 = 1 + 3·(3+4+6+3) + 1", "", ""),
            (
                ("params",),
                "25,557,032 parameters, expected 1T",
                "stem 9,536, stage1 215,808, stage2 1,219,584, stage3 7,098,368, stage4 14,964,736, head 2,049,000",
                "",
                "",
            ),
            (
                ("macs",),
                "4,089,184,256 MACs at 224×224, expected < 1k",
                "stem 118,013,952, stage1 667,942,912, stage2 1,027,604,480, stage3 1,464,336,384, "
                "stage4 809,238,528, head 2,048,000",
                "",
                "",
            ),
        ],
    ),
    "another head": (
        'base = "resnet50"\nnum_classes = 10\n[expect]\nparams = 25_557_032\n',
        [
            (
                ("params",),
                "23,528,522 parameters, expected 25,557,032",
                "num_classes = 10, resnet50 has 1000: fc has 20,490, not 2,049,000",
                "",
                "",
            )
        ],
    ),
    "another width": (
        'base = "resnet18"\nstage_widths = [64, 128, 256, 640]\nzero_init_last = true\n[expect]\nparams = "11.7M"\n',
        [
            (
                ("params",),
                "16,127,784 parameters, expected 11.7M",
                "stage_widths = [64, 128, 256, 640], resnet18 has [64, 128, 256, 512]: "
                "stage4 has 12,704,000, not 8,393,728, head has 641,000, not 513,000",
                "",
                "",
            )
        ],
    ),
    "a deep stem, and a block more": (
        'base = "resnet50d"\nstage_blocks = [3, 4, 6, 4]\n[expect]\ndepth = 50\n',
        [
            (
                ("depth",),
                "depth 55, expected 50",
                "55 = 3 + 3·(3+4+6+4) + 1",
                "",
                "",
            )
        ],
    ),
    "parameters cut off": (
        'base = "resnet50"\n[expect]\nparams = "25.5M"\n',
        [
            (
                ("params",),
                "25,557,032 parameters, expected 25.5M",
                "25.5M is 25,557,032 truncated; its last digit must be rounded",
                'write "25.6M", or { min = 25_500_000, max = 25_600_000 }',
                "",
            )
        ],
    ),
    "cut off as in the paper": (
        'base = "resnet50_v1"\n[expect]\nmacs = "3.8G"\n',
        [
            (
                ("macs",),
                "3,857,973,248 MACs at 224×224, expected 3.8G",
                "3.8G is 3,857,973,248 truncated; its last digit must be rounded",
                'write "3.9G", or { min = 3_800_000_000, max = 3_900_000_000 }',
                "",
            )
        ],
    ),
    "rounded, but exact": (
        'base = "resnet50"\n[expect]\nparams = 25.6e6\nmacs = "4.1e9"\n',
        [
            (
                ("params",),
                "25,557,032 parameters, expected 25,600,000",
                "stem 9,536, stage1 215,808, stage2 1,219,584, stage3 7,098,368, stage4 14,964,736, head 2,049,000",
                '25,600,000 is exact; write "~25.6M", or { min = 25_550_000, max = 25_650_000 }',
                "",
            ),
            (
                ("macs",),
                "4,089,184,256 MACs at 224×224, expected 4.1e9",
                "stem 118,013,952, stage1 667,942,912, stage2 1,027,604,480, stage3 1,464,336,384, "
                "stage4 809,238,528, head 2,048,000",
                '4.1e9 is exact; write "~4.1G", or { min = 4_050_000_000, max = 4_150_000_000 }',
                "",
            ),
        ],
    ),
    "a bound that is rounded is exact": (
        'base = "resnet50"\n[expect]\nmacs = {max = 4.0e9}\n',
        [
            (
                ("macs",),
                "4,089,184,256 MACs at 224×224, expected <= 4,000,000,000",
                "stage_blocks = [3, 4, 6, 3], resnet26 has [2, 2, 2, 2]: ",
                "",
                "",
            )
        ],
    ),
    "one count of layers for another": (
        'base = "resnet50"\n[expect]\ndepth = 54\nweighted_layers = 50\nconv_layers = 49\n',
        [
            (
                ("depth",),
                "depth 50, expected 54",
                "50 = 1 + 3·(3+4+6+3) + 1",
                "54 is the network's weighted_layers, which is an expectation too",
                "",
            ),
            (
                ("weighted_layers",),
                "54 weighted layers, expected 50",
                "53 convolutions and 1 linear layer, of which 50 are the depth, 4 are on shortcuts",
                "50 is the network's depth, which is an expectation too",
                "",
            ),
            (
                ("conv_layers",),
                "53 convolutions, expected 49",
                "53 convolutions and 1 linear layer, of which 50 are the depth, 4 are on shortcuts",
                "",
                "",
            ),
        ],
    ),
    "layers of gates": (
        'base = "seresnet50"\n[expect]\nweighted_layers = "54"\nconv_layers = {max = 53}\n',
        [
            (
                ("weighted_layers",),
                "86 weighted layers, expected 54",
                'attention = "se", resnet50 has "none": '
                "85 convolutions and 1 linear layer, of which 50 are the depth, 4 are on shortcuts, 32 are in gates",
                "",
                "",
            ),
            (
                ("conv_layers",),
                "85 convolutions, expected <= 53",
                'attention = "se", resnet50 has "none": '
                "85 convolutions and 1 linear layer, of which 50 are the depth, 4 are on shortcuts, 32 are in gates",
                "",
                "",
            ),
        ],
    ),
    "FLOPs": (
        'base = "resnet50"\n[expect]\nmacs = 8_178_368_512\n',
        [
            (
                ("macs",),
                "4,089,184,256 MACs at 224×224, expected 8,178,368,512",
                "stem 118,013,952, stage1 667,942,912, stage2 1,027,604,480, stage3 1,464,336,384, "
                "stage4 809,238,528, head 2,048,000",
                "that is twice as many: an amount of FLOPs, which count two for each MAC?",
                "",
            )
        ],
    ),
    "no classifier": (
        'base = "resnet50"\nnum_classes = 0\n[expect]\ndepth = 50\noutput_shape = [1000]\nparams = "25.6M"\n',
        [
            (
                ("depth",),
                "depth 49, expected 50",
                "no classifier is counted, because there is none: 49 = 1 + 3·(3+4+6+3)",
                "",
                "",
            ),
            (
                ("params",),
                "23,508,032 parameters, expected 25.6M",
                "num_classes = 0, resnet50 has 1000: head has 0, not 2,049,000",
                "",
                "",
            ),
            (
                ("output_shape",),
                "output shape [2048], expected [1000]",
                "stage4 writes 2,048 channels, and with num_classes = 0 only the average pool follows",
                "",
                "",
            ),
        ],
    ),
    "no head": (
        'base = "resnet50d"\nhead = "none"\n[expect]\ndepth = 52\noutput_shape = [2048]\nloads = "resnet50d"\n',
        [
            (
                ("depth",),
                "depth 51, expected 52",
                "no classifier is counted, because there is none: 51 = 3 + 3·(3+4+6+3)",
                "",
                "",
            ),
            (
                ("output_shape",),
                "output shape [2048, 7, 7], expected [2048]",
                'stage4 writes 2,048 channels, and with head = "none" no pool follows, and no classifier',
                "",
                "",
            ),
            (
                ("loads",),
                "the weights of resnet50d do not fit, by keys: 2 unexpected",
                "num_classes = 0, resnet50d has 1000. unexpected: fc.weight, fc.bias",
                "",
                "",
            ),
        ],
    ),
    "no classifier behind a deep stem": (
        'base = "resnet50d"\nnum_classes = 0\n[expect]\ndepth = 50\n',
        [
            (
                ("depth",),
                "depth 51, expected 50",
                "the stem has 3 convolutions, and no classifier is counted, because there is none: 51 = 3 + 3·(3+4+6+3)",
                "",
                "",
            )
        ],
    ),
    "another input size": (
        'base = "resnet50"\ninput_size = [320, 320]\n[expect]\nmacs = "4.1G"\n',
        [
            (
                ("macs",),
                "8,343,142,400 MACs at 320×320, expected 4.1G",
                "input_size = [320, 320], resnet50 has [224, 224]",
                "",
                "",
            )
        ],
    ),
}
