"""Pictures of what terminals of each colour depth are told, and what must be seen on all of them.

The other pictures are Textual's own, in all colours. These are read back from the sequences that go out.
`QCONN_UPDATE_PICTURES=1 pytest tests/ui/test_color_depths.py` draws them anew; look at each before it is committed.
"""

from __future__ import annotations

import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, get_args

import pytest
from rich.color import ColorSystem, ColorType
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from textual.strip import Strip

from qconn_tui.errors import NotAllowed, Problem
from qconn_tui.settings.values import Settings
from qconn_tui.terminal.profile import ColorDepth, Profile
from tests.ui.approved import SIZES, assert_approved
from tests.ui.fakes import TENANT, FakeLoader, Hands, make_connectors, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from rich.segment import Segment

pytestmark = pytest.mark.anyio

DEPTHS: tuple[ColorDepth, ...] = get_args(ColorDepth)

# The terminal's own colours as xterm has them.
XTERM = TerminalTheme(
    (0, 0, 0),
    (229, 229, 229),
    [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)],
    [(127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255), (255,) * 3],
)
FACET = 8
"""A column behind the words of a facet."""
NAME = 30
"""A column where the names begin."""
CONSOLE = Console(file=io.StringIO())
REFUSED = NotAllowed(
    "The tenant refused the key (401).",
    "Make a new key in your tenant under Profile › API keys.",
    problems=(Problem("HTTP-401", "Unauthorized", "The key has expired."),),
)


SYSTEMS: dict[ColorDepth, ColorSystem] = {
    "truecolor": ColorSystem.TRUECOLOR,
    "256": ColorSystem.EIGHT_BIT,
    "16": ColorSystem.STANDARD,
    "none": ColorSystem.STANDARD,
}


def told(hands: Hands) -> Text:
    """The screen, read back from the sequences that the terminal is told."""
    system = SYSTEMS[hands.app.terminal.profile.colors]
    assert hands.app.console.color_system == system_name(system)

    def spelled(segment: Segment) -> str:
        # Styles remember their sequences, whatever the colours of the program that asked first.
        style = segment.style or Style()
        return f"\x1b[0;{Strip.render_ansi(style, system)}m{segment.text}\x1b[0m"

    lines = hands.app.screen._compositor.render_strips()
    return Text("\n").join(Text.from_ansi("".join(map(spelled, line))) for line in lines)


def styles(text: Text) -> Iterator[tuple[str, Style]]:
    """Every piece of a screen and how it is drawn."""
    for line in text.split("\n"):
        for span in line.spans:
            if isinstance(span.style, Style):
                yield line.plain[span.start : span.end], span.style


def system_name(system: ColorSystem) -> str:
    """Rich's own word for it."""
    return {ColorSystem.TRUECOLOR: "truecolor", ColorSystem.EIGHT_BIT: "256", ColorSystem.STANDARD: "standard"}[system]


def style_of(text: Text, words: str) -> Style:
    """How the first occurrence of `words` begins."""
    return text.get_style_at_offset(CONSOLE, text.plain.index(words))


def line_styles(text: Text, words: str) -> list[Style]:
    """How each cell of the line with `words` is drawn."""
    line = next(line for line in text.split("\n") if words in line.plain)
    return [line.get_style_at_offset(CONSOLE, at) for at in range(len(line))]


