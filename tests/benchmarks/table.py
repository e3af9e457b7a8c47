"""The results as one table: for the terminal, and for the README."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEADINGS = ("Measured", "Ours", "Against", "Theirs", "Ratio", "Budget", "Met")


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table."""

    what: str
    """What was measured."""
    unit: str
    """Its unit: `ms`, `s`, `kB`, `MB`, `B` or nothing."""
    ours: float
    """The program's value."""
    against: str = ""
    """Who else does it."""
    theirs: float | None = None
    """Their value; None when they are not installed, or nobody else does it."""
    ratio: float | None = None
    """The budget: at most so many times theirs."""
    limit: float | None = None
    """The budget: at most this, in `unit`."""

    @property
    def is_met(self) -> bool | None:
        """Whether the budget is met; None when there is none, or nothing to compare with."""
        if self.limit is not None:
            return self.ours <= self.limit
        if self.ratio is None or self.theirs is None:
            return None
        return self.ours <= self.ratio * self.theirs

    def cells(self) -> tuple[str, ...]:
        """What stands under the headings."""
        budget = f"≤ {self.ratio:.1f}x" if self.ratio is not None else ""
        if self.limit is not None:
            budget = f"≤ {_number(self.limit, self.unit)}"
        theirs = _number(self.theirs, self.unit) if self.theirs is not None else "not installed" if self.against else ""
        ratio = f"{self.ours / self.theirs:.2f}x" if self.theirs else ""
        met = {True: "yes", False: "NO", None: ""}[self.is_met]
        return self.what, _number(self.ours, self.unit), self.against, theirs, ratio, budget, met


def compared(
    what: str,
    unit: str,
    ours: Iterable[float],
    against: str = "",
    theirs: Iterable[float] = (),
    *,
    ratio: float | None = None,
    limit: float | None = None,
) -> Result:
    """The row for two series of samples, by their medians; `theirs` is empty for a peer that is not installed."""
    others = list(theirs)
    other = median(others) if others else None
    return Result(what, unit, median(ours), against, other, ratio, limit)


def as_text(results: Sequence[Result]) -> str:
    """The table for a terminal."""
    rows = [HEADINGS, *(result.cells() for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_markdown(results: Sequence[Result]) -> str:
    """The table for a page."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(result.cells() for result in results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 20 or value == int(value) else 1 if value >= 2 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
