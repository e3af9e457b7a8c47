"""Copying text to the user's clipboard, also over SSH.

By default tmux drops OSC 52 from its panes, but `tmux load-buffer -w` keeps the text as a buffer and forwards it to the
terminal around tmux. A tool such as xclip reaches the clipboard of the machine that it runs on, which over SSH is not
the user's. Everywhere else the program sends OSC 52 (xterm's ctlseqs, “Manipulate Selection Data”); a terminal does not
report whether it obeyed.
"""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from qconn_tui.terminal.profile import is_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FindCommand: TypeAlias = "Callable[[str], str | None]"
"""Returns the path of a command, as `shutil.which` does."""

OSC_52 = "\x1b]52;"
"""How each sequence that writes the clipboard begins."""

_LONGEST_SEQUENCE = 8192
"""Bytes of an OSC 52 sequence; some terminals drop or cut longer ones."""
_COMMAND_SECONDS = 2.0
"""Seconds that a command may take to read the text."""

_DISPLAY_TOOLS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)
"""The variable that a tool needs, and its command; the first one that is there is used."""

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
"""A variable, how its value begins, and what to set in that terminal; the first match is shown."""


class CopyMethod(NamedTuple):
    """One method to copy text to a clipboard."""

    target: str
    """Where the text is afterwards, as the end of “copied it to …”."""
    command: tuple[str, ...] = ()
    """The command that takes the text on its standard input; empty for OSC 52."""
    hint: str = ""
    """What to set when the text does not arrive; empty where the command's exit status says whether it did."""


def copy_methods(environ: Mapping[str, str], platform: str, find: FindCommand) -> tuple[CopyMethod, ...]:
    """Return the methods that are available, OSC 52 always last.

    Use tmux and a tool both, where both are there, because the terminal around a local tmux may refuse the text. Use
    OSC 52 only when no command took the text.

    Args:
        environ: The environment variables of the program.
        platform: The value of `sys.platform`.
        find: Returns the path of a command.
    """
    commands: list[CopyMethod] = []
    if environ.get("TMUX") and (tmux := find("tmux")):
        command = (tmux, "load-buffer", "-w", "-")
        commands.append(CopyMethod("tmux and the terminal's clipboard", command, _TMUX_HINT))
    if not is_remote(environ) and (tool := _local_tool(environ, platform, find)):
        commands.append(tool)
    return (*commands, CopyMethod("the terminal's clipboard (OSC 52)", hint=_osc_52_hint(environ)))


def _local_tool(environ: Mapping[str, str], platform: str, find: FindCommand) -> CopyMethod | None:
    if platform == "darwin":
        path = find("pbcopy")
        return CopyMethod("the clipboard (pbcopy)", (path,)) if path else None
    for display, (name, *arguments) in _DISPLAY_TOOLS:
        if environ.get(display) and (path := find(name)):
            return CopyMethod(f"the clipboard ({name})", (path, *arguments))
    return None


def _osc_52_hint(environ: Mapping[str, str]) -> str:
    if environ.get("TMUX"):
        return _PLAIN_TMUX_HINT
    return next((hint for name, start, hint in _HINTS if (value := environ.get(name)) and value.startswith(start)), "")


async def pipe_to(command: tuple[str, ...], text: str) -> bool:
    """Run a command with the text on its standard input, and return whether it succeeded in time."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # xclip and the like keep running to serve the selection, also after the program and its terminal are gone.
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
    """Return whether the text is short enough for one OSC 52 sequence."""
    return len(OSC_52) + len("c;\a") + len(base64.b64encode(text.encode())) <= _LONGEST_SEQUENCE
