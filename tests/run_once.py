"""Evidence of configs, for tests of what is made of it: each config is built and run once."""

from __future__ import annotations

import functools
from dataclasses import replace
from types import SimpleNamespace

from resnet_inspect.checking.evidence import DeclaredEvidence, gather
from resnet_inspect.configs.declaration import Declaration
from resnet_inspect.configs.schema import ResNetConfig


def gathered(declaration: Declaration, entry: object = None) -> DeclaredEvidence:
    """What ``gather`` returns."""
    return replace(_first_run(declaration.config), declaration=declaration, entry=entry)


@functools.lru_cache(maxsize=200)
def _first_run(config: ResNetConfig) -> DeclaredEvidence:
    evidence = gather(SimpleNamespace(config=config))
    return replace(evidence, run_at=functools.cache(evidence.run_at))
