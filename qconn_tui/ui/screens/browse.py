"""The main screen: hands its state down to the panes and acts on their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.containers import Horizontal, Vertical
from textual.reactive import var
from textual.widgets import Static

from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.query.query import mistyped_field, parse
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.errors import QueryError
from qconn_tui.ui import captions
from qconn_tui.ui.keys import BROWSE_KEYS, FILTER_KEYS
from qconn_tui.ui.screens.pane_layout import SMALLEST_HEIGHT, SMALLEST_WIDTH, PanesScreen, classes_of
from qconn_tui.ui.widgets.connector_table import ConnectorTable
from qconn_tui.ui.widgets.detail_pane import DetailPane
from qconn_tui.ui.widgets.facet_list import FacetList
from qconn_tui.ui.widgets.filter_box import FilterBox
from qconn_tui.ui.widgets.key_line import KeyLine
from qconn_tui.ui.widgets.problem_panel import ProblemPanel
from qconn_tui.ui.widgets.status_line import StatusLine
from qconn_tui.ui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qconn_tui.loader.loader import Loader
    from qconn_tui.terminal.profile import Profile
    from qconn_tui.ui.images import Images
    from qconn_tui.ui.output.graphics import Graphics

_SORT_CYCLE = (None, SortKey.NAME, SortKey.BILLABLE, SortKey.WEBHOOKS, SortKey.ID, SortKey.DESCRIPTION)
_STOPS = {"cancel_filter": "Stop", "screen.back": "Stop"}
_NOTHING_WITHOUT_ROWS = {"open": "", "copy_id": "", "leave_filter": ""}
_REGEX_SECONDS = 0.5
"""Seconds after which a regular expression is given up."""


class BrowseScreen(PanesScreen):
    """Sidebar, table, detail pane and status line over one tenant's connectors."""

    BINDINGS: ClassVar[list[BindingType]] = [*BROWSE_KEYS, *FILTER_KEYS]
    AUTO_FOCUS = "#table"

    place: var[str] = var("")
    """Whose connectors these are."""
    narrowed_by: var[str] = var("")
    """The filter and the ticked facets in words."""
    sorted_by: var[str] = var("")
    """The order that was asked for, in words."""
    does_now: var[dict[str, str]] = var(dict)
    """By the name of an action, what its key does at the moment where that is not the usual; empty for nothing."""

    filter_box = getters.query_one(FilterBox)

    def __init__(
        self, loader: Loader, place: str, *, page_size: int, images: Images, profile: Profile, pictures: Graphics
    ) -> None:
        super().__init__(loader, page_size=page_size, images=images, profile=profile, pictures=pictures)
        self.set_reactive(BrowseScreen.place, place)
        self._applied_text = ""
        self._complaint = self._doubt = ""
        # What is known before there are panes; a class that comes later styles all of them anew, which takes 5 ms.
        known = {
            "-no-logos": images.mode == "off" or images.on_demand,
            "-no-rows": not self.view.connectors,
            f"-front-{self.front}": True,
        }
        self.update_classes(known | dict.fromkeys(classes_of(self.app.size), True), update=False)

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
                yield ConnectorTable(id="table").data_bind(BrowseScreen.view)
                yield ProblemPanel(id="problem").data_bind(BrowseScreen.problem)
            yield DetailPane(id="detail").data_bind(
                BrowseScreen.logo, BrowseScreen.images, connector=BrowseScreen.current
            )
        yield StatusLine(id="status").data_bind(BrowseScreen.view, BrowseScreen.activity)
        yield KeyLine(id="keys").data_bind(BrowseScreen.does_now)

    def on_mount(self) -> None:
        """Paint what is saved, then ask the tenant."""
        self._explain()
        if self.view.connectors:
            # What was read ahead is painted before anything is asked for.
            self.call_after_refresh(self.start_walk, saved_first=True)
        else:
            self.start_walk(saved_first=True)
        self.set_interval(1, self._count_down)

    # --- what the panes say ----------------------------------------------------------------------------------

    def watch_view(self) -> None:
        """Say why there are no rows, and in which order the others are."""
        if self.is_mounted:
            self._explain()

    def watch_problem(self) -> None:
        """A problem explains an empty table, and is seen whatever pane is in front."""
        self.set_class(self.problem is not None, "-failed")
        if self.is_mounted:
            # There may be a key for it, or no more.
            self.refresh_bindings()
            self._explain()
            if self.problem is not None and self.has_class("-narrow") and self.front == "detail":
                self.bring("table")

    def watch_activity(self) -> None:
        """Say what Esc does meanwhile, and that rows may still come."""
        if self.is_mounted:
            self._say_what_keys_do()
            self._say_why_empty()

    def _say_what_keys_do(self) -> None:
        has_rows = len(self.view) > 0 or not (self.view.connectors or self.has_ended)
        self.does_now = (_STOPS if self.is_stoppable else {}) | ({} if has_rows else _NOTHING_WITHOUT_ROWS)

    def _say_why_empty(self) -> None:
        failed = self.problem is not None
        self.table.placeholder = captions.why_empty(
            self.view,
            self._applied_text,
            failed=failed,
            loading=self.is_stoppable,
            refused=bool(self._complaint),
        )

    def _explain(self) -> None:
        self.set_class(not self.view.connectors, "-no-rows")
        self._say_what_keys_do()
        self._say_why_empty()
        self.sorted_by = captions.order(self.view)
        default = "best match" if self.view.query.words else "as listed"
        self.query_one("#order", Static).update(f"Sort  {self.sorted_by or default}", layout=False)
        self._say_what_narrows()

    def _say_what_narrows(self) -> None:
        self.narrowed_by = captions.narrowing(self.view, self._applied_text, refused=bool(self._complaint))

    @on(ConnectorTable.Opened)
    def _open(self) -> None:
        self.bring("detail")

    @on(ConnectorTable.HeaderClicked)
    def _sort_by_header(self, message: ConnectorTable.HeaderClicked) -> None:
        first = self.view.sort[0] if self.view.sort else None
        descending = first is not None and first.key is message.sort_key and not first.descending
        self._sort_by(message.sort_key, descending)

    def _sort_by(self, key: SortKey | None, descending: bool = False) -> None:
        """Sort by a column, and what is the same there by name."""
        by_name = [] if key in (SortKey.NAME, SortKey.ID) else [Sort(SortKey.NAME)]
        self.show(self.view.sorted_by(*([] if key is None else [Sort(key, descending), *by_name])))

    @on(FilterBox.Typed)
    async def _narrow(self, message: FilterBox.Typed) -> None:
        try:
            view = self.view.with_query(parse(message.text), _REGEX_SECONDS)
        except QueryError as error:
            # The last good result stays until the query is mended.
            self._complain(str(error))
            return
        self._applied_text = message.text
        self._complain("", mistyped_field(message.text))
        self.show(view)
        await self.gather_repaints()

    def _complain(self, about_the_query: str, doubt: str = "") -> None:
        """Say what is wrong with the query, which is not applied then, or only what may not be meant so."""
        if (about_the_query, doubt) != (self._complaint, self._doubt):
            self._complaint, self._doubt = about_the_query, doubt
            self.query_one("#complaint", Static).update(about_the_query or doubt)
            sidebar = self.query_one("#sidebar")
            sidebar.set_class(bool(about_the_query), "-wrong")
            sidebar.set_class(bool(doubt), "-doubtful")
            # Textual leaves out what a new layout uncovers when the next key comes before it is drawn.
            self.call_after_refresh(self.refresh)
            self._say_why_empty()
            # What was said of another text would lie over this one.
            self.app.clear_notifications()
        # Two texts can mean the same query, and then no view changes.
        self._say_what_narrows()

    @on(FacetList.Toggled)
    def _toggle(self, message: FacetList.Toggled) -> None:
        facet, state = message.choice
        self.show(self.view.toggled(facet, state))

    # --- keys ------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While somebody types, only the keys that are no text do something else."""
        if action == "new_key":
            return self.is_refused
        if action in ("copy_menu", "export") and (self.has_class("-slim") or self.has_class("-flat")):
            return False
        is_typing = isinstance(self.focused, FilterBox)
        if action in ("leave_filter", "cancel_filter"):
            return is_typing
        return not (is_typing and action in ("filter", "sidebar", "back"))

    def action_filter(self) -> None:
        """Type in the filter box."""
        self.remove_class("-no-sidebar")
        self.bring("filter")

    def action_leave_filter(self) -> None:
        """From typing to the rows; a query that is wrong has to be mended first."""
        if not self._complaint:
            self.bring("table")
        elif not self.query_one("#complaint").region:
            # Where it has no room below the box.
            self.notify(self._complaint, markup=False, severity="error")

    def action_cancel_filter(self) -> None:
        """From typing back: stop loading first, then clear the filter."""
        if self.is_stoppable:
            self.stop_walk()
        else:
            self._clear()

    def action_back(self) -> None:
        """One step back: hide the problem, stop loading, return to the table, show every row."""
        if self._step_back():
            return
        if self.focused is self.table:
            self._clear()
        else:
            self.bring("table")

    def _step_back(self) -> bool:
        """Take back what came by itself; whether there was something."""
        if self.problem is not None:
            self.problem = None
        elif self.is_stoppable:
            self.stop_walk()
        else:
            return False
        return True

    def _clear(self) -> None:
        self.filter_box.empty()
        self.show(self.view.with_chosen(frozenset()))
        self.bring("table")

    def action_facet(self, facet: str, state: bool) -> None:
        """Tick or untick a choice of a facet."""
        self.show(self.view.toggled(Facet(facet), state))

    def action_sort_next(self) -> None:
        """Sort by the next column."""
        key = self.view.sort[0].key if self.view.sort else None
        following = _SORT_CYCLE[(_SORT_CYCLE.index(key) + 1) % len(_SORT_CYCLE)]
        self._sort_by(following)

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        first = self.view.sort[0] if self.view.sort else Sort(SortKey.NAME)
        self._sort_by(first.key, not first.descending)

    def action_refresh(self) -> None:
        """Ask the tenant again, or at once instead of later; the rows stay meanwhile."""
        if self.is_waiting:
            self.go_on_now()
        else:
            self.resume_walk()

    def action_new_key(self) -> None:
        """Ask with another API key."""
        from qconn_tui.qlik.auth import ApiKey, Secret
        from qconn_tui.ui.screens.new_key import NewKeyScreen

        def use(key: Secret | None) -> None:
            if key is not None:
                self.loader.replace_credentials(ApiKey(key))
                self.resume_walk()

        self.app.push_screen(NewKeyScreen(self.place), use)

    def action_load_all(self) -> None:
        """Load the whole list."""
        self.load_everything()
