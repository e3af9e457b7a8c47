"""The program's own two themes; every theme of Textual can be chosen as well."""

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
    background="#12161b",
    surface="#171c22",
    panel="#232a33",
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
    background="#fbfcfd",
    surface="#f3f5f7",
    panel="#dfe4e9",
    dark=False,
    variables={"block-cursor-text-style": "none", "footer-key-foreground": "#0b7a4b"},
)
"""The same for a bright terminal."""

THEMES = (DARK, LIGHT)
