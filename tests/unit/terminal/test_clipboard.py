"""The clipboard: which methods are available, and what the commands get; scripts take the place of the commands."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from qconn_tui.terminal.clipboard import CopyMethod, copy_methods, fits_osc_52, pipe_to

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


def methods(
    environ: Mapping[str, str], platform: str = "linux", installed: tuple[str, ...] = EVERYTHING
) -> list[CopyMethod]:
    return list(copy_methods(environ, platform, lambda name: f"/bin/{name}" if name in installed else None))


@pytest.mark.parametrize(
    ("environ", "platform", "installed", "commands"),
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
def test_commands_that_reach_the_user_are_used_and_osc_52_comes_last(
    environ: dict[str, str], platform: str, installed: tuple[str, ...], commands: list[tuple[str, ...]]
) -> None:
    available = methods(environ, platform, installed)
    assert [method.command for method in available] == [*commands, ()]
    assert "OSC 52" in available[-1].target


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
    assert advice in methods(environ, installed=())[-1].hint


def test_an_unknown_terminal_gets_no_hint() -> None:
    assert methods({})[-1].hint == methods({"TERM": "wezterm"})[-1].hint == ""


def test_the_hint_for_tmux_names_the_feature_that_it_needs() -> None:
    assert "terminal-features" in methods(IN_TMUX)[0].hint


def test_the_length_limit_of_a_sequence_counts_bytes() -> None:
    assert fits_osc_52("x" * 6132)
    assert not fits_osc_52("x" * 6144)
    assert not fits_osc_52("é" * 3072)


def script(path: Path, body: str) -> str:
    """An executable that runs `body` in a shell."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


async def test_the_text_goes_to_the_command_as_it_is(tmp_path: Path) -> None:
    tmux = script(tmp_path / "tmux", f'echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/text')
    text = "東京 é\n-w $(rm)\n"
    assert await pipe_to((tmux, "load-buffer", "-w", "-"), text)
    assert (tmp_path / "arguments").read_text() == "load-buffer -w -\n"
    assert (tmp_path / "text").read_text(encoding="utf-8") == text


async def test_a_command_that_fails_did_not_take_it(tmp_path: Path) -> None:
    assert not await pipe_to((script(tmp_path / "tmux", "cat > /dev/null; exit 1"),), "text")


async def test_a_command_that_does_not_read_did_not_take_it(tmp_path: Path) -> None:
    assert not await pipe_to((script(tmp_path / "tmux", "exit 1"),), "x" * 1_000_000)


async def test_a_command_that_is_gone_did_not_take_it(tmp_path: Path) -> None:
    assert not await pipe_to((str(tmp_path / "tmux"),), "text")


async def test_a_command_that_hangs_is_given_up(tmp_path: Path) -> None:
    assert not await pipe_to((script(tmp_path / "tmux", "exec sleep 60"),), "text")


async def test_a_command_is_killed_when_the_copy_is_cancelled(tmp_path: Path) -> None:
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    # The command has read the whole text, so only its end is missing.
    command = script(tmp_path / "tmux", f"cat > /dev/null; echo $$ > {pipe}; exec sleep 60")
    task = asyncio.create_task(pipe_to((command,), "text"))
    pid = int(await asyncio.to_thread(pipe.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
