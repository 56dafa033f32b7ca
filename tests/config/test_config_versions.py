"""v1 and v1.5, and where the stride is."""

from __future__ import annotations

from typing import get_args

from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.config.versions import STRIDE_IN, VERSION_OF, StrideIn, Version


def test_every_version_has_its_place_and_every_place_its_version():
    assert {"v1": "1x1", "v1.5": "3x3"} == STRIDE_IN
    assert set(STRIDE_IN) == set(get_args(Version))
    assert (
        set(VERSION_OF) == set(get_args(StrideIn)) == set(get_args(ResNetConfig.model_fields["stride_in"].annotation))
    )
    assert all(STRIDE_IN[version] == place for place, version in VERSION_OF.items())
