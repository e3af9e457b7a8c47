"""The ways to the clipboard: which are open, what is sent, and commands with a script in their place."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from qconn_tui.terminal.clipboard import Way, envelop, fits_osc_52, hand_over, tmux_command, ways

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.anyio

SOCKET = "/tmp/tmux-1000/default,1,0"
LOCAL = {"TERM": "xterm-256color"}
REMOTE = {**LOCAL, "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
IN_TMUX = {"TERM": "tmux-256color", "TMUX": SOCKET}
TMUX, WL_COPY = ("/bin/tmux", "load-buffer", "-w", "-"), ("/bin/wl-copy",)
XCLIP, XSEL = ("/bin/xclip", "-selection", "clipboard"), ("/bin/xsel", "--clipboard", "--input")
EVERYTHING = ("tmux", "pbcopy", "wl-copy", "xclip", "xsel")
SEQUENCE = "\x1b]52;c;aWQ=\a"


def open_ways(environ: Mapping[str, str], platform: str = "linux", there: tuple[str, ...] = EVERYTHING) -> list[Way]:
    return list(ways(environ, platform, lambda name: f"/bin/{name}" if name in there else None))


@pytest.mark.parametrize(
    ("environ", "platform", "there", "commands"),
    [
        (REMOTE, "linux", EVERYTHING, []),
        ({**REMOTE, **IN_TMUX}, "linux", EVERYTHING, [TMUX]),
        ({**REMOTE, **IN_TMUX}, "linux", (), []),
        ({**REMOTE, "DISPLAY": "localhost:10.0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", EVERYTHING, []),
        (REMOTE, "darwin", EVERYTHING, []),
        ({**LOCAL, "SSH_TTY": "/dev/pts/1", "DISPLAY": ":0"}, "linux", EVERYTHING, []),
        ({**LOCAL, "SSH_CLIENT": "192.0.2.1 50000 22", "DISPLAY": ":0"}, "linux", EVERYTHING, []),
        (LOCAL, "linux", EVERYTHING, []),
        ({**LOCAL, "DISPLAY": ""}, "linux", EVERYTHING, []),
        ({**LOCAL, "DISPLAY": ":0"}, "linux", EVERYTHING, [XCLIP]),
        ({**LOCAL, "DISPLAY": ":0"}, "linux", ("xsel",), [XSEL]),
        ({**LOCAL, "DISPLAY": ":0"}, "linux", ("tmux", "wl-copy"), []),
        ({**LOCAL, "DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", EVERYTHING, [WL_COPY]),
        ({**LOCAL, "DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", ("xclip",), [XCLIP]),
        (LOCAL, "darwin", EVERYTHING, [("/bin/pbcopy",)]),
        ({**LOCAL, "DISPLAY": ":0"}, "darwin", ("xclip",), []),
        ({**IN_TMUX, "DISPLAY": ":0"}, "linux", EVERYTHING, [TMUX, XCLIP]),
        (IN_TMUX, "darwin", EVERYTHING, [TMUX, ("/bin/pbcopy",)]),
        ({**IN_TMUX, "TMUX": ""}, "linux", EVERYTHING, []),
    ],
)
def test_the_commands_that_reach_the_person_are_used_and_osc_52_comes_last(
    environ: dict[str, str], platform: str, there: tuple[str, ...], commands: list[tuple[str, ...]]
) -> None:
    possible = open_ways(environ, platform, there)
    assert [way.command for way in possible] == [*commands, ()]
    assert "OSC 52" in possible[-1].target


@pytest.mark.parametrize(
    ("environ", "advice"),
    [
        (IN_TMUX, "set -s set-clipboard on"),
        ({"TERM": "tmux-256color"}, "set -s set-clipboard on"),
        ({"TERM": "screen-256color"}, "set -s set-clipboard on"),
        ({"TERM": "xterm-256color"}, "xterm: allowWindowOps"),
        ({"TERM": "xterm-kitty"}, "kitty: "),
        ({"TERM": "foot-extra"}, "foot: "),
        ({"TERM": "alacritty"}, "alacritty: "),
        ({"TERM": "linux"}, "no clipboard"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "Terminal.app"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iTerm2: "),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iTerm2: "),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7006"}, "may not know"),
    ],
)
def test_what_has_to_be_set_depends_on_the_terminal(environ: dict[str, str], advice: str) -> None:
    assert advice in open_ways(environ, there=())[-1].hint


def test_of_an_unknown_terminal_nothing_is_claimed() -> None:
    assert open_ways({})[-1].hint == open_ways({"TERM": "wezterm"})[-1].hint == ""


def test_tmux_hands_on_only_to_a_terminal_that_it_knows_to_have_a_clipboard() -> None:
    assert "terminal-features" in open_ways(IN_TMUX)[0].hint


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({}, SEQUENCE),
        (LOCAL, SEQUENCE),
        (REMOTE, SEQUENCE),
        (IN_TMUX, f"{SEQUENCE}\x1bPtmux;\x1b{SEQUENCE}\x1b\\"),
        ({"TERM": "tmux-256color"}, f"{SEQUENCE}\x1bPtmux;\x1b{SEQUENCE}\x1b\\"),
        ({"TERM": "screen", "STY": "1.tty"}, f"\x1bP{SEQUENCE}\x1b\\"),
        ({"TERM": "screen.xterm-256color"}, f"\x1bP{SEQUENCE}\x1b\\"),
        ({"TERM": "screen-256color"}, f"{SEQUENCE}\x1bP{SEQUENCE}\x1b\\"),
    ],
)
def test_a_sequence_is_sent_as_it_gets_through(environ: dict[str, str], sent: str) -> None:
    assert envelop(SEQUENCE, environ) == sent


def test_gnu_screen_gets_a_long_sequence_in_pieces_and_the_terminal_gets_it_whole() -> None:
    sequence = "\x1b]52;c;" + "QUJD" * 1000 + "\a"
    pieces = envelop(sequence, {"STY": "1.tty", "TERM": "screen"}).split("\x1b\\")
    assert pieces.pop() == ""
    assert all(piece.startswith("\x1bP") and len(piece) < 768 for piece in pieces)
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == sequence


def test_what_is_too_long_for_a_sequence_is_known_by_its_bytes() -> None:
    assert fits_osc_52("x" * 6132)
    assert not fits_osc_52("x" * 6144)
    assert not fits_osc_52("é" * 3072)


def script(path: Path, body: str) -> str:
    """An executable that runs `body` in a shell."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_tmux_is_the_one_on_the_path(tmp_path: Path) -> None:
    tmux = script(tmp_path / "tmux", "exit 0")
    assert tmux_command({"TMUX": SOCKET, "PATH": str(tmp_path)}) == tmux


