"""Asking the tmux around the program."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from qconn_tui.terminal.tmux import Tmux, ask_tmux, find_tmux

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 20.0


def tmux_that(path: Path, does: str) -> dict[str, str]:
    """An environment inside a tmux that is this shell script."""
    program = path / "tmux"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    return {"TMUX": "socket", "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("does", "answer"),
    [
        ("echo '3.3a|external|0|RGB,title'", Tmux("3.3a", "external", "off", frozenset(("RGB", "title")))),
        ("echo '3.5|on|all|title'", Tmux("3.5", "on", "all", frozenset(("title",)))),
        ("echo '2.9|on||title'", Tmux("2.9", "on", "unknown", frozenset(("title",)))),
        ("echo 'no server' >&2; exit 1", None),
        ("echo '3.3a|on|1|RGB'; exit 1", None),
        ("echo '3.3a'", None),
    ],
)
def test_tmux_is_asked_for_its_options(does: str, answer: object, tmp_path: Path) -> None:
    assert ask_tmux(tmux_that(tmp_path, does), TIMEOUT) == answer


def test_outside_tmux_nothing_is_asked(tmp_path: Path) -> None:
    environ = tmux_that(tmp_path, "echo '3.3a|on|1|RGB'")
    assert ask_tmux({"PATH": environ["PATH"]}, TIMEOUT) is None
    assert ask_tmux({"TMUX": "socket", "PATH": str(tmp_path / "nowhere")}, TIMEOUT) is None


def test_a_tmux_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    assert ask_tmux(tmux_that(tmp_path, "exec sleep 60"), 0.1) is None


def test_tmux_is_the_one_on_the_path(tmp_path: Path) -> None:
    environ = tmux_that(tmp_path, "exit 0")
    assert find_tmux(environ) == str(tmp_path / "tmux")
    assert find_tmux({**environ, "PATH": str(tmp_path / "nowhere")}) is None


def test_outside_tmux_the_command_is_not_used(tmp_path: Path) -> None:
    environ = tmux_that(tmp_path, "exit 0")
    assert find_tmux({"PATH": environ["PATH"]}) is None
    assert find_tmux({**environ, "TMUX": ""}) is None
