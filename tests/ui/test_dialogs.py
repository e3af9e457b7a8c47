"""What lies over the list, or comes before it: help, copying, exporting, welcome."""

from __future__ import annotations

import csv
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Input, OptionList, Static, TextArea

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.errors import NotAllowed
from qconn_tui.settings.values import Settings
from qconn_tui.ui.keys import APP_KEYS, BROWSE_KEYS, TABLE_KEYS
from qconn_tui.ui.messages import CopyRequested, Exported, Notice
from qconn_tui.ui.screens.browse import BrowseScreen
from qconn_tui.ui.screens.copy_menu import CopyMenu, copyables
from qconn_tui.ui.screens.export_dialog import FORMATS, ExportScreen, file_name
from qconn_tui.ui.screens.help import FILTER_LANGUAGE
from qconn_tui.ui.screens.welcome import WelcomeScreen
from tests.ui.fakes import MEDIUM, NARROW, FakeLoader, Hands, browsing, make_connectors, running

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.screen import Screen

pytestmark = pytest.mark.anyio

TALL = (120, 90)


# --- help --------------------------------------------------------------------------------------------------------


async def test_the_help_names_every_key_its_id_and_the_filter_s_language() -> None:
    async with browsing(3, TALL) as hands:
        await hands.press("question_mark")
        page = hands.text(hands.app.screen.query_one("Static"))
        for binding in (*TABLE_KEYS, *BROWSE_KEYS, *APP_KEYS):
            assert binding.tooltip in page
            assert binding.id is not None
            assert binding.id in page
        assert all(term in page and meaning in page for term, meaning in FILTER_LANGUAGE)


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "f1"])
async def test_the_help_goes_away_and_the_list_is_as_it_was(key: str) -> None:
    async with browsing(30, MEDIUM) as hands:
        await hands.press("j", "question_mark", "down", "pagedown", key)
        assert hands.on_main_screen
        assert hands.table.cursor == 1
        assert hands.app.is_running


# --- the window -------------------------------------------------------------------------------------------------


async def resizes_within(screen: Screen[Any], hands: Hands, sizes: Sequence[Size]) -> int:
    """How often the screen is laid out anew after it was told these sizes."""
    before = sum(isinstance(message, Resize) for message in hands.messages)
    for size in sizes:
        screen.post_message(Resize(size, size))
    for _ in range(10):
        await hands.pilot.pause()
    return sum(isinstance(message, Resize) for message in hands.messages) - before


@pytest.mark.parametrize("key", ["", "question_mark", "Y", "e", "n"])
async def test_a_size_that_the_window_has_no_more_lays_out_no_screen(key: str) -> None:
    loader = FakeLoader(make_connectors(30), error=NotAllowed("No.", status=401) if key == "n" else None)
    async with running(loader) as hands:
        await hands.until(lambda: hands.shown("#problem") or len(hands.names) == 30)
        await hands.press(*([key] if key else []))
        screen = hands.app.screen
        assert isinstance(screen, BrowseScreen) == (not key)
        assert await resizes_within(screen, hands, [Size(50, 20), Size(51, 20), Size(50, 20)]) == 0
        assert await resizes_within(screen, hands, [hands.app.size]) > 0


async def test_the_welcome_holds_still_too() -> None:
    async with running(FakeLoader(()), settings=Settings()) as hands:
        assert await resizes_within(hands.app.screen, hands, [Size(50, 20)]) == 0


# --- copying -----------------------------------------------------------------------------------------------------


async def test_every_choice_of_the_menu_copies_its_text() -> None:
    async with browsing() as hands:
        wanted = copyables(hands.screen.view.connector(0))
        assert [choice.label for choice in wanted][:2] == ["the id", "the name"]
        for steps, choice in enumerate(wanted):
            await hands.press("Y", *["j"] * steps, "enter")
            assert hands.on_main_screen
            assert hands.sent(CopyRequested)[-1].text == choice.text
            await hands.until(lambda text=choice.text: hands.app.clipboard == text)  # type: ignore[misc]


