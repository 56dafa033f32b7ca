"""What a lock holds: all that ``compare`` reads, figures that add up, and nothing that depends on where it is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings, strategies as st
from lock_files import differs, entry_of, ran
from model.every_axis import AXES, OF_PREACT, any_fields
from model.small_configs import SMALL

from resnet_inspect import build, load
from resnet_inspect.anatomy.compare import FIELDS, compare_anatomies
from resnet_inspect.checking.lock.entry import LockedNet
from resnet_inspect.checking.lock.file import to_lock
from resnet_inspect.checking.lock.record import record, restore
from resnet_inspect.configs.arithmetic import figures
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.errors import ConfigError

GOLDEN = Path(__file__).parent.parent / "golden" / "lock.json"
LOCKED = {
    "basic.json": {"block": "basic", "stage_blocks": [1, 1], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5},
    "dilated/bottleneck.json": {
        "block": "bottleneck",
        "stage_blocks": [1, 1, 1, 2],
        "stage_widths": [8, 8, 8, 8],
        "stride_in": "1x1",
        "groups": 2,
        "base_width": 32,
        "output_stride": 16,
        "attention": "se",
        "stem_bias": True,
        "stem_pool_ceil": True,
        "stem_pool_padding": 0,
        "num_classes": 3,
        "input_size": [64, 96],
    },
}  # fmt: skip
VARIANTS = ["resnet18", "resnet18_a", "resnet50", "resnet50_v1", "plain18", "resnet20_cifar", "seresnet50", "resnetaa50",
            "resnetblur18", "ecaresnet50d", "resnetv2_50", "resnetv2_50x1_bit", "resnext50_32x4d", "resnet50_gn"]  # fmt: skip


def entries():
    return {path: entry_of({"name": path, **fields}) for path, fields in LOCKED.items()}


def test_the_text_is_the_golden_one():
    assert to_lock(entries()) == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("path", LOCKED)
def test_the_golden_figures_are_those_of_plain_arithmetic(path):
    """The golden file was not read off the tool alone: the sums are the papers' formulas."""
    net = json.loads(GOLDEN.read_text("utf-8"))["files"][path]
    expected = figures(load(LOCKED[path]))
    assert (net["depth"], net["params"], net["macs"]) == (expected.depth, expected.params, expected.macs)
    assert sum(stage["params"] for stage in net["stages"]) == expected.params
    assert sum(stage["macs"] for stage in net["stages"]) == expected.macs
    assert sum(layer["macs"] for layer in net["layers"]) == expected.macs
    main = [layer for layer in net["layers"] if "in_channels" in layer and layer["role"] in {"stem", "main", "head"}]
    shortcuts = [layer for layer in net["layers"] if "in_channels" in layer and layer["role"] == "shortcut"]
    assert (len(main), len(shortcuts)) == (expected.depth, net["shortcut_convolutions"])


def test_a_resnet50_is_readable():
    text = to_lock({"configs/backbone.toml": entry_of({"base": "resnet50"})})
    assert text.endswith("}\n")
    assert len(text.splitlines()) < 150
    assert sum("convolution" not in line and '"conv2d"' in line for line in text.splitlines()) == 53


def texts(layer):
    """Yield the arguments of a layer as they are in a lock, but those that matter in training only."""
    for name, value in layer.settings.items():
        if name != "momentum":
            yield name, ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize("name", VARIANTS)
def test_nothing_that_compare_reads_is_lost(name):
    config = load(name)
    anatomy, traced = ran(config)
    written = json.loads(to_lock({"a": record(config, anatomy, traced)}))["files"]["a"]
    restored = restore(LockedNet.model_validate(written))
    assert not differs(restore(record(config, anatomy, traced)), restored)
    of_each = [Counter((layer.op, *texts(layer)) for layer in side.operations) for side in (anatomy, restored)]
    assert of_each[0] == of_each[1]
    of_each = [[[getattr(layer, field) for field in FIELDS] for layer in side.layers] for side in (anatomy, restored)]
    assert of_each[0] == of_each[1]


