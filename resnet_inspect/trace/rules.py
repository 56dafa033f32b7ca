"""Per ATen operator: its output shape, its geometry, its MACs.

A rule *answers* in place of torch's own meta kernel, which is slow (BatchNorm: 0.5 ms a call) and whose first use
imports some 800 modules. It answers the plain case only and leaves everything else, errors included, to torch, which
says in its own words what is wrong; afterwards the rule's *geometry* tells what the convolution, pool or linear layer
was that torch has run.
"""

from __future__ import annotations

from typing import Any

import torch

from resnet_inspect.trace.convolutions import (
    any_convolution,
    convolution,
    padded_by_name,
    transposed_convolution,
)
from resnet_inspect.trace.pointwise import activation, batch_norm, broadcast, broadcast_in_place, flatten, group_norm
from resnet_inspect.trace.pools import adaptive_pool, avg_pool, max_pool
from resnet_inspect.trace.products import biased_product, linear, product
from resnet_inspect.trace.rule import Rule

_aten = torch.ops.aten

RULES: dict[Any, Rule] = {
    _aten.conv1d.default: convolution(1),
    _aten.conv2d.default: convolution(2),
    _aten.conv3d.default: convolution(3),
    _aten.conv1d.padding: padded_by_name(1),
    _aten.conv2d.padding: padded_by_name(2),
    _aten.conv3d.padding: padded_by_name(3),
    _aten.conv_transpose1d.default: transposed_convolution(1),
    _aten.conv_transpose2d.input: transposed_convolution(2),
    _aten.conv_transpose3d.input: transposed_convolution(3),
    _aten.convolution.default: any_convolution(),
    _aten._convolution.default: any_convolution(),
    _aten._convolution.deprecated: any_convolution(),
    _aten.linear.default: linear(),
    _aten.matmul.default: product(),
    _aten.mm.default: product(),
    _aten.bmm.default: product(),
    _aten.addmm.default: biased_product(),
    _aten.max_pool1d.default: max_pool(1),
    _aten.max_pool2d.default: max_pool(2),
    _aten.max_pool3d.default: max_pool(3),
    _aten.max_pool1d_with_indices.default: max_pool(1, answered=False, name="max_pool1d"),
    _aten.max_pool2d_with_indices.default: max_pool(2, answered=False, name="max_pool2d"),
    _aten.max_pool3d_with_indices.default: max_pool(3, answered=False, name="max_pool3d"),
    _aten.avg_pool1d.default: avg_pool(1),
    _aten.avg_pool2d.default: avg_pool(2),
    _aten.avg_pool3d.default: avg_pool(3),
    _aten.adaptive_avg_pool1d.default: adaptive_pool(1),
    _aten.adaptive_avg_pool2d.default: adaptive_pool(2),
    _aten.adaptive_avg_pool3d.default: adaptive_pool(3),
    _aten.adaptive_max_pool1d.default: adaptive_pool(1, answered=False),
    _aten.adaptive_max_pool2d.default: adaptive_pool(2, answered=False),
    _aten.adaptive_max_pool3d.default: adaptive_pool(3, answered=False),
    _aten.batch_norm.default: batch_norm(),
    _aten.group_norm.default: group_norm(),
    _aten.relu.default: activation(),
    _aten.relu_.default: activation(),
    _aten.sigmoid.default: activation(),
    _aten.sigmoid_.default: activation(),
    _aten.silu.default: activation(),
    _aten.silu_.default: activation(),
    _aten.gelu.default: activation(),
    _aten.hardtanh.default: activation(),
    _aten.hardtanh_.default: activation(),
    _aten.hardswish.default: activation(),
    _aten.hardswish_.default: activation(),
    _aten.leaky_relu.default: activation(),
    _aten.leaky_relu_.default: activation(),
    _aten.mish.default: activation(),
    _aten.mish_.default: activation(),
    _aten.add.Tensor: broadcast(),
    _aten.mul.Tensor: broadcast(),
    _aten.add_.Tensor: broadcast_in_place(),
    _aten.mul_.Tensor: broadcast_in_place(),
    _aten.flatten.using_ints: flatten(),
}
