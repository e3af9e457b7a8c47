"""Keys that arrive in one piece, as over a slow line, are taken one after the other."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from tests.ui.fakes import Hands, browsing

pytestmark = pytest.mark.anyio

NAMED = {
    "⌫": "backspace",
    "←": "left",
    "⇤": "home",
    "⇥": "end",
    "⏎": "enter",
    "␕": "ctrl+u",
    "␗": "ctrl+w",
    "/": "slash",
}
"""The keys that are no text, each as one character."""


async def burst(hands: Hands, keys: str) -> None:
    """Let all of them arrive before any is acted on."""
    for character in keys:
        is_text = character == "/" or character not in NAMED
        hands.app.post_message(events.Key(NAMED.get(character, character), character if is_text else None))
    await hands.pilot.pause()


@pytest.mark.parametrize(
    ("keys", "text"),
    [("fo⌫x", "fx"), ("abc␕dri", "dri"), ("ab←x", "axb"), ("ab⇤x⇥y", "xaby"), ("one␗two", "two"), ("ab⏎", "ab")],
)
async def test_the_filter_box_takes_keys_in_their_order(keys: str, text: str) -> None:
    async with browsing(30) as hands:
        await burst(hands, "/" + keys)
        await hands.until(lambda: hands.screen.filter_box.value == text)
        assert hands.focused == ("table" if keys.endswith("⏎") else "filter")


async def test_so_does_the_line_of_a_dialog() -> None:
    async with browsing(30) as hands:
        await hands.press("e")
        line = hands.app.screen.query_one(Input)
        await burst(hands, "␕list.cs⌫⌫txt")
        await hands.until(lambda: line.value == "list.txt")
        await burst(hands, "⌫⏎")
        assert line.value == "list.tx"
        assert "must end in one of" in hands.text(hands.app.screen.query_one("#export-hint"))
