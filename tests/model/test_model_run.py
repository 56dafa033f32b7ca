"""Models with real values, on the CPU."""

from __future__ import annotations

import pytest
import torch
from small_configs import BASIC, BOTTLENECK, SMALL

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.configs.files import load
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.errors import RequestError
from resnet_inspect.model.build import build
from resnet_inspect.tracing.recorder import trace

every_axis = pytest.mark.parametrize("fields", SMALL.values(), ids=SMALL.keys())

ONE_VALUE = {"input_size", "name"}
"""Fields that change a number and no structure."""


def test_every_axis_has_a_case():
    varied = {
        field
        for field in ResNetConfig.model_fields
        if len({str(getattr(load(fields), field)) for fields in SMALL.values()}) > 1
    }
    assert varied == set(ResNetConfig.model_fields) - ONE_VALUE


def run(model, image):
    """The output, and the name and output shape of every leaf module in order of the calls."""
    shapes = []
    for name, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _, __, out, name=name: shapes.append((name, tuple(out.shape))))
    return model(image), shapes


@every_axis
def test_forward_and_backward(fields):
    config = load(fields)
    torch.manual_seed(0)
    model = build(config, device="cpu")
    image = torch.randn(2, config.in_channels, 64, 64)
    output, shapes = run(model, image)
    traced = trace(build(config), tuple(image.shape))
    assert traced.failure is None
    leaves = {module.path for module in traced.modules if module.leaf}
    assert shapes == [(call.module, call.output_shape) for call in traced.calls if call.module in leaves]
    assert tuple(output.shape) == traced.output_shape
    assert output.shape[:2] == (2, config.num_classes or config.stage_channels(-1))
    assert output.dim() == (4 if config.head == "none" else 2)

    torch.nn.functional.cross_entropy(output.flatten(1), torch.tensor([0, 1])).backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert [name for name, gradient in gradients.items() if gradient is None] == []
    assert [name for name, gradient in gradients.items() if not gradient.isfinite().all()] == []
    # Behind a factor of 0 nothing is learned in the first step.
    assert config.zero_init_last or [name for name, gradient in gradients.items() if not gradient.any()] == []


@every_axis
def test_a_real_run_is_traced_as_one_on_meta_is(fields):
    config = load(fields)
    shape = (1, config.in_channels, 33, 47)
    assert dissect(trace(build(config, device="cpu"), shape, device="cpu")) == dissect(trace(build(config), shape))


def test_fresh_values():
    model = build(load({**BOTTLENECK, "stem_bias": True, "stem_width": 64, "stage_widths": [64, 64]}), device="cpu")
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert (module.weight == 1).all(), name
            assert (module.bias == 0).all(), name
            assert (module.running_mean == 0).all(), name
            assert (module.running_var == 1).all(), name
            assert module.num_batches_tracked == 0, name
        elif isinstance(module, torch.nn.Conv2d):
            fan_out = module.out_channels * module.kernel_size[0] * module.kernel_size[1] / module.groups
            assert module.weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.1), name
            assert module.bias is None or (module.bias == 0).all(), name
        elif isinstance(module, torch.nn.Linear):
            bound = module.in_features**-0.5
            assert 0.9 * bound < module.weight.abs().max() <= bound
            assert 0 < module.bias.abs().max() <= bound


@pytest.mark.parametrize("preact", [False, True])
@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_a_last_layer_that_starts_at_0_makes_a_block_the_identity(block, preact):
    fields = {**BOTTLENECK, "block": block, "preact": preact}
    torch.manual_seed(0)
    zeroed, usual = (build(load({**fields, "zero_init_last": zero}), device="cpu") for zero in (True, False))
    last = {"basic": "2", "bottleneck": "3"}[block]
    kind = "conv" if preact else "bn"
    zeros = [
        name
        for name, value in zeroed.named_parameters()
        if value.dim() and not name.endswith("bias") and not value.any()
    ]
    assert zeros == [name for name, _ in zeroed.named_parameters() if name.endswith(f".{kind}{last}.weight")]
    assert len(zeros) == 3
    path = "stages.1.blocks.1" if preact else "layer2.1"
    x = torch.randn(2, 16 if block == "basic" else 64, 5, 5).relu()
    assert torch.equal(zeroed.get_submodule(path)(x), x)
    assert not torch.equal(usual.get_submodule(path)(x), x)


def test_a_blur_starts_with_the_binomial_kernel():
    model = build(load({**BASIC, "anti_alias": "blur"}), device="cpu")
    blur = model.get_submodule("layer2.0.aa")
    line = torch.tensor([1.0, 2.0, 1.0])
    assert torch.equal(blur.blur * 16, (line[:, None] * line).expand(16, 1, 3, 3))
    flat = torch.full((1, 16, 6, 5), 3.0)
    assert torch.equal(blur(flat), flat[:, :, ::2, ::2])
    assert not [key for key in model.state_dict() if "blur" in key or key.endswith("aa")]