async def test_the_menu_is_worked_by_mouse_arrows_and_escape() -> None:
    async with browsing() as hands:
        await hands.press("Y", "j", "k", "down", "up", "escape")
        assert hands.on_main_screen
        assert hands.sent(CopyRequested) == []
        await hands.press("Y")
        await hands.click(3, 1, OptionList)
        assert hands.sent(CopyRequested)[-1].text == hands.screen.view.connector(0).name


async def test_copying_says_which_way_it_went() -> None:
    async with browsing() as hands:
        await hands.press("y")
        await hands.until(lambda: len(hands.toasts()) == 1)
        (said,) = hands.toasts()
        assert "the id of 000000 Airtable" in said
        assert "OSC 52" in said


def make_tool(path: Path, status: int) -> None:
    path.write_text(f"#!/bin/sh\ncat > {path.parent}/copied\nexit {status}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(("status", "way"), [(0, "to tmux"), (1, "OSC 52")])
async def test_inside_tmux_the_text_goes_to_tmux_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, way: str
) -> None:
    make_tool(tmp_path / "tmux", status)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("TMUX", "/tmp/tmux-1000/default,1,0")
    async with browsing() as hands:
        await hands.press("y")
        await hands.until(lambda: len(hands.toasts()) == 1)
        assert way in hands.toasts()[0]
        assert "Not there? tmux: set -" in hands.toasts()[0]
        identity = hands.screen.view.connector(0).id
        assert (tmp_path / "copied").read_text() == identity
        assert (hands.app.clipboard == identity) is (status == 1)


async def test_what_a_local_tool_took_is_sure_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tool(tmp_path / "xclip", 0)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("DISPLAY", ":99")
    async with browsing() as hands:
        await hands.press("y")
        await hands.until(lambda: len(hands.toasts()) == 1)
        assert hands.toasts() == ["Copied the id of 000000 Airtable to the clipboard (xclip)."]
        assert (tmp_path / "copied").read_text() == hands.screen.view.connector(0).id


async def test_more_than_terminals_take_is_refused_with_the_ways_out() -> None:
    async with browsing() as hands:
        hands.app.post_message(CopyRequested("x" * 10_000, "the selection"))
        await hands.until(lambda: len(hands.toasts()) == 1)
        assert "Nothing was copied: the selection is 10,000 bytes" in hands.toasts()[0]
        assert "e writes a file" in hands.toasts()[0]
        assert hands.app.clipboard == ""


async def test_who_copies_several_lines_is_warned() -> None:
    async with browsing() as hands:
        hands.app.post_message(CopyRequested("one\ntwo", "it as CSV"))
        await hands.until(lambda: len(hands.toasts()) == 1)
        assert "it as CSV (2 lines: mind where you paste) to" in hands.toasts()[0]


async def test_nothing_lies_over_the_menu_and_the_text() -> None:
    async with browsing() as hands:
        for key in ("Y", "v"):
            hands.app.notify("a word", timeout=1000)
            await hands.until(lambda: bool(hands.app.screen.query("Toast")))
            await hands.press(key)
            # What is beneath a dialog is still seen.
            await hands.until(lambda: not any(screen.query("Toast") for screen in hands.app.screen_stack))


async def test_a_text_is_shown_in_full_from_edge_to_edge_to_be_selected_by_hand() -> None:
    async with browsing(size=NARROW) as hands:
        text = copyables(hands.screen.view.connector(0))[3].text
        await hands.press("Y", "j", "j", "j", "v")
        area = hands.app.screen.query_one(TextArea)
        assert (area.region.x, area.region.width) == (0, NARROW[0])
        lines = [area.render_line(y).text.rstrip() for y in range(area.size.height)]
        assert "".join(lines).replace(" ", "") == "".join(text.split())
        assert len([line for line in lines if line]) > 3
        await hands.press("shift+right", "shift+right", "ctrl+c")
        await hands.until(lambda: hands.app.clipboard == text[:2])
        await hands.press("f7", "ctrl+c")
        await hands.until(lambda: hands.app.clipboard == text)
        await hands.press("escape")
        assert isinstance(hands.app.screen, CopyMenu)


