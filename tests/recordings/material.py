"""The files that the recorded commands read: configs, code and weights, equal in every recording."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Shapes = dict[str, tuple[int, ...]]

CONFIGS: dict[str, str] = {
    "net.toml": 'name = "mine"\nblock = "bottleneck"\nstage_blocks = [1, 2]\nstage_widths = [8, 16]\nstem_width = 8\n'
    "num_classes = 5\ninput_size = [64, 64]\n",
    "backbone.toml": 'base = "resnet50"\nhead = "none"\noutput_stride = 8\ninput_size = [128, 192]\n',
    "features.toml": 'base = "resnet18"\nnum_classes = 0\n',
    "plain.yaml": "base: resnet34\nshortcut: none\nname: plain\n",
    "small.json": json.dumps({"base": "resnet18", "activation": "gelu", "norm": "group"}, indent=2),
    "mixed.toml": 'block = ["basic", "bottleneck"]\nstage_blocks = [2, 2]\nattention = "eca"\nanti_alias = "blur"\n'
    'avg_down = true\nstem = "deep"\nstem_width = 24\n',
    "wide.yaml": "base: resnet26d\nstage_widths: [128, 256, 512, 1024]\nstem_width: 128\nin_channels: 1\n",
    "same.toml": 'base = "resnet50"\n',
    "gray.toml": 'base = "resnet18"\nin_channels = 1\nnum_classes = 10\ninput_size = [32, 32]\n',
    "hostile.toml": 'base = "resnet18"\nname = "\\u001b[31mred\\u202e[bold]|`<b>"\n',
    "too_small.toml": 'base = "resnetblur50"\ninput_size = [16, 16]\n',
}
"""Configs that load."""

CHECKED: dict[str, str] = {
    "met.toml": 'base = "resnet50"\n[expect]\ndepth = 50\nparams = "25.6M"\nmacs = { max = "4.1G" }\nversion = "v1.5"\n'
    "stage_shapes = [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 7, 7]]\noutput_shape = [1000]\n"
    'output_stride = 32\nshortcut_convs = 4\nloads = "resnet50_v1"\nweighted_layers = 54\nconv_layers = 53\n'
    "inputs = [[3, 224, 224], [3, 320, 320]]\n",
    "unmet.toml": 'base = "resnet50"\nstride_in = "1x1"\n\n[expect]\ndepth = 51\nparams = "23.5M"\nmacs = "4.2G ± 1%"\n'
    'stride_in = "3x3"\nstage_shapes = [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 8, 8]]\n'
    'output_shape = [10]\noutput_stride = 16\nshortcut_convs = "> 4"\nreceptive_field = 400\nloads = "resnet101"\n'
    'weighted_layers = "50..53"\nconv_layers = 50\ninputs = [[3, 224, 224], [1, 28, 28]]\n',
    "unmet.yaml": "base: resnet18\nnum_classes: 10\nexpect:\n  depth: 34\n  params: 11.7M\n  receptive_field: [1, 2]\n",
    "unmet.json": '{\n  "base": "resnet34",\n  "expect": {"depth": 18, "version": "v1", "inputs": [[4, 224, 224]]}\n}\n',
    "ignored.toml": 'base = "resnet50"\nstem_width = 60  # resnet-inspect: ignore[RI122] pruned\n[expect]\n'
    "depth = 51  # resnet-inspect: ignore[RI201] counts the pool\n",
    "ignored_file.yaml": "# resnet-inspect: ignore[RI133] small on purpose\nbase: resnet50\ninput_size: [32, 32]\n"
    "expect:\n  depth: 49  # resnet-inspect: ignore\n",
    "ignored_table.toml": 'base = "resnet50"\ninput_size = [32, 32]\n[expect]\ndepth = 49\n[check]\n'
    'ignore = ["RI133", "expected-depth"]\n',
    "ignored_in_vain.toml": 'base = "resnet50"  # resnet-inspect: ignore[RI102]\n# resnet-inspect: ignore[RI1]\n'
    '[check]\nignore = ["RI201"]\n',
    "ignored_wrongly.toml": 'base = "resnet50"  # resnet-inspect: ignore[RI999]\n# resnet-inspect: skip\n'
    '[check]\nignore = ["nothing"]\n',
    "small_input.toml": 'base = "resnet50"\ninput_size = [32, 32]\nstage_widths = [60, 120, 60, 480]\n',
    "named_wrongly.toml": 'base = "resnet50"\nname = "resnet101"\n',
    "fails.toml": 'base = "resnetblur50"\ninput_size = [16, 16]\n[expect]\ndepth = 50\nmacs = "1G"\noutput_stride = 32\n',
    "unjudged.toml": 'base = "resnet18"\nin_channels = 3\ninput_size = [1, 1]\nstem_pool_padding = 0\n[expect]\n'
    "stage_shapes = [[64, 1, 1]]\n[check]\nignore = ['ALL']\n",
    "expect_wrongly.toml": 'base = "resnet50"\n[expect]\ndepht = 50\nparams = "25 GFLOPs"\nmacs = { least = 3 }\n'
    'version = "v3"\nloads = "resnet5"\nstage_shapes = [[1, 2]]\n',
}
"""Configs with expectations and with findings that are ignored."""

BROKEN: dict[str, str] = {
    "empty.toml": "",
    "syntax.toml": 'block = \nstage_blocks = [1]\n"',
    "syntax.yaml": "base: resnet50\n  stem: [deep\n",
    "syntax.json": '{"base": "resnet50",\n  "stem_width": 3,}\n',
    "duplicate.json": '{"base": "resnet50",\n  "base": "resnet18"}\n',
    "duplicate.yaml": "base: resnet50\nbase: resnet18\n",
    "duplicate.toml": 'base = "resnet50"\nbase = "resnet18"\n',
    "list.json": "[1, 2]\n",
    "unknown_field.toml": 'block = "basic"\nstage_blocks = [1]\nstage_block = 2\n',
    "wrong_types.toml": 'block = "basic"\nstage_blocks = ["2", 1.5]\nnum_classes = -3\npreact = "yes"\n',
    "wrong_values.yaml": "block: basik\nstage_blocks: [2, 0]\nlayers: 3\nwidth: 5\n",
    "too_much.toml": 'block = "basic"\nstage_blocks = [1000000]\n',
    "inconsistent.toml": 'base = "resnet50"\ngroups = 3\nbase_width = 1\nstem_kernel = 4\npreact = true\n'
    'attention = "se"\nstage_widths = [64, 128]\n',
    "wrong_base.toml": 'base = "resnt50"\n',
    "ambiguous_base.toml": 'base = "R-50"\n',
    "anchor.yaml": "base: &a resnet50\nname: *b\n",
    "control.toml": 'base = "resnet50"\n"\\u001b[31m" = 1\n',
    "latin.toml": 'base = "resnet50"\nname = "caf\xe9"\n',
    "wrong_words.toml": 'base = "resnet50"\nattention = "cbam"\nactivation = "relu6"\nstem = "7x7"\nshortcut = "D"\n'
    'stride_in = "2x2"\nstem_pool = "avg"\n',
}
"""Configs that do not load."""

FOREIGN: dict[str, str] = {
    "mmdet.py.yaml": "model:\n  type: FasterRCNN\n  backbone:\n    type: ResNet\n    depth: 50\n    num_stages: 4\n"
    "    out_indices: [0, 1, 2, 3]\n    style: pytorch\n",
    "openmmlab.yaml": "type: ResNet\ndepth: 50\nstyle: caffe\nnum_stages: 4\nstrides: [1, 2, 2, 2]\n",
    "detectron2.yaml": "MODEL:\n  META_ARCHITECTURE: GeneralizedRCNN\n  RESNETS:\n    DEPTH: 50\n    STRIDE_IN_1X1: true\n"
    "    RES2_OUT_CHANNELS: 256\n",
    "detectron2_flat.yaml": "base: resnet50\nSTRIDE_IN_1X1: true\nNUM_GROUPS: 32\nWIDTH_PER_GROUP: 4\n",
    "pycls.yaml": "base: resnet50\nTRANS_FUN: bottleneck_transform\nSTRIDE_1X1: false\n",
    "huggingface.json": json.dumps(
        {
            "model_type": "resnet",
            "depths": [3, 4, 6, 3],
            "hidden_sizes": [256, 512, 1024, 2048],
            "layer_type": "bottleneck",
            "downsample_in_bottleneck": True,
            "embedding_size": 64,
        },
        indent=2,
    ),
    "keras.json": json.dumps({"block_type": "bottleneck_block", "stackwise_num_blocks": [3, 4, 6, 3], "classes": 10}),
    "torchvision.toml": 'base = "resnet50"\nlayers = [3, 4, 6, 3]\nwidth_per_group = 128\nreplace_stride_with_dilation = '
    "[false, true, true]\ninplanes = 32\n",
    "timm.toml": 'base = "resnet50"\ncardinality = 32\nstem_type = "deep"\nact_layer = "silu"\naa_layer = "avg"\n'
    'block_args = { attn_layer = "se" }\ndown_kernel_size = 3\n',
    "pyproject_like.toml": '[project]\nname = "x"\nversion = "1"\n',
    "package.json": '{"name": "x", "version": "1.0.0"}\n',
}
"""Configs of other projects."""

CODE: dict[str, str] = {
    "nets.py": '''
import warnings

import torch
from torch import nn
import torch.nn.functional as F

print("nets.py is imported")


class Unit(nn.Module):
    def __init__(self, inner, outer, stride=1, looks=False):
        super().__init__()
        self.looks = looks
        self.reduce = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outer)
        self.expand = nn.Conv2d(outer, outer, 3, 1, 1)
        self.project = nn.Conv2d(inner, outer, 1, stride) if stride > 1 or inner != outer else None

    def forward(self, x):
        y = self.expand(F.relu(self.norm(self.reduce(x))))
        if self.looks and bool(torch.isnan(y).any()):
            y = torch.zeros_like(y)
        return F.relu(y + (x if self.project is None else self.project(x)))


def net(units=2, width=16, looks=False):
    """A residual network whose modules have names of their own."""
    blocks = [Unit(width, width, looks=looks) for _ in range(units)]
    return nn.Sequential(
        nn.Conv2d(3, width, 7, 2, 3), *blocks, Unit(width, 2 * width, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(2 * width, 10),
    )


class NoBlocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3))
        self.classifier = nn.Linear(16, 4)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class Fails(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.unit = Unit(8, 8)
        self.head = nn.Linear(7, 2)

    def forward(self, x):
        x = self.unit(self.stem(x))
        return self.head(x.mean((2, 3)))


class Raises(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)

    def forward(self, x):
        self.stem(x)
        raise KeyError("no such thing")


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = net(1, 8)
        self.discarded = nn.Conv2d(3, 2, 1)
        self.spare = nn.Linear(3, 3)
        self.scale = nn.Parameter(torch.ones(4))
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x):
        self.discarded(x)
        return {"logits": self.body(x), "copies": [x, x]}


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Conv2d(3, 8, 3, padding=1)
        self.depth = nn.Conv2d(1, 8, 3, padding=1)
        self.unit = Unit(8, 8)

    def forward(self, image, depth):
        return self.unit(self.image(image) + self.depth(depth))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(10, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, ids, *, batch):
        return {"scores": self.out(self.table(ids) + batch["more"])}


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 3, 3, padding=1)
        self.second = self.first

    def forward(self, x):
        return x + self.second(self.first(x))


class Wrong(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.shortcut = nn.Conv2d(3, 8, 1)

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


class Warns(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        warnings.warn("careful")
        return self.conv(x)


def ours(name="resnet26d", **fields):
    import resnet_inspect as ri

    return ri.build(name, **fields)


def broken(units):
    raise ValueError(f"no {units} units")


instance = NoBlocks()
number = 3
''',
    "raises.py": "import json\n\njson.loads('{')\n",
    "syntax.py": "def net(:\n",
}
"""Code that is named as ``nets:net`` or ``nets.py:net``."""


def make_models(folder: Path) -> None:
    """Write every file that the single cases read: all but those of the flows, which have folders of their own."""
    write(folder, CONFIGS | CODE)
    for name, files in {"checked": CHECKED, "broken": BROKEN, "foreign": FOREIGN}.items():
        write(folder / name, files)
    write(folder / "hf", {"config.json": json.dumps({"model_type": "resnet", "embedding_size": 8,
                                                     "hidden_sizes": [8, 16], "depths": [1, 2], "num_labels": 3})})  # fmt: skip
    (folder / "nothing").mkdir()
    make_weights(folder)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts to files; latin.toml is no UTF-8."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1" if "latin" in name else "utf-8"))


def make_weights(folder: Path) -> None:
    """Write files of weights without values to speak of."""
    import torch

    wholes = {
        "r50.safetensors": shapes_of("resnet50"),
        "r18.safetensors": shapes_of("resnet18"),
        "r34_a.safetensors": shapes_of("resnet34_a"),
        "pruned.safetensors": shapes_of("ecaresnet50d_pruned"),
        "preact.safetensors": shapes_of("resnetv2_50x1_bit"),
        "mine.safetensors": shapes_of("net.toml", folder),
        "ten.safetensors": shapes_of({"base": "resnet50", "num_classes": 10}),
        "hf.safetensors": as_transformers(shapes_of("resnet18")),
        "detectron2.safetensors": prefixed("backbone.bottom_up.", as_detectron2(without(shapes_of("resnet50"), "fc."))),
        "ddp.safetensors": prefixed("module.", shapes_of("resnet18")),
        "odd.safetensors": {
            **shapes_of("resnet18"),
            "layer1.0.conv1.bias": (64,),
            "layer2.0.bn1.weight": (7,),
            "queue\x1b[31m": (3,),
        },
        "counterless.safetensors": without(shapes_of("resnet18"), "num_batches_tracked"),
        "two.safetensors": {**prefixed("a.", shapes_of("resnet18")), **prefixed("b.", shapes_of("resnet34"))},
        "other.safetensors": {"features.conv0.weight": (64, 3, 7, 7), "features.conv0.bias": (64,)},
        "nets.safetensors": {"0.weight": (16, 3, 7, 7), "0.bias": (16,), "1.reduce.weight": (16, 16, 3, 3), "x": (2,)},
    }
    for name, shapes in wholes.items():
        write_safetensors(folder / name, shapes)
    write_shards(folder / "sharded", shapes_of("resnet18"))
    write_shards(folder / "shard_gone", shapes_of("resnet18"))
    (folder / "shard_gone" / "model-2.safetensors").unlink()

    small = {name: torch.zeros(shape) for name, shape in shapes_of("resnet20_cifar").items()}
    mine = {name: torch.zeros(shape, dtype=torch.float16) for name, shape in shapes_of("net.toml", folder).items()}
    torch.save(small, folder / "cifar.pth")
    torch.save([small], folder / "list.pth")
    torch.save({"epoch": 3, "state_dict": prefixed("module.", mine), "state_dict_ema": mine}, folder / "training.pth")
    torch.save(mine, folder / "old.pt", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), folder / "module.pth")
    torch.save({"epoch": 3}, folder / "no_tensors.pth")
    (folder / "text.pth").write_text("not weights\n")
    (folder / "empty.pth").write_bytes(b"")
    (folder / "cut.safetensors").write_bytes((folder / "r18.safetensors").read_bytes()[:5_000])
    (folder / "cut.pth").write_bytes((folder / "cifar.pth").read_bytes()[:20_000])


def make_their_weights(folder: Path) -> None:
    """Write theirs.pth: the weights of net.toml as a training checkpoint, with one tensor that is of something else."""
    import torch

    torch.manual_seed(0)
    shapes = prefixed("module.", as_detectron2(shapes_of("net.toml", folder)))
    tensors = {name: torch.rand(shape) for name, shape in shapes.items()}
    torch.save({"state_dict": {**tensors, "module.queue": torch.ones(3)}, "epoch": 4}, folder / "theirs.pth")


def shapes_of(source: Any, folder: Path | None = None) -> Shapes:
    """Return the names and shapes of a model's tensors, in order."""
    import resnet_inspect as ri

    config = ri.load(source if folder is None else folder / source)
    return {name: tuple(tensor.shape) for name, tensor in ri.build(config).state_dict().items()}


