"""What the terminal can do and how fast its line is, concluded from the environment and the terminal's answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

from qconn_tui.terminal.answers import SIXEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qconn_tui.terminal.answers import Answers
    from qconn_tui.terminal.image_modes import ImageMode

ColorDepth: TypeAlias = Literal["truecolor", "256", "16", "none"]
"""How many colours the terminal shows."""
SLOW_SECONDS = 0.1
"""A line whose round trip takes longer is slow."""
SLOW_LOCAL_SECONDS = 0.25
"""The same outside SSH, where a shorter delay more likely comes from a busy machine."""
DEFAULT_CELL_SIZE = (10, 20)
"""The width and height of a character cell in pixels, when neither the terminal nor the system says."""

_TRUECOLOR_TERMS = frozenset(("alacritty", "contour", "direct", "foot", "ghostty", "kitty", "rio", "wezterm"))
"""Parts of TERM that name truecolor terminals; SSH forwards TERM, but not COLORTERM."""
_TRUECOLOR_PROGRAMS = frozenset(
    ("iTerm.app", "WezTerm", "ghostty", "rio", "contour", "vscode", "WarpTerminal", "mintty", "Hyper", "Tabby")
)
"""Values of TERM_PROGRAM that name truecolor terminals."""
_TRUECOLOR_NAMES = frozenset(
    (
        "contour", "foot", "ghostty", "iterm", "kitty", "konsole", "mintty", "rio", "terminology", "vte", "wezterm",
        "xterm.js",
    )
)  # fmt: skip
"""Names of truecolor terminals in their answer to XTVERSION."""
_TRUECOLOR_VARIABLES = ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "VTE_VERSION", "WT_SESSION")
_PLACEHOLDER_TERMINALS = frozenset(("kitty", "ghostty"))
"""Terminals that know kitty's Unicode placeholders; others with kitty graphics would show empty boxes."""
_OLD_KITTY = re.compile(r"kitty\(0\.(?:\d|1\d|2[0-7])\.")
"""kitty without Unicode placeholders, which came with 0.28; Debian 12 still has an older one."""
_SSH_VARIABLES = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_MOSH_ATTRIBUTES = ((62,),)
_NAME = re.compile(r"[a-z]+(?:\.js)?")
_CELL_WIDTHS, _CELL_HEIGHTS = range(2, 129), range(4, 257)


class Profile(NamedTuple):
    """How to draw on one terminal."""

    colors: ColorDepth = "truecolor"
    images: ImageMode = "blocks"
    """The mode to start with."""
    images_reason: str = ""
    """Why that mode and no sharper one, for the user to read; empty when there is nothing to explain."""
    image_modes: tuple[ImageMode, ...] = ("blocks", "off")
    """The modes that the terminal can show, the sharpest first."""
    cell_size: tuple[int, int] = DEFAULT_CELL_SIZE
    """The width and height of a character cell in pixels."""
    in_tmux: bool = False
    """Whether sequences for the outer terminal must be wrapped for tmux."""
    is_slow: bool = False
    """Whether the line is so slow that every byte counts: a round trip of more than about 100 ms."""
    round_trip: float | None = None
    """Seconds that the terminal took to answer; None when it was not asked, or a multiplexer answered for it."""
    is_light: bool = False
    """Whether the terminal's background is light."""

    def __str__(self) -> str:
        trip = "unknown" if self.round_trip is None else f"{1000 * self.round_trip:.0f} ms"
        reason = f" ({self.images_reason})" if self.images_reason else ""
        line = "slow line" if self.is_slow else "line"
        return f"colors {self.colors}, logos {self.images}{reason}, {line}, round trip {trip}"


def profile_for(environ: Mapping[str, str], answers: Answers, *, images: str = "auto", color: str = "auto") -> Profile:
    """Decide how to draw on the terminal.

    Args:
        environ: The environment variables of the program.
        answers: What the terminal has answered so far.
        images: The image mode that the user asks for, or auto.
        color: The colour depth that the user asks for, or auto.
    """
    between = multiplexer(environ, answers)
    round_trip = _round_trip(environ, answers, between)
    # Without an answer, the time waited so far is a lower bound of the round trip.
    seconds = round_trip or answers.waited
    is_slow = seconds > (SLOW_SECONDS if is_remote(environ) else SLOW_LOCAL_SECONDS)
    colors = _color_depth(environ, answers, between, is_slow=is_slow) if color == "auto" else cast("ColorDepth", color)
    modes, lack = _image_modes(environ, answers, between, colors)
    chosen, reason = _choose_images(images, modes, lack, is_slow=is_slow, colors=colors)
    return Profile(
        colors=colors,
        images=chosen,
        images_reason=reason,
        image_modes=modes if chosen in modes else (chosen, *modes),
        cell_size=_cell_size(answers),
        in_tmux=between == "tmux",
        is_slow=is_slow,
        round_trip=round_trip,
        is_light=_is_light(answers),
    )


def multiplexer(environ: Mapping[str, str], answers: Answers) -> str:
    """Return the name of the multiplexer, or of mosh, that runs between program and terminal; empty without one."""
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux") or _terminal_name(answers) == "tmux":
        return "tmux"
    if environ.get("ZELLIJ"):
        return "zellij"
    if environ.get("STY") or term.startswith("screen"):
        return "screen"
    # mosh answers DA1 in the terminal's place, and no other question.
    return "mosh" if answers.attributes == _MOSH_ATTRIBUTES and not answers.version else ""


