"""The tmux that the program runs in: its version and options."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMAT = "#{version}|#{set-clipboard}|#{allow-passthrough}|#{client_termfeatures}"
_FLAGS = {"0": "off", "1": "on", "": "unknown"}


@dataclass(frozen=True, slots=True)
class Tmux:
    """The version and options of a tmux server, named as in tmux(1)."""

    version: str
    """For example 3.3a."""
    clipboard: str
    """The option `set-clipboard`: on, external or off."""
    passthrough: str
    """The option `allow-passthrough`: on, all or off; unknown for a tmux that does not have it."""
    features: frozenset[str] = frozenset()
    """The features that tmux knows the terminal around it to have (`client_termfeatures`), for example RGB."""

    @property
    def passes_through(self) -> bool:
        """Whether tmux forwards what `wrap_for_tmux` wraps."""
        return self.passthrough in ("on", "all")


def find_tmux(environ: Mapping[str, str]) -> str | None:
    """Return the path of the tmux command; None outside tmux, or when the command is not on the PATH."""
    return shutil.which("tmux", path=environ.get("PATH")) if environ.get("TMUX") else None


def ask_tmux(environ: Mapping[str, str], seconds: float) -> Tmux | None:
    """Ask the tmux around the program for its options.

    Args:
        environ: The environment variables of the program.
        seconds: How many seconds tmux may take.

    Returns:
        The options; None outside tmux, or when tmux does not answer in time or not in the expected form.
    """
    tmux = find_tmux(environ)
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
