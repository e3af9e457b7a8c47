"""The log: one line for each event, written to the file of `--log-file` and nowhere else.

    2026-11-23T22:10:05.123+00:00 INFO qconn_tui.qlik.client GET /api/… status=200 ms=35 trace=4bf92f35 9152 bytes

Code that logs leaves secrets out; `redact` is a second safeguard. A library's message may quote anything, so only the
place of its log call is kept, and only the type and the frames of an error.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import traceback
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from qconn_tui.errors import UsageError, describe_bug
from qconn_tui.text import TEXT_LIMIT, clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = "qconn_tui"
_log = logging.getLogger(__name__)

_HIDDEN = "[…]"
_SECRET = re.compile(
    r"(?i)(?<=\bbearer )\S+|(?<=\bbasic )\S+"
    r"|(?<=cookie: ).*|(?<=authorization: ).*"
    r"|(?<=://)[^\s/@]*@"  # a proxy's password
    r"|(?<=\?)\S+"  # a query, which may hold a cursor
)


def redact(text: str) -> str:
    """The text without header values that are secret, without user info in URLs, and without query strings."""
    return _SECRET.sub(_HIDDEN, text)


@contextmanager
def logging_to(path: Path | None) -> Iterator[None]:
    """Write the log to a file while the block runs, and never to the terminal.

    Args:
        path: The file, which is appended to and gets mode 0600; None for no log.

    Raises:
        UsageError: The file cannot be written.
    """
    # Without any handler Python prints warnings, over what the screen shows.
    handler: logging.Handler = logging.NullHandler() if path is None else _open(path)
    root, ours = logging.getLogger(), logging.getLogger(_OURS)
    levels = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    ours.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
        root.removeHandler(handler)
        handler.close()


def report_bug(error: BaseException, log_file: Path | None) -> str:
    """Log an unexpected exception.

    Args:
        error: The exception.
        log_file: The file of the log, None without one.

    Returns:
        The text to print, with the exception's type and frames, but without its message and local variables.
    """
    _log.critical("This is a bug", exc_info=error)
    more = f"More is in {clean(str(log_file))}.\n" if log_file is not None else ""
    return describe_bug(error) + more


def _open(path: Path) -> logging.Handler:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)
    except OSError as error:
        reason = clean(error.strerror or type(error).__name__)
        raise UsageError(f"--log-file {clean(str(path))} cannot be written: {reason}.", "Name another file.") from None
    handler = _Handler(os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace"))
    handler.setFormatter(_Line())
    return handler


class _Handler(logging.StreamHandler[TextIO]):
    """Owns its file, and ignores errors on writing: a full disk must not disturb the screen."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Drop the line."""

    def close(self) -> None:
        """Close the file as well."""
        super().close()
        with suppress(OSError):
            self.stream.close()


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        is_ours = record.name.partition(".")[0] == _OURS
        text = redact(clean(record.getMessage(), TEXT_LIMIT)) if is_ours else f"{record.module}:{record.lineno}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{moment} {record.levelname} {clean(record.name)} {text}{_error_text(error)}"


def _error_text(error: BaseException | None) -> str:
    """The error's type and frames, innermost last, without its message and local variables."""
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f" ({type(error).__name__} at {places})"
