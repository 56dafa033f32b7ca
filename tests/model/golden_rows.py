"""Rows of the goldens, in the words of this package."""

from __future__ import annotations

ATEN_NAMES = {
    "Conv1d": "conv1d",
    "Conv2d": "conv2d",
    "Linear": "linear",
    "MaxPool2d": "max_pool2d",
    "AvgPool2d": "avg_pool2d",
    "AdaptiveAvgPool2d": "adaptive_avg_pool2d",
    "BlurPool2d": "conv2d",
}

OTHER_NAMES = {"global_pool.pool": "avgpool"}
"""timm's names of modules that hold no tensors, where torchvision has others, which ours are."""


def pair(value):
    """Modules keep (3, 3) or 3."""
    return tuple(value) if isinstance(value, list) else (value, value)


def golden_row(row):
    """The fields of a layer that a row of a golden speaks of, by our names."""
    fields = {
        "name": OTHER_NAMES.get(row["name"], row["name"]),
        "op": ATEN_NAMES[row["type"]],
        "input_shape": tuple(row["in_shape"]),
        "output_shape": tuple(row["out_shape"]),
        "macs": row.get("macs", 0),
    }
    if row["type"] == "BlurPool2d":
        return fields | _blur(row)
    fields |= {field: pair(row[field]) for field in ("kernel", "stride", "padding", "dilation") if field in row}
    if "in_ch" in row:
        fields |= {
            "in_channels": row["in_ch"],
            "out_channels": row["out_ch"],
            "bias": row["bias"],
            "groups": row.get("groups", 1),
        }
    return fields | ({"ceil_mode": row["ceil_mode"]} if "ceil_mode" in row else {})


def _blur(row):
    """Two operators inside: a mirrored border, and the convolution, which then pads nothing."""
    batch, channels, *size = row["in_shape"]
    left, right, top, bottom = row["padding"]
    return {
        "input_shape": (batch, channels, size[0] + top + bottom, size[1] + left + right),
        "kernel": pair(row["filt_size"]),
        "stride": pair(row["stride"]),
        "padding": (0, 0),
        "weighted": False,
    }


def assert_same_layers(layers, rows):
    """Whether every layer is as its row says, all in order."""
    assert [layer.name for layer in layers] == [golden_row(row)["name"] for row in rows]
    for layer, expected in zip(layers, map(golden_row, rows), strict=True):
        assert {field: getattr(layer, field) for field in expected} == expected


def state_dict_of(model):
    """Ordered names and shapes, as the goldens hold them."""
    return [[key, list(tensor.shape)] for key, tensor in model.state_dict().items()]
