"""Rough weather: keys that expire, tenants that go away, windows that will not hold still, people who leave at once."""

from __future__ import annotations

import itertools
import random
import re
import select
import signal
import sqlite3
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qconn_tui.demo.http_messages import RefusedError, Request, Response, error_response
from qconn_tui.demo.tenant import DemoTenant
from tests.e2e.program import PATIENCE, PROGRAM, environment
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.pty

KEY = "the-same-key-0123456789-all-the-time"
SEED = 20261123
MOMENTS = 50
AT_ONCE = 3
"""Programs that are left at the same time."""
IN_ANOTHER_SESSION = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:], start_new_session=True))"
PASTE = "\x1b[200~{}\x1b[201~"


def variables(tenant: DemoTenant) -> dict[str, str]:
    """What leads to the tenant."""
    return {"QCONN_SERVER": tenant.origin, "QCONN_API_KEY": tenant.api_key}


def is_later_page(request: Request) -> bool:
    """Whether a page of the list after the first one is asked for."""
    return "/automation-connectors?" in request.target and "cursor=" in request.target


# --- the tenant ------------------------------------------------------------------------------------------------------


def test_a_walk_goes_on_with_a_new_key_where_the_old_one_was_refused(environ: Mapping[str, str]) -> None:
    def expire(request: Request) -> Response | None:
        if not (is_later_page(request) and request.headers["authorization"] == f"Bearer {KEY}"):
            return None
        return error_response(RefusedError(HTTPStatus.UNAUTHORIZED, "The key was revoked."), request.trace_id)

    with DemoTenant(faults=expire, key=KEY) as tenant, Terminal(environ={**environ, **variables(tenant)}) as terminal:
        terminal.wait_for("100 of 100 · partial, more on the server")
        terminal.press("L")
        terminal.wait_for("answered 401")
        assert "100 of 100" in terminal.text(), "the rows stay"
        terminal.press("n")
        terminal.wait_for("New API key")
        # The tenant takes its access token in the place of a key, too.
        new_key = tenant._accounts.access_token
        terminal.press(PASTE.format(new_key), "enter")
        terminal.wait_for("412 of 412 · complete")
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored
        listed = [request for request in tenant.requests if "/automation-connectors?" in request]
        assert len(listed) == 6, "five pages, of which the second was asked for twice"
        assert listed[1] == listed[2]
        assert new_key.encode() not in terminal.raw and KEY.encode() not in terminal.raw


def test_rows_stay_while_the_tenant_is_away_and_r_finds_it_when_it_is_back(environ: Mapping[str, str]) -> None:
    with DemoTenant(key=KEY) as tenant:
        port = int(tenant.origin.rpartition(":")[2])
        terminal = Terminal(environ={**environ, **variables(tenant)})
        with terminal:
            terminal.wait_for("100 of 100 · partial, more on the server")
            tenant.stop()
            terminal.press("L")
            terminal.wait_for(lambda: "refuses connections" in terminal.text() and "Going on in" not in terminal.text())
            assert "100 of 100" in terminal.text(), "the rows stay"
            name = terminal.marked_row()
            terminal.press("down")
            terminal.wait_for(lambda: terminal.marked_row() not in ("", name))
            with DemoTenant(key=KEY, port=port):
                terminal.press("r")
                terminal.wait_for(lambda: "refuses connections" not in terminal.text())
                terminal.press("L")
                terminal.wait_for("412 of 412 · complete")
                terminal.press("q")
                assert terminal.exit_status() == 0
                assert terminal.is_restored


# --- the window ------------------------------------------------------------------------------------------------------


