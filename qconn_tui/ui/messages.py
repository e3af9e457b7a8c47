"""Messages that workers post; the screen alone acts on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from qconn_tui.loader.events import Event
    from qconn_tui.logos.drawing.encode import EncodedLogo, LogoRequest


@dataclass
class LoadEvent(Message):
    """The walk has something to tell."""

    walk: int
    """The number of the walk; a word from one that was replaced is out of date."""
    event: Event


@dataclass
class Paused(Message):
    """The tenant asked for patience; the walk goes on by itself."""

    walk: int
    until: float
    """When it goes on, on the monotonic clock."""
    reason: str


@dataclass
class LogoReady(Message):
    """A logo is there, or will not come."""

    url: str


@dataclass
class PictureReady(Message):
    """A logo is ready to be sent as pixels."""

    request: LogoRequest
    encoded: EncodedLogo


@dataclass
class Notice(Message):
    """Something was done, or could not be, in the background."""

    text: str
    is_problem: bool = False


@dataclass
class Exported(Message):
    """A file was written, or could not be."""

    text: str
    is_problem: bool = False


@dataclass
class CopyRequested(Message):
    """A text is wanted in the clipboard."""

    text: str
    label: str
    """What it is, for the word that says it arrived."""


@dataclass
class TerminalAnswered(Message):
    """The terminal has said what it can do, later than the screen could wait for."""
