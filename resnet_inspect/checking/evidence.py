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
    """A model, run once; run again at other sizes where a rule asks for it.

    Attributes:
        trace, anatomy: of the run at the model's own input, or the one that was asked for; as far as it went, if it
            failed.
        run_at: traces the model with another shape of its first input, batch included.
        config: what it is built from; ``None`` for a model that comes from no config of ours.
        claimed_name: the name whose number is to be the depth; empty where it is that of a library.
        entry: what the lock says of it; ``None`` without a lock.
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
        """This evidence, where a file declares the config; ``None`` for a model that was named itself."""
        return None

    def seen_in(self, trace: Trace) -> Self:
        """Return the evidence of another run of this network."""
        from resnet_inspect.anatomy.dissect import dissect

        return replace(self, trace=trace, anatomy=dissect(trace, name=self.anatomy.model))

    @cached_property
    def ran(self) -> bool:
        """Whether the forward came to its end."""
        return self.trace.failure is None

    @cached_property
    def windows(self) -> tuple[Sliding, ...]:
        """Every sliding window, in running order; none if the forward failed, because rules judge what ran."""
        return tuple(sliding_windows(self.trace, self.anatomy)) if self.ran else ()

    @cached_property
    def strided(self) -> tuple[Sliding, ...]:
        """The windows of the stem and the main branches that take fewer pixels than they are given."""
        return tuple(found for found in self.windows if found.layer.strided and found.layer.role in {"stem", "main"})

    @cached_property
    def mismatches(self) -> tuple[BranchMismatch, ...]:
        """Residual additions whose branches do not fit together, the one that failed included."""
        return tuple(branch_mismatches(self.trace, self.anatomy))


@dataclass(frozen=True, kw_only=True)
class DeclaredEvidence(Evidence):
    """The model of a config's file.

    Attributes:
        declaration: the file: config, expectations, ignored codes.
        config: what it describes.
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
    """Find a model that somebody named, which may import code and so run it; build it and run it.

    Raises:
        RequestError: if there is no such model, or it cannot be built.
        TooMuchError: if it has too many layers.
        ModelRunError: if its forward leaves the program.
    """
    from resnet_inspect.anatomy.depth_in_name import strip_source
    from resnet_inspect.anatomy.dissect import dissect
    from resnet_inspect.checking.budget import bounded
    from resnet_inspect.sources.resolve import LibraryName, parse_model_name, resolve
    from resnet_inspect.sources.running import rerun_model, run_model

    found = resolve(source, options.arguments)
    ran = run_model(bounded(found), options.inputs)
    return Evidence(
        trace=ran.trace,
        anatomy=dissect(ran.trace, name=found.name),
        run_at=lambda shape: rerun_model(ran, shape),
        config=found.config,
        claimed_name="" if isinstance(parse_model_name(source), LibraryName) else strip_source(found.name),
        entry=entry,
        notes=ran.notes,
    )
