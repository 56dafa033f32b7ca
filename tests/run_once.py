"""What running a config shows, for tests of what is made of it: each config is built and run once."""

from __future__ import annotations

import functools
from dataclasses import replace
from types import SimpleNamespace

from resnet_inspect.checking.evidence import DeclaredEvidence, gather
from resnet_inspect.configs.declaration import Declaration
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.pipeline import RunOptions, Subject, examine_spec
from resnet_inspect.shapes import Shape
from resnet_inspect.sources.model_spec import ModelSpec
from resnet_inspect.sources.resolve import spec_of_config


def gathered(declaration: Declaration, entry: object = None) -> DeclaredEvidence:
    """What ``gather`` returns."""
    return replace(_first_run(declaration.config), declaration=declaration, entry=entry)


@functools.lru_cache(maxsize=200)
def _first_run(config: ResNetConfig) -> DeclaredEvidence:
    evidence = gather(SimpleNamespace(config=config))
    return replace(evidence, run_at=functools.cache(evidence.run_at))


def examined(spec: ModelSpec, run: RunOptions) -> Subject:
    """What ``examine_spec`` returns; whatever is not built from a config, or gets inputs of its own, is run each time."""
    if spec.config is None or spec.given or run.inputs or run.device not in {"auto", "meta"}:
        return examine_spec(spec, run)
    return _first_look(spec.name, spec.config, run.input_shape, run.device)


@functools.lru_cache(maxsize=100)
def _first_look(name: str, config: ResNetConfig, input_shape: Shape | None, device: str) -> Subject:
    spec = replace(spec_of_config(config), name=name)
    return examine_spec(spec, RunOptions(input_shape=input_shape, device=device))