def is_remote(environ: Mapping[str, str]) -> bool:
    """Return whether the program runs in an SSH session."""
    return any(environ.get(name) for name in _SSH_VARIABLES)


def _round_trip(environ: Mapping[str, str], answers: Answers, between: str) -> float | None:
    """Return the seconds to the terminal and back; None when something nearer has answered."""
    has_answered_for_it = bool(between) if between != "tmux" else bool(environ.get("TMUX"))
    reached_through_tmux = between == "tmux" and len(answers.attributes) > 1
    return answers.round_trip if reached_through_tmux or not has_answered_for_it else None


def _color_depth(environ: Mapping[str, str], answers: Answers, between: str, *, is_slow: bool) -> ColorDepth:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        return "none"
    if environ.get("COLORTERM") in ("truecolor", "24bit") or not _TRUECOLOR_TERMS.isdisjoint(term.split("-")):
        return "truecolor"
    if between == "tmux" and answers.tmux is not None and "RGB" in answers.tmux.features:
        return "truecolor"
    # A multiplexer draws with its own colours, so what the terminal around it has does not matter.
    if between == "" and _is_known_truecolor(environ, answers, is_slow=is_slow):
        return "truecolor"
    is_xterm = between == "" and _terminal_name(answers) == "xterm" and not is_slow
    return "256" if "256color" in term or is_xterm else "16"


def _is_known_truecolor(environ: Mapping[str, str], answers: Answers, *, is_slow: bool) -> bool:
    if environ.get("TERM_PROGRAM") in _TRUECOLOR_PROGRAMS or environ.get("LC_TERMINAL") == "iTerm2":
        return True
    if any(environ.get(name) for name in _TRUECOLOR_VARIABLES):
        return True
    # Over a slow line fewer colours save bytes, and the answer may come after the first frame.
    return _terminal_name(answers) in _TRUECOLOR_NAMES and not is_slow


def _image_modes(
    environ: Mapping[str, str], answers: Answers, between: str, colors: ColorDepth
) -> tuple[tuple[ImageMode, ...], str]:
    """Return the modes that the terminal can show, sharpest first, and why there is no sharper one."""
    modes: list[ImageMode] = []
    lack = _lack_of_graphics(answers, between)
    if not lack:
        # The colour of a Unicode placeholder is the image's id, so placeholders need colours.
        names = {_terminal_name(answers), *environ.get("TERM", "").split("-")}
        is_known = not _PLACEHOLDER_TERMINALS.isdisjoint(names) and not _OLD_KITTY.match(answers.version.lower())
        has_placeholders = answers.has_kitty_graphics and is_known
        if has_placeholders and colors in ("truecolor", "256"):
            modes.append("kitty")
        if _has_sixel(answers, between):
            modes.append("sixel")
        if not modes and answers.has_kitty_graphics:
            lack = "the terminal shows kitty graphics, but not in the place of text"
        elif not modes and between:
            lack = f"neither kitty graphics nor sixel get through {between}"
        elif not modes:
            lack = "the terminal shows neither kitty graphics nor sixel"
    if colors != "none":
        modes.append("blocks")
    return (*modes, "off"), lack


def _lack_of_graphics(answers: Answers, between: str) -> str:
    """Return why graphics do not reach the terminal, even if it could show them; empty when they do."""
    if between == "tmux":
        if answers.tmux is None:
            return "tmux cannot be asked whether it passes graphics on"
        if not answers.tmux.passes_through and "sixel" not in answers.tmux.features:
            return "tmux keeps graphics back; tmux set -g allow-passthrough on"
    elif between:
        return f"{between} passes no graphics on"
    if answers.unasked:
        return f"the terminal was not asked: {answers.unasked}"
    return "the terminal has not answered" if answers.round_trip is None else ""


def _has_sixel(answers: Answers, between: str) -> bool:
    """Return whether the terminal, and tmux if there is one, know sixel."""
    if between == "tmux" and (answers.tmux is None or "sixel" not in answers.tmux.features):
        return False
    return bool(answers.attributes) and all(SIXEL in attributes[1:] for attributes in answers.attributes)


def _choose_images(
    requested: str, modes: tuple[ImageMode, ...], lack: str, *, is_slow: bool, colors: ColorDepth
) -> tuple[ImageMode, str]:
    """Return the mode to start with, and why."""
    best = modes[0]
    if requested in modes:
        return requested, "as you wished"
    if requested != "auto":
        if requested == "sixel" or (requested == "kitty" and colors in ("truecolor", "256")):
            doubt = lack or "the terminal does not say that it can"
            return cast("ImageMode", requested), f"as you wished, although {doubt}"
        return best, f"{requested} needs more colours"
    if colors == "none":
        return "off", "no colours"
    if best == "sixel" and is_slow:
        return ("blocks", "lighter than sixel on a slow line") if colors != "16" else ("off", "the line is slow")
    if best == "blocks" and colors == "16":
        return "off", "16 colours are too few"
    return best, "" if best == "kitty" else lack


def _cell_size(answers: Answers) -> tuple[int, int]:
    if answers.cell_size is None:
        return DEFAULT_CELL_SIZE
    width, height = answers.cell_size
    return answers.cell_size if width in _CELL_WIDTHS and height in _CELL_HEIGHTS else DEFAULT_CELL_SIZE


def _is_light(answers: Answers) -> bool:
    if answers.background is None:
        return False
    red, green, blue = answers.background
    return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5


def _terminal_name(answers: Answers) -> str:
    """Return the name from the terminal's answer to XTVERSION, in lower case and without the version."""
    name = _NAME.match(answers.version.lower())
    return name[0] if name else ""
