"""The program's own themes; every theme of Textual can be chosen as well.

Their backgrounds have hardly any hue: in 256 colours a bluish dark grey would become navy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import IO, TYPE_CHECKING, Final, Literal

from rich.console import Console
from textual.theme import BUILTIN_THEMES, Theme

if TYPE_CHECKING:
    from qconn_tui.terminal.profile import ColorDepth, Profile

DARK = Theme(
    name="qconn-dark",
    primary="#3fb37f",
    secondary="#6ea8d8",
    accent="#e0b15a",
    warning="#e0b15a",
    error="#e06c6c",
    success="#3fb37f",
    foreground="#d7dce2",
    background="#131518",
    surface="#191c20",
    panel="#262a30",
    dark=True,
    variables={"block-cursor-text-style": "none", "footer-key-foreground": "#3fb37f"},
)
"""The default on a dark terminal; green is the only strong colour."""

LIGHT = Theme(
    name="qconn-light",
    primary="#0b7a4b",
    secondary="#2a6496",
    accent="#9a6700",
    warning="#9a6700",
    error="#b3261e",
    success="#0b7a4b",
    foreground="#1d2329",
    background="#fcfcfc",
    surface="#f4f5f6",
    panel="#e1e4e7",
    dark=False,
    variables={"block-cursor-text-style": "none", "footer-key-foreground": "#0b7a4b"},
)
"""The default on a bright terminal."""

OWN_COLORS_DARK = replace(
    BUILTIN_THEMES["ansi-dark"],
    primary="ansi_green",
    accent="ansi_yellow",
    error="ansi_bright_red",
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "block-cursor-text-style": "none",
        "footer-key-foreground": "ansi_green",
    },
)
"""The terminal's own colours; Textual's blue on black can hardly be read on many terminals."""

OWN_COLORS_LIGHT = replace(
    BUILTIN_THEMES["ansi-light"],
    success="ansi_blue",
    warning="ansi_magenta",
    variables={
        **BUILTIN_THEMES["ansi-light"].variables,
        "block-cursor-text-style": "none",
        "footer-key-foreground": "ansi_blue",
    },
)
"""The same on a bright terminal, where green, yellow and the bright colours are pale."""

THEMES = (DARK, LIGHT, OWN_COLORS_DARK, OWN_COLORS_LIGHT)

_COLOR_SYSTEMS: Final[dict[ColorDepth, Literal["truecolor", "256", "standard"]]] = {
    "truecolor": "truecolor",
    "256": "256",
    "16": "standard",
    # A filter has taken the colours out before.
    "none": "standard",
}


def theme_for(profile: Profile) -> str:
    """The name of the theme for a terminal, if the user has chosen none."""
    if profile.colors in ("16", "none"):
        # With so few colours only the terminal's own are sure to be distinct.
        return "ansi-light" if profile.is_light else "ansi-dark"
    return LIGHT.name if profile.is_light else DARK.name


def console_for(colors: ColorDepth, file: IO[str]) -> Console:
    """The console that turns styles into sequences.

    Textual's own reads other environment variables to find out how many colours the terminal has.

    Args:
        colors: How many colours the terminal has.
        file: Where Textual's own console writes.
    """
    return Console(
        color_system=_COLOR_SYSTEMS[colors],
        file=file,
        force_terminal=True,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        safe_box=False,
        # Textual has a filter for that.
        no_color=False,
    )
