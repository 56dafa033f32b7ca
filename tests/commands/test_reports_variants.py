"""Values of fields, as people read them."""

from __future__ import annotations

import pytest

from resnet_inspect.rendering.cells import value_text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "none"),
        (True, "true"),
        (16, "16"),
        ("deep", "deep"),
        ((16, 32, 64), "[16, 32, 64]"),
        (("basic", "bottleneck"), "[basic, bottleneck]"),
        (((47, 18), (52,)), "2 lists"),
    ],
)
def test_a_list_is_a_list_and_no_product(value, said):
    assert value_text(value) == said
