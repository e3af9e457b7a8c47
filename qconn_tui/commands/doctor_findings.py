"""The findings of `doctor`: a line each, with the next step."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qconn_tui.text import TEXT_LIMIT, clean

if TYPE_CHECKING:
    from qconn_tui.errors import QconnError


class Level(enum.Enum):
    """How severe a finding is; the value is the word that starts its line."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    level: Level
    """How severe it is."""
    what: str
    """What was found."""
    advice: str = ""
    """What to do about it; empty when nothing needs doing."""
    exit_code: int = 0
    """The exit status of a problem, 0 for anything else."""

    def __str__(self) -> str:
        text = f"{self.what} · {self.advice}" if self.advice else self.what
        # It may quote the environment, a file or a reply.
        return f"{self.level.value:<7}  {clean(text, TEXT_LIMIT)}"


def ok(what: str) -> Finding:
    """A finding that needs nothing done."""
    return Finding(Level.OK, what)


def note(what: str, advice: str = "") -> Finding:
    """A finding that the user may want to act on, although everything works."""
    return Finding(Level.NOTE, what, advice)


def problem(error: QconnError) -> Finding:
    """The finding for an error, with the tenant's own details and the error's exit status."""
    details = f" ({'; '.join(error.details())})" if error.details() else ""
    return Finding(Level.PROBLEM, error.summary.rstrip(".") + details, error.advice.rstrip("."), error.exit_code)
