"""What `doctor` finds: one line each, with the next step."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qconn_tui.text import TEXT_LIMIT, clean

if TYPE_CHECKING:
    from qconn_tui.errors import QconnError


class Level(enum.Enum):
    """How bad it is; the value is the word for it."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    level: Level
    """How bad it is."""
    what: str
    """What was found."""
    advice: str = ""
    """What to do about it."""
    exit_code: int = 0
    """The exit status that a problem asks for, as errors do."""

    def __str__(self) -> str:
        said = f"{self.what} · {self.advice}" if self.advice else self.what
        # Some of it stood in the environment, in a file or in an answer.
        return f"{self.level.value:<7}  {clean(said, TEXT_LIMIT)}"


def ok(what: str) -> Finding:
    """What is as it should be."""
    return Finding(Level.OK, what)


def note(what: str, advice: str = "") -> Finding:
    """What is worth a word, and keeps nothing from working."""
    return Finding(Level.NOTE, what, advice)


def problem(error: QconnError) -> Finding:
    """The finding that an error is, with what the tenant said."""
    details = f" ({'; '.join(error.details())})" if error.details() else ""
    return Finding(Level.PROBLEM, error.summary.rstrip(".") + details, error.advice.rstrip("."), error.exit_code)
