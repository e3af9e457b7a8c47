"""What the embedded tenant tells beside the list, without a socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from qconn_tui.demo.api import CONNECTIONS, CONNECTORS, TOKEN
from qconn_tui.demo.catalogue import AIRTABLE_ID, believable
from qconn_tui.demo.http_messages import Request, Response
from tests.unit.demo.demo_requests import (
    API,
    CLIENT_SECRET,
    ORIGIN,
    document,
    get,
    refused,
    walk,
)

# -- one connector -------------------------------------------------------------------------------------------


def test_every_detail_has_the_documented_shape() -> None:
    input_fields = {
        "id", "name", "fieldType", "optional", "setting", "options", "description", "exampleValue"
    }  # fmt: skip
    for entry in believable().by_id:
        detail = document(get(f"{CONNECTORS}/{entry.id}"))
        assert (detail["id"], detail["name"], detail["description"]) == (
            entry.id, entry.name, entry.description,
        )  # fmt: skip
        assert detail.get("billable") == entry.billable
        assert isinstance(detail["connectDocumentation"], str)
        assert isinstance(detail["snippets"], list)
        assert not any("logo" in field for field in detail)
        ids = [detail["id"]]
        for parameter in detail["params"]:
            assert set(parameter) == input_fields
            assert isinstance(parameter["optional"], bool)
            ids.append(parameter["id"])
        assert detail["blocks"]
        for block in detail["blocks"]:
            assert set(block) == {
                "id", "name", "role", "objectType", "description", "inputs", "exampleOutput"
            }  # fmt: skip
            assert all(set(an_input) == input_fields for an_input in block["inputs"])
            ids += [block["id"], *(an_input["id"] for an_input in block["inputs"])]
        assert len(ids) == len(set(ids))


def test_an_id_in_capitals_is_the_same_id() -> None:
    assert document(get(f"{CONNECTORS}/{AIRTABLE_ID.upper()}"))["id"] == AIRTABLE_ID


def test_webhooks_are_configured_where_the_list_says_so_and_nowhere_else() -> None:
    event_fields = {"id", "name", "role", "description", "params", "exampleOutput"}
    automatic = set()
    for entry in believable().by_id:
        response = get(f"{CONNECTORS}/{entry.id}/webhooks/configuration")
        if entry.has_webhooks not in (True, "true"):
            refused(response, 404)
            continue
        configuration = document(response)
        assert set(configuration) == {"id", "automatic", "events"}
        assert configuration["id"] == entry.id
        automatic.add(configuration["automatic"])
        assert configuration["events"]
        for event in configuration["events"]:
            assert set(event) == event_fields
            for parameter in event["params"]:
                assert set(parameter) == {"id", "name", "type", "required", "options"}
    assert automatic == {True, False}


# -- connections ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["id", "name", "createdAt", "updatedAt"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_connections_are_paged_in_every_order(field: str, sign: str) -> None:
    pages = walk("next", document(get(CONNECTIONS, limit=7, sort=sign + field)))
    rows = [row for page in pages for row in page["data"]]
    assert 24 <= len({row["id"] for row in rows}) == len(rows)
    keys = [(row[field].casefold(), row["id"]) for row in rows]
    assert keys == sorted(keys, reverse=bool(sign))
    back = walk("prev", pages[-1])
    assert [row for page in reversed(back) for row in page["data"]] == rows


def test_a_connection_has_the_documented_fields() -> None:
    rows = document(get(CONNECTIONS, limit=200))["data"]
    for row in rows:
        assert set(row) == {
            "id", "name", "ownerId", "spaceId", "connectorId", "isConnected", "createdAt", "updatedAt"
        }  # fmt: skip
        assert believable().find(row["connectorId"])
        created, updated = (
            datetime.strptime(row[field], "%Y-%m-%dT%H:%M:%S.000000Z").replace(tzinfo=UTC)
            for field in ("createdAt", "updatedAt")
        )
        assert created <= updated
    assert {row["isConnected"] for row in rows} == {True, False}
    assert "" in {row["spaceId"] for row in rows}


def test_connections_are_filtered_by_all_conditions() -> None:
    rows = document(get(CONNECTIONS))["data"]
    owner, space = rows[0]["ownerId"], rows[0]["spaceId"]
    expression = f'ownerId eq "{owner}" and spaceId eq "{space}"'
    found = document(get(CONNECTIONS, filter=expression))["data"]
    assert found == [row for row in rows if (row["ownerId"], row["spaceId"]) == (owner, space)]
    assert rows[0] in found
    assert len(found) < len([row for row in rows if row["ownerId"] == owner])
    refused(get(CONNECTIONS, filter='createdAt eq "x"'), 400)
    refused(get(CONNECTIONS, sort="spaceId"), 400)


# -- tokens and logos ----------------------------------------------------------------------------------------


def token(body: object) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return API.answer(Request("POST", TOKEN, body=raw))


def test_client_credentials_buy_an_access_token() -> None:
    answer = document(
        token({"client_id": "client", "client_secret": CLIENT_SECRET, "grant_type": "client_credentials"})
    )
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 21_600)
    expires = datetime.strptime(answer["expires_at"], "%Y-%m-%dT%H:%M:%S.000Z").replace(tzinfo=UTC)
    assert 21_000 < (expires - datetime.now(UTC)).total_seconds() <= 21_600
    request = Request("GET", CONNECTORS, {"authorization": f"Bearer {answer['access_token']}"})
    assert API.answer(request).status == 200


@pytest.mark.parametrize(
    "wrong",
    [{"client_secret": "no"}, {"client_id": "no"}, {"client_secret": None}, {"client_id": ["client"]}],
)
def test_wrong_credentials_are_401(wrong: dict[str, object]) -> None:
    good = {"client_id": "client", "client_secret": CLIENT_SECRET, "grant_type": "client_credentials"}
    assert CLIENT_SECRET not in refused(token({**good, **wrong}), 401)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"7" * 9000, b"[" * 100_000, {"grant_type": "password"}, {}])
def test_a_malformed_token_request_is_400(body: object) -> None:
    refused(token(body), 400)


def test_logos_need_no_key_and_may_be_kept() -> None:
    record = document(get(CONNECTORS, filter='name eq "FTP"'))["data"][0]
    for field in ("logoSmall", "logoMedium", "logoLarge"):
        response = API.answer(Request("GET", record[field].removeprefix(ORIGIN)))
        assert response.status == 200
        assert response.headers["content-type"] == "image/png"
        assert "immutable" in response.headers["cache-control"]
        assert response.body.startswith(b"\x89PNG\r\n\x1a\n")
