"""The tmux around the program: what it is, and what it lets through."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qconn_tui.terminal.clipboard import tmux_command

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMAT = "#{version}|#{set-clipboard}|#{allow-passthrough}|#{client_termfeatures}"
_FLAGS = {"0": "off", "1": "on", "": "unknown"}
_PREFIX, _END = b"\x1bPtmux;", b"\x1b\\"


@dataclass(frozen=True, slots=True)
class Tmux:
    """What a tmux says of itself."""

    version: str
    """E.g. 3.3a."""
    clipboard: str
    """Its option `set-clipboard`: on, external or off."""
    passthrough: str
    """Its option `allow-passthrough`: on, all, off, or unknown to one that is too old."""
    features: frozenset[str] = frozenset()
    """What it knows the terminal around it to be able to do, e.g. RGB."""

    @property
    def passes_through(self) -> bool:
        """Whether what is wrapped for it reaches the terminal around it."""
        return self.passthrough in ("on", "all")


def ask_tmux(environ: Mapping[str, str], seconds: float) -> Tmux | None:
    """What the tmux around the program says of itself; None when it does not answer within `seconds` seconds."""
    tmux = tmux_command(environ)
    if tmux is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - found in the PATH, like every command that is typed
            [tmux, "display-message", "-p", _FORMAT],
            env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    version, *options = done.stdout.decode(errors="replace").strip().split("|")
    if done.returncode or len(options) != 3:
        return None
    clipboard, passthrough = (_FLAGS.get(option, option) for option in options[:2])
    return Tmux(version, clipboard, passthrough, frozenset(options[2].split(",")))


def wrapped(sequences: bytes) -> bytes:
    """The same for the terminal around tmux; tmux drops it unless it `passes_through`."""
    return _PREFIX + sequences.replace(b"\x1b", b"\x1b\x1b") + _END
