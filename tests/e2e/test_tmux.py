"""Inside tmux: copying in each of its configurations, a window that changes, a session that is left and found again."""

from __future__ import annotations

import subprocess
import tempfile
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.parts import find, needs
from tests.e2e.program import PATIENCE, PROGRAM
from tests.e2e.reading import FIRST_PAGE, clipboard, settle, shown_id
from tests.e2e.ssh import ssh_server
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [pytest.mark.pty, needs("tmux")]

DEFAULTS = ""
PASSTHROUGH = "set -g allow-passthrough on\n"


@dataclass(frozen=True, slots=True)
class Tmux:
    """A tmux of its own, apart from whatever runs on the machine."""

    folder: Path
    environ: Mapping[str, str]

    @property
    def command(self) -> tuple[str, ...]:
        """tmux itself; what it is to do comes behind it."""
        return ("tmux", "-S", f"{self.folder}/socket", "-f", f"{self.folder}/conf")

    def do(self, *arguments: str) -> str:
        """Run a command of tmux's and return what it says."""
        done = subprocess.run(
            [*self.command, *arguments], env=dict(self.environ), capture_output=True, text=True, timeout=PATIENCE
        )
        return done.stdout

    def configure(self, configuration: str) -> None:
        """What is in its file when it starts."""
        # The status line has a clock.
        (self.folder / "conf").write_text(f"set -g status off\n{configuration}")


@pytest.fixture
def tmux(connected: Mapping[str, str]) -> Iterator[Tmux]:
    """A tmux without a server yet; it ends with the test."""
    # The path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="qconn-") as folder:
        tmux = Tmux(Path(folder), connected)
        tmux.configure(DEFAULTS)
        try:
            yield tmux
        finally:
            tmux.do("kill-server")


@contextmanager
def session(tmux: Tmux, *arguments: str) -> Iterator[Terminal]:
    """A terminal in which tmux runs the program, or attaches to it."""
    words = arguments or ("new-session", PROGRAM)
    with Terminal(*words, environ=tmux.environ, program=tmux.command) as terminal:
        terminal.wait_for(FIRST_PAGE)
        yield terminal


def is_restored(terminal: Terminal) -> bool:
    """Whether the terminal is as it was; tmux asks it much that leaves no trace."""
    return terminal.attributes == terminal.initial_attributes and terminal.modes == {7, 25}


@pytest.mark.parametrize("configuration", [DEFAULTS, PASSTHROUGH, "set -s set-clipboard off\n"])
def test_y_fills_tmuxs_buffer_and_the_clipboard_of_the_terminal_around_it(tmux: Tmux, configuration: str) -> None:
    tmux.configure(configuration)
    with session(tmux) as terminal:
        terminal.press("y")
        terminal.wait_for("Copied the id of 7th Hour to tmux")
        assert tmux.do("show-buffer") == shown_id(terminal)
        terminal.wait_for(lambda: clipboard(terminal) == [b64encode(shown_id(terminal).encode())])
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert is_restored(terminal)


@pytest.mark.parametrize("configuration", ["set -s set-clipboard on\n", PASSTHROUGH])
def test_where_tmux_cannot_be_called_one_of_its_options_is_enough(
    tmux: Tmux, configuration: str, tmp_path: Path
) -> None:
    tmux.configure(configuration)
    with session(tmux, "new-session", "env", f"PATH={tmp_path}", PROGRAM) as terminal:
        terminal.press("y")
        terminal.wait_for("Sent the id of 7th Hour")
        terminal.wait_for(lambda: clipboard(terminal) == [b64encode(shown_id(terminal).encode())])
        assert "set -s set-clipboard on" in " ".join(terminal.text().split())


def test_a_window_that_changes_and_a_session_that_is_left_and_found_again(tmux: Tmux) -> None:
    with session(tmux) as terminal:
        terminal.press("j", "j")
        terminal.wait_for(lambda: terminal.marked_row().startswith("Airtable"))
        terminal.resize(80, 24)
        terminal.wait_for(lambda: len(terminal.lines()[-2]) < 80 and "Billable" in terminal.lines()[1])
        terminal.resize(120, 40)
        terminal.wait_for(lambda: "name, billable:yes" in terminal.text() and FIRST_PAGE in terminal.lines()[-2])
        assert terminal.marked_row().startswith("Airtable")
        settle(terminal)
        before = terminal.lines()
        tmux.do("detach-client")
        assert terminal.exit_status() == 0
        assert is_restored(terminal)
    with session(tmux, "attach-session") as again:
        again.wait_for(lambda: again.lines() == before)
        again.press("k")
        again.wait_for(lambda: again.marked_row().startswith("_underscore"))
        again.press("q")
        assert again.exit_status() == 0
        assert is_restored(again)


def test_an_esc_that_tmux_sends_together_with_the_next_key_is_not_lost(tmux: Tmux) -> None:
    with session(tmux) as terminal:
        terminal.press("/desk")
        terminal.wait_for("/ desk")
        terminal.wait_for(" of 412 · complete")
        # tmux waits for half a second after an Esc, and the second key is there before.
        terminal.press("escape", "/")
        terminal.wait_for("412 of 412 · complete")
        terminal.press("airtable", "enter")
        terminal.wait_for(lambda: terminal.marked_row().startswith("Airtable"))
        terminal.wait_for("/ airtable")


@needs("sshd", "ssh", "ssh-keygen")
def test_over_ssh_a_broken_connection_leaves_the_program_in_tmux_as_it_was(tmux: Tmux, tmp_path: Path) -> None:
    with ssh_server(tmp_path, tmux.environ) as login:
        for words in (("new-session", PROGRAM), ("attach-session",)):
            with Terminal(*tmux.command, *words, environ=tmux.environ, program=login.command) as terminal:
                terminal.wait_for(FIRST_PAGE)
                terminal.press("y")
                terminal.wait_for("to tmux")
                assert tmux.do("show-buffer") == shown_id(terminal)
                terminal.wait_for(lambda: clipboard(terminal) == [b64encode(shown_id(terminal).encode())])
                terminal.process.kill()
    assert tmux.do("list-panes", "-F", "#{pane_current_command}").strip() in ("qconn-tui", "python", "python3")


@needs("screen")
def test_y_gets_through_gnu_screen(connected: Mapping[str, str], tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    environ = {**connected, "SCREENDIR": str(tmp_path), "SCREENRC": "/dev/null"}
    screen = find("screen")
    assert screen
    with Terminal("-T", "screen-256color", "-U", PROGRAM, environ=environ, program=(screen,)) as terminal:
        terminal.wait_for(FIRST_PAGE)
        terminal.press("y")
        terminal.wait_for("Sent the id of 7th Hour")
        terminal.wait_for(lambda: clipboard(terminal) == [b64encode(shown_id(terminal).encode())])
        terminal.press("q")
        assert terminal.exit_status() == 0
