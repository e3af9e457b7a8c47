"""kitty before 0.28 has kitty graphics, but shows Unicode placeholders as empty boxes."""

from __future__ import annotations

import pytest

from qconn_tui.terminal.answers import Answers
from qconn_tui.terminal.profile import profile_for


@pytest.mark.parametrize(
    ("version", "images"),
    [
        ("kitty(0.26.5)", "blocks"),
        ("kitty(0.9.1)", "blocks"),
        ("kitty(0.27.0)", "blocks"),
        ("kitty(0.28.0)", "kitty"),
        ("kitty(0.35.2)", "kitty"),
        ("kitty(1.0.0)", "kitty"),
    ],
)
def test_placeholders_need_kitty_0_28(version: str, images: str) -> None:
    answers = Answers(attributes=((62,),), version=version, has_kitty_graphics=True, round_trip=0.01)
    profile = profile_for({"TERM": "xterm-kitty", "COLORTERM": "truecolor"}, answers)
    assert profile.images == images
    assert bool(profile.images_reason) is (images == "blocks")