def without(shapes: Shapes, part: str) -> Shapes:
    """Return the shapes but those whose names contain ``part``."""
    return {name: shape for name, shape in shapes.items() if part not in name}


def prefixed(prefix: str, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tensors, with a prefix before each name."""
    return {prefix + name: value for name, value in tensors.items()}


def as_detectron2(shapes: Shapes) -> Shapes:
    """Return shapes under Detectron2's names."""
    rules = (
        (r"^layer(\d)\.", lambda match: f"res{int(match[1]) + 1}."),
        (r"^(conv1|bn1)\.", r"stem.\1."),
        (r"\bbn(\d)\.", r"conv\1.norm."),
        (r"downsample\.0\.", "shortcut."),
        (r"downsample\.1\.", "shortcut.norm."),
    )
    return _renamed(shapes, rules)


def as_transformers(shapes: Shapes) -> Shapes:
    """Return the shapes of a network of basic blocks under the names of Hugging Face transformers."""
    rules = (
        (r"^conv1\.", "resnet.embedder.embedder.convolution."),
        (r"^bn1\.", "resnet.embedder.embedder.normalization."),
        (r"^layer(\d)\.(\d)\.", lambda match: f"resnet.encoder.stages.{int(match[1]) - 1}.layers.{match[2]}."),
        (r"\.conv(\d)\.", lambda match: f".layer.{int(match[1]) - 1}.convolution."),
        (r"\.bn(\d)\.", lambda match: f".layer.{int(match[1]) - 1}.normalization."),
        (r"downsample\.0\.", "shortcut.convolution."),
        (r"downsample\.1\.", "shortcut.normalization."),
        (r"^fc\.", "classifier.1."),
    )
    return _renamed(shapes, rules)


def _renamed(shapes: Shapes, rules: tuple[tuple[str, Any], ...]) -> Shapes:
    renamed = {}
    for name, shape in shapes.items():
        new = name
        for pattern, replacement in rules:
            new = re.sub(pattern, replacement, new)
        renamed[new] = shape
    return renamed


def write_safetensors(path: Path, shapes: Shapes) -> None:
    """Write float32 tensors, all of them 0; the file is sparse where the system can do that."""
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [start, end]}
    content = json.dumps(header).encode()
    with path.open("wb") as stream:
        stream.write(len(content).to_bytes(8, "little") + content)
        stream.truncate(8 + len(content) + end)


def write_shards(folder: Path, shapes: Shapes) -> None:
    """Write two shards and their index."""
    folder.mkdir()
    names = list(shapes)
    shards = {"model-1.safetensors": names[:40], "model-2.safetensors": names[40:]}
    for shard, its_names in shards.items():
        write_safetensors(folder / shard, {name: shapes[name] for name in its_names})
    index = {"metadata": {}, "weight_map": {name: shard for shard, its_names in shards.items() for name in its_names}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
