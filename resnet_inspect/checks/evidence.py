"""What rules and expectations judge: a config, and what became of it when it was built and run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.anatomy.facts import Anatomy
from resnet_inspect.checks.lock.held import Held
from resnet_inspect.checks.rules.facts import Facts, facts_of
from resnet_inspect.config.declaration import Declaration
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Trace


@dataclass(frozen=True)
class Evidence:
    """A declared config, run once; run again at other sizes where something asks for it.

    Attributes:
        declaration: the file: config, expectations, silenced codes.
        trace, anatomy: of the run at the config's own input size; as far as it went, if it failed.
        run_at: traces the same model with another input shape, batch included.
        held: what the lock says of the file; ``None`` where nobody asks.
    """

    declaration: Declaration
    trace: Trace
    anatomy: Anatomy
    run_at: Callable[[Shape], Trace] = field(repr=False, compare=False)
    held: Held | None = None

    @property
    def config(self) -> ResNetConfig:
        """The config."""
        return self.declaration.config

    def seen_in(self, trace: Trace) -> Evidence:
        """The same network in another of its runs."""
        return replace(self, trace=trace, anatomy=dissect(trace, name=self.config.name))

    @cached_property
    def ran(self) -> bool:
        """Whether the forward came to its end."""
        return self.trace.failure is None

    @cached_property
    def facts(self) -> Facts:
        """What several rules ask of the run."""
        return facts_of(self.trace, self.anatomy)


def gather(declaration: Declaration, held: Held | None = None) -> Evidence:
    """Build a declared config on the meta device and run it."""
    from resnet_inspect.model.build import build
    from resnet_inspect.trace.recorder import trace

    config = declaration.config
    module = build(config)
    traced = trace(module, config.input_shape)
    return Evidence(
        declaration=declaration,
        trace=traced,
        anatomy=dissect(traced, name=config.name),
        run_at=lambda input_shape: trace(module, input_shape),
        held=held,
    )
