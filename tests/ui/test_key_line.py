"""The line of keys: as many as fit, and each can be clicked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.geometry import Offset

from qconn_tui.errors import NotAllowed
from qconn_tui.ui.widgets.key_line import Key, KeyLine, fitting
from tests.ui.fakes import MEDIUM, NARROW, WIDE, FakeLoader, browsing, is_typing, make_connectors, running

words = st.text(st.sampled_from("ab⏎東"), min_size=1, max_size=6)


@given(st.lists(st.builds(Key, words, words, words, words)).map(tuple), st.integers(0, 60))
def test_keys_are_shown_whole_or_not_at_all(keys: tuple[Key, ...], width: int) -> None:
    shown = fitting(keys, width)
    assert shown == keys[: len(shown)]
    line = "".join(f" {key.label} {key.does} " for key in shown)
    assert cell_len(line) <= width
    if len(shown) < len(keys):
        hidden = keys[len(shown)]
        assert cell_len(f"{line} {hidden.label} {hidden.does} ") > width


@pytest.mark.anyio
@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW])
async def test_the_line_tells_what_works_now(size: tuple[int, int]) -> None:
    async with browsing(30, size) as hands:
        assert hands.text("#keys").split()[:4] == ["⏎", "Open", "/", "Filter"]
        await hands.press("slash")
        assert hands.text("#keys").split() == ["⏎", "To", "the", "rows", "Esc", "Clear"]
        await hands.press("escape")
        assert hands.text("#keys").split()[:4] == ["⏎", "Open", "/", "Filter"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ([], "⏎ Open / Filter ? Help q Quit"),
        (["tab"], "Esc Back / Filter ? Help q Quit"),
        (["tab", "tab"], "Space Tick Esc Back / Filter ? Help"),
        (["slash"], "⏎ To the rows Esc Clear"),
    ],
)
async def test_a_small_terminal_has_room_for_the_keys_of_each_pane(keys: list[str], line: str) -> None:
    async with browsing(30, NARROW) as hands:
        await hands.press(*keys)
        assert " ".join(hands.text("#keys").split()) == line


@pytest.mark.anyio
async def test_without_rows_it_names_no_key_that_needs_one() -> None:
    async with browsing(30) as hands:
        await hands.press("slash")
        await hands.write("zzz")
        assert " ".join(hands.text("#keys").split()) == "Esc Clear"
        await hands.press("enter")
        assert hands.text("#keys").split()[:2] == ["/", "Filter"]
        assert "Copy id" not in hands.text("#keys")
        await hands.press("escape")
        assert hands.text("#keys").split()[:2] == ["⏎", "Open"]


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["question_mark", "Y", "e", "n"])
async def test_every_dialog_says_in_a_small_terminal_how_to_leave_it(key: str) -> None:
    loader = FakeLoader(make_connectors(30), error=NotAllowed("No.", status=401) if key == "n" else None)
    async with running(loader, NARROW) as hands:
        await hands.until(lambda: hands.shown("#problem") or len(hands.names) == 30)
        await hands.press(key)
        dialog = hands.app.screen.query_one(".dialog")
        *_, border = dialog.render_lines(dialog.outer_size.region)
        assert "Esc closes" in border.text
        hints = hands.app.screen.query("#key-hint, #export-hint")
        assert all(dialog.content_region.contains_region(hint.region) for hint in hints)


@pytest.mark.anyio
async def test_a_click_presses_the_key() -> None:
    async with browsing(30) as hands:
        start = hands.text("#keys").index("Sort")
        await hands.click(start, 0, KeyLine)
        assert hands.screen.view.sort
        await hands.click(100, 0, KeyLine)
        assert hands.on_main_screen
        await hands.click(hands.text("#keys").index("/"), 0, KeyLine)
        assert is_typing(hands)


@pytest.mark.anyio
async def test_the_pointer_gets_an_explanation() -> None:
    async with browsing(30) as hands:
        line = hands.screen.query_one(KeyLine)
        await hands.pilot.hover(KeyLine, offset=Offset(hands.text("#keys").index("Sort"), 0))
        assert line.tooltip == "Sort by the next column."
        await hands.pilot.hover(KeyLine, offset=Offset(100, 0))
        assert line.tooltip is None
