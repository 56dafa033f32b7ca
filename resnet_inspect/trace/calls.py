"""Which module is at work, and which calls of modules there were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from typing import Any

from torch import nn

from resnet_inspect.trace.nested import first_shape
from resnet_inspect.trace.records import Call


class Calls:
    """Writes a ``Call`` for every call of a module's forward, those that raise included.

    Attributes:
        at_work: dotted path of the innermost module at work.
    """

    def __init__(self, ops: Sized) -> None:
        self.at_work = ""
        self._ops = ops
        self._calls: list[Call | None] = []
        self._error: BaseException | None = None
        self._raised_in = ""

    def watch(self, modules: Iterable[tuple[str, nn.Module]]) -> None:
        """Wrap every forward, inside ``same_modules``, which takes the wrappers off again.

        Forward hooks would tell less (not the calls that raise, nor those of ``module.forward`` itself) and cost more:
        with any hook at all, torch takes a slow way through every call.
        """
        for path, module in modules:
            forward = getattr(module, "forward", None)
            if forward is not None:
                vars(module)["forward"] = _Watched(forward, path, self)

    def finished(self) -> tuple[Call, ...]:
        """Every call, in the order in which they began."""
        return tuple(call for call in self._calls if call is not None)

    def raised_in(self, error: BaseException) -> str:
        """Dotted path of the innermost module that ``error`` passed through."""
        return self._raised_in if error is self._error else ""

    def forget_error(self) -> None:
        """An error holds on to every frame that it passed through, and these to this object."""
        self._error = None

    def note(self, forward: Callable[..., Any], path: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the forward of the module at ``path``."""
        caller, place, first = self.at_work, len(self._calls), len(self._ops)
        self._calls.append(None)
        self.at_work = path
        output = None
        try:
            output = forward(*args, **kwargs)
        except BaseException as error:
            if error is not self._error:
                self._error, self._raised_in = error, path
            raise
        finally:
            self.at_work = caller
            given = first_shape(args) if args else first_shape(kwargs)
            self._calls[place] = Call(path, first, len(self._ops), given, first_shape(output))
        return output


class _Watched:
    """A forward whose calls are noted; ``__wrapped__`` makes its signature the forward's own."""

    __slots__ = ("__wrapped__", "_calls", "_path")

    def __init__(self, forward: Callable[..., Any], path: str, calls: Calls) -> None:
        self.__wrapped__ = forward
        self._path = path
        self._calls = calls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._calls.note(self.__wrapped__, self._path, args, kwargs)
