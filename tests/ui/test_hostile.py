"""Whatever a tenant sends: every widget shows it as text, and nothing crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from qconn_tui.connector import Connector
from qconn_tui.errors import NotAllowed, Problem
from qconn_tui.settings.values import Settings
from qconn_tui.text import TEXT_LIMIT, clean
from qconn_tui.ui.messages import CopyRequested, Notice
from qconn_tui.ui.screens.copy_menu import copyables
from tests.ui.fakes import MEDIUM, NARROW, TENANT, WIDE, FakeLoader, Hands, running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

RAW = {
    "closing markup": "[/x] S3",
    "closing nothing": "a [/] b",
    "opening markup": "[beta] S3 [b",
    "an action": "[@click=app.quit]x[/]",
    "a colour": "[red on blue]x[/red on blue] $primary",
    "an escape": "\x1b[31mred\x1b]52;c;SGk=\x07",
    "a C1 control": "\x9b31m\x9d0;title\x9c",
    "a NUL": "a\x00b",
    "bidi": "\u202egnp.exe\u2066x",
    "no name": "",
    "long": "x" * 5000,
    "a long word in wide characters": "東京都" * 200,
    "an emoji family": "👩\u200d👩\u200d👧\u200d👦 👍🏽 🇩🇪 ❤\ufe0f",
    "marks": "Z" + "\u0323" * 40 + "algo",
    "a placeholder of a picture": "\U0010eeee\u0305",
    "a lone surrogate": "\ud800x",
    "lines": "one\ntwo\r\nthree\u2028four",
    "backslashes": "\\[red]\\",
}
"""What a tenant might send, by what it is."""


def hostile(text: str, number: int) -> Connector:
    """A connector with the text in every field, as a loader hands it over."""
    short, long = clean(text), clean(text, TEXT_LIMIT)
    return Connector(
        f"{number}{short}", short, long, billable=None, has_webhooks=True,
        logo_small=short, logo_medium=long, logo_large=short,
    )  # fmt: skip


HOSTILE = tuple(hostile(text, number) for number, text in enumerate(RAW.values()))


def without_space(text: str) -> str:
    return "".join(text.split())


def is_safe(text: str) -> bool:
    """Whether a terminal takes the text for text; a joiner inside an emoji is."""
    return text.replace("\n", "").replace("\u200d", "").isprintable()


def assert_exact(hands: Hands) -> None:
    """Every line of the table is as wide as the table."""
    for y in range(hands.table.size.height):
        strip = hands.table.render_line(y)
        assert strip.cell_length == cell_len(strip.text) == hands.table.scrollable_content_region.width


async def test_a_record_is_shown_and_copied_as_text() -> None:
    async with running(FakeLoader(HOSTILE)) as hands:
        await hands.loaded(len(HOSTILE))
        for row in range(len(HOSTILE)):
            hands.table.move_cursor(row)
            connector = hands.screen.view.connector(row)
            await hands.press("y")
            assert without_space(connector.id) in without_space(hands.text("#detail-body"))
            await hands.until(lambda: len(hands.toasts()) == 1)
            assert connector.name in hands.toasts()[0]
            assert hands.app.clipboard == connector.id
            await hands.press("Y", "j", "enter")
            assert hands.sent(CopyRequested)[-1].text == copyables(connector)[1].text
            hands.app.clear_notifications()
        assert_exact(hands)


async def test_a_record_is_found_by_its_name() -> None:
    async with running(FakeLoader(HOSTILE)) as hands:
        await hands.loaded(len(HOSTILE))
        for connector in HOSTILE:
            await hands.filter(f'"{connector.name[:20]}"')
            assert connector.name in hands.names
            assert_exact(hands)


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW])
async def test_a_list_of_them_is_browsed_in_every_layout(size: tuple[int, int]) -> None:
    async with running(FakeLoader(HOSTILE), size) as hands:
        await hands.loaded(len(HOSTILE))
        for _ in range(len(HOSTILE)):
            # Where there is room for one pane only, the details have to be opened to be seen.
            await hands.press(*(["enter", "escape"] if size == NARROW else []), "j")
            assert_exact(hands)
        assert hands.table.cursor == len(HOSTILE) - 1
        await hands.press("s", "S", "s", "s", "1", "1", "left", "right", "g", "G")
        assert_exact(hands)


async def test_an_answer_s_words_are_shown_as_text() -> None:
    loader = FakeLoader(())
    async with running(loader, (120, 120)) as hands:
        for text in RAW.values():
            safe = clean(text, TEXT_LIMIT)
            loader.error = NotAllowed(
                f"The tenant refused: {safe}", f"Ask about {safe}", problems=(Problem(clean(text), safe, safe),),
                trace_id=clean(text) or None,
            )  # fmt: skip
            await hands.press("r")
            await hands.until(lambda: hands.screen.problem is loader.error)
            assert without_space(f"The tenant refused: {safe}")[:400] in without_space(hands.text("#problem"))


async def test_a_toast_shows_text() -> None:
    async with running(FakeLoader(())) as hands:
        for text in RAW.values():
            safe = f"The cache {clean(text)} is no more."
            hands.loader.notice = safe
            await hands.press("r")
            await hands.until(lambda: bool(hands.toasts()) and hands.toasts()[-1] == safe)  # noqa: B023 - awaited here
            hands.screen.post_message(Notice(safe, is_problem=True))
            await hands.until(lambda: len(hands.toasts()) == 2)
            toast = hands.app.screen.query("Toast").last()
            await hands.until(lambda: bool(toast.region))  # noqa: B023 - awaited here
            assert without_space(safe)[:60] in without_space(hands.text(toast))
            hands.app.clear_notifications()


async def test_whatever_is_typed_or_pasted_into_the_filter_is_shown_as_text() -> None:
    async with running(FakeLoader(HOSTILE)) as hands:
        await hands.loaded(len(HOSTILE))
        for text in RAW.values():
            for query in (text, f"/{text}", f"~{text}", f"billable:{text}", f'"{text}'):
                await hands.filter(query)
                for widget in ("#title", "#filter", "#complaint"):
                    assert is_safe(hands.text(widget)), widget
        assert_exact(hands)


async def test_the_name_of_a_context_is_text() -> None:
    settings = Settings(server=TENANT, images="off", context=clean(RAW["closing markup"]))
    async with running(FakeLoader(HOSTILE), settings=settings) as hands:
        await hands.loaded(len(HOSTILE))
        assert "[/x] S3" in hands.text("#title")


async def test_they_are_exported_as_they_are(tmp_path: Path) -> None:
    async with running(FakeLoader(HOSTILE)) as hands:
        await hands.loaded(len(HOSTILE))
        for ending in ("csv", "json", "jsonl", "md"):
            await hands.press("e")
            hands.app.screen.query_one("Input").value = f"{tmp_path}/list.{ending}"  # type: ignore[attr-defined]
            await hands.press("enter")
        await hands.until(lambda: len(hands.sent(Notice)) == 4)
        assert not any(told.is_problem for told in hands.sent(Notice))
