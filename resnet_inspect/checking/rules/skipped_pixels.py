"""RI112 to RI114: windows that skip pixels."""

from collections.abc import Iterator, Sequence
from math import prod

from resnet_inspect.anatomy.records import Layer
from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.rules.windows import Sliding, positions_read, stage_number
from resnet_inspect.configs.positions import FieldPath


def _shortcut_skips(evidence: Evidence) -> Iterator[Finding]:
    shortcuts = [found for found in evidence.windows if found.layer.role == "shortcut" and _skips(found)]
    if shortcuts:
        alternative = "avg_down = true" if evidence.config else "an average pool before a 1×1 convolution of stride 1"
        yield _skipping(shortcuts, ("avg_down",), f"{alternative} reads every pixel")
        return
    sliced = [layer for layer in evidence.anatomy.operations if layer.op == "slice" and layer.role == "shortcut"]
    shrinking = [layer for layer in sliced if layer.input_shape[2:] != layer.output_shape[2:]]
    if shrinking and evidence.ran:
        yield _slicing(shrinking)


def _slicing(slices: Sequence[Layer]) -> Finding:
    """Return the finding for shortcuts of option A, which slices H, then W."""
    module = slices[0].module
    own = [layer for layer in slices if layer.module == module]
    read, given = prod(own[-1].output_shape[2:]), prod(own[0].input_shape[2:])
    others = len({layer.module for layer in slices}) - 1
    names = f"{module} and {others} more" if others else module
    return Finding(
        message=f"{names}: taking every {_nth(own)} pixel skips the others",
        field_path=("shortcut",),
        why=f"{module} reads {_share(read, given)}",
        layer=module,
    )


def _nth(slices: Sequence[Layer]) -> str:
    step = -(-slices[0].input_shape[2] // max(slices[-1].output_shape[2], 1))
    return {2: "second", 3: "third"}.get(step, f"{step}th")


def _first_skips(evidence: Evidence) -> Iterator[Finding]:
    found = [f for f in evidence.strided if f.layer.role == "main" and _is_pointwise(f) and _skips(f)]
    if found:
        alternative = 'stride_in = "3x3"' if evidence.config else "the stride on the 3×3 convolution"
        yield _skipping(found, ("stride_in",), f"{alternative} reads every pixel (v1.5)")


def _larger_than_kernel(evidence: Evidence) -> Iterator[Finding]:
    for found in evidence.strided:
        if _skips(found) and not (found.layer.role == "main" and _is_pointwise(found)):
            number = stage_number(found.layer)
            field: FieldPath = ("stem_stride",) if number is None else ("stage_strides", number)
            yield _skipping([found], field, "use a kernel at least as large as the stride")


def _skips(found: Sliding) -> bool:
    """Return whether there is a gap between one window and the next."""
    return any(kernel < stride for kernel, stride in zip(found.layer.kernel or (), found.stride, strict=True))


def _is_pointwise(found: Sliding) -> bool:
    return found.op.weighted and max(found.layer.kernel or (0,)) == 1


def _skipping(windows: Sequence[Sliding], field: FieldPath, hint: str) -> Finding:
    first = windows[0].layer
    shares = [f"{found.layer.name} reads {_read(found)}" for found in windows[:3]]
    more = f", and {len(windows) - 3} more likewise" if len(windows) > 3 else ""
    names = f"{first.name} and {len(windows) - 1} more" if len(windows) > 1 else first.name
    return Finding(
        message=f"{names}: {windows[0].geometry} skips pixels of the input",
        field_path=field,
        why=", ".join(shares) + more,
        hint=hint,
        layer=first.name,
    )


def _read(found: Sliding) -> str:
    read, given = prod(map(positions_read, found.axes)), prod(found.layer.input_shape[2:])
    return _share(read, given)


def _share(read: int, given: int) -> str:
    return f"{read:,} of {given:,} pixels ({100 * read / given:.0f} %)"


SHORTCUT_SKIPS = Rule(
    code="RI112",
    name="shortcut-skips-pixels",
    severity="warning",
    by_default=False,
    summary="A shortcut's 1×1 convolution of stride 2 reads a quarter of its input; so does option A, which takes "
    "every second pixel.",
    why="Three of four activations never pass through the shortcut. ResNet-D averages 2×2 pixels before the "
    "convolution instead (arXiv:1812.01187, section 4.2), at almost no cost, for about 0.3 % top-1. It is off by "
    "default because the published ResNets, torchvision's among them, are built this way, and weights are trained "
    "for it.",
    fix="Set avg_down = true, if the network is trained from scratch.",
    bad='base = "resnet50"\n',
    good='base = "resnet50"\navg_down = true\n',
    find=_shortcut_skips,
)

FIRST_SKIPS = Rule(
    code="RI113",
    name="first-convolution-skips-pixels",
    severity="warning",
    by_default=False,
    summary="The first 1×1 convolution of a bottleneck strides (v1), and reads a quarter of its input.",
    why="With a 1×1 shortcut of stride 2 beside it, three quarters of the stage's input have no influence on anything. "
    "Moving the stride to the 3×3 convolution (v1.5) reads every pixel; NVIDIA gives about +0.5 % top-1 for it, "
    "and about 5 % fewer images per second (ResNet-50 v1.5, NVIDIA DeepLearningExamples). It is off by default: v1 is "
    "the paper's network, and the weights of the authors, of Caffe and of Detectron2's MSRA models need it.",
    fix='Set stride_in = "3x3", if the network is trained from scratch or its weights are those of v1.5.',
    bad='base = "resnet50_v1"\n',
    good='base = "resnet50"\n',
    find=_first_skips,
)

LARGER_THAN_KERNEL = Rule(
    code="RI114",
    name="stride-larger-than-kernel",
    severity="warning",
    by_default=True,
    summary="A layer of the stem or of a main branch has a stride larger than its window, and leaves gaps.",
    why="A 3×3 window of stride 4 reads 9 of 16 pixels, wherever the gaps happen to fall; an image shifted by one "
    "pixel can give a different result. None of the built-in variants does so. The 1×1 convolution of v1 is left to "
    "RI113, shortcuts to RI112.",
    fix="Use a kernel at least as large as the stride, or two strides of 2 in different stages.",
    bad='base = "resnet50"\nstem_kernel = 3\nstem_stride = 4\nstem_pool = "none"\n',
    good='base = "resnet50"\nstem_kernel = 7\nstem_stride = 4\nstem_pool = "none"\n',
    find=_larger_than_kernel,
)

RULES = (SHORTCUT_SKIPS, FIRST_SKIPS, LARGER_THAN_KERNEL)
