"""Somebody browses a tenant: the real program, real HTTP, a real terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from qconn_tui.demo.http_messages import Response
from qconn_tui.demo.tenant import DemoTenant
from tests.e2e.reading import settle
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.pty

FIRST_PAGE = "100 of 100 · partial, more on the server"
ALL_PAGES = "412 of 412 · complete"


@pytest.fixture
def browsing(connected: Mapping[str, str]) -> Iterator[Terminal]:
    """The program with the first page on its screen."""
    with Terminal(environ=connected) as terminal:
        terminal.wait_for(FIRST_PAGE)
        yield terminal


def rows(terminal: Terminal) -> list[str]:
    """The names in the table, as far as they can be seen."""
    start = terminal.line_with("Name", "Billable") + 1
    table = (re.sub(r".*▕▌? *", "", line) for line in terminal.lines()[start:-2])
    return [re.split(r"  |…", line)[0] for line in table]


def type_filter(terminal: Terminal, text: str) -> None:
    """Go to the filter box, then type."""
    terminal.press("/")
    terminal.wait_for("Esc Clear")
    terminal.press(text)


def test_the_first_page_comes_over_http_and_the_list_says_that_it_is_partial(browsing: Terminal) -> None:
    assert all(rows(browsing)[:30])
    assert len(set(rows(browsing))) > 25


def test_a_filter_narrows_to_exactly_one_row_of_the_whole_list(browsing: Terminal) -> None:
    type_filter(browsing, "airtable")
    browsing.wait_for("1 of 412 · complete")
    assert browsing.marked_row().startswith("Airtable ")
    line = browsing.marked_line()
    start = browsing.lines()[line].index("Airtable")
    cells = [browsing.screen.buffer[line][column] for column in range(start - 1, start + 9)]
    assert [cell.underscore for cell in cells] == [False] + [True] * 8 + [False]
    browsing.press("escape")
    browsing.wait_for(ALL_PAGES)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_who_types_ahead_types_into_the_pane_that_was_asked_for(
    connected: Mapping[str, str], size: tuple[int, int]
) -> None:
    with Terminal(environ=connected, columns=size[0], lines=size[1]) as terminal:
        terminal.wait_for("100 of 100")
        terminal.press("/airtable")
        terminal.wait_for("1 of 412 · complete")
        terminal.press("s\rq")
        assert terminal.exit_status() == 0


def test_keys_sort_and_reverse(browsing: Terminal) -> None:
    browsing.press("s")
    browsing.wait_for("Name ▲")
    browsing.press("L")
    browsing.wait_for(ALL_PAGES)
    browsing.press("g")
    browsing.wait_for(lambda: rows(browsing)[0] == browsing.marked_row().split("  ")[0])
    first = rows(browsing)[0]
    browsing.press("S")
    browsing.wait_for("Name ▼")
    browsing.press("G")
    browsing.wait_for(lambda: browsing.marked_row().startswith(first))


def test_a_click_on_a_heading_sorts_and_another_one_reverses(browsing: Terminal) -> None:
    line = browsing.line_with("Name", "Webhooks")
    column = browsing.lines()[line].index("Webhooks")
    browsing.click(column + 2, line)
    browsing.wait_for("Webhooks ▲")
    browsing.wait_for(ALL_PAGES)
    browsing.click(column + 2, line)
    browsing.wait_for("Webhooks ▼")


def test_a_click_on_a_row_takes_the_cursor(browsing: Terminal) -> None:
    line = browsing.marked_line() + 5
    name = rows(browsing)[5]
    browsing.click(40, line)
    browsing.wait_for(lambda: browsing.marked_line() == line)
    assert browsing.marked_row().startswith(name)


def test_the_details_follow_the_cursor(browsing: Terminal) -> None:
    browsing.press("down", "j", "down")
    browsing.wait_for(lambda: browsing.marked_row().startswith(rows(browsing)[3]))
    words = rows(browsing)[3].split()[0]
    browsing.wait_for(lambda: any(words in line.rpartition("▏")[2] for line in browsing.lines()))


def test_pages_are_loaded_as_far_as_the_cursor_goes_and_to_the_end(browsing: Terminal) -> None:
    browsing.press("G")
    browsing.wait_for("200 of 200 · partial, more on the server")
    browsing.press("G")
    browsing.wait_for("300 of 300 · partial, more on the server")
    browsing.press("G")
    browsing.wait_for("400 of 400 · partial, more on the server")
    browsing.press("G")
    browsing.wait_for(ALL_PAGES)
    browsing.press("q")
    assert browsing.exit_status() == 0


def test_resizing_keeps_the_cursor_and_the_filter(browsing: Terminal) -> None:
    type_filter(browsing, "desk")
    browsing.wait_for(" of 412 · complete")
    browsing.press("enter", "down", "down")
    browsing.wait_for(lambda: browsing.marked_line() == browsing.line_with("Name", "Billable") + 3)
    name = browsing.marked_row().split("  ")[0]
    status = browsing.lines()[-2].strip()
    for columns, lines in ((80, 24), (40, 12), (120, 40)):
        browsing.resize(columns, lines)
        browsing.wait_for(lambda: browsing.lines()[-2].strip().startswith(status))
        browsing.wait_for(lambda: browsing.marked_row().startswith(name[:12]))
        browsing.wait_for(lambda: "/ desk" in browsing.lines()[0])
    assert browsing.marked_row().startswith(name)


def test_without_colours_there_are_only_the_terminals_own(connected: Mapping[str, str]) -> None:
    with Terminal(environ={**connected, "NO_COLOR": "1"}) as terminal:
        terminal.wait_for(FIRST_PAGE)
        type_filter(terminal, "airtable")
        terminal.wait_for("1 of 412 · complete")
        terminal.press("enter", "q")
        assert terminal.exit_status() == 0
        attributes = {
            number for match in re.findall(rb"\x1b\[([0-9;]*)m", terminal.raw) for number in match.split(b";")
        }
    assert attributes >= {b"1", b"7"}, "bold and reverse stand in for colours"
    assert attributes <= {b"0", b"1", b"2", b"4", b"7", b"22", b"24", b"27", b"39", b"49"}


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_a_failure_is_seen_whatever_pane_is_in_front(environ: Mapping[str, str], size: tuple[int, int]) -> None:
    failures: list[Response] = []
    with DemoTenant(faults=lambda request: failures[0] if failures and "/api/" in request.target else None) as tenant:
        variables = {"QCONN_SERVER": tenant.origin, "QCONN_API_KEY": tenant.api_key}
        with Terminal(environ={**environ, **variables}, columns=size[0], lines=size[1]) as terminal:
            terminal.wait_for("100 of 100")
            terminal.press("enter")
            terminal.wait_for(lambda: "⏎ Open" not in terminal.text())
            failures.append(Response(500, b"{}"))
            terminal.press("r")
            terminal.wait_for("500")


def test_whoever_thinks_about_what_to_type_gets_no_bytes_meanwhile(browsing: Terminal) -> None:
    browsing.press("/ab")
    browsing.wait_for(" of 412 · complete")
    written = settle(browsing)
    column = browsing.lines()[2].index("ab") + 2
    cursor = browsing.screen.buffer[2][column]
    assert cursor.bg != browsing.screen.buffer[2][column + 1].bg, "it is seen"
    # Blinking, it would be drawn again by now.
    assert settle(browsing) == written


@pytest.mark.parametrize("keys", [(), ("?",), ("Y",)], ids=lambda keys: "".join(keys) or "the list")
def test_what_another_program_wrote_over_the_screen_goes_with_one_key(
    browsing: Terminal, keys: tuple[str, ...]
) -> None:
    browsing.press(*keys)
    settle(browsing)
    before = browsing.text()
    browsing.scrawl("Broadcast message from root\r\n" * 12 + "\x1b[7m" + "X" * 500)
    settle(browsing)
    assert "Broadcast" in browsing.text()
    browsing.press("ctrl+l")
    browsing.wait_for(lambda: browsing.text() == before)
