"""The program's own two themes; every theme of Textual can be chosen as well.

Their backgrounds have hardly any hue: in 256 colours a bluish dark grey would become navy.
"""

from __future__ import annotations

from textual.theme import Theme

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
"""Calm and dark; green is the only loud colour."""

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
"""The same for a bright terminal."""

THEMES = (DARK, LIGHT)