PAIRS = [
    ("resnet50_v1", "resnet50"),
    ("resnet18", "resnet34"),
    ("resnet50", "resnet50d"),
    ("resnet18", {"base": "resnet18", "input_size": [256, 256]}),
]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_a_mismatch_is_what_compare_says(left, right):
    one, other = ran(load(left))[0], ran(load(right))[0]
    entry = LockedNet.model_validate(json.loads(to_lock({"a": entry_of(left)}))["files"]["a"])
    expected, found = compare_anatomies(one, other), compare_anatomies(restore(entry), restore(entry_of(right)))
    assert found.changes == expected.changes
    assert (found.only_left, found.only_right) == (expected.only_left, expected.only_right)


def seen_in_modules(fields):
    """What torch prints of the built modules, and the input that they get: a witness beside the trace."""
    config = load(fields)
    return repr(build(config)), config.input_size, config.in_channels


def agrees(before, after):
    one, other = entry_of(before), entry_of(after)
    assume(one is not None and other is not None)
    return one.same_architecture(other) == (seen_in_modules(before) == seen_in_modules(after))


@settings(max_examples=60)
@given(any_fields(), st.data())
def test_a_changed_field_is_noticed_if_it_changes_the_modules(fields, data):
    axes = AXES | (OF_PREACT if fields.get("preact") else {})
    field = data.draw(st.sampled_from(sorted(axes)))
    changed = {**fields, field: data.draw(axes[field])}
    try:
        load(fields), load(changed)
    except ConfigError:
        assume(False)
    assert agrees(fields, changed)


CHANGES = {
    "block": "bottleneck", "stage_blocks": [2, 2], "stage_widths": [8, 24], "stage_strides": [2, 2], "groups": 2,
    "base_width": 32, "preact": True, "weight_standardized": True, "stem_pool_border": "zeros", "head": "conv",
    "output_widths": [8, 24], "conv_widths": [[[6]], [[16], [16]]], "input_size": [64, 224], "stride_in": "1x1",
    "shortcut": "C", "shortcut_kernel": 3, "avg_down": True, "reduce_first": 2, "attention": "eca", "se_reduction": 2,
    "anti_alias": "blur", "norm": "group", "activation": "silu", "output_stride": 4, "stem": "deep", "stem_width": 16,
    "stem_kernel": 5, "stem_stride": 1, "stem_bias": True, "stem_pool": "none", "stem_pool_padding": 0,
    "stem_pool_ceil": True, "in_channels": 1, "num_classes": 6,
}  # fmt: skip
WITH = {
    "groups": {"block": "bottleneck"}, "base_width": {"block": "bottleneck"}, "stride_in": {"block": "bottleneck"},
    "weight_standardized": {"preact": True}, "stem_pool_border": {"preact": True}, "head": {"preact": True},
    "se_reduction": {"attention": "se", "stage_widths": [32, 64]}, "norm": {"stage_widths": [32, 64], "stem_width": 32},
    "stem_pool_padding": {"input_size": [226, 226]}, "output_stride": {"stage_strides": [1, 2]},
    "stem_pool_ceil": {"input_size": [224, 224]}, "conv_widths": {"output_widths": [8, 16]},
}  # fmt: skip


@pytest.mark.parametrize("field", sorted({*ResNetConfig.model_fields} - {"name", "zero_init_last"}))
def test_every_field_that_makes_an_architecture_is_noticed(field):
    base = {**SMALL["basic"], **WITH.get(field, {})}
    one, other = entry_of(base), entry_of({**base, field: CHANGES[field]})
    assert not one.same_architecture(other)


@pytest.mark.parametrize("change", [{"name": "another"}, {"zero_init_last": True}])
def test_a_field_that_makes_none_is_not(change):
    assert entry_of(SMALL["basic"]).same_architecture(entry_of({**SMALL["basic"], **change}))


PROGRAM = """
import locale, sys
locale.setlocale(locale.LC_ALL, "")
from resnet_inspect.cli.main import run
sys.exit(run(["lock", ".", "--lock-file", sys.argv[1], "--jobs", sys.argv[2]]))
"""


def test_the_bytes_do_not_depend_on_hashes_locale_processes_or_the_order_of_fields(tmp_path):
    for path, fields in LOCKED.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(json.dumps(dict(reversed([*fields.items(), ("name", path)]))))
    environment = {**os.environ, "PYTHONHASHSEED": "1", "LC_ALL": "C"}
    program = [sys.executable, "-c", PROGRAM, "lock.json", "2"]
    done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "lock.json").read_bytes() == GOLDEN.read_bytes()
