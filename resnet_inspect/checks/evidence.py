"""What rules and expectations judge: a model, and what became of it when it was built and run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from resnet_inspect.anatomy.claims import without_source
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.anatomy.facts import Anatomy
from resnet_inspect.checks.effort import bounded
from resnet_inspect.checks.lock.held import Held
from resnet_inspect.checks.rules.facts import Facts, facts_of
from resnet_inspect.checks.targets import Naming
from resnet_inspect.config.declaration import Declaration
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Trace


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A model, run once; run again at other sizes where something asks for it.

    Attributes:
        trace, anatomy: of the run at the model's own input, or the one that was asked for; as far as it went, if it
            failed.
        run_at: traces the same model with another shape of its first input, batch included.
        config: what it is built from; ``None`` for a model that comes from no config of ours.
        claimed_name: the name whose number is to be the depth; empty where it is that of a library.
        held: what the lock says of it; ``None`` where nobody asks.
        notes: what is to be known of how it ran.
    """

    trace: Trace
    anatomy: Anatomy
    run_at: Callable[[Shape], Trace] = field(repr=False, compare=False)
    config: ResNetConfig | None = None
    claimed_name: str = ""
    held: Held | None = None
    notes: tuple[str, ...] = ()

    @property
    def declared(self) -> DeclaredEvidence | None:
        """The same, where a file declares the config; ``None`` for a model that was named itself."""
        return None

    def seen_in(self, trace: Trace) -> Self:
        """The same network in another of its runs."""
        return replace(self, trace=trace, anatomy=dissect(trace, name=self.anatomy.model))

    @cached_property
    def ran(self) -> bool:
        """Whether the forward came to its end."""
        return self.trace.failure is None

    @cached_property
    def facts(self) -> Facts:
        """What several rules ask of the run."""
        return facts_of(self.trace, self.anatomy)


@dataclass(frozen=True, kw_only=True)
class DeclaredEvidence(Evidence):
    """The model of a config's file.

    Attributes:
        declaration: the file: config, expectations, silenced codes.
        config: what it describes.
    """

    declaration: Declaration
    config: ResNetConfig

    @property
    def declared(self) -> DeclaredEvidence:
        """Itself."""
        return self


def gather(declaration: Declaration, held: Held | None = None) -> DeclaredEvidence:
    """Build a declared config on the meta device and run it."""
    from resnet_inspect.model.build import build
    from resnet_inspect.trace.recorder import trace

    config = declaration.config
    module = build(config)
    traced = trace(module, config.input_shape)
    return DeclaredEvidence(
        declaration=declaration,
        config=config,
        trace=traced,
        anatomy=dissect(traced, name=config.name),
        run_at=lambda input_shape: trace(module, input_shape),
        claimed_name=config.name,
        held=held,
    )


def gather_named(source: str, naming: Naming, held: Held | None = None) -> Evidence:
    """Find a model that somebody named, which may import code and so run it; build it and run it.

    Raises:
        RequestError: if there is no such model, or it cannot be built.
        TooMuchError: if it has too many layers.
        ModelRunError: if its forward leaves the program.
    """
    from resnet_inspect.sources.resolve import OfLibrary, form_of, resolve
    from resnet_inspect.sources.running import run_again, run_once

    found = resolve(source, naming.arguments)
    ran = run_once(bounded(found), naming.inputs)
    return Evidence(
        trace=ran.trace,
        anatomy=dissect(ran.trace, name=found.name),
        run_at=lambda shape: run_again(ran, shape),
        config=found.config,
        claimed_name="" if isinstance(form_of(source), OfLibrary) else without_source(found.name),
        held=held,
        notes=ran.notes,
    )
