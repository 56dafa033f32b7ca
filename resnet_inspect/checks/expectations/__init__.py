"""The expectations of an ``[expect]`` table as rules, RI201 to RI213, each in the file of its subject."""

from __future__ import annotations

from resnet_inspect.checks.expectations import (
    depth,
    inputs,
    layer_counts,
    loads,
    macs,
    output_shape,
    output_stride,
    params,
    placement,
    receptive_field,
    shortcut_convs,
    stage_shapes,
)
from resnet_inspect.checks.rule import Rule

EXPECTATIONS: tuple[Rule, ...] = (
    depth.RULE,
    params.RULE,
    macs.RULE,
    placement.RULE,
    stage_shapes.RULE,
    output_shape.RULE,
    output_stride.RULE,
    shortcut_convs.RULE,
    receptive_field.RULE,
    loads.RULE,
    inputs.RULE,
    layer_counts.WEIGHTED,
    layer_counts.CONVOLUTIONS,
)
"""By code, RI201 to RI213."""
