"""The screen: `qconn-tui` without a sub-command."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from qconn_tui import __version__
from qconn_tui.commands.connect import start_demo
from qconn_tui.errors import StoreError, UsageError
from qconn_tui.terminal.probe import Probe
from qconn_tui.terminal.profile import SLOW, profile_for

if TYPE_CHECKING:
    from qconn_tui.settings.values import Settings
    from qconn_tui.ui.output.launch_frame import LaunchFrame

_AT_HAND = 0.02
"""Seconds from asking for which an answer is worth waiting for before anything is shown."""
_NEAR = 0.05
"""Seconds from asking for which an answer is worth waiting for before Textual is loaded."""
_FRAMES_WHEN_SLOW = "15"
"""Frames per second that a line carries on which every byte is felt."""


def run(settings: Settings) -> int:
    """Browse until the person leaves; return the exit status.

    Raises `UsageError` when there is no terminal to draw on.
    """
    if sys.stdin.isatty() and sys.stdout.isatty() and not sys.stderr.isatty():
        raise UsageError(
            "The screen is drawn on standard error, which is not the terminal.",
            "Leave out `2>`; --log-file writes a log to a file.",
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError("There is no terminal to draw on.", "Use `qconn-tui ls` in a pipe or a script.")
    if os.environ.get("TERM") in (None, "", "dumb"):
        raise UsageError("TERM is unset or dumb, so nothing can be drawn.", "Use `qconn-tui ls`.")
    with Probe(os.environ, sys.stdin.fileno(), sys.stderr.fileno()) as probe:
        return _browse(settings, probe)


def _browse(settings: Settings, probe: Probe) -> int:
    launch = _launch(settings, probe)
    from qconn_tui.loader.loader import make_loader

    with ExitStack() as demo:
        if settings.demo:
            settings = start_demo(settings, demo)
        loader = make_loader(settings) if settings.server is not None else None
        if loader is not None:
            # The saved rows come from the disk while Textual is imported, and are in the first frame.
            loader.read_ahead()
        # The terminal answers while these load, and they know nothing of Textual.
        import qconn_tui.catalogue.query.query
        import qconn_tui.catalogue.view  # noqa: F401

        _prepare_textual(settings, probe)
        from qconn_tui.ui.app import QconnApp

        # From then on a line that has not answered is known to be slow.
        probe.wait(SLOW)
        profile = profile_for(os.environ, probe.answers, images=settings.images, color=settings.color)
        app = QconnApp(
            settings,
            loader=loader,
            make_loader=make_loader,
            start_demo=lambda: start_demo(settings, demo),
            profile=profile,
            probe=probe,
            launch=launch,
            when_shown=_collect_garbage,
        )
        status = app.run(mouse=settings.mouse)
        if launch is not None:
            launch.keep()
        # Everything is closed. What is left would be searched for cycles once more, which takes longer than all else.
        gc.freeze()
        return status if status is not None else app.return_code or 0


def _launch(settings: Settings, probe: Probe) -> LaunchFrame | None:
    """Show the first frame of the last start, if there is one for such a terminal; None without a cache."""
    if settings.server is None or settings.credentials is None or settings.demo or not settings.use_cache:
        return None
    from qconn_tui.store.launch_frames import SUFFIX, FrameFile
    from qconn_tui.store.location import database_path
    from qconn_tui.ui.output.launch_frame import FAREWELL, LaunchFrame, terminal_size

    try:
        path = database_path(settings.server.value.origin, settings.credentials.value.fingerprint)
    except StoreError:
        # The list's own use of the cache says what is wrong with it.
        return None
    probe.wait(_AT_HAND)
    if not probe.is_over:
        # Colours that turn out to be wrong would be sent again, over a line that is not fast.
        return None
    profile = profile_for(os.environ, probe.answers, images=settings.images, color=settings.color)
    size = terminal_size(sys.stderr.fileno())
    key = (__version__, *size, profile._replace(round_trip=None), settings._replace(credentials=None, server=None))
    launch = LaunchFrame(FrameFile(path.with_suffix(SUFFIX), repr(key)), size)
    if output := launch.output():
        probe.farewell = FAREWELL
        with suppress(OSError):  # the terminal is gone; who draws on it next will see
            sys.stderr.write(output)
            sys.stderr.flush()
    return launch


def _collect_garbage() -> None:
    """From now on, of what comes: `cli` put it off, and what the first frame needed is never searched."""
    gc.freeze()
    gc.enable()


def _prepare_textual(settings: Settings, probe: Probe) -> None:
    """Set what Textual reads when it is imported, and not again."""
    probe.wait(_NEAR)
    profile = profile_for(os.environ, probe.answers, color=settings.color)
    if not probe.is_over or profile.is_slow:
        os.environ.setdefault("TEXTUAL_FPS", _FRAMES_WHEN_SLOW)
        # It comes with a report of every pixel that the mouse moves by.
        os.environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
