"""Drawings of the screen that somebody has looked at and approved."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ui.fakes import MEDIUM, NARROW, WIDE

FOLDER = Path(__file__).parent / "__snapshots__"
SIZES = {"wide": WIDE, "medium": MEDIUM, "narrow": NARROW}
"""Columns and lines of the terminals that are drawn, one for each layout."""


def assert_approved(name: str, drawn: str, scratch: Path) -> None:
    """Fail unless `drawn`, an SVG, is the picture of that name; the new one is left in the `scratch` folder.

    With QCONN_UPDATE_PICTURES in the environment, it becomes that picture.
    """
    path = FOLDER / f"{name}.svg"
    if os.environ.get("QCONN_UPDATE_PICTURES"):
        path.write_text(drawn, encoding="utf-8")
    if path.read_text(encoding="utf-8") != drawn:
        actual = scratch / path.name
        actual.write_text(drawn, encoding="utf-8")
        pytest.fail(f"{path} looks different: it is drawn as {actual} now")