def test_group_normalisation_starts_as_it_should():
    model = build(load(SMALL["group normalisation"]), device="cpu")
    norms = [module for module in model.modules() if isinstance(module, torch.nn.GroupNorm)]
    assert len(norms) == 1 + 3 * 3 + 2
    assert all((norm.weight == 1).all() and (norm.bias == 0).all() and norm.num_groups == 32 for norm in norms)


def test_a_standardised_weight_has_mean_0_and_variance_1():
    model = build(load(SMALL["BiT"]), device="cpu")
    conv = model.get_submodule("stages.0.blocks.0.conv2")
    with torch.no_grad():
        conv.weight.mul_(5).add_(2)
        picked = torch.zeros(1, 32, 3, 3)
        picked[0, 4, 1, 1] = 1
        kernel = conv(picked)[0]
    weight = conv.weight[:, 4].detach().flip(1, 2)
    every = conv.weight.detach().flatten(1)
    expected = (weight - every.mean(1)[:, None, None]) / every.var(1, unbiased=False).sqrt()[:, None, None]
    torch.testing.assert_close(kernel, expected, atol=1e-4, rtol=1e-4)


def test_what_stands_where_the_stride_was():
    """The anti-aliased block computes at full size, then takes means of 2x2."""
    torch.manual_seed(0)
    fields = {**BOTTLENECK, "stage_blocks": [1, 1]}
    smooth, sharp = (build(load({**fields, "anti_alias": kind}), device="cpu").eval() for kind in ("avg", "none"))
    sharp.load_state_dict(smooth.state_dict(), strict=True)
    x = torch.randn(1, 32, 8, 8)
    ours, theirs = smooth.get_submodule("layer2.0"), sharp.get_submodule("layer2.0")
    theirs.conv2.stride = (1, 1)
    inner = theirs.relu(theirs.bn2(theirs.conv2(theirs.relu(theirs.bn1(theirs.conv1(x))))))
    means = inner.reshape(1, 16, 4, 2, 4, 2).mean((3, 5))
    expected = theirs.bn3(theirs.conv3(means)) + theirs.downsample(x)
    torch.testing.assert_close(ours(x), expected.relu())


def test_the_same_seed_gives_the_same_values():
    states = []
    for seed in (7, 7, 8):
        torch.manual_seed(seed)
        states.append(build(load(BASIC), device="cpu").state_dict())
    first, again, other = states
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])


def test_meta_is_the_default_and_takes_no_memory():
    model = build(load("resnet152"))
    assert {tensor.device.type for tensor in model.state_dict().values()} == {"meta"}
    assert model.training
    assert model.config == load("resnet152")


def test_a_model_on_cpu_is_there_entirely():
    model = build(load(BASIC), device="cpu")
    assert {tensor.device.type for tensor in model.state_dict().values()} == {"cpu"}


def test_meta_leaves_the_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    build(load(BASIC))
    assert torch.rand(1) == expected


@pytest.mark.parametrize("device", ["cuda:99", "nonsense", "cpu:x"])
def test_a_device_that_is_not_there(device):
    with pytest.raises(RequestError, match=f"device '{device}' cannot be used: .*use meta or cpu"):
        build(load(BASIC), device=device)


def test_v1_and_v1_5_load_each_others_weights_and_compute_something_else():
    torch.manual_seed(0)
    old, new = (build(load({**BOTTLENECK, "stride_in": where}), device="cpu").eval() for where in ("1x1", "3x3"))
    new.load_state_dict(old.state_dict(), strict=True)
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert not torch.allclose(old(image), new(image), atol=1e-3)


def test_option_a_keeps_every_second_pixel_and_adds_zeros():
    model = build(load({**BASIC, "shortcut": "A"}), device="cpu")
    pad = model.get_submodule("layer2")[0].downsample
    x = torch.randn(1, 8, 5, 7)
    out = pad(x)
    assert out.shape == (1, 16, 3, 4)
    assert torch.equal(out[:, :8], x[:, :, ::2, ::2])
    assert not out[:, 8:].any()
    assert not list(pad.parameters())


def test_a_plain_net_adds_nothing():
    torch.manual_seed(0)
    model = build(load({**BASIC, "shortcut": "none"}), device="cpu").eval()
    block = model.get_submodule("layer2")[1]
    x = torch.randn(1, 16, 4, 4)
    with torch.no_grad():
        assert torch.equal(block(x), block.main(x).relu())
