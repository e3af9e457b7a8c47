"""The checks of `doctor` for the terminal: pure functions, but for `ask_terminal`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from qconn_tui.commands.doctor_findings import Finding, note, ok, problem
from qconn_tui.errors import UsageError
from qconn_tui.terminal.answers import Answers
from qconn_tui.terminal.image_modes import IMAGE_WORDS, PIXEL_MODES
from qconn_tui.terminal.probe import ANSWER_SECONDS, Probe
from qconn_tui.terminal.profile import is_remote, multiplexer, profile_for
from qconn_tui.terminal.tmux import ask_tmux

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qconn_tui.terminal.profile import Profile
    from qconn_tui.terminal.tmux import Tmux

SMALLEST_SCREEN = (40, 12)
"""Columns and lines of the smallest terminal in which nothing is cut off."""

_COLORS = {"truecolor": "16 million colours", "256": "256 colours", "16": "16 colours", "none": "no colours"}


def ask_terminal(environ: Mapping[str, str], *, has_screen: bool) -> Answers:
    """Ask the terminal what it can do, and the tmux that the program runs in.

    Args:
        environ: The environment variables.
        has_screen: Whether standard input and standard error are a terminal.

    Returns:
        The answers that have come within `ANSWER_SECONDS`.
    """
    answers = Answers(unasked="there is none")
    if has_screen:
        with Probe(environ, sys.stdin.fileno(), sys.stderr.fileno()) as probe:
            probe.wait(ANSWER_SECONDS)
            answers = probe.answers
    if environ.get("TMUX") and answers.tmux is None:
        return answers._replace(tmux=ask_tmux(environ, ANSWER_SECONDS))
    return answers


def check_terminal(
    environ: Mapping[str, str],
    size: tuple[int, int] | None,
    answers: Answers,
    *,
    images: str = "auto",
    color: str = "auto",
) -> Iterator[Finding]:
    """Check the terminal that the screen would draw on.

    Args:
        environ: The environment variables.
        size: Columns and lines; None without a terminal.
        answers: The result of `ask_terminal`.
        images: One of `settings.values.IMAGES`.
        color: One of `settings.values.COLORS`.
    """
    term = environ.get("TERM", "")
    if size is None:
        yield note("no terminal: the screen is not for pipes and scripts", "use qconn-tui ls there")
    elif term in ("", "dumb"):
        yield problem(UsageError("TERM is unset or dumb, so nothing can be drawn", "use qconn-tui ls, or set TERM"))
    else:
        profile = profile_for(environ, answers, images=images, color=color)
        yield _check_size(term, answers.version, size)
        yield _check_line(environ, answers, profile)
        yield _check_colors(environ, profile, color)
        yield _check_logos(profile)
    yield _check_locale(environ)
    if environ.get("TMUX"):
        yield _check_tmux(answers.tmux)
    if is_remote(environ):
        yield note("over SSH", "ssh -C makes what is drawn several times smaller")


def _check_size(term: str, version: str, size: tuple[int, int]) -> Finding:
    columns, lines = size
    named = f"{term} ({version})" if version else term
    what = f"terminal {named}, {columns}x{lines}"
    if columns < SMALLEST_SCREEN[0] or lines < SMALLEST_SCREEN[1]:
        return note(what, "make it at least {}x{}".format(*SMALLEST_SCREEN))
    return ok(what)


def _check_line(environ: Mapping[str, str], answers: Answers, profile: Profile) -> Finding:
    if answers.unasked:
        return ok(f"the terminal is not asked what it can do: {answers.unasked}")
    if profile.round_trip is None:
        between = multiplexer(environ, answers)
        if between and answers.attributes:
            return ok(f"{between} answers in the terminal's place, so how fast the line is cannot be told")
        return note("the terminal does not answer when it is asked what it can do", "another one would be known better")
    what = f"the terminal answers in {1000 * profile.round_trip:,.0f} ms"
    if profile.is_slow:
        return note(f"{what}: a slow line, so less is drawn", "ssh -C helps")
    return ok(what)


def _check_colors(environ: Mapping[str, str], profile: Profile, color: str) -> Finding:
    if color != "auto" and not (color == "none" and environ.get("NO_COLOR")):
        return ok(f"colours: {color}, as you wished")
    if profile.colors == "none":
        return ok("no colours (NO_COLOR)")
    what = f"{_COLORS[profile.colors]} (TERM={environ['TERM']}, COLORTERM={environ.get('COLORTERM', 'unset')})"
    if profile.colors == "truecolor":
        return ok(what)
    return note(what, "if the terminal has more: --color truecolor")


def _check_logos(profile: Profile) -> Finding:
    what = f"logos: {IMAGE_WORDS[profile.images]}"
    size = "{}x{}".format(*profile.cell_size)
    if profile.images in PIXEL_MODES:
        return ok(f"{what}, in cells of {size} pixels")
    return ok(f"{what}: {profile.images_reason}" if profile.images_reason else what)


def _check_tmux(tmux: Tmux | None) -> Finding:
    if tmux is None:
        return note("inside tmux, which does not answer", "see that tmux is in the PATH, or copying may fail")
    what = f"inside tmux {tmux.version}: set-clipboard {tmux.clipboard}, allow-passthrough {tmux.passthrough}"
    if tmux.clipboard == "off":
        hint = "tmux set -as terminal-features ',*:clipboard' if copies do not reach the terminal around it"
        return note(what, hint)
    if not tmux.passes_through:
        return ok(f"{what} · tmux set -g allow-passthrough on lets kitty's logos and the line's speed through")
    return ok(what)


def _check_locale(environ: Mapping[str, str]) -> Finding:
    name = next((name for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), None)
    value = environ[name] if name else "unset"
    if "utf8" in value.lower().replace("-", ""):
        return ok(f"UTF-8 ({name}={value})")
    return note(f"the locale is {value}, not UTF-8: some signs may be drawn wrong", "export LANG=C.UTF-8")
