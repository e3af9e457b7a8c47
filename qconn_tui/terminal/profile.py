"""What the terminal around the program can do, and how fast it is reached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, cast

from qconn_tui.terminal.answers import SIXEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qconn_tui.terminal.answers import Answers

ColorDepth: TypeAlias = Literal["truecolor", "256", "16", "none"]
"""How many colours the terminal tells apart."""
ImageMode: TypeAlias = Literal["kitty", "sixel", "blocks", "off"]
"""How a logo is drawn."""

IMAGE_WORDS: Final[dict[ImageMode, str]] = {
    "kitty": "kitty graphics",
    "sixel": "sixel graphics",
    "blocks": "block characters",
    "off": "not drawn",
}
"""The modes in words for the person."""

SLOW = 0.1
"""Seconds of a round trip from which on a line is slow."""
SLOW_AT_HOME = 0.25
"""The same where nothing speaks of a line: there, a busy machine is the likelier reason for less."""
USUAL_CELL = (10, 20)
"""Pixels of a cell where nobody knows."""

_TRUECOLOR_TERMS = frozenset(("alacritty", "contour", "direct", "foot", "ghostty", "kitty", "rio", "wezterm"))
"""Parts of the TERM of terminals that have all colours, which SSH hands on without COLORTERM."""
_TRUECOLOR_PROGRAMS = frozenset(
    ("iTerm.app", "WezTerm", "ghostty", "rio", "contour", "vscode", "WarpTerminal", "mintty", "Hyper", "Tabby")
)
"""The same by TERM_PROGRAM."""
_TRUECOLOR_BRANDS = frozenset(
    (
        "contour", "foot", "ghostty", "iterm", "kitty", "konsole", "mintty", "rio", "terminology", "vte", "wezterm",
        "xterm.js",
    )
)  # fmt: skip
"""The same by what they call themselves."""
_TRUECOLOR_VARIABLES = ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "VTE_VERSION", "WT_SESSION")
_PICTURES_IN_TEXT = frozenset(("kitty", "ghostty"))
"""Terminals that place kitty's pictures by characters; others that know the pictures would show empty boxes."""
_OLD_KITTY = re.compile(r"kitty\(0\.(?:\d|1\d|2[0-7])\.")
"""kitty itself places them so from 0.28 on, and Debian 12 has an older one."""
_REMOTE = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_MOSH_ATTRIBUTES = ((62,),)
_BRAND = re.compile(r"[a-z]+(?:\.js)?")
_CELL_WIDTHS, _CELL_HEIGHTS = range(2, 129), range(4, 257)


class Profile(NamedTuple):
    """How to draw for one terminal."""

    colors: ColorDepth = "truecolor"
    images: ImageMode = "blocks"
    """The mode to start with."""
    images_reason: str = ""
    """Why that mode and no sharper one, in words for the person; empty when there is nothing to say."""
    image_modes: tuple[ImageMode, ...] = ("blocks", "off")
    """The modes that the terminal can show, the sharpest first."""
    cell_size: tuple[int, int] = USUAL_CELL
    """Pixels of one character cell: width and height."""
    in_tmux: bool = False
    """Whether what is meant for the terminal itself has to be wrapped for tmux to pass it through."""
    is_slow: bool = False
    """Whether the line is so slow that every byte is felt: over about 100 ms for a round trip."""
    round_trip: float | None = None
    """Seconds that the terminal took to answer; None when it was not asked or did not answer itself."""
    is_light: bool = False
    """Whether its background is bright."""

    def __str__(self) -> str:
        trip = "unknown" if self.round_trip is None else f"{1000 * self.round_trip:.0f} ms"
        reason = f" ({self.images_reason})" if self.images_reason else ""
        line = "slow line" if self.is_slow else "line"
        return f"colors {self.colors}, logos {self.images}{reason}, {line}, round trip {trip}"


