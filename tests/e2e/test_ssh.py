"""Over SSH: a real server and client on loopback, near and 300 ms away."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from tests.e2e.delay import far_away
from tests.e2e.parts import needs
from tests.e2e.program import PATIENCE, PROGRAM, run
from tests.e2e.reading import ALL_PAGES, FIRST_PAGE, clipboard, settle, shown_id
from tests.e2e.ssh import Login, ssh_server
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

pytestmark = [pytest.mark.pty, needs("sshd", "ssh", "ssh-keygen")]

ONE_WAY = 0.15


@pytest.fixture
def login(tmp_path: Path, connected: Mapping[str, str]) -> Iterator[Login]:
    """A machine to log in to, where everything leads to the tenant."""
    with ssh_server(tmp_path, connected) as login:
        yield login


def over(login: Login, environ: Mapping[str, str], *remote: str) -> Terminal:
    """A terminal that has logged in from a machine with more colours than SSH tells of."""
    local = {**environ, "COLORTERM": "truecolor", "TERM_PROGRAM": "somewhere"}
    return Terminal(*(remote or (PROGRAM,)), environ=local, program=login.command)


def test_the_list_comes_y_reaches_the_terminal_far_away_and_q_gives_it_back(
    login: Login, environ: Mapping[str, str]
) -> None:
    with over(login, environ) as terminal:
        terminal.wait_for(FIRST_PAGE)
        terminal.press("down")
        terminal.wait_for(lambda: terminal.marked_row().startswith("_underscore"))
        terminal.press("y")
        terminal.wait_for("OSC 52")
        assert clipboard(terminal) == [b64encode(shown_id(terminal).encode())]
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored


def test_a_connection_that_breaks_ends_the_program_and_leaves_the_saved_list_whole(
    login: Login, connected: Mapping[str, str], tmp_path: Path
) -> None:
    number = tmp_path / "pid"
    remote = f"echo $$ > {shlex.quote(str(number))}; exec {shlex.quote(PROGRAM)}"
    with over(login, connected, remote) as terminal:
        terminal.wait_for(FIRST_PAGE)
        terminal.press("L")
        terminal.wait_for(ALL_PAGES)
        # In the midst of another walk.
        terminal.press("r")
        terminal.process.kill()
        wait_for_end(int(number.read_text()))
    done = run("ls", "--offline", environ=connected)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 412


def wait_for_end(pid: int) -> None:
    """Wait until a process that is nobody's child here is gone."""
    deadline = time.monotonic() + PATIENCE
    while is_running(pid):
        assert time.monotonic() < deadline, "it runs on without a terminal"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process is neither gone nor dead and not yet asked for its status, as some containers leave them."""
    try:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    except OSError:
        return False
    return bool(state.strip()) and not state.startswith("Z")


@pytest.mark.parametrize(
    ("term", "colors"), [("xterm-256color", b"38;5;"), ("foot", b"38;2;"), ("alacritty", b"38;2;")]
)
def test_the_terminals_name_decides_the_colours_as_ssh_brings_nothing_else(
    login: Login, environ: Mapping[str, str], term: str, colors: bytes
) -> None:
    with over(login, {**environ, "TERM": term}) as terminal:
        terminal.wait_for(FIRST_PAGE)
        terminal.press("q")
        assert terminal.exit_status() == 0
        foreign = {b"38;2;", b"38;5;"} - {colors}
        assert colors in terminal.raw
        assert not any(other in terminal.raw for other in foreign)


def test_what_is_typed_before_the_program_runs_is_not_lost(login: Login, environ: Mapping[str, str]) -> None:
    wait = f"echo ready; read -r line; exec {shlex.quote(PROGRAM)}"
    with over(login, environ, wait) as terminal:
        terminal.wait_for("ready")
        # The first line is for the shell, and nobody has taken the terminal over when the second one comes.
        terminal.press("\r/airtable\r")
        terminal.wait_for("1 of 412 · complete")
        terminal.wait_for("⏎ Open")
        terminal.press("y")
        terminal.wait_for("Sent the id of Airtable")
        terminal.press("q")
        assert terminal.exit_status() == 0


def is_untouched(terminal: Terminal) -> bool:
    """Whether nothing is filtered, sorted, ticked, opened or told, and the first row has the cursor."""
    text = terminal.text()
    return (
        terminal.marked_row().startswith("7th Hour")
        and re.fullmatch(r" qconn-tui  127\.0\.0\.1:\d+", terminal.lines()[0]) is not None
        and "name, billable:yes" in text
        and "as listed" in text
        and "⏎ Open" in text
        and text.count("○") == 6
    )


def test_300_ms_away_every_key_arrives_and_no_other(
    login: Login, connected: Mapping[str, str], tell: Callable[[str], None]
) -> None:
    with far_away(login.port, ONE_WAY) as port, over(login.by_way_of(port), connected) as terminal:
        terminal.wait_for(FIRST_PAGE)
        start = settle(terminal)
        assert is_untouched(terminal), "a key that nobody pressed would show"
        terminal.press("j")
        terminal.wait_for(lambda: terminal.marked_row().startswith("_underscore"))
        down = settle(terminal) - start
        terminal.press("/a")
        terminal.wait_for(" of 412 · complete")
        before = settle(terminal)
        terminal.press("i")
        terminal.wait_for(lambda: "/ ai" in terminal.lines()[0])
        key = settle(terminal) - before
        # Nobody waits for the echo of each key.
        terminal.press("rtabl", "e", "enter")
        terminal.wait_for(lambda: terminal.lines()[-2].strip().startswith("1 of 412 · complete"))
        assert terminal.marked_row().startswith("Airtable")
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored
    tell(
        f"300 ms away, 120x40, TERM=xterm-256color: {start:,} bytes to start, {down:,} a row down, {key:,} a filter key"
    )
