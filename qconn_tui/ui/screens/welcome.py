"""The first screen without a tenant: how to connect to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from qconn_tui.ui.compat.stale_resize import DropsStaleResizes
from qconn_tui.ui.widgets.key_line import KeyLine
from qconn_tui.ui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

_CONNECT = """\
export QCONN_SERVER=https://your-tenant.eu.qlikcloud.com
export QCONN_API_KEY=…
qconn-tui"""

_KEY_FILE = "qconn-tui --server your-tenant.eu.qlikcloud.com --api-key-file ~/.qlik/key"


class WelcomeScreen(DropsStaleResizes, Screen[None]):
    """Says how to connect, and offers the demo on one key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "d,enter",
            "app.demo",
            "Demo",
            key_display="d",
            id="demo",
            tooltip="Browse the embedded demo tenant.",
        ),
    ]
    AUTO_FOCUS = None

    def compose(self) -> ComposeResult:
        """The steps, most likely first."""
        yield TitleBar(id="title")
        with VerticalScroll(id="welcome"):
            yield Static(_welcome(), id="welcome-text", markup=False)
        yield KeyLine(id="keys")


def _welcome() -> Content:
    muted = "dim"
    return Content.assemble(
        ("Browse the automation connectors of a Qlik Cloud tenant\n\n", "bold"),
        "Nobody has said yet which tenant, so there are three ways on:\n\n",
        ("d  look round in the demo\n", "bold $primary"),
        ("   A tenant with 412 made-up connectors runs inside this program; ", muted),
        ("nothing leaves your machine.\n\n", muted),
        ("With an API key\n", "bold"),
        ("   Make one in your tenant under Settings › API keys, leave with q, and type:\n\n", muted),
        *((f"   {line}\n", "$accent") for line in _CONNECT.splitlines()),
        ("\n   or keep the key in a file:\n\n", muted),
        (f"   {_KEY_FILE}\n\n", "$accent"),
        ("With qlik-cli\n", "bold"),
        ("   If `qlik context init` has been run here, there is nothing to do: ", muted),
        ("its current context is used.\n", muted),
        ("   qconn-tui --context NAME takes another one.", muted),
    )