def profile_for(environ: Mapping[str, str], answers: Answers, *, images: str = "auto", color: str = "auto") -> Profile:
    """How to draw for the terminal that the environment and its answers speak of.

    `images` and `color` are what the person wishes, one of `settings.IMAGES` and `settings.COLORS`.
    """
    between = multiplexer(environ, answers)
    round_trip = _round_trip(environ, answers, between)
    # What has not come yet takes at least as long as has been waited for it.
    seconds = round_trip or answers.waited
    is_slow = seconds > (SLOW if is_remote(environ) else SLOW_AT_HOME)
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
    """The name of what stands between the program and the terminal; empty when nothing does."""
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux") or _brand(answers) == "tmux":
        return "tmux"
    if environ.get("ZELLIJ"):
        return "zellij"
    if environ.get("STY") or term.startswith("screen"):
        return "screen"
    # It answers in the terminal's place, and says nothing else.
    return "mosh" if answers.attributes == _MOSH_ATTRIBUTES and not answers.version else ""


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the person came over SSH."""
    return any(environ.get(name) for name in _REMOTE)


def _round_trip(environ: Mapping[str, str], answers: Answers, between: str) -> float | None:
    """Seconds to the terminal and back; None when it is not the terminal that has answered."""
    is_near = bool(between) if between != "tmux" else bool(environ.get("TMUX"))
    reached_through_tmux = between == "tmux" and len(answers.attributes) > 1
    return answers.round_trip if reached_through_tmux or not is_near else None


def _color_depth(environ: Mapping[str, str], answers: Answers, between: str, *, is_slow: bool) -> ColorDepth:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        return "none"
    if environ.get("COLORTERM") in ("truecolor", "24bit") or not _TRUECOLOR_TERMS.isdisjoint(term.split("-")):
        return "truecolor"
    if between == "tmux" and answers.tmux is not None and "RGB" in answers.tmux.features:
        return "truecolor"
    # What stands between decides about colours, whatever the terminal around it has.
    if between == "" and _is_known_for_all_colors(environ, answers, is_slow=is_slow):
        return "truecolor"
    is_xterm = between == "" and _brand(answers) == "xterm" and not is_slow
    return "256" if "256color" in term or is_xterm else "16"


def _is_known_for_all_colors(environ: Mapping[str, str], answers: Answers, *, is_slow: bool) -> bool:
    if environ.get("TERM_PROGRAM") in _TRUECOLOR_PROGRAMS or environ.get("LC_TERMINAL") == "iTerm2":
        return True
    if any(environ.get(name) for name in _TRUECOLOR_VARIABLES):
        return True
    # Fewer colours are fewer bytes, and over a slow line the answer may come after the first frame.
    return _brand(answers) in _TRUECOLOR_BRANDS and not is_slow


def _image_modes(
    environ: Mapping[str, str], answers: Answers, between: str, colors: ColorDepth
) -> tuple[tuple[ImageMode, ...], str]:
    """The modes that can be shown, the sharpest first, and what keeps a sharper one away."""
    modes: list[ImageMode] = []
    lack = _lack_of_graphics(answers, between)
    if not lack:
        # Where a picture is placed by characters, their colour is the picture's number.
        names = {_brand(answers), *environ.get("TERM", "").split("-")}
        is_able = not _PICTURES_IN_TEXT.isdisjoint(names) and not _OLD_KITTY.match(answers.version.lower())
        places = answers.has_kitty_graphics and is_able
        if places and colors in ("truecolor", "256"):
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
    """Why no graphics get to the terminal, whatever it can show; empty when they would."""
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
    """Whether everything between the program and the person's eyes knows sixel."""
    if between == "tmux" and (answers.tmux is None or "sixel" not in answers.tmux.features):
        return False
    return bool(answers.attributes) and all(SIXEL in attributes[1:] for attributes in answers.attributes)


def _choose_images(
    wish: str, modes: tuple[ImageMode, ...], lack: str, *, is_slow: bool, colors: ColorDepth
) -> tuple[ImageMode, str]:
    """The mode to start with, and why."""
    best = modes[0]
    if wish in modes:
        return wish, "as you wished"
    if wish != "auto":
        if wish == "sixel" or (wish == "kitty" and colors in ("truecolor", "256")):
            return cast("ImageMode", wish), f"as you wished, although {lack or 'the terminal does not say that it can'}"
        return best, f"{wish} needs more colours"
    if colors == "none":
        return "off", "no colours"
    if best == "sixel" and is_slow:
        return ("blocks", "lighter than sixel on a slow line") if colors != "16" else ("off", "the line is slow")
    if best == "blocks" and colors == "16":
        return "off", "16 colours are too few"
    return best, "" if best == "kitty" else lack


def _cell_size(answers: Answers) -> tuple[int, int]:
    if answers.cell_size is None:
        return USUAL_CELL
    width, height = answers.cell_size
    return answers.cell_size if width in _CELL_WIDTHS and height in _CELL_HEIGHTS else USUAL_CELL


def _is_light(answers: Answers) -> bool:
    if answers.background is None:
        return False
    red, green, blue = answers.background
    return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5


def _brand(answers: Answers) -> str:
    """What the terminal calls itself, in lower case and without its version."""
    name = _BRAND.match(answers.version.lower())
    return name[0] if name else ""
