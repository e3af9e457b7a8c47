"""The pane with all fields of the connector under the cursor, and its logo."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Static

from qconn_tui.catalogue.facets import STATE_WORDS
from qconn_tui.logos.policy import LogoRefusal
from qconn_tui.ui.compat.plain_lines import PlainLines
from qconn_tui.ui.images import Images
from qconn_tui.ui.keys import PANE_KEYS, SCROLL_KEYS
from qconn_tui.ui.widgets.logo_box import LogoBox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import BindingType

    from qconn_tui.connector import Connector
    from qconn_tui.ui.widgets.logo_box import Logo

BILLABLE_MEANINGS = {
    True: "third-party: an automation run that executes one of its blocks counts as a third-party run",
    False: "standard: its blocks do not make a run count as a third-party run",
    None: "the tenant does not say whether a run with it counts as a third-party run",
}
"""What each state means; Qlik counts runs, not blocks."""

WEBHOOK_MEANINGS = {
    True: "its events can start an automation",
    False: "it cannot start an automation by itself",
    None: "the tenant does not say whether its events can start an automation",
}
"""What each state means."""


_DESCRIPTION_LINES = 3
"""Lines reserved for a description, so that a shorter one does not move the fields below."""
_ADDRESS_CELLS = 80
"""Cells reserved for a logo's address, its usual length."""
_ROOMY_LINES = 30
"""Lines of a pane that is high enough to reserve room."""


class DetailPane(VerticalScroll):
    """Shows the connector under the cursor; its text can be selected with the mouse.

    Fields keep their place from one connector to the next where possible, so that they are found at a glance and only
    the text that differs is redrawn.
    """

    HELP = "Scroll with the arrows; drag over the text to select it."
    BINDINGS: ClassVar[list[BindingType]] = [*PANE_KEYS, *SCROLL_KEYS]

    class Filled(Message):
        """The first connector is visible."""

    connector: var[Connector | None] = var(None)
    """The shown connector."""
    logo: var[Logo | None] = var(None)
    """Its logo; None while it is not known."""
    images: var[Images] = var(Images)
    """How logos are drawn."""

    _has_parts = False
    """Whether the child widgets exist; the first connector mounts them."""
    _body_height = 0
    """Lines of the text below the head."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        # Set here: a class added later would restyle the pane.
        super().__init__(id=id, classes="-empty")

    async def _mount_parts(self) -> None:
        """Mount the head, with the logo beside the name, and the body below."""
        if self.children or not self.is_attached:
            # It was requested twice, or the pane has been removed since.
            return
        logo = LogoBox(id="logo").data_bind(DetailPane.connector, DetailPane.logo)
        name, flags = Static(id="detail-name", markup=False), Static(id="detail-flags", markup=False)
        head = Horizontal(logo, Vertical(name, flags, id="detail-title"), id="detail-head")
        await self.mount(head, _Body(id="detail-body", markup=False))
        if not self.query("#detail-body"):
            # The program was told to end meanwhile, and its widgets are being removed.
            return
        self._has_parts = True
        self._fill()
        self.call_after_refresh(self.post_message, DetailPane.Filled())

    def watch_connector(self) -> None:
        """Show the new connector from its top."""
        if self.connector is not None and not self.children:
            # Mounted late: it takes 10 ms, and the first frame has no connector yet.
            self.call_after_refresh(self._mount_parts)
        self._fill()
        self.scroll_home(animate=False)

    def watch_logo(self) -> None:
        """Show the new state of the logo."""
        self._fill()

    def on_resize(self) -> None:
        """Wrap the text anew, once the children have their new sizes too."""
        self.call_after_refresh(self._fill)

    def watch_images(self) -> None:
        """Show how logos are drawn now."""
        self._fill()

    def _fill(self) -> None:
        connector = self.connector
        self.set_class(connector is None, "-empty")
        if connector is None or not self._has_parts:
            return
        name = Content(connector.name or "(no name)")
        name_box, text_box = self.query_one("#detail-name", Static), self.query_one("#detail-body", Static)
        width = self.scrollable_content_region.width
        is_cut = 0 < name_box.size.height < _height(name.plain, name_box.size.width)
        text = body(
            connector, self.logo, self.images, width, is_spread=self.size.height >= _ROOMY_LINES, with_name=is_cut
        )
        # A layout costs more than everything else here; the head has the same size for every connector.
        name_box.update(name, layout=False)
        self.query_one("#detail-flags", Static).update(flags(connector), layout=False)
        height = _height(text.plain, width)
        text_box.update(text, layout=height != self._body_height)
        self._body_height = height


class _Body(PlainLines, Static):
    """The text below the head."""


def flags(connector: Connector) -> Content:
    """The two flags as short lines beside the logo."""
    billable, webhooks = STATE_WORDS[connector.billable], STATE_WORDS[connector.has_webhooks]
    return Content.assemble(("billable ", "dim"), billable, "\n", ("webhooks ", "dim"), webhooks)


def body(
    connector: Connector, logo: Logo | None, images: Images, width: int, *, is_spread: bool, with_name: bool = False
) -> Content:
    """The connector's fields, each below its title.

    Args:
        connector: The connector.
        logo: Its logo; None while it is not known.
        images: How logos are drawn.
        width: Cells of a line.
        is_spread: Whether each field gets the lines that most connectors need, so that fields keep their place.
        with_name: Whether the name is among the fields, as it is cut in the head.
    """

    def field(title: str, value: str, lines: int = 1) -> Content:
        missing = max(0, lines - _height(value, width)) if is_spread else 0
        return Content.assemble((title, "dim"), "\n", value, "\n" * missing)

    def address(title: str, url: str | None) -> Content:
        return field(title, url or "none", math.ceil(_ADDRESS_CELLS / max(1, width)))

    def flag(title: str, state: bool | None, meanings: Mapping[bool | None, str]) -> Content:
        sentences = {state: f"{STATE_WORDS[state]} – {meaning}" for state, meaning in meanings.items()}
        tallest = max(_height(sentence, width) for sentence in sentences.values())
        return field(title, sentences[state], tallest)

    usual = f"drawn in {images.words}"
    fields = [
        field("Description", connector.description or "none", _DESCRIPTION_LINES),
        field("ID", connector.id),
        flag("Billable", connector.billable, BILLABLE_MEANINGS),
        flag("Webhooks", connector.has_webhooks, WEBHOOK_MEANINGS),
        field("Logo", describe_logo(logo, images), _height(usual, width)),
        address("Logo, small", connector.logo_small),
        address("Logo, medium", connector.logo_medium),
        address("Logo, large", connector.logo_large),
    ]
    if with_name:
        fields.insert(0, field("Name", connector.name))
    return Content("\n\n").join(fields)


@lru_cache(256)
def _height(text: str, width: int) -> int:
    """Lines that the text takes when wrapped to `width` cells."""
    return Content(text).get_height({}, width) if width > 0 else 0


def describe_logo(logo: Logo | None, images: Images) -> str:
    """How the logo is drawn, or why there is none."""
    refusal = images.refusal or logo
    if isinstance(refusal, LogoRefusal):
        return f"none drawn: {refusal.reason}"
    if logo is not None:
        return f"drawn in {images.words}"
    return "not fetched: the line is slow · Enter this one, I all" if images.on_demand else "not loaded"
