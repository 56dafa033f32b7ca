"""Models with real values, on the CPU."""

from __future__ import annotations

import pytest
import torch
from small_configs import BASIC, BOTTLENECK, SMALL

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.config.files import load
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.errors import RequestError
from resnet_inspect.model.build import build
from resnet_inspect.trace.recorder import trace

every_axis = pytest.mark.parametrize("fields", SMALL.values(), ids=SMALL.keys())

ONE_VALUE = {"input_size", "name", "num_classes", "stem_width"}
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
    assert tuple(output.shape) == traced.output_shape == (2, config.num_classes)

    torch.nn.functional.cross_entropy(output, torch.tensor([0, 1])).backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert [name for name, gradient in gradients.items() if gradient is None] == []
    assert [name for name, gradient in gradients.items() if not gradient.isfinite().all()] == []
    assert [name for name, gradient in gradients.items() if not gradient.any()] == []


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
    with pytest.raises(RequestError, match=f"device '{device}' cannot be used: .*use --device meta or cpu"):
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
