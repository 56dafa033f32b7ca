"""What an error says."""

from __future__ import annotations

import pytest

from resnet_inspect.errors import RequestError, reason_of, unusable_device


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


class SpeechlessError(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file or directory", "net.toml"), "No such file or directory"),
        (OSError(None, "it is busy"), "it is busy"),
        (OSError("no number"), "no number"),
        (RuntimeError("a loop of links"), "a loop of links"),
        (SpeechlessError(), ""),
    ],
)
def test_a_reason_is_without_number_and_path(error, said):
    assert reason_of(error) == said
