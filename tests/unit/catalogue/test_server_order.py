"""The orders that the tenant is asked for."""

from __future__ import annotations

import pytest

from qconn_tui.catalogue.server_order import LIST_ORDER, server_sort
from qconn_tui.catalogue.sorting import parse_sort


@pytest.mark.parametrize(
    ("sorts", "parameter"),
    [
        ("name", "name"),
        ("-name", "-name"),
        ("id", "id"),
        ("-id", "-id"),
        ("billable", None),
        ("webhooks", None),
        ("description", None),
        ("logo", None),
        ("name,id", None),
        ("id,-name", None),
    ],
)
def test_the_tenant_sorts_by_name_or_id_alone(sorts: str, parameter: str | None) -> None:
    assert server_sort(parse_sort(sorts)) == parameter


def test_without_a_sort_the_tenant_lists_by_name() -> None:
    assert server_sort(()) == LIST_ORDER == "name"
