"""Everything about the connector under the cursor, with its logo."""

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
"""Lines that a description has at least: while it needs no more, everything beneath it keeps its place."""
_ADDRESS_CELLS = 80
"""What a logo's address usually takes; one that is missing leaves as much room."""
_ROOMY_LINES = 30
"""Lines of the pane from which on there is room for that."""


class DetailPane(VerticalScroll):
    """Follows the cursor at once; text can be selected with the mouse.

    Every field keeps its place from one connector to the next as far as that is possible: it is found at a glance,
    and only the words that differ have to be drawn.
    """

    HELP = "Scroll with the arrows; drag over the text to select it."
    BINDINGS: ClassVar[list[BindingType]] = [*PANE_KEYS, *SCROLL_KEYS]

    class Filled(Message):
        """The first connector can be seen."""

    connector: var[Connector | None] = var(None)
    """What is shown."""
    logo: var[Logo | None] = var(None)
    """Its logo, as far as it is known."""
    images: var[Images] = var(Images)
    """How logos are drawn."""

    _has_parts = False
    """Whether there is something to fill in: not before the first connector."""
    _body_height = 0
    """Lines of the text beneath the head."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        # A class that comes later would style the pane anew.
        super().__init__(id=id, classes="-empty")

    async def _mount_parts(self) -> None:
        """The logo beside the name; everything else beneath."""
        if self.children or not self.is_attached:
            # It was asked for twice, or somebody has left meanwhile.
            return
        logo = LogoBox(id="logo").data_bind(DetailPane.connector, DetailPane.logo)
        name, flags = Static(id="detail-name", markup=False), Static(id="detail-flags", markup=False)
        head = Horizontal(logo, Vertical(name, flags, id="detail-title"), id="detail-head")
        await self.mount(head, _Body(id="detail-body", markup=False))
        self._has_parts = True
        self._fill()
        self.call_after_refresh(self.post_message, DetailPane.Filled())

    def watch_connector(self) -> None:
        """Show the new connector from its top."""
        if self.connector is not None and not self.children:
            # The first frame has no connector yet, and does not wait for what shows one: that takes 10 ms.
            self.call_after_refresh(self._mount_parts)
        self._fill()
        self.scroll_home(animate=False)

    def watch_logo(self) -> None:
        """Say what became of the logo."""
        self._fill()

    def on_resize(self) -> None:
        """Lines break elsewhere, once the parts have their new sizes too."""
        self.call_after_refresh(self._fill)

    def watch_images(self) -> None:
        """Say how logos are drawn now."""
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
        # A layout costs more than all the rest; the head has one size for all.
        name_box.update(name, layout=False)
        self.query_one("#detail-flags", Static).update(flags(connector), layout=False)
        height = _height(text.plain, width)
        text_box.update(text, layout=height != self._body_height)
        self._body_height = height


class _Body(PlainLines, Static):
    """The text beneath the head."""


def flags(connector: Connector) -> Content:
    """The two flags as short lines for beside the logo."""
    billable, webhooks = STATE_WORDS[connector.billable], STATE_WORDS[connector.has_webhooks]
    return Content.assemble(("billable ", "dim"), billable, "\n", ("webhooks ", "dim"), webhooks)


def body(
    connector: Connector, logo: Logo | None, images: Images, width: int, *, is_spread: bool, with_name: bool = False
) -> Content:
    """The connector's fields for lines of `width` cells, a heading above each; the name only if it is asked for.

    `is_spread` gives each field the room that it takes for most connectors, so that it has the same place for all.
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
    """Lines that the text takes where lines have `width` cells."""
    return Content(text).get_height({}, width) if width > 0 else 0


def describe_logo(logo: Logo | None, images: Images) -> str:
    """How the logo is drawn and why so, or why there is none."""
    refusal = images.refusal or logo
    if isinstance(refusal, LogoRefusal):
        return f"none drawn: {refusal.reason}"
    if logo is not None:
        return f"drawn in {images.words}"
    return "not fetched: the line is slow · Enter this one, I all" if images.on_demand else "not loaded"
