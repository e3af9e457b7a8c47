"""Asking the embedded tenant's API without a socket."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from qconn_tui.demo.api import Accounts, Api
from qconn_tui.demo.catalogue import believable
from qconn_tui.demo.http_messages import Request, Response

ORIGIN = "http://127.0.0.1:9"
KEY = "a-key-of-the-tests"
CLIENT_SECRET = "s3cret"
ACCESS_TOKEN = "an-access-token"
AUTHORIZED = {"authorization": f"Bearer {KEY}"}
ACCOUNTS = Accounts(KEY, "client", CLIENT_SECRET, ACCESS_TOKEN)
API = Api(believable(), ORIGIN, ACCOUNTS)


def get(path: str, api: Api = API, /, **parameters: object) -> Response:
    target = f"{path}?{urlencode(parameters)}" if parameters else path
    return api.answer(Request("GET", target, AUTHORIZED))


def document(response: Response, status: int = 200) -> Any:
    assert response.status == status, response.body
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    return json.loads(response.body)


def refused(response: Response, status: int) -> str:
    """The detail of the documented envelope."""
    envelope = document(response, status)
    assert set(envelope) == {"errors", "traceId"}
    assert envelope["traceId"] == response.headers["x-b3-traceid"]
    [error] = envelope["errors"]
    assert set(error) == {"code", "title", "detail"}
    assert error["code"] == f"HTTP-{status}"
    assert error["title"]
    assert isinstance(error["detail"], str)
    return str(error["detail"])


def follow(href: str, api: Api = API) -> Any:
    assert href.startswith(f"{ORIGIN}/api/")
    return document(api.answer(Request("GET", href.removeprefix(ORIGIN), AUTHORIZED)))


def walk(direction: str, first: Any) -> list[Any]:
    """The pages from `first` to the end, following `links`."""
    pages = [first]
    while href := pages[-1]["links"][direction]["href"]:
        pages.append(follow(href))
        assert len(pages) <= 412, "the pages go in a circle"
    return pages
