"""One figure of two models side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Total:
    """A sum on both sides; ``delta`` is right minus left."""

    left: int
    right: int
    delta: int

    @classmethod
    def of(cls, left: int, right: int) -> Total:
        """Take the difference of two figures."""
        return cls(left, right, right - left)

    @property
    def percent(self) -> float | None:
        """The difference in percent of the left side; ``None`` if that is 0."""
        return 100 * self.delta / self.left if self.left else None


def signed(percent: float) -> str:
    """``+5.99``, ``−3.10``; ``0`` for nothing at all."""
    return "0" if percent == 0 else f"{percent:+.2f}".replace("-", "−")