def drawn(text: Text, width: int, name: str) -> str:
    """The picture of a screen."""
    console = Console(
        record=True,
        width=width,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    console.print(text, no_wrap=True, crop=False, soft_wrap=True)
    return console.export_svg(title=name, theme=XTERM, unique_id="screen")


@asynccontextmanager
async def narrowed(depth: ColorDepth, size: str, theme: str | None = None) -> AsyncIterator[Hands]:
    """The program with matches, a ticked facet, a cursor among the rows, and a problem."""
    settings = Settings(server=TENANT, images="off", theme=theme)
    loader = FakeLoader(make_connectors(300), error=REFUSED, error_from=2)
    async with running(loader, SIZES[size], settings, Profile(colors=depth, images="off")) as hands:
        await hands.loaded(100)
        await hands.press("G")
        await hands.until(lambda: hands.screen.problem is not None)
        await hands.press("slash")
        await hands.filter("b")
        await hands.press("enter", "3", "j")
        yield hands


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("depth", DEPTHS)
async def test_a_layout(depth: ColorDepth, size: str, tmp_path: Path) -> None:
    async with narrowed(depth, size) as hands:
        picture = drawn(told(hands), SIZES[size][0], f"{size}, {depth}")
    assert_approved(f"depths/{size}-{depth}", picture, tmp_path)


@pytest.mark.parametrize(
    ("depth", "theme", "allowed"),
    [
        ("256", None, {ColorType.EIGHT_BIT}),
        ("16", None, {ColorType.STANDARD}),
        ("none", None, set()),
        ("none", "qconn-light", set()),
        ("none", "nord", set()),
    ],
)
async def test_no_terminal_is_told_colours_that_it_does_not_have(
    depth: ColorDepth, theme: str | None, allowed: set[ColorType]
) -> None:
    async with narrowed(depth, "wide", theme) as hands:
        for keys in ((), ("slash",), ("enter",), ("enter",), ("Y",)):
            await hands.press(*keys)
            colors = {color.type for _, style in styles(told(hands)) for color in (style.color, style.bgcolor) if color}
            assert colors <= {ColorType.DEFAULT, *allowed}


@pytest.mark.parametrize(
    ("depth", "theme"), [*((depth, None) for depth in DEPTHS), ("16", "ansi-light"), ("none", "qconn-light")]
)
async def test_what_matters_looks_different(depth: ColorDepth, theme: str | None) -> None:
    async with narrowed(depth, "wide", theme) as hands:
        rows = told(hands)
        cursor, other = line_styles(rows, "▌ 000000"), line_styles(rows, "000056 Airtable")
        assert cursor[NAME] != other[NAME], "the cursor's row"
        assert style_of(rows, "Box") != style_of(rows, "ox"), "a match"
        assert style_of(rows, "● 3 yes") != style_of(rows, "○ 4 no"), "a ticked facet"
        assert style_of(rows, "The tenant refused") != style_of(rows, "Make a new key"), "a problem"
        assert style_of(rows, "10 of 100") != style_of(rows, "Make a new key"), "the status"
        assert style_of(rows, "Description") != style_of(rows, "none"), "a heading of the details"
        await hands.press("slash")
        typing = told(hands)
        assert line_styles(typing, "▌ 000000")[NAME] != cursor[NAME], "a table without the keys"
        assert line_styles(typing, "▌ 000000")[NAME] != other[NAME], "its cursor's row"
        x, y = hands.screen.filter_box.content_region.offset
        caret, behind = (typing.split("\n")[y].get_style_at_offset(CONSOLE, x + after) for after in (1, 2))
        assert caret != behind, "the caret"
        await hands.press("tab", "down")
        assert hands.focused == "facets"
        facets = told(hands)
        assert line_styles(facets, "○ 2 no")[FACET] != line_styles(facets, "○ 1 yes")[FACET], "the facet in hand"


@pytest.mark.parametrize("depth", DEPTHS)
async def test_the_border_says_that_the_details_have_the_keys(depth: ColorDepth) -> None:
    async with narrowed(depth, "wide") as hands:
        before = told(hands)
        await hands.press("enter")
        assert hands.focused == "detail"
        after = told(hands)
        at = hands.screen.query_one("#detail").region.x
        line = 30
        cells = [
            (text.split("\n")[line].plain[at], text.split("\n")[line].get_style_at_offset(CONSOLE, at))
            for text in (before, after)
        ]
        assert cells[0] != cells[1]


async def test_the_cursor_s_row_is_calm_also_with_256_colours() -> None:
    async with narrowed("256", "wide") as hands:
        background = line_styles(told(hands), "▌ 000000")[NAME].bgcolor
    assert background is not None
    color = background.get_truecolor()
    assert max(color) - min(color) < 20, "a grey: what is dark and green is loud"
    assert max(color) < 90


PALE = {2, 3, 6, 7, 9, 10, 11, 12, 14, 15}
"""Of the 16 colours: green, yellow, cyan, white, and what is bright."""


async def test_with_16_colours_no_word_is_pale_on_a_bright_terminal() -> None:
    async with narrowed("16", "wide", "ansi-light") as hands:
        colors = {style.color.number for words, style in styles(told(hands)) if style.color and words.strip(" ▕▏▌")}
    assert colors.isdisjoint(PALE)
    assert len(colors) > 2, "but not everything is the same"
