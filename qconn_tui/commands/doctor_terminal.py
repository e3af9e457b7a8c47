"""What `doctor` finds out about the terminal: each look is a function of what it looks at."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING, TypeAlias

from qconn_tui.commands.findings import Finding, note, ok, problem
from qconn_tui.errors import UsageError
from qconn_tui.terminal.clipboard import tmux_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SMALLEST_SCREEN = (40, 12)
"""Columns and lines below which not everything can be seen."""

Tmux: TypeAlias = tuple[str, str, str]
"""Its version, and its options `set-clipboard` and `allow-passthrough`."""

_COLORS = {"truecolor": "16 million colours", "256": "256 colours", "standard": "16 colours"}
_TMUX_SAYS = "#{version}|#{set-clipboard}|#{allow-passthrough}"
_FLAGS = {"0": "off", "1": "on", "": "unknown"}
_PATIENCE = 2.0
"""Seconds after which tmux is taken for dead."""


def look_at_terminal(
    environ: Mapping[str, str], size: tuple[int, int] | None, color: str, tmux: Callable[[], Tmux | None]
) -> Iterator[Finding]:
    """What the screen has to draw on.

    `size` is in columns and lines, None without a terminal; `color` is one of `settings.COLORS`; `tmux` is called
    inside tmux, and does what `ask_tmux` does.
    """
    term = environ.get("TERM", "")
    if size is None:
        yield note("no terminal: the screen is not for pipes and scripts", "use qconn-tui ls there")
    elif term in ("", "dumb"):
        yield problem(UsageError("TERM is unset or dumb, so nothing can be drawn", "use qconn-tui ls, or set TERM"))
    else:
        yield from _look_at_screen(environ, term, size, color)
    yield _look_at_locale(environ)
    if environ.get("TMUX"):
        yield _look_at_tmux(tmux())
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        yield note("over SSH", "ssh -C makes what is drawn several times smaller")


def _look_at_screen(environ: Mapping[str, str], term: str, size: tuple[int, int], color: str) -> Iterator[Finding]:
    columns, lines = size
    what = f"terminal {term}, {columns}x{lines}"
    if columns < SMALLEST_SCREEN[0] or lines < SMALLEST_SCREEN[1]:
        yield note(what, "make it at least {}x{}".format(*SMALLEST_SCREEN))
    else:
        yield ok(what)
    if environ.get("NO_COLOR") and color in ("auto", "none"):
        yield ok("no colours (NO_COLOR)")
    elif color != "auto":
        yield ok(f"colours: {color}, as you wished")
    else:
        yield _look_at_colors(environ)


def _look_at_colors(environ: Mapping[str, str]) -> Finding:
    # Rich decides this for Textual; who else would know what it decides?
    from rich.console import Console

    system = Console(file=io.StringIO(), force_terminal=True, legacy_windows=False, _environ=environ).color_system
    what = f"{_COLORS[system or 'standard']} (TERM={environ['TERM']}, COLORTERM={environ.get('COLORTERM', 'unset')})"
    if system == "truecolor":
        return ok(what)
    return note(what, "if the terminal has more: export COLORTERM=truecolor, which SSH does not bring along")


def _look_at_tmux(tmux: Tmux | None) -> Finding:
    if tmux is None:
        return note("inside tmux, which does not answer", "see that tmux is in the PATH, or copying may fail")
    version, clipboard, passthrough = tmux
    what = f"inside tmux {version}: set-clipboard {clipboard}, allow-passthrough {passthrough}"
    if clipboard == "off":
        return note(what, "tmux set -s set-clipboard external hands copies on to the terminal around it")
    return ok(what)


def _look_at_locale(environ: Mapping[str, str]) -> Finding:
    name = next((name for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), None)
    value = environ[name] if name else "unset"
    if "utf8" in value.lower().replace("-", ""):
        return ok(f"UTF-8 ({name}={value})")
    return note(f"the locale is {value}, not UTF-8: some signs may be drawn wrong", "export LANG=C.UTF-8")


def ask_tmux(environ: Mapping[str, str]) -> Tmux | None:
    """What the tmux around the program says of itself; None when it does not answer."""
    tmux = tmux_command(environ)
    if tmux is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - found in the PATH, like every command that is typed
            [tmux, "display-message", "-p", _TMUX_SAYS],
            env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    version, *options = done.stdout.decode(errors="replace").strip().split("|")
    if done.returncode or len(options) != 2:
        return None
    clipboard, passthrough = (_FLAGS.get(option, option) for option in options)
    return version, clipboard, passthrough
