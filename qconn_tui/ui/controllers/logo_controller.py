"""The logo of the connector under the cursor: which one, how large, and when it is fetched and encoded."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Protocol

from qconn_tui.logos.policy import LogoRefusal, best_logo
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.terminal.image_modes import pixel_mode
from qconn_tui.ui.messages import LogoReady, PictureReady

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.message import Message

    from qconn_tui.catalogue.view import View
    from qconn_tui.connector import Connector
    from qconn_tui.logos.drawing.color import RGB
    from qconn_tui.logos.drawing.encode import Box, EncodedLogo, LogoRequest
    from qconn_tui.logos.fetch import LogoFetcher
    from qconn_tui.terminal.image_modes import PixelMode
    from qconn_tui.terminal.profile import Profile
    from qconn_tui.ui.controllers.host import Host
    from qconn_tui.ui.images import Images
    from qconn_tui.ui.output.graphics import Picture
    from qconn_tui.ui.widgets.logo_box import Logo

_NEIGHBOURS = (1, -1, 2, -2, 3)
"""Rows around the cursor whose logos are fetched once the cursor's own is there."""
_REST_SECONDS = 0.15
"""Seconds that the cursor rests before pixels are sent for the connector under it."""
_NO_LOGO = LogoRefusal("the tenant names none")


class LogoSlot(Protocol):
    """The place on the screen where the logo is drawn; `LogoBox` is one."""

    @property
    def frame(self) -> tuple[int, int, RGB]:
        """Columns, rows and the background's colour; no columns or rows before the first layout."""

    @property
    def place(self) -> tuple[int, int] | None:
        """Column and line of the first cell on the screen; None while a dialog is in front."""


class PixelGraphics(Protocol):
    """What turns an encoded logo into the cells that stand for it; `Graphics` is one."""

    def show(self, encoded: EncodedLogo, where: Callable[[], tuple[int, int] | None]) -> Picture:
        """The cells for a logo that is drawn at the place that `where` gives at each frame."""


