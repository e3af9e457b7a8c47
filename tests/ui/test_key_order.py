"""Keys that arrive in one piece, as over a slow line, are taken one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from qconn_tui.ui.widgets.filter_box import FilterBox
from tests.ui.fakes import Hands, browsing

if TYPE_CHECKING:
    from textual.message import Message

pytestmark = pytest.mark.anyio

NAMED = {
    "⌫": "backspace", "←": "left", "⇱": "home", "⇲": "end", "⏎": "enter", "␕": "ctrl+u", "␗": "ctrl+w", "/": "slash",
    "⇥": "tab", "⇤": "shift+tab", "␛": "escape", "⇟": "pagedown", "?": "question_mark",
}  # fmt: skip
"""The keys that are no text, each as one character."""


async def burst(hands: Hands, keys: str) -> None:
    """Let all of them arrive before any is acted on."""
    for character in keys:
        is_text = character in "/?" or character not in NAMED
        hands.app.post_message(events.Key(NAMED.get(character, character), character if is_text else None))
    await hands.pilot.pause()


@pytest.mark.parametrize(
    ("keys", "text"),
    [("fo⌫x", "fx"), ("abc␕dri", "dri"), ("ab←x", "axb"), ("ab⇱x⇲y", "xaby"), ("one␗two", "two"), ("ab⏎", "ab")],
)
async def test_the_filter_box_takes_keys_in_their_order(keys: str, text: str) -> None:
    async with browsing(30) as hands:
        await burst(hands, "/" + keys)
        await hands.until(lambda: hands.screen.filter_box.value == text)
        assert hands.focused == ("table" if keys.endswith("⏎") else "filter")


@pytest.mark.parametrize(
    ("keys", "row", "focused"),
    [
        ("jj⇥", 2, "detail"),
        ("G⇥", 29, "detail"),
        ("jj⇤", 2, "facets"),
        ("jj/", 2, "filter"),
        ("jj/␛j", 3, "table"),
        ("⏎␛j", 1, "table"),
        ("j⏎␛k", 0, "table"),
        ("/o⏎jj⇥", 2, "detail"),
        ("jj?␛j", 3, "table"),
        ("jY␛je␛j", 3, "table"),
    ],
)
async def test_a_key_that_moves_the_focus_comes_behind_those_before_it(keys: str, row: int, focused: str) -> None:
    async with browsing(30) as hands:
        await burst(hands, keys)
        await hands.until(lambda: (hands.on_main_screen, hands.table.cursor, hands.focused) == (True, row, focused))


async def test_a_widget_that_goes_away_with_a_key_takes_no_other_along() -> None:
    async with browsing(30) as hands:
        await hands.press("slash")
        hands.app.post_message(events.Key("x", "x"))
        await hands.screen.filter_box.remove()
        hands.table.focus()
        await burst(hands, "jj")
        await hands.until(lambda: hands.table.cursor == 2)


async def test_so_does_the_line_of_a_dialog() -> None:
    async with browsing(30) as hands:
        await hands.press("e")
        line = hands.app.screen.query_one(Input)
        await burst(hands, "␕list.cs⌫⌫txt")
        await hands.until(lambda: line.value == "list.txt")
        await burst(hands, "⌫⏎")
        assert line.value == "list.tx"
        assert "must end in one of" in hands.text(hands.app.screen.query_one("#export-hint"))


async def test_of_a_burst_of_letters_only_the_last_text_is_looked_for() -> None:
    async with browsing(30) as hands:
        taken: list[str] = []

        def take(message: Message) -> None:
            if isinstance(message, FilterBox.Typed):
                taken.append(message.text)

        hands.screen.message_signal.subscribe(hands.app, take, immediate=True)
        await burst(hands, "/desk␕o⏎j")
        await hands.until(lambda: hands.table.cursor == 1 and hands.focused == "table")
        assert taken[-2:] == ["desk", "o"], "what is no letter is acted on in its turn"
        assert len(taken) < len("desk") + 2