def test_a_hundred_resizes_while_pages_come(environ: Mapping[str, str]) -> None:
    dice = random.Random(SEED)
    edges = [(1, 1), (2, 1), (1, 60), (200, 1), (200, 60), (24, 6), (80, 24)]
    sizes = edges + [(dice.randint(1, 200), dice.randint(1, 60)) for _ in range(100 - len(edges))]
    dice.shuffle(sizes)
    with (
        DemoTenant(latency=0.02) as tenant,
        Terminal("--page-size", "10", environ={**environ, **variables(tenant)}) as terminal,
    ):
        terminal.wait_for("partial, more on the server")
        terminal.press("L")
        for size in sizes:
            terminal.resize(*size)
            time.sleep(dice.uniform(0, 0.02))
        terminal.resize(120, 40)
        terminal.wait_for("412 of 412 · complete")
        terminal.wait_for(lambda: terminal.line_with("Name", "Billable") >= 0)
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_pages_that_have_come_are_written_down_when_somebody_leaves_in_mid_walk(environ: Mapping[str, str]) -> None:
    released, later = threading.Event(), itertools.count()

    def hang(request: Request) -> Response | None:
        if is_later_page(request) and next(later) > 0:
            released.wait(PATIENCE)
        return None

    with DemoTenant(faults=hang) as tenant, Terminal(environ={**environ, **variables(tenant)}) as terminal:
        terminal.wait_for("100 of 100")
        terminal.press("L")
        terminal.wait_for("200 of 200")
        terminal.wait_for("loading page 3")
        terminal.press("q")
        assert terminal.exit_status() == 0
        released.set()
    (path,) = Path(environ["HOME"], ".cache", "qconn-tui").glob("*.db")
    with closing(sqlite3.connect(path)) as cache:
        assert cache.execute("SELECT number, connectors FROM page ORDER BY number").fetchall() == [(1, 100), (2, 100)]
        assert cache.execute("SELECT saved_at FROM generation").fetchall() == [(None,)], "not taken for the whole list"


@dataclass(frozen=True)
class Departure:
    """Somebody leaves."""

    state: str
    """What goes on: starting, loading, hanging, typing, or a dialog is open."""
    way: str
    """A key, the name of a signal, or the window's end."""
    delay: float
    """Seconds to wait in that state."""

    @property
    def status(self) -> int:
        """What a shell should see."""
        number = {"q": 0, "ctrl+c": 2, "window": signal.SIGHUP}.get(self.way)
        number = signal.Signals[self.way] if number is None else number
        return 128 + number if number else 0


def departures() -> list[Departure]:
    """Every way out of every state, at moments that are random but always the same."""
    dice = random.Random(SEED)
    states = ("starting", "loading", "hanging", "typing", "help", "export")
    ways = ("q", "ctrl+c", "SIGTERM", "SIGHUP", "window")
    pairs = [pair for pair in itertools.product(states, ways) if pair[1] != "q" or pair[0] in states[:3]]
    chosen = pairs + [("starting", dice.choice(ways)) for _ in range(MOMENTS - len(pairs))]
    return [Departure(state, way, dice.uniform(0, 0.7 if state == "starting" else 0.1)) for state, way in chosen]


def bring_about(state: str, terminal: Terminal) -> None:
    """Let the program come into that state."""
    if state == "hanging":
        terminal.wait_for("loading page 1")
    elif state == "loading":
        terminal.wait_for("partial, more on the server")
        terminal.press("L")
    elif state != "starting":
        terminal.wait_for("100 of 100")
        keys, shown = {"typing": ("/data", "data"), "help": ("?", "Esc closes"), "export": ("e", "Enter writes")}[state]
        terminal.press(keys)
        terminal.wait_for(shown)


def is_python_itself(output: bytes) -> bool:
    """Whether Python was interrupted before it had come to the program, where nobody can catch it."""
    return b"Traceback" in output and not re.search(rb'/qconn_tui/__main__\.py", line \d+, in main', output)


def interrupt_start(terminal: Terminal) -> None:
    """Press ctrl+c; once more where Python itself has swallowed it with a complaint, as somebody would."""
    terminal.press("ctrl+c")
    terminal.wait_for(lambda: terminal.process.poll() is not None or is_python_itself(terminal.raw))
    terminal.press("ctrl+c")


