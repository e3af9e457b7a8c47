"""The faults of Textual that `ui/compat` and the driver work round, shown with plain Textual.

A test that fails after an upgrade says that Textual has mended its fault: the workaround may go, and the test with it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from rich.segment import Segment
from rich.style import Style
from textual import events, messages
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.color import Color
from textual.css.query import NoMatches
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import Monochrome
from textual.geometry import Region, Size
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from qconn_tui.ui.compat.exit_while_composing import exit_when_mounted
from qconn_tui.ui.compat.first_resume import skip_second_styling
from qconn_tui.ui.compat.first_theme import set_first_theme
from qconn_tui.ui.compat.gathered_repaints import TURNS_TO_REPAINT
from qconn_tui.ui.compat.input_layout import KeepsLayout
from qconn_tui.ui.compat.no_color import color_filters
from qconn_tui.ui.compat.plain_lines import PlainLines
from qconn_tui.ui.compat.stale_resize import DropsStaleResizes

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.strip import Strip

pytestmark = pytest.mark.anyio


# --- first_theme -------------------------------------------------------------------------------------------------


class CountingApp(App[None]):
    """Counts how often the style sheets are parsed after the first time."""

    parsed = 0

    def refresh_css(self, animate: bool = True) -> None:
        self.parsed += 1
        super().refresh_css(animate)


async def test_a_theme_assigned_before_the_start_parses_the_styles_again() -> None:
    plain, worked_round, assigned = CountingApp(), CountingApp(), CountingApp()
    assigned.theme = "nord"
    set_first_theme(worked_round, "nord")
    for app in (plain, worked_round, assigned):
        async with app.run_test() as pilot:
            await pilot.pause()
    assert assigned.theme == worked_round.theme == "nord"
    assert (plain.parsed, worked_round.parsed, assigned.parsed) == (0, 0, 1)


# --- no_color ----------------------------------------------------------------------------------------------------


def test_no_color_leaves_shades_of_grey(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    default = [each for each in App[None]().get_line_filters() if isinstance(each, Monochrome)]
    (grey,) = default
    red = [Segment("text", Style.parse("#ff0000 on #00ff00"))]
    black = Color(0, 0, 0)
    (drawn,) = grey.apply(red, black)
    assert drawn.style is not None and drawn.style.color is not None
    assert not drawn.style.color.is_default
    (ours,) = color_filters(default, no_color=True)
    (drawn,) = ours.apply(red, black)
    assert drawn.style is not None and drawn.style.color is not None
    assert drawn.style.color.is_default
    assert color_filters(default, no_color=False) == []


# --- exit_while_composing ----------------------------------------------------------------------------------------


class ExitingScreen(Screen[None]):
    """Asks the application to exit while it is being composed."""

    def compose(self) -> ComposeResult:
        self.app.exit(3)
        yield Static(id="part")

    def on_mount(self) -> None:
        self.query_one("#part")


class ExitingApp(App[int]):
    def get_default_screen(self) -> Screen[Any]:
        return ExitingScreen()


class MountedFirstApp(ExitingApp):
    def exit(self, result: int | None = None, return_code: int = 0, message: object = None) -> None:
        exit_when_mounted(self, lambda: App.exit(self, result, return_code))


async def test_an_exit_during_compose_leaves_a_screen_without_widgets() -> None:
    with pytest.raises(NoMatches):
        async with ExitingApp().run_test():
            pass
    app = MountedFirstApp()
    assert await app.run_async(headless=True) == 3
    assert app.return_code == 0


# --- first_resume ------------------------------------------------------------------------------------------------


class CountingScreen(Screen[None]):
    """Counts how often all of its widgets are styled, after they were mounted."""

    styled = 0

    def update_node_styles(self, animate: bool = True) -> None:
        self.styled += 1
        super().update_node_styles(animate)


class StyledOnceScreen(CountingScreen):
    def on_screen_resume(self, event: events.ScreenResume) -> None:
        skip_second_styling(self, event)


@pytest.mark.parametrize(("kind", "times"), [(CountingScreen, 1), (StyledOnceScreen, 0)])
async def test_a_new_screen_is_styled_once_more_when_it_is_shown(kind: type[CountingScreen], times: int) -> None:
    class OneScreen(App[None]):
        def get_default_screen(self) -> Screen[Any]:
            return kind()

    app = OneScreen()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert isinstance(app.screen, kind)
        assert app.screen.styled == times


# --- input_layout ------------------------------------------------------------------------------------------------


class StillInput(KeepsLayout, Input):
    pass


@pytest.mark.parametrize(("kind", "lays_out"), [(Input, True), (StillInput, False)])
async def test_a_letter_in_an_input_lays_out_the_screen(kind: type[Input], *, lays_out: bool) -> None:
    class OneInput(App[None]):
        def compose(self) -> ComposeResult:
            yield kind()

    app = OneInput()
    async with app.run_test() as pilot:
        await pilot.press("a")
        layouts: list[Screen[Any]] = []
        app.screen.screen_layout_refresh_signal.subscribe(app, layouts.append, immediate=True)
        await pilot.pause()
        layouts.clear()
        await pilot.press("b")
        await pilot.pause()
        assert app.query_one(Input).value == "ab"
        assert bool(layouts) is lays_out


# --- stale_resize ------------------------------------------------------------------------------------------------


MANY = 40


class EndlessScreen(Screen[None]):
    """Counts the sizes that it is sent; takes no more than `MANY`, so that there is an end."""

    count = 0

    def post_message(self, message: Message) -> bool:
        return not (isinstance(message, events.Resize) and self.count >= MANY) and super().post_message(message)

    def on_resize(self) -> None:
        self.count += 1
        self.call_after_refresh(lambda: None)


class StillScreen(DropsStaleResizes, EndlessScreen):
    pass


@pytest.mark.parametrize(("kind", "is_endless"), [(EndlessScreen, True), (StillScreen, False)])
async def test_two_sizes_bring_each_other_back(kind: type[EndlessScreen], *, is_endless: bool) -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        screen = kind()
        await app.push_screen(screen)
        await pilot.pause()
        screen.count = 0
        for width in (50, 60):
            screen.post_message(events.Resize(Size(width, 20), Size(width, 20)))
            # Two sizes with nothing between them in the queue become one.
            screen.call_later(lambda: None)
        for _ in range(10):
            await pilot.pause()
        assert (screen.count >= MANY) is is_endless
        assert is_endless or screen.count == 0


# --- plain_lines -------------------------------------------------------------------------------------------------


class Lines(Static):
    def render_line(self, y: int) -> Strip:
        return super().render_line(y)


class ThinLines(PlainLines, Static):
    pass


class LinesApp(App[None]):
    CSS = "Static { height: 20; background: black; }"

    def compose(self) -> ComposeResult:
        yield Static("text\n" * 20, id="usual")
        yield ThinLines("text\n" * 20, id="plain")


def style_calls(widget: Static, lines: int) -> int:
    """How many functions of Textual's styles it takes to draw so many lines."""
    calls = 0

    def count(frame: Any, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call" and "textual/css" in frame.f_code.co_filename.replace(os.sep, "/")

    widget.refresh()
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        widget.render_lines(Region(0, 0, widget.size.width, lines))
    finally:
        sys.setprofile(before)
    return calls


async def test_each_line_looks_up_many_styles() -> None:
    app = LinesApp()
    async with app.run_test(size=(40, 60)) as pilot:
        await pilot.pause()
        usual, plain = app.query_one("#usual", Static), app.query_one("#plain", Static)
        assert style_calls(usual, 20) - style_calls(usual, 10) >= 10 * 10
        assert style_calls(plain, 20) - style_calls(plain, 10) <= 10


# --- the driver --------------------------------------------------------------------------------------------------


def test_esc_and_the_key_after_it_are_taken_for_one() -> None:
    parser = XTermParser(False)
    messages = [*parser.feed("\x1bj")]
    deadline = time.monotonic() + 20
    while not messages and time.monotonic() < deadline:
        messages += parser.tick()
    assert [message.key for message in messages if isinstance(message, events.Key)] == ["alt+j"]


class BareDriver(LinuxDriver):
    """Reads from a pipe."""

    def __init__(self, fileno: int, stop: Event) -> None:
        self.fileno = fileno
        self.exit_event = stop
        self._debug = False

    def process_message(self, message: Message) -> None:
        pass


def test_a_byte_that_is_not_utf_8_ends_the_reading() -> None:
    read, write = os.pipe()
    os.write(write, b"\xff")
    with pytest.raises(UnicodeDecodeError):
        BareDriver(read, Event()).run_input_thread()


def test_the_order_to_stop_reading_is_not_seen_at_once() -> None:
    read, _ = os.pipe()
    stop = Event()
    stop.set()
    began = time.monotonic()
    BareDriver(read, stop).run_input_thread()
    assert time.monotonic() - began >= 0.09


class AfterMany(Event):
    """Is set after having been looked at so many times."""

    looks = 0

    def is_set(self) -> bool:
        self.looks += 1
        return self.looks > 1000


def test_a_terminal_that_is_gone_is_read_without_a_pause() -> None:
    read, write = os.pipe()
    os.close(write)
    began = time.monotonic()
    BareDriver(read, AfterMany()).run_input_thread()
    assert time.monotonic() - began < 1000 * 0.1 / 2, "a pause of a tenth of a second before each"


class GoneFile:
    def write(self, text: str) -> int:
        raise OSError("gone")

    def flush(self) -> None:
        pass


def test_the_thread_that_writes_dies_with_the_terminal() -> None:
    thread = WriterThread(GoneFile())  # type: ignore[arg-type]
    thread.write("a frame")
    with pytest.raises(OSError, match="gone"):
        thread.run()


# --- gathered_repaints -------------------------------------------------------------------------------------------


class RepaintScreen(Screen[None]):
    """Counts the turns of the event loop until a widget that was refreshed asks for its repaint."""

    turns: int | None = None
    asked = False

    class Change(Message):
        """Changes a widget, and waits in the handler until that asks for its repaint."""

    def compose(self) -> ComposeResult:
        yield Static("before", id="changed")

    def post_message(self, message: Message) -> bool:
        self.asked = self.asked or isinstance(message, messages.Update)
        return super().post_message(message)

    async def on_repaint_screen_change(self) -> None:
        self.query_one("#changed").refresh()
        self.asked = False
        for turn in range(20):
            if self.asked:
                self.turns = turn
                return
            await asyncio.sleep(0)


async def test_a_refreshed_widget_asks_for_its_repaint_some_turns_later() -> None:
    screen = RepaintScreen()

    class Screened(App[None]):
        def get_default_screen(self) -> Screen[None]:
            return screen

    async with Screened().run_test() as pilot:
        await pilot.pause()
        screen.post_message(RepaintScreen.Change())
        await pilot.pause()
    assert screen.turns is not None
    assert 1 <= screen.turns <= TURNS_TO_REPAINT