def test_outside_tmux_it_is_not_asked(tmp_path: Path) -> None:
    script(tmp_path / "tmux", "exit 0")
    assert tmux_command({"PATH": str(tmp_path)}) is None
    assert tmux_command({"TMUX": "", "PATH": str(tmp_path)}) is None


def test_a_tmux_that_is_not_on_the_path_is_none(tmp_path: Path) -> None:
    assert tmux_command({"TMUX": SOCKET, "PATH": str(tmp_path)}) is None


async def test_the_text_goes_to_the_command_as_it_is(tmp_path: Path) -> None:
    tmux = script(tmp_path / "tmux", f'echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/text')
    text = "東京 é\n-w $(rm)\n"
    assert await hand_over((tmux, "load-buffer", "-w", "-"), text)
    assert (tmp_path / "arguments").read_text() == "load-buffer -w -\n"
    assert (tmp_path / "text").read_text(encoding="utf-8") == text


async def test_a_command_that_fails_did_not_take_it(tmp_path: Path) -> None:
    assert not await hand_over((script(tmp_path / "tmux", "cat > /dev/null; exit 1"),), "text")


async def test_a_command_that_does_not_read_did_not_take_it(tmp_path: Path) -> None:
    assert not await hand_over((script(tmp_path / "tmux", "exit 1"),), "x" * 1_000_000)


async def test_a_command_that_is_gone_did_not_take_it(tmp_path: Path) -> None:
    assert not await hand_over((str(tmp_path / "tmux"),), "text")


async def test_a_command_that_hangs_is_given_up(tmp_path: Path) -> None:
    assert not await hand_over((script(tmp_path / "tmux", "exec sleep 60"),), "text")


async def test_a_command_is_not_left_behind_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    # It has got the whole text, so nothing but its end is waited for.
    command = script(tmp_path / "tmux", f"cat > /dev/null; echo $$ > {pipe}; exec sleep 60")
    task = asyncio.create_task(hand_over((command,), "text"))
    pid = int(await asyncio.to_thread(pipe.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