def leave(departure: Departure, environ: Mapping[str, str]) -> str:
    """Leave that way; what was wrong with it, or nothing."""
    with Terminal("--page-size", "100" if departure.state == "typing" else "50", environ=environ) as terminal:
        bring_about(departure.state, terminal)
        time.sleep(departure.delay)
        if departure.way == "window":
            terminal.hang_up()
            status = terminal.process.wait(PATIENCE)
        else:
            if departure.way.startswith("SIG"):
                terminal.send_signal(signal.Signals[departure.way])
            elif (departure.state, departure.way) == ("starting", "ctrl+c"):
                interrupt_start(terminal)
            else:
                terminal.press(departure.way)
            status = terminal.exit_status()
            if not terminal.is_restored:
                return f"{departure}: the terminal is not restored: {terminal.raw[:150]!r} … {terminal.raw[-250:]!r}"
            if departure.state == "starting" and is_python_itself(terminal.raw):
                return ""
            if b"Traceback" in terminal.raw:
                return f"{departure}: {terminal.raw!r}"
        # Before the screen is there, a signal may end the program on the spot, which a shell sees as the same status.
        seen = 128 - status if status < 0 and departure.state == "starting" else status
    return "" if seen == departure.status else f"{departure}: status {status}"


@pytest.fixture(scope="module")
def tenants(tenant: Mapping[str, str]) -> Iterator[Mapping[str, Mapping[str, str]]]:
    """What leads to a tenant that answers, and to one that does not."""
    with DemoTenant(latency=600) as hanging:
        yield {"": tenant, "hanging": variables(hanging)}


def test_whoever_leaves_at_whatever_moment_gets_the_terminal_and_the_right_status(
    tenants: Mapping[str, Mapping[str, str]], tmp_path: Path
) -> None:
    def leave_from_home(numbered: tuple[int, Departure]) -> str:
        number, departure = numbered
        home = tmp_path / str(number)
        home.mkdir()
        environ = {**environment(home), **tenants.get(departure.state, tenants[""])}
        return leave(departure, environ)

    planned = departures()
    assert len(planned) == MOMENTS
    with ThreadPoolExecutor(AT_ONCE) as people:
        complaints = list(filter(None, people.map(leave_from_home, enumerate(planned))))
    assert complaints == []


def test_a_window_that_closes_ends_it_also_where_hangups_are_ignored(connected: Mapping[str, str]) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        # In a session of its own nobody tells it, either, that the terminal is gone.
        terminal = Terminal(environ=connected, program=(sys.executable, "-c", IN_ANOTHER_SESSION, PROGRAM))
    finally:
        signal.signal(signal.SIGHUP, before)
    with terminal:
        terminal.wait_for("100 of 100")
        terminal.hang_up()
        assert terminal.process.wait(PATIENCE) == 129


def test_a_window_that_closes_ends_it_also_after_it_has_stopped_reading(connected: Mapping[str, str]) -> None:
    with Terminal(environ=connected) as terminal:
        terminal.wait_for("100 of 100")
        for _ in range(100):
            terminal.press("G", "g")
            time.sleep(0.005)
        terminal.hang_up()
        assert terminal.process.wait(PATIENCE) == 129


def is_full(terminal: Terminal) -> bool:
    """Whether the terminal takes no more of what nobody reads."""
    return not select.select([], [terminal._theirs], [], 0)[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_nobody_reads_holds_nobody_up(connected: Mapping[str, str], number: signal.Signals) -> None:
    with Terminal(environ=connected, columns=250, lines=70) as terminal:
        terminal.wait_for(" · partial, more on the server")
        deadline = time.monotonic() + PATIENCE
        ends = itertools.cycle("Gg")
        while not is_full(terminal):
            assert time.monotonic() < deadline, "the terminal never was full"
            terminal.press(next(ends))
            # Keys that come within one frame may draw nothing in the end.
            time.sleep(0.05)
        terminal.send_signal(number)
        assert terminal.process.wait(PATIENCE) == 128 + number
        assert terminal.exit_status() == 128 + number
        assert terminal.is_restored, "whoever reads again finds the terminal as it was"


def test_a_byte_that_is_no_character_is_no_reason_to_end(connected: Mapping[str, str]) -> None:
    with Terminal(environ=connected) as terminal:
        terminal.wait_for("100 of 100")
        terminal.press_bytes(b"\xe9\xff")
        terminal.press("/")
        terminal.wait_for("Esc Clear")
        terminal.press_bytes(b"a\xffir")
        terminal.press_bytes(b"\xc3")
        terminal.press_bytes(b"\xa9")
        terminal.wait_for("/ a\N{REPLACEMENT CHARACTER}iré")
        terminal.press("ctrl+c")
        assert terminal.exit_status() == 130