# --- exporting ---------------------------------------------------------------------------------------------------


async def export_to(hands: Hands, path: object) -> None:
    await hands.press("e")
    hands.app.screen.query_one(Input).value = str(path)
    await hands.press("enter")


def whole_hint(hands: Hands) -> str:
    """The line below the name, as if it were not broken."""
    return str(hands.app.screen.query_one("#export-hint", Static).content)


def hint(hands: Hands) -> str:
    return hands.text(hands.app.screen.query_one("#export-hint"))


@pytest.mark.parametrize("ending", FORMATS)
async def test_the_ending_decides_the_format_and_the_shown_rows_are_written(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"list{ending.upper()}"
    async with browsing() as hands:
        await hands.filter("box")
        await hands.press("S")
        await export_to(hands, path)
        await hands.until(lambda: bool(hands.sent(Notice)))
        assert hands.sent(Notice)[-1].text == f"Wrote 4 connectors to {path}."
        lines = list(FORMATS[ending](hands.screen.view.connector(row) for row in range(4)))
        assert path.read_text(encoding="utf-8") == "".join(f"{line}\n" for line in lines)
        assert len(hands.toasts()) == 1


async def test_an_export_says_what_the_rows_are_worth() -> None:
    async with browsing(300) as hands:
        await hands.press("e")
        dialog = "\n".join(hands.text(static) for static in hands.app.screen.query("Static"))
        assert "100 of 100 rows · partial, more on the server" in dialog
        assert hands.app.screen.query_one(Input).value.endswith("/qconn-connectors-partial.csv")
        await hands.press("escape")
        assert hands.on_main_screen


@pytest.mark.parametrize(
    ("coverage", "name"),
    [
        (Coverage(Reach.COMPLETE), "qconn-connectors.csv"),
        (Coverage(Reach.OFFLINE, 0.0), "qconn-connectors-offline.csv"),
        (Coverage(Reach.TORN, 0.0), "qconn-connectors-partial.csv"),
        (Coverage(Reach.STOPPED), "qconn-connectors-partial.csv"),
        (Coverage(Reach.COMPLETE, skipped=1), "qconn-connectors-partial.csv"),
    ],
)
def test_the_proposed_name_tells_what_the_file_is_worth(coverage: Coverage, name: str) -> None:
    assert file_name(coverage) == name


async def test_a_file_for_people_says_what_is_missing_and_one_for_programs_is_what_they_expect(tmp_path: Path) -> None:
    async with browsing(300) as hands:
        for ending in FORMATS:
            await export_to(hands, tmp_path / f"list{ending}")
        await hands.until(lambda: len(hands.sent(Notice)) == len(FORMATS))
        assert all(
            told.text.endswith("Not the whole list: partial, more on the server.") for told in hands.sent(Notice)
        )
    lines = {ending: (tmp_path / f"list{ending}").read_text(encoding="utf-8").splitlines() for ending in FORMATS}
    assert lines[".md"][-2:] == ["", "*Not the whole list: partial, more on the server*"]
    assert len(json.loads("".join(lines[".json"]))) == len(lines[".jsonl"]) == len(lines[".csv"]) - 1 == 100


async def test_a_file_that_is_there_is_not_taken_and_another_name_can_be_tried(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("precious")
    async with browsing() as hands:
        await export_to(hands, path)
        await hands.until(lambda: "list.csv was not written: File exists" in whole_hint(hands))
        box = hands.app.screen.query_one(Input)
        assert box.value == str(path)
        await hands.write("x")
        assert "File exists" not in whole_hint(hands)
        await hands.press("backspace", "enter")
        await hands.until(lambda: "File exists" in whole_hint(hands))
        box.value = str(tmp_path / "list-2.csv")
        await hands.press("enter")
        await hands.until(lambda: hands.on_main_screen)
        assert [told.is_problem for told in hands.sent(Notice)] == [False]
    assert path.read_text() == "precious"


async def test_who_closes_the_dialog_while_it_writes_is_told_all_the_same() -> None:
    async with browsing() as hands:
        hands.screen.post_message(Exported("list.csv was not written: No space left.", is_problem=True))
        await hands.until(lambda: hands.toasts() == ["list.csv was not written: No space left."])


async def test_nothing_lies_over_the_export_and_its_error_is_seen_in_a_small_terminal(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.touch()
    async with browsing(size=NARROW) as hands:
        hands.app.notify("a word that fills the line and one more", timeout=1000)
        await hands.until(lambda: bool(hands.app.screen.query("Toast")))
        await export_to(hands, path)
        await hands.until(lambda: "File exists" in whole_hint(hands))
        assert not any(screen.query("Toast") for screen in hands.app.screen_stack)
        dialog = hands.app.screen.query_one(".dialog")
        assert not dialog.max_scroll_y


@pytest.mark.parametrize("name", ["list", "list.xlsx", "", "   ", ".csv", "folder/", "[/x]"])
async def test_a_name_without_a_known_ending_is_asked_for_again(tmp_path: Path, name: str) -> None:
    async with browsing() as hands:
        await export_to(hands, name and tmp_path / name)
        assert isinstance(hands.app.screen, ExportScreen)
        assert ".csv  .json  .jsonl  .md" in hint(hands)
        assert hands.sent(Notice) == []


@pytest.mark.parametrize("name", ["none/list.csv", "file/list.csv", "[x][/x]/list.csv"])
async def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    async with browsing() as hands:
        await export_to(hands, tmp_path / name)
        await hands.until(lambda: f"{name} was not written" in whole_hint(hands))
        assert hands.app.screen.query_one(Input).value == str(tmp_path / name)
        assert hands.toasts() == []


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "a\0b.csv", "\ud800.csv", "~nobody-at-all/list.csv"], ids=ascii)
async def test_a_name_that_no_file_can_have_does_not_end_the_program(tmp_path: Path, name: str) -> None:
    async with browsing() as hands:
        await export_to(hands, name if name.startswith("~") else f"{tmp_path}/{name}")
        await hands.until(lambda: "was not written" in whole_hint(hands))
        assert hands.app.is_running


async def test_the_files_can_be_read_again(tmp_path: Path) -> None:
    async with browsing() as hands:
        for ending in (".csv", ".json"):
            await export_to(hands, tmp_path / f"list{ending}")
        await hands.until(lambda: len(hands.sent(Notice)) == 2)
        names = hands.names
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == names
    assert [row["name"] for row in json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))] == names


