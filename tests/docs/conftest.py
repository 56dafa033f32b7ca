"""Running each config once, where that is not what the tests are about."""

from __future__ import annotations

import pytest
from run_once import examined, gathered

from resnet_inspect import pipeline
from resnet_inspect.checking import judge


@pytest.fixture(autouse=True, scope="module")
def _configs_run_once():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "gather", gathered)
        patch.setattr(pipeline, "examine_spec", examined)
        yield
