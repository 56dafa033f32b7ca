"""The changes of H and W on the main path: their arithmetic, and sentences about strides and padding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.names import is_pad, is_resampling
from resnet_inspect.anatomy.records import Anatomy, Layer


@dataclass(frozen=True, slots=True)
class SizeStep:
    """A change of H or W by a layer on the main path.

    Attributes:
        layer: name of the layer.
        axis: ``h``, ``w``, or ``h, w`` if both change in the same way.
        formula: ``⌊(224 + 2·3 − 7)/2⌋ + 1 = 112``; ``112 + 2 = 114`` for an operation that only pads.
        before, after: lengths of the axis in pixels.
        by_stride: whether the cause is a stride; otherwise, padding removes or adds pixels.
        by_border: whether the layer only pads, for a window without padding of its own.
        by_resampling: whether the layer is an interpolation or a transposed convolution.
    """

    layer: str
    axis: str
    formula: str
    before: int
    after: int
    by_stride: bool
    by_border: bool
    by_resampling: bool


def size_steps(anatomy: Anatomy) -> tuple[SizeStep, ...]:
    """Return the changes on the main path, in running order."""
    return tuple(step for layer in _resizing(anatomy) for step in _size_steps(layer))


def spreads(layer: Layer) -> bool:
    """Return whether a layer has a kernel larger than one pixel."""
    return layer.kernel is not None and not layer.adaptive and max(layer.kernel) > 1


def _on_main_path(layer: Layer) -> bool:
    return layer.role in {"stem", "main", "head"} and not layer.adaptive


def _resizing(anatomy: Anatomy) -> list[Layer]:
    """Return the layers on the main path that can change H and W: those with windows, pads, and resamplings."""
    return [
        layer
        for layer in anatomy.operations
        if _on_main_path(layer) and (layer.kernel or is_pad(str(layer.op)) or is_resampling(str(layer.op)))
    ]


def _size_steps(layer: Layer) -> Iterator[SizeStep]:
    """Yield a change for each axis, or one for both axes if they change in the same way."""
    resampled = is_resampling(str(layer.op))
    window = (layer.kernel, layer.stride, layer.padding, layer.dilation) if layer.kernel else ()
    axes = list(zip(layer.input_shape[2:], layer.output_shape[2:], *(part or () for part in window), strict=False))
    alike = len(axes) == 2 and len(set(axes)) == 1
    for name, (before, after, *geometry) in zip("hw" if len(axes) == 2 else "xyz", axes, strict=False):
        if before != after:
            if resampled:
                text = _enlarged(before, after, *geometry)
            else:
                text = _formula(before, *geometry, ceil_mode=layer.ceil_mode) if geometry else _border(before, after)
            yield SizeStep(
                layer=layer.name,
                axis="h, w" if alike else name,
                formula=f"{text} = {after}",
                before=before,
                after=after,
                by_stride=bool(geometry) and geometry[1] > 1 and not resampled,
                by_border=not (geometry or resampled),
                by_resampling=resampled,
            )
            if alike:
                return


def _border(before: int, after: int) -> str:
    return f"{before} {'+' if after > before else '−'} {abs(after - before)}"


def _enlarged(before: int, after: int, *geometry: int) -> str:
    """Return ``7 · 2``; for a transposed convolution ``(7 − 1)·2 − 2·1 + 3 + 1``, where 1 is the output padding."""
    if not geometry:
        return f"{before} · {after // before}" if after % before == 0 else f"{before} · {after / before:.4g}"
    kernel, stride, padding, dilation = geometry
    reach = dilation * (kernel - 1) + 1
    extra = after - (before - 1) * stride + 2 * padding - reach
    return f"({before} − 1)·{stride} − 2·{padding} + {reach}" + (f" + {extra}" if extra else "")


def _formula(length: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil_mode: bool) -> str:
    reach = f"{dilation}·({kernel} − 1) − 1" if dilation > 1 else str(kernel)
    opening, closing = "⌈⌉" if ceil_mode else "⌊⌋"
    steps = -((length + 2 * padding - dilation * (kernel - 1) - 1) // -stride)
    # A pool that rounds up skips a last window that would start in the padding.
    end = "" if ceil_mode and steps * stride >= length + padding else " + 1"
    return f"{opening}({length} + 2·{padding} − {reach})/{stride}{closing}{end}"


def observations(anatomy: Anatomy, sizes: Sequence[SizeStep]) -> Iterator[str]:
    """Describe which layers halve H and W, whether padding keeps the size elsewhere, and the exceptions."""
    steps = [(before, step) for before, step in _without_borders(sizes) if not step.by_resampling]
    strides = [(before, step) for before, step in steps if step.by_stride]
    halving = {layer.name for layer in anatomy.layers if layer.stride and max(layer.stride) == 2}
    uneven = [(before, step) for before, step in strides if step.layer not in halving or step.after != -(-before // 2)]
    if strides and not uneven:
        layers = dict.fromkeys(step.layer for _, step in strides)
        yield f"every halving is done by a stride of 2: {', '.join(layers)}"
    for before, step in uneven:
        yield f"{step.layer} takes {before} to {step.after}, which is not a halving by a stride of 2"
    slipping = [(before, step) for before, step in steps if not step.by_stride and step.after != before]
    for before, step in slipping:
        yield f"{step.layer} takes {before} to {step.after} at stride 1: its padding does not keep the size"
    grown = list(dict.fromkeys(step.layer for step in sizes if step.by_resampling and step.after > step.before))
    if grown:
        yield f"H and W grow at {', '.join(grown)}"
    kept = [layer for layer in anatomy.layers if _on_main_path(layer) and spreads(layer) and not layer.strided]
    if kept and not slipping:
        layers_with = f"all {len(kept)} layers with" if len(kept) > 1 else "the one layer with"
        yield f"at stride 1, padding keeps the size in {layers_with} a kernel larger than 1×1"
    for role, where in (("main", "the main branches"), ("shortcut", "the shortcuts")):
        skipping = [layer.name for layer in anatomy.layers if layer.role == role and _skips_pixels(layer)]
        if skipping:
            reads = "a 1×1 convolution of stride 2 reads a quarter of its input's pixels"
            yield f"{reads}: on {where} {', '.join(skipping)}"


def _without_borders(sizes: Sequence[SizeStep]) -> Iterator[tuple[int, SizeStep]]:
    """Yield the changes that are not borders, each with the length before the borders that precede it."""
    bare: dict[str, int] = {}
    for step in sizes:
        axes = step.axis.split(", ")
        if step.by_border:
            bare |= {axis: bare.get(axis, step.before) for axis in axes}
        else:
            starts = [bare.pop(axis, step.before) for axis in axes]
            yield starts[0], step


def _skips_pixels(layer: Layer) -> bool:
    return layer.kernel == (1, 1) and layer.stride == (2, 2)