# --- welcome -----------------------------------------------------------------------------------------------------


async def test_who_has_no_tenant_is_told_how_to_connect() -> None:
    async with running(FakeLoader(make_connectors(3)), settings=Settings()) as hands:
        assert isinstance(hands.app.screen, WelcomeScreen)
        words = hands.text(hands.app.screen.query_one("#welcome-text"))
        for part in ("QCONN_SERVER", "QCONN_API_KEY", "--api-key-file", "qlik context init", "demo"):
            assert part in words
        assert hands.loader.walks == []


@pytest.mark.parametrize("key", ["d", "enter"])
async def test_one_key_leads_from_the_welcome_into_the_demo(key: str) -> None:
    async with running(FakeLoader(make_connectors(3)), settings=Settings()) as hands:
        await hands.press(key)
        await hands.loaded(3)
        assert "embedded demo tenant" in hands.text("#title")
        await hands.press("j")
        assert hands.table.cursor == 1
    assert hands.loader.closed


async def test_from_the_welcome_the_way_out_is_q_and_the_help_works() -> None:
    async with running(FakeLoader(()), settings=Settings()) as hands:
        await hands.press("question_mark", "escape")
        await hands.pilot.press("q")
    assert hands.app.return_code == 0


async def test_the_copy_menu_of_a_bare_connector_offers_what_there_is() -> None:
    async with browsing(1) as hands:
        await hands.press("Y")
        assert isinstance(hands.app.screen, CopyMenu)
        labels = [choice.label for choice in copyables(hands.screen.view.connector(0))]
        assert "the description" not in labels
        assert hands.app.screen.query_one(OptionList).option_count == len(labels)
