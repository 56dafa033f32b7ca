"""v1 and v1.5, and where the stride is."""

from __future__ import annotations

from typing import get_args

import pytest

from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.config.versions import STRIDE_IN, VERSION_OF, StrideIn, Version, version_of
from resnet_inspect.config.words import WORDS
from resnet_inspect.errors import RequestError


def test_every_version_has_its_place_and_every_place_its_version():
    assert {"v1": "1x1", "v1.5": "3x3"} == STRIDE_IN
    assert set(STRIDE_IN) == set(get_args(Version))
    assert (
        set(VERSION_OF) == set(get_args(StrideIn)) == set(get_args(ResNetConfig.model_fields["stride_in"].annotation))
    )
    assert all(STRIDE_IN[version] == place for place, version in VERSION_OF.items())


@pytest.mark.parametrize("word", WORDS["version"])
def test_a_version_is_read_by_the_words_that_explain_it_in_a_config(word):
    meaning = WORDS["version"][word]
    if meaning.value:
        assert version_of(word) == meaning.value
        return
    with pytest.raises(RequestError) as refused:
        version_of(word)
    assert meaning.note in str(refused.value)


@pytest.mark.parametrize("written", ["v1b", "v1_5", "V1_5", "v1.5", "1.5", 1.5, "1_5", "15", " v1.5 ", "pytorch"])
def test_v1_5_is_written_in_many_ways(written):
    assert version_of(written) == "v1.5"
