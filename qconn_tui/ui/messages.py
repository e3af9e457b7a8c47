"""Messages that workers and the driver post; only screens and the application act on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from qconn_tui.loader.events import Event
    from qconn_tui.logos.drawing.encode import EncodedLogo, LogoRequest


@dataclass
class LoadEvent(Message):
    """The walk has an event for the screen."""

    walk: int
    """The number of the walk; an event from one that was replaced is out of date."""
    event: Event


@dataclass
class Paused(Message):
    """The tenant asked to wait; the walk goes on by itself."""

    walk: int
    until: float
    """When it goes on, on the monotonic clock."""
    reason: str


@dataclass
class LogoReady(Message):
    """A logo has been fetched, or was refused."""

    url: str


@dataclass
class PictureReady(Message):
    """A logo has been encoded, to be sent as pixels."""

    request: LogoRequest
    encoded: EncodedLogo


@dataclass
class Notice(Message):
    """A sentence for the user about work in the background."""

    text: str
    is_problem: bool = False


@dataclass
class Exported(Message):
    """A file was written, or could not be."""

    text: str
    is_problem: bool = False


@dataclass
class CopyRequested(Message):
    """The user wants a text in the clipboard."""

    text: str
    label: str
    """What the text is, for the notice about it."""


@dataclass
class TerminalAnswered(Message):
    """The terminal has answered what it can do, after the application was made."""
