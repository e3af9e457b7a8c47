"""The embedded tenant's lists and refusals, without a socket."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import pytest

from qconn_tui.demo.api import CONNECTIONS, CONNECTORS, LOGOS, TOKEN
from qconn_tui.demo.catalogue import AIRTABLE_ID, believable, generated
from qconn_tui.demo.http_messages import Request
from tests.unit.demo.demo_requests import (
    ACCESS_TOKEN,
    API,
    AUTHORIZED,
    CLIENT_SECRET,
    KEY,
    ORIGIN,
    document,
    follow,
    get,
    refused,
    walk,
)

SORTS = ["id", "-id", "+id", "name", "+name", "-name"]


def test_a_record_has_the_documented_fields() -> None:
    seen: dict[str, set[type]] = {}
    for page in walk("next", document(get(CONNECTORS, limit=200))):
        assert list(page) == ["links", "data"]
        assert list(page["links"]) == ["prev", "next"]
        for record in page["data"]:
            assert str(UUID(record["id"])) == record["id"]
            for field, value in record.items():
                seen.setdefault(field, set()).add(type(value))
            for flag in ("billable", "hasWebhooks"):
                assert record.get(flag, True) in (True, False, "true", "false")
            for size in ("logoSmall", "logoMedium", "logoLarge"):
                assert record[size] is None or record[size].startswith(f"{ORIGIN}{LOGOS}/")
    nullable = {str, type(None)}
    assert seen == {
        "id": {str},
        "name": {str},
        "description": nullable,
        "billable": {bool, str},
        "hasWebhooks": {bool, str},
        "logoSmall": nullable,
        "logoMedium": nullable,
        "logoLarge": nullable,
    }


def test_the_documented_example_is_listed() -> None:
    page = document(get(CONNECTORS, filter='name eq "Airtable"'))
    [record] = page["data"]
    assert record["id"] == AIRTABLE_ID
    assert (record["billable"], record["hasWebhooks"]) == ("true", "true")
    assert page["links"] == {"prev": {"href": None}, "next": {"href": None}}


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 7, 100, 200])
def test_the_pages_have_every_connector_once_in_order_there_and_back(limit: int, sort: str) -> None:
    by = "name" if "name" in sort else "id"
    expected = sorted(believable().by_id, key=lambda entry: (getattr(entry, by).casefold(), entry.id))
    ids = [entry.id for entry in expected]
    if sort.startswith("-"):
        ids.reverse()

    forward = walk("next", document(get(CONNECTORS, limit=limit, sort=sort)))
    assert [record["id"] for page in forward for record in page["data"]] == ids
    assert len(forward) == -(-412 // limit)
    assert forward[0]["links"]["prev"]["href"] is None

    backward = walk("prev", forward[-1])
    assert [record["id"] for page in reversed(backward) for record in page["data"]] == ids


def test_the_default_is_100_in_the_order_of_ids() -> None:
    page = document(get(CONNECTORS))
    assert [record["id"] for record in page["data"]] == [entry.id for entry in believable().by_id[:100]]


def test_a_plus_sign_that_became_a_space_still_sorts() -> None:
    raw = document(API.answer(Request("GET", f"{CONNECTORS}?sort=+name&limit=3", AUTHORIZED)))
    assert raw["data"] == document(get(CONNECTORS, sort="name", limit=3))["data"]


def test_links_repeat_the_parameters_and_the_cursor_is_opaque_json() -> None:
    page = document(get(CONNECTORS, limit=7, sort="-name"))
    query = parse_qs(urlsplit(page["links"]["next"]["href"]).query)
    assert query["limit"] == ["7"]
    assert query["sort"] == ["-name"]
    [cursor] = query["cursor"]
    assert cursor == quote(cursor, safe="")
    place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    assert place["_pointsToNextItems"] is True
    assert place["id"] == page["data"][-1]["id"]


def test_a_cursor_brings_its_own_order() -> None:
    first = document(get(CONNECTORS, limit=5, sort="-name"))
    [cursor] = parse_qs(urlsplit(first["links"]["next"]["href"]).query)["cursor"]
    alone = document(get(CONNECTORS, limit=5, cursor=cursor))
    assert alone["data"] == follow(first["links"]["next"]["href"])["data"]


def test_a_cursor_survives_the_end_of_the_record_that_it_names() -> None:
    first = document(get(CONNECTORS, limit=5, sort="name"))
    gone = first["data"][-1]["id"]
    remaining = tuple(entry for entry in believable().by_id if entry.id != gone)
    later = replace(API, catalogue=type(API.catalogue)(remaining))
    assert follow(first["links"]["next"]["href"], later)["data"] == follow(first["links"]["next"]["href"])["data"]


def test_an_empty_tenant_has_one_empty_page() -> None:
    empty = replace(API, catalogue=generated(0))
    for path in (CONNECTORS, CONNECTIONS):
        assert document(get(path, empty)) == {
            "links": {"prev": {"href": None}, "next": {"href": None}},
            "data": [],
        }


def test_the_last_of_100_000_is_reached() -> None:
    large = replace(API, catalogue=generated(100_000))
    page = document(get(CONNECTORS, large, sort="-id", limit=3))
    assert [record["id"] for record in page["data"]] == [
        large.catalogue.by_id[index].id for index in (99_999, 99_998, 99_997)
    ]
    assert follow(page["links"]["next"]["href"], large)["data"][0]["id"] == large.catalogue.by_id[99_996].id
    found = document(get(CONNECTORS, large, filter='name eq "Airtable"'))["data"]
    assert [record["id"] for record in found] == [AIRTABLE_ID]


# -- filters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('name eq "Airtable"', ["Airtable"]),
        ("name eq 'Airtable'", ["Airtable"]),
        ('  name   EQ  "aIRtABLE"  ', ["Airtable"]),
        ('name eq "Air"', []),
        ('name eq ""', []),
        ('name eq "mosswick"', ["MossWick", "Mosswick"]),
        ('name eq "mosswick" and name eq "MOSSWICK"', ["MossWick", "Mosswick"]),
        ('name eq "mosswick" AND name eq "FTP"', []),
        (r'name eq "C-Level Dashboards \"Live\" \\ Archive"', ['C-Level Dashboards "Live" \\ Archive']),
        (r"""name eq 'C-Level Dashboards "Live" \\ Archive'""", ['C-Level Dashboards "Live" \\ Archive']),
        (r"name eq 'FT\P'", ["FTP"]),
        ('name eq "青空ドライブ（管理者の同意あり）"', ["青空ドライブ（管理者の同意あり）"]),
    ],
)
def test_a_filter_finds_names(expression: str, names: list[str]) -> None:
    records = document(get(CONNECTORS, filter=expression))["data"]
    assert sorted(record["name"] for record in records) == names


def test_a_filtered_list_is_sorted_and_paged_like_any_other() -> None:
    first = document(get(CONNECTORS, filter='name eq "mosswick"', sort="-id", limit=1))
    second = follow(first["links"]["next"]["href"])
    assert first["data"][0]["id"] > second["data"][0]["id"]
    assert second["links"]["next"]["href"] is None
    assert follow(second["links"]["prev"]["href"])["data"] == first["data"]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('id eq "x"', "attribute id"),
        ('billable eq "true"', "attribute billable"),
        ('name co "Air"', "operator co"),
        ('name ne "Air"', "operator ne"),
        ("name eq Airtable", "position 0"),
        ('name eq "Airtable', "position 0"),
        ('name eq "Airtable" or name eq "FTP"', "position 19"),
        ('name eq "Airtable" name eq "FTP"', "position 19"),
        ('name eq "Airtable" and', "position"),
        ('name eq "Airtable" and ', "position 22"),
        ('name eq "Airtable"andname eq "FTP"', "position 18"),
        ("", "position 0"),
        ("(", "position 0"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused(expression: str, said: str) -> None:
    detail = refused(get(CONNECTORS, filter=expression), 400)
    assert detail.startswith("filter ")
    assert said in detail


# -- wrong requests ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("limit", value) for value in ("0", "201", "-1", "abc", "", "1.5", "1_0", "٣", " 5", "9" * 5000)]
    + [("sort", value) for value in ("", "-", "billable", "--id", "id-", "ID", "createdAt")]
    + [("cursor", value) for value in ("", "x", "bm90IGpzb24", "W10", "ümlaut", "e30", "1" * 9999)],
)
def test_a_wrong_parameter_is_refused_by_name(parameter: str, value: str) -> None:
    assert refused(get(CONNECTORS, **{parameter: value}), 400).startswith(f"{parameter} ")


@pytest.mark.parametrize(
    "place",
    [
        {"id": "x", "_pointsToNextItems": True},
        {"id": "x", "sort": "id"},
        {"id": 3, "sort": "id", "_pointsToNextItems": True},
        {"id": "x", "sort": "id", "_pointsToNextItems": 1},
        {"id": "x", "sort": "name", "_pointsToNextItems": True},
        {"id": "x", "sort": "size", "_pointsToNextItems": True},
        {"id": "x", "sort": 7, "_pointsToNextItems": True},
        ["id"],
        [[[[]]]] * 100,
    ],
)
def test_a_forged_cursor_is_refused(place: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    assert refused(get(CONNECTORS, cursor=cursor), 400).startswith("cursor ")


def test_a_cursor_of_another_order_is_refused() -> None:
    first = document(get(CONNECTORS, limit=5, sort="-name"))
    [cursor] = parse_qs(urlsplit(first["links"]["next"]["href"]).query)["cursor"]
    detail = refused(get(CONNECTORS, cursor=cursor, sort="name"), 400)
    assert detail == "cursor belongs to sort=-name, not to sort=name."


def test_parameters_that_nobody_knows_are_left_alone() -> None:
    assert len(document(get(CONNECTORS, limit=2, colour="blue"))["data"]) == 2


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", f"Basic {KEY}", KEY, f"Bearer {KEY}x", "Bearer nöt the kéy"],
)
@pytest.mark.parametrize("path", [CONNECTORS, CONNECTIONS, f"{CONNECTORS}/{AIRTABLE_ID}", "/api/unknown"])
def test_without_the_key_nothing_is_told(path: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    detail = refused(API.answer(Request("GET", path, headers)), 401)
    assert KEY not in detail


@pytest.mark.parametrize("token", [KEY, ACCESS_TOKEN])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_key_and_the_access_token_are_accepted(scheme: str, token: str) -> None:
    request = Request("GET", CONNECTORS, {"authorization": f"{scheme} {token}"})
    assert API.answer(request).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/",
        "/api/v1/items",
        f"{CONNECTORS}/",
        f"{CONNECTORS}/unknown",
        f"{CONNECTORS}/{AIRTABLE_ID}/webhooks",
        f"{CONNECTORS}/ffffffff-ffff-11ff-8000-000000000000/webhooks/configuration",
        f"{LOGOS}/{'0' * 32}.png",
        f"{LOGOS}/../../etc/passwd",
        f"{LOGOS}/{'g' * 32}.png",
        "//[",
    ],
)
def test_what_is_not_there_is_404(path: str) -> None:
    refused(get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", CONNECTORS, "GET"),
        ("DELETE", f"{CONNECTORS}/{AIRTABLE_ID}", "GET"),
        ("PUT", CONNECTIONS, "GET"),
        ("HEAD", CONNECTORS, "GET"),
        ("GET", TOKEN, "POST"),
    ],
)
def test_another_method_is_405_and_the_right_one_is_named(method: str, path: str, allowed: str) -> None:
    response = API.answer(Request(method, path, AUTHORIZED))
    refused(response, 405)
    assert response.headers["allow"] == allowed


def test_every_answer_has_the_trace_id_of_its_request() -> None:
    request = Request("GET", CONNECTORS, AUTHORIZED, trace_id="0123456789abcdef0123456789abcdef")
    assert API.answer(request).headers["x-b3-traceid"] == "0123456789abcdef0123456789abcdef"
    assert len(Request("GET", "/").trace_id) == 32
    assert Request("GET", "/").trace_id != Request("GET", "/").trace_id


def test_secrets_are_not_in_any_repr() -> None:
    request = Request("POST", TOKEN, AUTHORIZED, CLIENT_SECRET.encode())
    shown = repr((request, API))
    assert not any(secret in shown for secret in (KEY, CLIENT_SECRET, ACCESS_TOKEN))


# -- compression ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5, br", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("", False),
        ("xgzip", False),
    ],
)
def test_a_large_answer_is_compressed_for_those_who_accept_it(accepted: str, compressed: bool) -> None:
    plain = get(CONNECTORS)
    response = API.answer(Request("GET", CONNECTORS, {**AUTHORIZED, "accept-encoding": accepted}))
    assert (response.headers.get("content-encoding") == "gzip") is compressed
    assert (gzip.decompress(response.body) if compressed else response.body) == plain.body
    assert (len(response.body) < len(plain.body)) is compressed


def test_a_small_answer_and_a_picture_are_not_compressed() -> None:
    headers = {**AUTHORIZED, "accept-encoding": "gzip"}
    name = next(entry.logos[2] for entry in believable().by_id if entry.logos[2])
    for target in (f"{CONNECTORS}?limit=1", f"{CONNECTORS}?limit=0", f"{LOGOS}/{name}.png"):
        assert "content-encoding" not in API.answer(Request("GET", target, headers)).headers
