"""What a key costs on the line to the terminal: what changes, and hardly more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = pytest.mark.pty


@pytest.fixture
def settled(connected: Mapping[str, str]) -> Iterator[Terminal]:
    """The program with the whole list, in as many colours as there are, and nothing more to draw."""
    with Terminal("--images", "off", environ={**connected, "COLORTERM": "truecolor"}) as terminal:
        terminal.wait_for("100 of 100")
        terminal.press("L")
        terminal.wait_for("412 of 412 · complete")
        be_silent(terminal)
        yield terminal


def be_silent(terminal: Terminal) -> None:
    """Take in what the program still writes."""
    while terminal._read():
        pass


def written(terminal: Terminal, key: str, effect: Callable[[], bool]) -> int:
    """Bytes that a key costs; the effect is what can be seen of it."""
    before = len(terminal.raw)
    assert not effect()
    terminal.press(key)
    terminal.wait_for(effect)
    be_silent(terminal)
    return len(terminal.raw) - before


def test_the_first_screen_is_small(settled: Terminal) -> None:
    assert len(settled.raw) < 16_000


def test_a_row_down_costs_the_two_rows_and_what_differs_in_the_details(settled: Terminal) -> None:
    costs = []
    for _ in range(9):
        row = settled.marked_row()
        costs.append(written(settled, "down", lambda row=row: settled.marked_row() != row))  # type: ignore[misc]
    assert sorted(costs)[4] <= 600
    assert max(costs) < 1000


def test_a_page_down_costs_the_letters_of_a_page(settled: Terminal) -> None:
    row = settled.marked_row()
    assert written(settled, "pagedown", lambda: settled.marked_row() != row) < 4000


def test_a_key_in_the_filter_costs_the_rows_that_it_brings(settled: Terminal) -> None:
    assert written(settled, "/", lambda: "Esc Clear" in settled.text()) < 700
    costs = [
        written(settled, "sales"[end], lambda typed="sales"[: end + 1]: f"/ {typed}" in settled.lines()[0])  # type: ignore[misc]
        for end in range(5)
    ]
    assert sorted(costs)[2] <= 5000
    assert max(costs) < 7000


def test_other_keys_cost_what_they_change(settled: Terminal) -> None:
    assert written(settled, "tab", lambda: "⏎ Open" not in settled.text()) < 1300
    assert written(settled, "escape", lambda: "⏎ Open" in settled.text()) < 1300
    assert written(settled, "1", lambda: "billable:yes" in settled.lines()[0]) < 4500


def test_a_key_that_changes_nothing_costs_nothing(settled: Terminal) -> None:
    before = len(settled.raw)
    settled.press("up", "k", "up")
    # Behind these, a key with an effect: what is written before it would be theirs.
    row = settled.marked_row()
    cost = written(settled, "down", lambda: settled.marked_row() != row)
    assert len(settled.raw) - before == cost
