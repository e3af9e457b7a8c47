"""Everything about the connector under the cursor, with its logo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from qconn_tui.logos.source import LogoRefusal
from qconn_tui.ui.widgets.logo_box import LogoBox

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from qconn_tui.connector import Connector
    from qconn_tui.ui.widgets.logo_box import Logo

BILLABLE_WORDS = {
    True: (
        "yes",
        "third-party: an automation run that executes one of its blocks counts as a third-party run",
    ),
    False: ("no", "standard: its blocks do not make a run count as a third-party run"),
    None: ("unknown", "the tenant does not say whether a run with it counts as a third-party run"),
}
"""The flag's word, and what it means; the unit that is counted is the run, not the block."""

WEBHOOK_WORDS = {
    True: ("yes", "its events can start an automation"),
    False: ("no", "it cannot start an automation by itself"),
    None: ("unknown", "the tenant does not say whether its events can start an automation"),
}
"""The flag's word, and what it means."""


class DetailPane(VerticalScroll):
    """Follows the cursor at once; text can be selected with the mouse."""

    HELP = "Scroll with the arrows; drag over the text to select it."

    connector: var[Connector | None] = var(None)
    """What is shown."""
    logo: var[Logo | None] = var(None)
    """Its logo, as far as it is known."""

    def compose(self) -> ComposeResult:
        """The logo beside the name; everything else beneath."""
        with Horizontal(id="detail-head"):
            yield LogoBox(id="logo").data_bind(DetailPane.connector, DetailPane.logo)
            with Vertical(id="detail-title"):
                yield Static(id="detail-name", markup=False)
                yield Static(id="detail-flags", markup=False)
        yield Static(id="detail-body", markup=False)

    def watch_connector(self) -> None:
        """Show the new connector from its top."""
        self._fill()
        self.scroll_home(animate=False)

    def watch_logo(self) -> None:
        """Say what became of the logo."""
        self._fill()

    def _fill(self) -> None:
        connector = self.connector
        self.set_class(connector is None, "-empty")
        if connector is not None and self.is_mounted:
            self.query_one("#detail-name", Static).update(Content(connector.name or "(no name)"))
            self.query_one("#detail-flags", Static).update(flags(connector))
            self.query_one("#detail-body", Static).update(body(connector, self.logo))

    def on_mount(self) -> None:
        """Show what was set before the pane was there."""
        self._fill()


def flags(connector: Connector) -> Content:
    """The two flags as short lines for beside the logo."""
    billable, _ = BILLABLE_WORDS[connector.billable]
    webhooks, _ = WEBHOOK_WORDS[connector.has_webhooks]
    return Content.assemble(
        ("billable ", "$foreground 60%"), billable, "\n", ("webhooks ", "$foreground 60%"), webhooks
    )


def body(connector: Connector, logo: Logo | None) -> Content:
    """The connector's fields, a heading above each."""
    billable, billable_means = BILLABLE_WORDS[connector.billable]
    webhooks, webhooks_mean = WEBHOOK_WORDS[connector.has_webhooks]
    fields = [
        ("Description", connector.description or "none"),
        ("ID", connector.id),
        ("Billable", f"{billable} – {billable_means}"),
        ("Webhooks", f"{webhooks} – {webhooks_mean}"),
        ("Logo", describe_logo(logo)),
        ("Logo, small", connector.logo_small or "none"),
        ("Logo, medium", connector.logo_medium or "none"),
        ("Logo, large", connector.logo_large or "none"),
    ]
    lines = [Content.assemble((title, "$foreground 60%"), "\n", value) for title, value in fields]
    return Content("\n\n").join(lines)


def describe_logo(logo: Logo | None) -> str:
    """How the logo is drawn, or why there is none."""
    if logo is None:
        return "not loaded"
    return f"none drawn: {logo.reason}" if isinstance(logo, LogoRefusal) else "drawn in half-blocks"
