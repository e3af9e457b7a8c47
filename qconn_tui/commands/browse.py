"""The screen: `qconn-tui` without a sub-command."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from qconn_tui.commands.connect import start_demo
from qconn_tui.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from qconn_tui.settings import Settings

_COLOR_SYSTEMS = {"truecolor": "truecolor", "256": "256", "16": "standard"}


def run(args: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - every command is called alike
    """Browse until the person leaves; return the exit status.

    Raises `UsageError` when there is no terminal to draw on.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("There is no terminal to draw on.", "Use `qconn-tui ls` in a pipe or a script.")
    if os.environ.get("TERM") in (None, "", "dumb"):
        raise UsageError("TERM is unset or dumb, so nothing can be drawn.", "Use `qconn-tui ls`.")
    _choose_colors(settings)

    # Textual reads the colours at import.
    from qconn_tui.loader import make_loader
    from qconn_tui.ui.app import QconnApp

    with ExitStack() as demo:
        if settings.demo:
            settings = start_demo(settings, demo)
        app = QconnApp(settings, make_loader=make_loader, start_demo=lambda: start_demo(settings, demo))
        status = app.run(mouse=settings.mouse)
        # Everything is closed. What is left would be searched for cycles once more, which takes longer than all else.
        gc.freeze()
        return status if status is not None else app.return_code or 0


def _choose_colors(settings: Settings) -> None:
    if settings.color == "none":
        os.environ["NO_COLOR"] = "1"
    elif settings.color in _COLOR_SYSTEMS:
        os.environ["TEXTUAL_COLOR_SYSTEM"] = _COLOR_SYSTEMS[settings.color]
    if settings.theme is None and settings.color in ("none", "16"):
        # With so few colours only the terminal's own are sure to be told apart.
        os.environ["TEXTUAL_THEME"] = "ansi-dark"
