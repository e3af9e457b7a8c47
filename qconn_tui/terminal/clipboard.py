"""Getting text into the clipboard of the person at the keyboard, who may be at the other end of an SSH line.

tmux drops OSC 52 from its panes in its default configuration, but takes text by `load-buffer -w`, keeps it as a
buffer and hands it on to the terminal around it. A tool such as xclip reaches the clipboard of the machine that it
runs on, so it is for nobody over SSH. Everywhere else OSC 52 is the way; no terminal says whether it obeyed.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Which: TypeAlias = "Callable[[str], str | None]"
"""Finds a command's path, as `shutil.which` does."""

OSC_52 = "\x1b]52;"
"""What every sequence that writes the clipboard begins with."""

_LONGEST_SEQUENCE = 8192
"""Bytes of an OSC 52 sequence beyond which terminals begin to drop or cut it."""
_SCREEN_CHUNK = 760
"""Bytes that GNU screen passes through at once; it drops what has 768."""
_COMMAND_SECONDS = 2.0
"""Seconds after which a command is taken for dead."""

_DISPLAY_TOOLS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)
"""The display that a tool needs, and the tool; the first that is there is used."""

_TMUX_HINT = "tmux: set -as terminal-features ',*:clipboard'"
_PLAIN_TMUX_HINT = "tmux: set -s set-clipboard on"
_HINTS = (
    ("TERM_PROGRAM", "Apple_Terminal", "Terminal.app does not know OSC 52"),
    ("TERM_PROGRAM", "iTerm.app", "iTerm2: Settings, General, Selection, let applications use the clipboard"),
    ("LC_TERMINAL", "iTerm2", "iTerm2: Settings, General, Selection, let applications use the clipboard"),
    ("VTE_VERSION", "", "this terminal may not know OSC 52"),
    ("TERM", "linux", "the console has no clipboard"),
    ("TERM", "tmux", _PLAIN_TMUX_HINT),
    ("TERM", "screen-", _PLAIN_TMUX_HINT),
    ("TERM", "xterm-kitty", "kitty: clipboard_control write-clipboard"),
    ("TERM", "foot", "foot: osc52=enabled in [security]"),
    ("TERM", "alacritty", 'alacritty: osc52 = "OnlyCopy" in [terminal]'),
    ("TERM", "xterm", "xterm: allowWindowOps; some terminals do not know OSC 52"),
)
"""A variable, how its value begins, and what has to be set there; the first that fits is said."""


class Way(NamedTuple):
    """One way to a clipboard."""

    target: str
    """Where the text then is, as the end of “copied it to …”."""
    command: tuple[str, ...] = ()
    """What takes the text on its standard input; empty for OSC 52."""
    hint: str = ""
    """What to set when the text does not arrive; empty where the command's word can be relied on."""


def ways(environ: Mapping[str, str], platform: str, which: Which) -> tuple[Way, ...]:
    """Every way that is open, OSC 52 always the last.

    `platform` is what `sys.platform` says. tmux and a tool are both to be used where both are there, as a terminal
    around a local tmux may refuse; OSC 52 is for where neither took the text.
    """
    commands: list[Way] = []
    if environ.get("TMUX") and (tmux := which("tmux")):
        commands.append(Way("tmux and the terminal's clipboard", (tmux, "load-buffer", "-w", "-"), _TMUX_HINT))
    if not is_remote(environ) and (tool := _local_tool(environ, platform, which)):
        commands.append(tool)
    return (*commands, Way("the terminal's clipboard (OSC 52)", hint=_osc_52_hint(environ)))


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the person sits at another machine."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def _local_tool(environ: Mapping[str, str], platform: str, which: Which) -> Way | None:
    if platform == "darwin":
        path = which("pbcopy")
        return Way("the clipboard (pbcopy)", (path,)) if path else None
    for display, (name, *arguments) in _DISPLAY_TOOLS:
        if environ.get(display) and (path := which(name)):
            return Way(f"the clipboard ({name})", (path, *arguments))
    return None


def _osc_52_hint(environ: Mapping[str, str]) -> str:
    if environ.get("TMUX"):
        return _PLAIN_TMUX_HINT
    return next((hint for name, start, hint in _HINTS if (value := environ.get(name)) and value.startswith(start)), "")


def tmux_command(environ: Mapping[str, str]) -> str | None:
    """The path of tmux when the program runs inside it and can call it, else None."""
    return shutil.which("tmux", path=environ.get("PATH")) if environ.get("TMUX") else None


async def hand_over(command: tuple[str, ...], text: str) -> bool:
    """Give a command the text on its standard input; whether it took it."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # What offers a selection on goes on doing so after the program, and its terminal, are gone.
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_COMMAND_SECONDS):
            await process.communicate(text.encode())
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode == 0


def fits_osc_52(text: str) -> bool:
    """Whether terminals can be expected to take so much at once."""
    return len(OSC_52) + len("c;\a") + len(base64.b64encode(text.encode())) <= _LONGEST_SEQUENCE


def envelop(sequence: str, environ: Mapping[str, str]) -> str:
    """A sequence that ends in BEL, in the form in which it gets through what is between program and terminal.

    Where the terminal's name leaves open what there is, in each form: what is not meant for it is ignored.
    """
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        return sequence + _for_tmux(sequence)
    if environ.get("STY") or term.startswith("screen."):
        return _for_screen(sequence)
    # Over SSH: tmux used to call itself `screen-256color`, and does so in many a configuration.
    return sequence + _for_screen(sequence) if term.startswith("screen") else sequence


def _for_tmux(sequence: str) -> str:
    """As tmux passes it through if `allow-passthrough` is on."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def _for_screen(sequence: str) -> str:
    chunks = (sequence[start : start + _SCREEN_CHUNK] for start in range(0, len(sequence), _SCREEN_CHUNK))
    return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
