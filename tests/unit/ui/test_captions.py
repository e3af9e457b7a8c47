"""What is shown, in words."""

from __future__ import annotations

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.query.query import parse
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.catalogue.view import View
from qconn_tui.connector import Connector
from qconn_tui.errors import NothingSaved, Unreachable
from qconn_tui.ui import captions
from qconn_tui.ui.widgets.problem_panel import explain

WHOLE = Coverage(Reach.COMPLETE)
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
