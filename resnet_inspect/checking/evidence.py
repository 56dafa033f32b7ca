"""The evidence that rules and expectations judge: a model, built and run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from resnet_inspect.anatomy.records import Anatomy
from resnet_inspect.checking.rules.branch_mismatch import BranchMismatch, branch_mismatches
from resnet_inspect.checking.rules.windows import Sliding, sliding_windows
from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import Trace

if TYPE_CHECKING:
    from resnet_inspect.checking.lock.entry import LockedEntry
    from resnet_inspect.checking.targets import NamedModelOptions
    from resnet_inspect.configs.declaration import Declaration
    from resnet_inspect.configs.schema import ResNetConfig


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A model and its run, which a rule can repeat at another size.

    Attributes:
        trace, anatomy: the run at the requested input, by default the model's own; up to the failure if it failed.
        run_at: function that traces the model with another shape of its first input, batch included.
        config: the config that it is built from; ``None`` for a model that is not built from a config.
        claimed_name: the name whose number should be the depth; empty for a model of a library.
        entry: its entry in the lock; ``None`` without a lock.
        notes: remarks on how it ran.
    """

    trace: Trace
    anatomy: Anatomy
    run_at: Callable[[Shape], Trace] = field(repr=False, compare=False)
    config: ResNetConfig | None = None
    claimed_name: str = ""
    entry: LockedEntry | None = None
    notes: tuple[str, ...] = ()

    @property
    def declared(self) -> DeclaredEvidence | None:
        """This evidence, if it is that of a config file; ``None`` for a named model."""
        return None

    def seen_in(self, trace: Trace) -> Self:
        """Return the evidence of another run of this network."""
        from resnet_inspect.anatomy.dissect import dissect

        return replace(self, trace=trace, anatomy=dissect(trace, name=self.anatomy.model))

    @cached_property
    def ran(self) -> bool:
        """``True`` if the forward succeeded."""
        return self.trace.failure is None

    @cached_property
    def windows(self) -> tuple[Sliding, ...]:
        """Every sliding window, in running order; empty if the forward failed."""
        return tuple(sliding_windows(self.trace, self.anatomy)) if self.ran else ()

    @cached_property
    def strided(self) -> tuple[Sliding, ...]:
        """The windows of the stem and the main branches that have a stride."""
        return tuple(found for found in self.windows if found.layer.strided and found.layer.role in {"stem", "main"})

    @cached_property
    def mismatches(self) -> tuple[BranchMismatch, ...]:
        """Residual additions whose branches differ in shape or stride, including one that failed."""
        return tuple(branch_mismatches(self.trace, self.anatomy))


@dataclass(frozen=True, kw_only=True)
class DeclaredEvidence(Evidence):
    """The evidence of a config file.

    Attributes:
        declaration: the file: config, expectations, ignored codes.
        config: the config that it declares.
    """

    declaration: Declaration
    config: ResNetConfig

    @property
    def declared(self) -> DeclaredEvidence:
        """This evidence itself."""
        return self


def gather(declaration: Declaration, entry: LockedEntry | None = None) -> DeclaredEvidence:
    """Build a declared config on the meta device and run it."""
    from resnet_inspect.anatomy.dissect import dissect
    from resnet_inspect.model.build import build
    from resnet_inspect.tracing.recorder import trace

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
        entry=entry,
    )


def gather_named(source: str, options: NamedModelOptions, entry: LockedEntry | None = None) -> Evidence:
    """Find, build and run a model by its name, which may import the user's code and so run it.

    Raises:
        RequestError: if there is no such model, or it cannot be built.
        TooMuchError: if it has too many layers.
        ModelRunError: if its forward exits the program.
    """
    from resnet_inspect.anatomy.depth_in_name import strip_source
    from resnet_inspect.anatomy.dissect import dissect
    from resnet_inspect.checking.budget import bounded
    from resnet_inspect.sources.resolve import LibraryName, parse_model_name, resolve
    from resnet_inspect.sources.running import rerun_model, run_model

    found = resolve(source, options.arguments)
    run = run_model(bounded(found), options.inputs)
    return Evidence(
        trace=run.trace,
        anatomy=dissect(run.trace, name=found.name),
        run_at=lambda shape: rerun_model(run, shape),
        config=found.config,
        claimed_name="" if isinstance(parse_model_name(source), LibraryName) else strip_source(found.name),
        entry=entry,
        notes=run.notes,
    )
