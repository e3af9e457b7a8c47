"""`qconn-tui` without a command: everything from the settings to a running screen, in order.

The order is what makes the start quick. The terminal is asked first and answers while modules are imported. The frame
of the last start is shown before Textual is imported, and the saved list is read meanwhile.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui import __version__
from qconn_tui.commands.connect import start_demo
from qconn_tui.errors import StoreError, UsageError
from qconn_tui.runtime.gc_policy import resume_after_start, skip_final_collection
from qconn_tui.terminal.probe import Probe
from qconn_tui.terminal.profile import SLOW_SECONDS, profile_for

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path
    from typing import TextIO

    from qconn_tui.settings.values import Settings
    from qconn_tui.terminal.answers import Answers
    from qconn_tui.terminal.profile import Profile
    from qconn_tui.ui.output.launch_frame import LaunchFrame

_BEFORE_LAUNCH_FRAME = 0.02
"""Seconds from asking the terminal for which the launch frame waits for its answers."""
_BEFORE_TEXTUAL = 0.05
"""Seconds from asking the terminal for which the import of Textual waits for its answers."""
_SLOW_LINE_ENVIRONMENT = {
    "TEXTUAL_FPS": "15",
    # Reports of the mouse in pixels instead of cells are one for every pixel that it moves by.
    "TEXTUAL_SMOOTH_SCROLL": "0",
}
"""Variables that keep Textual from sending more than a slow line carries."""


def run(settings: Settings) -> int:
    """Browse until the user leaves.

    Args:
        settings: The settings of this run. A tenant is not needed: without one the screen says how to set one.

    Returns:
        The exit status.

    Raises:
        UsageError: There is no terminal to draw on, or a setting names something that does not exist.
    """
    require_terminal(sys.stdin, sys.stdout, sys.stderr, os.environ.get("TERM"))
    drawing = DrawingSettings(settings.images, settings.color)
    with Probe(os.environ, sys.stdin.fileno(), sys.stderr.fileno()) as probe, ExitStack() as demo:
        launch = _show_launch_frame(probe, drawing, _frame_source(settings))
        from qconn_tui.loader.loader import make_loader

        open_demo = partial(start_demo, settings, demo)
        if settings.demo:
            settings = open_demo()
        loader = make_loader(settings) if settings.server is not None else None
        if loader is not None:
            # The saved rows come from the disk while Textual is imported, and are in the first frame.
            loader.read_ahead()
        _import_textual(probe)
        profile = _settle_profile(probe, drawing)
        from qconn_tui.ui.app import QconnApp

        app = QconnApp(
            settings,
            loader=loader,
            make_loader=make_loader,
            start_demo=open_demo,
            profile=profile,
            probe=probe,
            launch=launch,
            when_shown=resume_after_start,
        )
        status = app.run(mouse=settings.mouse)
        if launch is not None:
            launch.keep()
        skip_final_collection()
        return status if status is not None else app.return_code or 0


class DrawingSettings(NamedTuple):
    """What the user has chosen about drawing; together with the terminal's answers it makes the profile."""

    images: str
    """One of `settings.values.IMAGES`."""
    color: str
    """One of `settings.values.COLORS`."""

    def profile(self, answers: Answers) -> Profile:
        """How to draw on the terminal that gave these answers."""
        return profile_for(os.environ, answers, images=self.images, color=self.color)


class FrameSource(NamedTuple):
    """Where launch frames are kept, and what they depend on beside the terminal."""

    path: Path
    """The file."""
    settings: Settings
    """The settings, without the tenant: the file is the tenant's own."""


def require_terminal(keys: TextIO, out: TextIO, screen: TextIO, term: str | None) -> None:
    """Require a terminal that can be drawn on.

    Args:
        keys: Standard input.
        out: Standard output, which Textual checks too although it draws on standard error.
        screen: Standard error, on which the screen is drawn.
        term: The variable TERM.

    Raises:
        UsageError: One of the three streams is no terminal, or TERM names one that cannot be drawn on.
    """
    if keys.isatty() and out.isatty() and not screen.isatty():
        raise UsageError(
            "The screen is drawn on standard error, which is not the terminal.",
            "Leave out `2>`; --log-file writes a log to a file.",
        )
    if not (keys.isatty() and out.isatty()):
        raise UsageError("There is no terminal to draw on.", "Use `qconn-tui ls` in a pipe or a script.")
    if term in (None, "", "dumb"):
        raise UsageError("TERM is unset or dumb, so nothing can be drawn.", "Use `qconn-tui ls`.")


def _frame_source(settings: Settings) -> FrameSource | None:
    """Where the launch frames of this tenant and user are kept; None without a tenant or a cache."""
    if settings.server is None or settings.credentials is None or settings.demo or not settings.use_cache:
        return None
    from qconn_tui.store.launch_frames import SUFFIX
    from qconn_tui.store.location import database_path

    try:
        path = database_path(settings.server.value.origin, settings.credentials.value.fingerprint)
    except StoreError:
        # The list uses the same cache, and reports what is wrong with it.
        return None
    return FrameSource(path.with_suffix(SUFFIX), settings._replace(credentials=None, server=None))


def _show_launch_frame(probe: Probe, drawing: DrawingSettings, source: FrameSource | None) -> LaunchFrame | None:
    """Show the first frame of the last start, if there is one for this terminal.

    Returns:
        The frame that the screen begins with, shown or not; None when none can be kept for the next start.
    """
    if source is None:
        return None
    from qconn_tui.store.launch_frames import FrameFile
    from qconn_tui.ui.output.launch_frame import FAREWELL, LaunchFrame, terminal_size

    probe.wait(_BEFORE_LAUNCH_FRAME)
    if not probe.is_over:
        # Such a line is not fast, and the frame would go over it once more if its colours turned out to be wrong.
        return None
    profile = drawing.profile(probe.answers)
    size = terminal_size(sys.stderr.fileno())
    key = (__version__, *size, profile._replace(round_trip=None), source.settings)
    launch = LaunchFrame(FrameFile(source.path, repr(key)), size)
    if output := launch.output():
        probe.farewell = FAREWELL
        with suppress(OSError):  # The terminal is gone. The application finds that out by itself.
            sys.stderr.write(output)
            sys.stderr.flush()
    return launch


def _import_textual(probe: Probe) -> None:
    """Import Textual with the environment that suits the line to the terminal; it reads that only once."""
    # These do not import Textual, so they load while the terminal answers.
    import qconn_tui.catalogue.query.parse
    import qconn_tui.catalogue.view

    probe.wait(_BEFORE_TEXTUAL)
    if not probe.is_over or profile_for(os.environ, probe.answers).is_slow:
        spare_slow_line(os.environ)
    import qconn_tui.ui.app  # noqa: F401


def spare_slow_line(environ: MutableMapping[str, str]) -> None:
    """Set the variables that make Textual send less, unless the user has set them."""
    for name, value in _SLOW_LINE_ENVIRONMENT.items():
        environ.setdefault(name, value)


def _settle_profile(probe: Probe, drawing: DrawingSettings) -> Profile:
    """How to draw, as far as the terminal has answered; later answers reach the application while it runs."""
    # A line that has not answered after this time is known to be slow.
    probe.wait(SLOW_SECONDS)
    return drawing.profile(probe.answers)
