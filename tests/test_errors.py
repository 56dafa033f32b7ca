"""What an error says."""

from __future__ import annotations

import pytest

from resnet_inspect.errors import RequestError, unusable_device


@pytest.mark.parametrize(
    ("cause", "what", "said"),
    [
        (RuntimeError("no driver\nmore of it"), "", "device 'cuda' cannot be used: no driver; use meta or cpu"),
        (AssertionError(), "my net", "device 'cuda' cannot be used for my net: AssertionError; use meta or cpu"),
    ],
)
def test_a_device_is_refused_in_the_first_line_of_torchs_words(cause, what, said):
    error = unusable_device("cuda", cause, what)
    assert isinstance(error, RequestError)
    assert str(error) == said
