"""The browse screen: it owns the state, hands it down to the panes, and passes their messages on to its parts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, getters, on
from textual.containers import Horizontal, Vertical
from textual.reactive import var
from textual.screen import Screen
from textual.widgets import Static

from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.query.parse import mistyped_field, parse
from qconn_tui.catalogue.view import View
from qconn_tui.errors import QueryError
from qconn_tui.ui.captions import Captions, FilterText, captions_of
from qconn_tui.ui.compat.first_resume import skip_second_styling
from qconn_tui.ui.compat.gathered_repaints import gather_repaints
from qconn_tui.ui.compat.stale_resize import DropsStaleResizes
from qconn_tui.ui.controllers.list_controller import ListController, Viewport
from qconn_tui.ui.controllers.logo_controller import LogoController, neighbours
from qconn_tui.ui.controllers.pane_layout import (
    HEIGHT_CLASSES,
    SMALLEST_HEIGHT,
    SMALLEST_WIDTH,
    WIDTH_CLASSES,
    PaneLayout,
    classes_of,
)
from qconn_tui.ui.images import Images
from qconn_tui.ui.keys import BROWSE_KEYS, FILTER_KEYS
from qconn_tui.ui.messages import CopyRequested, Exported, LoadEvent, LogoReady, Notice, Paused, PictureReady
from qconn_tui.ui.screens.dialogs import ask_for_key, ask_what_to_copy, ask_where_to_export, finish_export
from qconn_tui.ui.sort_order import sorted_by_column, sorted_by_next, sorted_in_reverse
from qconn_tui.ui.widgets.connector_table import ConnectorTable
from qconn_tui.ui.widgets.detail_pane import DetailPane
from qconn_tui.ui.widgets.facet_list import FacetList
from qconn_tui.ui.widgets.filter_box import FilterBox
from qconn_tui.ui.widgets.key_line import KeyLine
from qconn_tui.ui.widgets.logo_box import Logo, LogoBox
from qconn_tui.ui.widgets.problem_panel import ProblemPanel
from qconn_tui.ui.widgets.status_line import StatusLine
from qconn_tui.ui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.message import Message

    from qconn_tui.connector import Connector
    from qconn_tui.errors import QconnError
    from qconn_tui.loader.loader import Loader
    from qconn_tui.qlik.auth import ApiKey
    from qconn_tui.terminal.profile import Profile
    from qconn_tui.ui.output.graphics import Graphics

_REGEX_SECONDS = 0.5
"""Seconds after which a regular expression is given up."""


class BrowseScreen(DropsStaleResizes, Screen[None]):
    """Sidebar, table, detail pane and status line over one tenant's connectors.

    Args:
        loader: Where lists and logos come from.
        place: Whose connectors these are, for the title.
        page_size: Connectors per request.
        images: How logos are drawn.
        profile: What the terminal can do.
        graphics: What sends pixels to the terminal.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*BROWSE_KEYS, *FILTER_KEYS]
    HORIZONTAL_BREAKPOINTS = WIDTH_CLASSES
    VERTICAL_BREAKPOINTS = HEIGHT_CLASSES
    AUTO_FOCUS = "#table"

    view: var[View] = var(View)
    """The rows that are shown."""
    current: var[Connector | None] = var(None)
    """The connector under the cursor."""
    problem: var[QconnError | None] = var(None)
    """What went wrong last, while it matters."""
    logo: var[Logo | None] = var(None)
    """The logo of the connector under the cursor, as far as it is known."""
    images: var[Images] = var(Images)
    """How logos are drawn."""
    place: var[str] = var("")
    """Whose connectors these are."""
    status: var[str] = var("")
    """The status line."""
    narrowed_by: var[str] = var("")
    """The filter and the ticked facets in words."""
    sorted_by: var[str] = var("")
    """The order that the person asked for, in words."""
    placeholder: var[str] = var("")
    """Why the table is empty."""
    key_hints: var[dict[str, str]] = var(dict)
    """Labels that replace a key's usual one, by action; an empty label hides the key."""

    table = getters.query_one(ConnectorTable)
    filter_box = getters.query_one(FilterBox)

    def __init__(
        self, loader: Loader, place: str, *, page_size: int, images: Images, profile: Profile, graphics: Graphics
    ) -> None:
        super().__init__()
        self._loader = loader
        self._graphics = graphics
        self._filter_text = FilterText()
        self._captions: Captions | None = None
        self.panes = PaneLayout(self, focus=lambda pane: self.set_focus(self.query_one(f"#{pane}")))
        """Which panes are seen, and which has the focus."""
        self.list = ListController(
            loader,
            self,
            page_size=page_size,
            viewport=lambda: _viewport(self.table),
            show_rows=lambda view: setattr(self, "view", view),
            on_change=self._show_list_state,
        )
        """The rows, and what is running."""
        self.logos = LogoController(
            self,
            loader.logos,
            images=images,
            profile=profile,
            graphics=graphics,
            slot=lambda: next(iter(self.query(LogoBox)), None),
            neighbours=lambda: neighbours(self.view, self.table.cursor),
            on_change=self._show_logo_state,
        )
        """The logo of the connector under the cursor."""
        self.set_reactive(BrowseScreen.place, place)
        self.set_reactive(BrowseScreen.view, self.list.view)
        self.set_reactive(BrowseScreen.images, images)
        # What is known before there are panes; a class that comes later styles all of them anew, which takes 5 ms.
        known = {
            "-no-logos": not self.logos.has_room,
            "-no-rows": not self.view.connectors,
            f"-front-{self.panes.front}": True,
        }
        self.update_classes(known | dict.fromkeys(classes_of(*self.app.size), True), update=False)

    def compose(self) -> ComposeResult:
        """The panes, each bound to the part of the state that it shows."""
        yield Static(f"too small: needs {SMALLEST_WIDTH} x {SMALLEST_HEIGHT}", id="too-small", markup=False)
        yield TitleBar(id="title").data_bind(BrowseScreen.place, BrowseScreen.narrowed_by, BrowseScreen.sorted_by)
        with Horizontal(id="panes"):
            with Vertical(id="sidebar"):
                yield FilterBox(id="filter")
                yield Static(id="complaint", markup=False)
                yield FacetList(id="facets").data_bind(BrowseScreen.view)
                yield Static(id="order", markup=False)
            with Vertical(id="middle"):
                yield ConnectorTable(id="table").data_bind(BrowseScreen.view, BrowseScreen.placeholder)
                yield ProblemPanel(id="problem").data_bind(BrowseScreen.problem)
            yield DetailPane(id="detail").data_bind(
                BrowseScreen.logo, BrowseScreen.images, connector=BrowseScreen.current
            )
        yield StatusLine(id="status").data_bind(BrowseScreen.status)
        yield KeyLine(id="keys").data_bind(BrowseScreen.key_hints)

    def on_mount(self) -> None:
        """Paint the saved rows, then ask the tenant."""
        # All cells of a logo in pixels are drawn anew where a frame drew over a part of them.
        self._graphics.on_torn = lambda: self.call_later(self.query_one(LogoBox).refresh)
        self.logos.update()
        self._show_list_state()
        if self.view.connectors:
            # What was read ahead is painted before anything is asked for.
            self.call_after_refresh(self.list.start, saved_first=True)
        else:
            self.list.start(saved_first=True)
        # A pause shows how long it still takes, and a copy gets older.
        self.set_interval(1, self._show_list_state)

    # --- what the parts report -------------------------------------------------------------------------------

    def _show_list_state(self) -> None:
        """Hand down what the list controller knows, and the captions that are made of it."""
        state = self.list.state
        captions = captions_of(state, self._filter_text, now=time.time(), monotonic=time.monotonic())
        if captions != self._captions:
            self._show_captions(captions)
        self.set_class(not state.view.connectors, "-no-rows")
        self.set_class(state.problem is not None, "-failed")
        if state.problem is not self.problem:
            self.problem = state.problem
            # There may be a key for it, or no longer one.
            self.refresh_bindings()
            if state.problem is not None and self.has_class("-narrow") and self.panes.front == "detail":
                self.panes.bring("table")

    def _show_captions(self, captions: Captions) -> None:
        before, self._captions = self._captions, captions
        self.status = captions.status
        self.narrowed_by, self.sorted_by = captions.narrowed_by, captions.sorted_by
        self.placeholder, self.key_hints = captions.placeholder, captions.key_hints
        self.query_one("#order", Static).update(captions.order, layout=False)
        if before is not None and captions.below_filter != before.below_filter:
            self.query_one("#complaint", Static).update(captions.below_filter)
            self.query_one("#sidebar").set_class(bool(self._filter_text.error), "-wrong")
            self.query_one("#sidebar").set_class(bool(self._filter_text.doubt), "-doubtful")
            # Textual leaves out what a new layout uncovers when the next key comes before it is drawn.
            self.call_after_refresh(self.refresh)
            # A notification about another text would lie over this one.
            self.app.clear_notifications()

    def _show_logo_state(self) -> None:
        self.set_class(not self.logos.has_room, "-no-logos")
        self.images = self.logos.images
        self.logo = self.logos.logo

    @on(LoadEvent)
    @on(Paused)
    @on(ConnectorTable.Reached)
    def _inform_list(self, message: Message) -> None:
        self.list.take(message)

    @on(LogoReady)
    @on(LogoBox.Changed)
    @on(PictureReady)
    def _inform_logos(self, message: Message) -> None:
        self.logos.take(message)

    @on(ConnectorTable.Highlighted)
    async def _follow_cursor(self, message: ConnectorTable.Highlighted) -> None:
        self.current = message.connector
        self.logos.follow(message.connector)
        await gather_repaints()

    @on(ConnectorTable.Opened)
    def _open(self, message: ConnectorTable.Opened) -> None:
        self.logos.open(message.connector)
        self.panes.bring("detail")

    @on(events.DescendantFocus)
    def _follow_focus(self, event: events.DescendantFocus) -> None:
        self.panes.take_focus(event.widget.id)

    @on(events.Resize)
    def _keep_focus_visible(self) -> None:
        """A pane that loses its place loses the focus as well."""
        self.panes.show_front()
        # Where nothing has room, some keys do nothing.
        self.refresh_bindings()

        def bring_back() -> None:
            if self.focused is None or not self.focused.region:
                self.panes.bring(self.panes.front)

        self.call_after_refresh(bring_back)

    @on(events.ScreenSuspend)
    @on(events.ScreenResume)
    def _cover_logo(self, event: events.ScreenSuspend | events.ScreenResume) -> None:
        """A dialog came in front, or the screen is in front again."""
        if isinstance(event, events.ScreenResume):
            skip_second_styling(self, event)
        for box in self.query(LogoBox):
            box.is_covered = isinstance(event, events.ScreenSuspend)

    # --- filter, facets and order ----------------------------------------------------------------------------

    @on(FilterBox.Typed)
    async def _narrow(self, message: FilterBox.Typed) -> None:
        try:
            view = self.view.with_query(parse(message.text), _REGEX_SECONDS)
        except QueryError as error:
            # The last good result stays until the query is mended.
            self._filter_text = FilterText(self._filter_text.applied, error=str(error))
            self._show_list_state()
            return
        self._filter_text = FilterText(message.text, doubt=mistyped_field(message.text))
        self.list.show(view)
        await gather_repaints()

    @on(FacetList.Toggled)
    def _toggle_facet(self, message: FacetList.Toggled) -> None:
        self.list.show(self.view.toggled(*message.choice))

    @on(ConnectorTable.HeaderClicked)
    def _sort_by_header(self, message: ConnectorTable.HeaderClicked) -> None:
        self.list.show(sorted_by_column(self.view, message.sort_key))

    def action_facet(self, facet: str, state: bool) -> None:
        """Tick or untick a choice of a facet."""
        self.list.show(self.view.toggled(Facet(facet), state))

    def action_sort(self, how: Literal["next", "reverse"]) -> None:
        """Sort by the next column, or in the other direction."""
        self.list.show(sorted_in_reverse(self.view) if how == "reverse" else sorted_by_next(self.view))

    # --- keys ------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the filter box has the focus, keys that type a character are no commands."""
        if action == "new_key":
            return self.list.state.is_refused
        if (action, *parameters) in (("copy", "menu"), ("export",)) and (
            self.has_class("-slim") or self.has_class("-flat")
        ):
            return False
        is_typing = isinstance(self.focused, FilterBox)
        if action == "leave_filter" or parameters == ("filter",):
            return is_typing
        return not (is_typing and (action, *parameters) in (("filter",), ("pane", "sidebar"), ("back", "elsewhere")))

    def action_filter(self) -> None:
        """Type in the filter box."""
        self.remove_class("-no-sidebar")
        self.panes.bring("filter")

    def action_leave_filter(self) -> None:
        """From typing to the rows; a query that is wrong has to be mended first."""
        error = self._filter_text.error
        if not error:
            self.panes.bring("table")
        elif not self.query_one("#complaint").region:
            # Where it has no room below the box.
            self.notify(error, markup=False, severity="error")

    def action_back(self, place: Literal["filter", "elsewhere"]) -> None:
        """One step back: hide the problem, stop loading, return to the table, show every row."""
        if self.problem is not None and place == "elsewhere":
            self.list.dismiss_problem()
        elif self.list.is_stoppable:
            self.list.stop()
        elif self.focused is self.table or place == "filter":
            self._show_all_rows()
        else:
            self.panes.bring("table")

    def _show_all_rows(self) -> None:
        self.filter_box.empty()
        self.list.show(self.view.with_chosen(frozenset()))
        self.panes.bring("table")

    def action_pane(self, which: Literal["next", "previous", "sidebar"]) -> None:
        """Go to the next pane or to the one before, or show or hide the sidebar."""
        if which == "sidebar":
            focused = self.focused
            self.panes.toggle_sidebar(has_focus=focused is not None and self.query_one("#sidebar") in focused.ancestors)
        else:
            self.panes.turn(1 if which == "next" else -1)

    def action_load(self, what: Literal["again", "all"]) -> None:
        """Ask the tenant again, or load the whole list; the rows stay meanwhile."""
        if what == "all":
            self.list.load_everything()
        else:
            self.list.refresh()

    def action_new_key(self) -> None:
        """Ask with another API key."""

        def use(key: ApiKey) -> None:
            self._loader.replace_credentials(key)
            self.list.resume()

        ask_for_key(self, self.place, use)

    def action_images(self) -> None:
        """Draw logos in the next way that the terminal knows."""
        self.logos.next_mode()
        if not self.query_one("#detail").region:
            self.post_message(Notice(f"Logos: {self.images.words}"))

    def action_copy(self, what: Literal["id", "menu"]) -> None:
        """Copy the id of the connector under the cursor, or choose what to copy of it."""
        connector = self.current
        if connector is None:
            self.post_message(Notice("There is nothing to copy: no connector is under the cursor."))
        elif what == "id":
            self.post_message(CopyRequested(connector.id, f"the id of {connector.name}"))
        else:
            ask_what_to_copy(self, connector)

    def action_export(self) -> None:
        """Write the rows that are shown to a file."""
        ask_where_to_export(self, self.view)

    @on(Exported)
    def _finish_export(self, message: Exported) -> None:
        finish_export(self, message)


def _viewport(table: ConnectorTable) -> Viewport:
    return Viewport(table.last_visible_row, table.page_rows, table.connector.id if table.connector else None)
