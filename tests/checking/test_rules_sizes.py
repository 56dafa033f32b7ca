"""What layers see of the image: receptive field, padding, the stem before a small image."""

from __future__ import annotations

import pytest

from resnet_inspect.checking.registry import RULES

FIELD, PADDING, STEM = (RULES[code] for code in ("RI131", "RI132", "RI133"))


@pytest.mark.parametrize(
    ("text", "sees"),
    [
        ('base = "resnet26"', "195×195 of the 224×224"),
        ('base = "resnet50"\ninput_size = [448, 224]', "427×427 of the 448×224"),
        ('base = "resnet18"\ninput_size = [512, 512]', "435×435 of the 512×512"),
        ('base = "resnet50"\ninput_size = [427, 427]', None),
        ('base = "resnet50"\ninput_size = [428, 427]', "427×427 of the 428×427"),
    ],
)
def test_receptive_field(judged, text, sees):
    found = judged(FIELD, text + "\n")
    assert (sees is None) is (found == [])
    assert sees is None or f"sees {sees} input" in found[0].message


@pytest.mark.parametrize(
    ("text", "count", "worst"),
    [
        # The strided 3x3 of layer5 reads 3x3 pixels from 2x2 places, 16 of 36 taps; the second block 2x2, 16 of 36.
        ('base = "resnet50"\ninput_size = [65, 65]\nstage_blocks = [2, 2, 2, 2, 2]', 2, "56 % of its taps"),
        # The same at layer5.0.conv2 and, from 2x2 to one pixel, at layer6.0.conv1; behind it one tap of nine is inside.
        (
            'base = "resnet18"\ninput_size = [65, 65]\nstage_blocks = [1, 1, 1, 1, 1, 1, 1]',
            6,
            "layer6.0.conv2 at 1×1: 89 % of its taps",
        ),
        # Dilated by 4 over 7x7 pixels: 13 of 21 taps along each axis.
        ('base = "resnet50"\ninput_size = [56, 112]\noutput_stride = 8', 0, ""),
        ('base = "resnet50"', 0, ""),
        ('base = "resnet50"\ninput_size = [96, 96]', 0, ""),
        ('base = "resnet20_cifar"', 0, ""),
    ],
)
def test_taps_on_padding(judged, text, count, worst):
    found = judged(PADDING, text + "\n")
    assert [finding.message.split()[0] for finding in found] == ([str(count)] if count else [])
    assert not count or worst in found[0].message


@pytest.mark.parametrize(
    ("size", "pool", "stride", "found_at"),
    [
        ((32, 32), "max", 2, "8×8"),
        ((64, 64), "max", 2, "16×16"),
        ((64, 40), "max", 2, "16×10"),
        ((64, 65), "max", 2, None),
        ((64, 1000), "max", 2, None),
        ((1000, 32), "max", 2, None),
        ((65, 65), "max", 2, None),
        ((32, 32), "none", 2, None),
        ((32, 32), "none", 1, None),
        ((32, 32), "none", 4, "8×8"),
    ],
)
def test_stems_before_small_images(judged, size, pool, stride, found_at):
    text = f'base = "resnet18"\ninput_size = {list(size)}\nstem_pool = "{pool}"\nstem_stride = {stride}\n'
    found = judged(STEM, text)
    assert bool(found) is (found_at is not None)
    assert not found or f"to {found_at} before the first block" in found[0].message


@pytest.mark.parametrize(("size", "found"), [([64, 1000], False), ([32, 1000], True)])
def test_a_strip_is_judged_by_what_is_left_of_it(judged, size, found):
    """A spectrogram is no small image; of 32 rows, one is left, and a 3×3 window over it reads two of padding."""
    text = f'base = "resnet34"\ninput_size = {size}\n'
    assert judged(STEM, text) == []
    assert bool(judged(PADDING, text)) is found


@pytest.mark.parametrize(("blocks", "words"), [("2, 1", "1 convolution reads"), ("2, 2", "2 convolutions read")])
def test_one_convolution_is_one(judged, blocks, words):
    text = f'base = "resnet50"\ninput_size = [65, 65]\nstage_blocks = [2, 2, 2, {blocks}]\n'
    assert judged(PADDING, f"{text}")[0].message.startswith(f"{words} more padding than image, layer5.0.conv2 at 3×3")


def test_one_cause_is_one_finding(judged):
    """ResNet-18 at 32×32 convolves padding in its last stage because its stem is too coarse."""
    text = 'base = "resnet18"\ninput_size = [32, 32]\n'
    (found,) = judged(STEM, text)
    assert "stage4 works on 1×1" in found.why
    assert judged(PADDING, text) == []
