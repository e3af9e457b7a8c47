"""What is shown, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.query.parse import parse
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.catalogue.view import View
from qconn_tui.connector import Connector
from qconn_tui.errors import NothingSaved, Unreachable
from qconn_tui.ui import captions
from qconn_tui.ui.captions import FilterText
from qconn_tui.ui.controllers.list_controller import ListState
from qconn_tui.ui.keys import ALL_KEYS, PANE_KEYS
from qconn_tui.ui.messages import Paused
from qconn_tui.ui.widgets.problem_panel import explain

if TYPE_CHECKING:
    from qconn_tui.ui.captions import Captions

WHOLE = Coverage(Reach.COMPLETE)
APPLIED = FilterText("zzz")
SOME = View().with_connectors((Connector("1", "Airtable"),)).with_query(parse("zzz"))


def test_nothing_that_matches_is_told_apart_from_nothing_there() -> None:
    assert captions.why_empty(SOME.with_coverage(WHOLE), "zzz", failed=False, loading=False) == (
        "No connector matches.\nEsc clears the filter."
    )
    assert captions.why_empty(SOME, "zzz", failed=False, loading=True) == (
        "No connector matches so far.\nThe rest is being loaded; Esc stops that."
    )
    assert "L loads the rest" in captions.why_empty(SOME, "zzz", failed=False, loading=False)
    assert "Fields: billable webhooks id name desc" in captions.why_empty(
        SOME, "color:red", failed=False, loading=False
    )
    assert (
        captions.why_empty(View().with_coverage(WHOLE), "", failed=False, loading=False)
        == "The tenant lists no connectors."
    )
    assert captions.why_empty(View(), "", failed=False, loading=False) == "Asking the tenant …"
    assert captions.why_empty(View(), "", failed=True, loading=False) == ""


def test_what_narrows_is_the_filter_and_the_facets() -> None:
    ticked = View().toggled(Facet.WEBHOOKS, None).toggled(Facet.BILLABLE, True)
    assert captions.narrowing(View(), "") == ""
    assert captions.narrowing(ticked, "mail") == "mail billable:yes webhooks:unknown"
    both = ticked.toggled(Facet.BILLABLE, None)
    assert captions.narrowing(both, "") == "billable:unknown or billable:yes webhooks:unknown"
    assert captions.narrowing(View(), "mail", refused=True) == "mail (still)"
    assert captions.narrowing(View(), "", refused=True) == ""


def test_an_order_is_named_when_somebody_asked_for_it() -> None:
    assert captions.order(View()) == ""
    assert captions.order(View().sorted_by(Sort(SortKey.NAME, descending=True))) == "name ▼"


def test_no_key_is_offered_that_cannot_help() -> None:
    assert "r try again" in explain(Unreachable("No answer.")).plain
    assert "r try again" not in explain(NothingSaved("There is no saved list.")).plain


def state(view: View = SOME, **facts: Any) -> ListState:
    return ListState(view, **facts)


def captions_for(state: ListState, filter_text: FilterText = APPLIED) -> Captions:
    return captions.captions_of(state, filter_text, now=1_000.0, monotonic=50.0)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, ""),
        ({"is_loading": True}, "loading page 1"),
        ({"is_loading": True, "page": 1_204, "rate": 184.0}, "loading page 1,204"),
        (
            {"is_loading": True, "page": 1_204, "rate": 184.0, "is_stoppable": True},
            "loading page 1,204 · 180 rows/s · Esc stops",
        ),
        ({"is_loading": True, "is_stoppable": True}, "loading page 1 · Esc stops"),
        ({"is_loading": True, "is_refreshing": True, "is_stoppable": True}, "checking page 1 · Esc stops"),
        ({"is_loading": True, "is_offline": True}, "reading the saved list"),
        (
            {"is_loading": True, "pause": Paused(1, 58.2, "The tenant is busy.")},
            "waiting 9 s · r goes on · Esc stops · The tenant is busy.",
        ),
        ({"is_loading": True, "pause": Paused(1, 49.0, "Busy.")}, "waiting 1 s · r goes on · Esc stops · Busy."),
    ],
)
def test_the_status_line_ends_with_what_is_running(facts: dict[str, Any], words: str) -> None:
    status = captions_for(state(**facts)).status
    assert status == " · ".join(filter(None, ["0 of 1", "partial, more on the server", words]))


def test_a_stopped_list_says_how_to_go_on() -> None:
    stopped = SOME.with_coverage(Coverage(Reach.STOPPED))
    assert captions_for(state(stopped)).status == "0 of 1 · partial, stopped · L goes on"


def test_a_copy_says_how_old_it_is() -> None:
    copy = SOME.with_coverage(Coverage(Reach.OFFLINE, saved_at=940.0))
    assert captions_for(state(copy)).status == "0 of 1 · offline copy, 1 min old"


def test_keys_say_what_they_do_at_the_moment() -> None:
    assert captions_for(state(SOME.with_query(parse("")))).key_hints == {}
    assert set(captions_for(state(SOME.with_query(parse("")), is_stoppable=True)).key_hints.values()) == {"Stop"}
    assert captions_for(state()).key_hints == {"open": "", "copy('id')": "", "leave_filter": ""}
    assert captions_for(state(View())).key_hints == {}, "rows are on their way"
    assert captions_for(state(View(), has_ended=True)).key_hints, "no rows will come"


def test_the_action_of_each_hint_has_a_key() -> None:
    actions = {binding.action for binding in (*ALL_KEYS, *PANE_KEYS)}
    hints = captions_for(state(is_stoppable=True)).key_hints
    assert hints.keys() <= actions | {f"screen.{action}" for action in actions}


def test_a_text_that_cannot_be_applied_says_why_and_what_is_still_applied() -> None:
    wrong = captions_for(state(), FilterText("zzz", error="Wrong."))
    assert (wrong.narrowed_by, wrong.below_filter) == ("zzz (still)", "Wrong.")
    assert wrong.placeholder.startswith("What is still applied matches nothing.")
    doubtful = captions_for(state(), FilterText("zzz", doubt="Meant so?"))
    assert (doubtful.narrowed_by, doubtful.below_filter) == ("zzz", "Meant so?")


def test_the_sidebar_names_the_order_also_without_one() -> None:
    assert captions_for(state(View())).order == "Sort  as listed"
    assert captions_for(state()).order == "Sort  best match"
    by_name = captions_for(state(View().sorted_by(Sort(SortKey.NAME))))
    assert (by_name.order, by_name.sorted_by) == ("Sort  name ▲", "name ▲")
