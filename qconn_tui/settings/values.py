"""The settings of one run, and the values that they may take."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from qconn_tui.terminal.image_modes import IMAGE_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qconn_tui.qlik.auth import Credentials
    from qconn_tui.qlik.server import Server

PAGE_SIZES = range(1, 201)
"""Records per request that the API allows: `limit` of `GET /api/workflows/automation-connectors`."""
DEMO_ROWS = range(1, 100_001)
"""Connectors that the embedded tenant can have."""
IMAGES = ("auto", *IMAGE_WORDS)
"""Ways of drawing a logo."""
COLORS = ("auto", "truecolor", "256", "16", "none")
"""Colour depths of a terminal."""

Value = TypeVar("Value")


class Sourced(NamedTuple, Generic[Value]):
    """A value and where it was set."""

    value: Value
    """The value."""
    source: str
    """The option, variable or file that it came from, safe to show."""


class Settings(NamedTuple):
    """Everything that the options, the environment and the configuration file decide."""

    server: Sourced[Server] | None = None
    """The tenant; None, together with `credentials`, when none is set or for the demo."""
    credentials: Sourced[Credentials] | None = None
    """The credentials for that server."""
    context: str | None = None
    """The name of the qlik-cli context that server or credentials came from."""
    page_size: int = 100
    """Records per request, one of `PAGE_SIZES`."""
    offline: bool = False
    """Whether to use the cache alone and send no request."""
    use_cache: bool = True
    """Whether to read and write the cache."""
    images: str = "auto"
    """One of `IMAGES`."""
    color: str = "auto"
    """One of `COLORS`."""
    theme: str | None = None
    """A theme's name, unchecked; None is the program's own."""
    mouse: bool = True
    """Whether the screen reacts to the mouse."""
    config_file: Path | None = None
    """The configuration file that was read; None without one."""
    log_file: Path | None = None
    """The file to log to; None for no log."""
    logo_hosts: tuple[str, ...] = ()
    """Hosts that logos may come from, beside Qlik's own."""
    keymap: Mapping[str, str] = MappingProxyType({})
    """Keys by the id of their action, unchecked."""
    demo: bool = False
    """Whether to browse the embedded tenant."""
    demo_rows: int | None = None
    """Connectors of the embedded tenant, one of `DEMO_ROWS`; None is its own catalogue."""
