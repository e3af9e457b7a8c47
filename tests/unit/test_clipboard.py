"""tmux as the way to the clipboard, with a script in tmux's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qconn_tui.terminal.clipboard import load_tmux_buffer, tmux_command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

SOCKET = "/tmp/tmux-1000/default,1,0"


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


async def test_the_text_goes_to_tmux_as_it_is(tmp_path: Path) -> None:
    tmux = script(tmp_path / "tmux", f'echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/text')
    text = "東京 é\n-w $(rm)\n"
    assert await load_tmux_buffer(tmux, text)
    assert (tmp_path / "arguments").read_text() == "load-buffer -w -\n"
    assert (tmp_path / "text").read_text(encoding="utf-8") == text


async def test_a_tmux_that_fails_did_not_take_it(tmp_path: Path) -> None:
    assert not await load_tmux_buffer(script(tmp_path / "tmux", "cat > /dev/null; exit 1"), "text")


async def test_a_tmux_that_does_not_read_did_not_take_it(tmp_path: Path) -> None:
    assert not await load_tmux_buffer(script(tmp_path / "tmux", "exit 1"), "x" * 1_000_000)


async def test_a_tmux_that_is_gone_did_not_take_it(tmp_path: Path) -> None:
    assert not await load_tmux_buffer(str(tmp_path / "tmux"), "text")


async def test_a_tmux_that_hangs_is_given_up(tmp_path: Path) -> None:
    assert not await load_tmux_buffer(script(tmp_path / "tmux", "exec sleep 60"), "text")