class LogoController:
    """Decides which logo is fetched and how it is drawn.

    Args:
        host: The screen, for workers and messages.
        make_fetcher: Makes the fetcher of logos on first use; None where there are no logos. It calls its argument,
            in any thread, with the address of each logo that is there or will not come.
        images: How logos are drawn.
        profile: What the terminal can do.
        graphics: What sends pixels to the terminal.
        slot: The place where the logo is drawn; None before it is mounted.
        neighbours: The connectors near the cursor, in the order in which their logos are wanted.
        on_change: Called after each change of `logo`, `images` or `has_room`.
    """

    def __init__(
        self,
        host: Host,
        make_fetcher: Callable[[Callable[[str], None]], LogoFetcher | None],
        *,
        images: Images,
        profile: Profile,
        graphics: PixelGraphics,
        slot: Callable[[], LogoSlot | None],
        neighbours: Callable[[], Sequence[Connector]],
        on_change: Callable[[], None],
    ) -> None:
        self.images = images
        """How logos are drawn."""
        self.logo: Logo | None = None
        """The logo of the connector under the cursor, as far as it is known."""
        self._host = host
        self._make_fetcher = make_fetcher
        self._cell_size = profile.cell_size
        self._graphics = graphics
        self._slot = slot
        self._neighbours = neighbours
        self._on_change = on_change
        self._fetcher: LogoFetcher | None = None
        self._is_fetching = False
        self._has_chosen_images = False
        self._current: Connector | None = None
        self._opened: Connector | None = None
        self._request: LogoRequest | None = None

    @property
    def has_room(self) -> bool:
        """Whether the connector under the cursor gets room for a logo."""
        is_waiting = self.images.on_demand and (self._current is None or self._current is not self._opened)
        return not is_waiting and self.images.mode != "off"

    # --- what the person does --------------------------------------------------------------------------------

    def follow(self, connector: Connector | None) -> None:
        """Show the logo of the connector that is under the cursor now."""
        self._current = connector
        self.update()

    def open(self, connector: Connector) -> None:
        """Fetch the logo of a connector that was opened, also where logos wait for that."""
        self._opened = connector
        self.update()

    def next_mode(self) -> None:
        """Draw logos in the next way that the terminal knows."""
        self.images, self._has_chosen_images = self.images.following(), True
        self.update()

    def use_profile(self, profile: Profile, images: Images) -> None:
        """Adapt to a terminal that has answered late; a mode that the person has chosen meanwhile stays."""
        self._cell_size = profile.cell_size
        if not self._has_chosen_images:
            self.images = images
            self.update()

    # --- what workers report ---------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """Show a logo that was encoded, unless another one is wanted by now; look for it after any other message."""
        slot = self._slot()
        if not isinstance(message, PictureReady):
            self.update()
        elif message.request == self._request and slot is not None:
            self.logo = self._graphics.show(message.encoded, lambda: slot.place)
            self._on_change()

    async def _fetch_logos(self) -> None:
        """Fetch the logos that are wanted, until the screen is left."""
        await self._host.wait_for_refresh()
        # Pillow and httpx take a while to import: in a thread, so that keys are answered meanwhile.
        fetcher = await asyncio.to_thread(self._make_fetcher, self._post_ready)
        if fetcher is not None:
            self._fetcher = fetcher
            self.update()
            try:
                await fetcher.run()
            finally:
                await fetcher.aclose()

    def _post_ready(self, url: str) -> None:
        self._host.post_message(LogoReady(url))

    async def _encode(self, request: LogoRequest) -> None:
        from qconn_tui.logos.drawing.encode import encode

        await asyncio.sleep(_REST_SECONDS)
        if request == self._request:
            self._host.post_message(PictureReady(request, await asyncio.to_thread(encode, request)))

    # ---------------------------------------------------------------------------------------------------------

    def update(self) -> None:
        """Look again for the logo: another one may be wanted, it may have come, or the slot may have another size."""
        refusal = self.images.refusal
        if refusal is not None or not self.has_room or self._current is None:
            self._show(refusal if self.has_room else None)
        elif self._fetcher is not None:
            self._show(self._find(self._fetcher, self._current))
        else:
            self._show(None)
            if not self._is_fetching:
                self._is_fetching = True
                self._host.run_worker(self._fetch_logos, group="logos", exclusive=True)
        self._on_change()

    def _find(self, fetcher: LogoFetcher, current: Connector) -> Thumbnail | LogoRefusal | None:
        slot = self._slot()
        if slot is None or not all(slot.frame[:2]):
            # The slot reports its size as soon as it has one, and only then it is known how large a logo is needed.
            return None
        if (mode := pixel_mode(self.images.mode)) is not None:
            pixels = max(self._box(slot, mode).pixels)
        else:
            # A cell of block characters is one pixel wide and two high.
            pixels = max(slot.frame[0], slot.frame[1] * 2)
        others = () if self.images.on_demand else self._neighbours()
        wanted = [best_logo(connector, pixels) for connector in (current, *others)]
        fetcher.set_wanted([url for url in wanted if url is not None])
        return fetcher.get(wanted[0]) if wanted[0] is not None else _NO_LOGO

    def _show(self, logo: Thumbnail | LogoRefusal | None) -> None:
        mode, slot = pixel_mode(self.images.mode), self._slot()
        if not isinstance(logo, Thumbnail) or slot is None or mode is None:
            self.logo, self._request = logo, None
            return
        # The first frame, which has no logo, does not wait for the import of what encodes them.
        from qconn_tui.logos.drawing.encode import LogoRequest

        box = self._box(slot, mode)
        request = LogoRequest(logo, mode, box) if min(box.pixels) > 0 else None
        if request != self._request:
            self.logo, self._request = None, request
            if request is not None:
                self._host.run_worker(partial(self._encode, request), group="picture", exclusive=True)

    def _box(self, slot: LogoSlot, mode: PixelMode) -> Box:
        from qconn_tui.logos.drawing.encode import Box, max_rows

        columns, rows, background = slot.frame
        return Box(columns, min(rows, max_rows(mode)), self._cell_size, background)


def neighbours(view: View, cursor: int) -> list[Connector]:
    """The connectors around the row `cursor`, the nearest first."""
    rows = [cursor + step for step in _NEIGHBOURS if 0 <= cursor + step < len(view)]
    return [view.connector(row) for row in rows]
