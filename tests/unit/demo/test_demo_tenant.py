"""The embedded tenant over real sockets."""

from __future__ import annotations

import errno
import json
import logging
import socket
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import httpx
import pytest

from qconn_tui.demo.api import CONNECTORS
from qconn_tui.demo.http_messages import Request, Response
from qconn_tui.demo.tenant import DemoTenant
from qconn_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def tenant() -> Iterator[DemoTenant]:
    with DemoTenant() as tenant:
        yield tenant


def client_of(tenant: DemoTenant) -> httpx.Client:
    headers = {"authorization": f"Bearer {tenant.api_key}"}
    return httpx.Client(base_url=tenant.origin, headers=headers, trust_env=False, timeout=5)


def raw_exchange(tenant: DemoTenant, request: bytes) -> bytes:
    """Everything the tenant sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", urlsplit(tenant.origin).port or 0), timeout=5) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_the_whole_list_is_walked_over_one_connection(tenant: DemoTenant) -> None:
    names: list[str] = []
    with client_of(tenant) as client:
        href: str | None = f"{CONNECTORS}?limit=50"
        while href:
            response = client.get(href)
            assert response.http_version == "HTTP/1.1"
            assert response.headers["content-encoding"] == "gzip"
            assert len(response.headers["x-b3-traceid"]) == 32
            page = response.json()
            names += [record["name"] for record in page["data"]]
            href = page["links"]["next"]["href"]
        pool = client._transport._pool  # type: ignore[attr-defined]
        assert len(pool.connections) == 1
    assert len(names) == 412
    assert "青空メール" in names


def test_requests_are_remembered_without_their_headers(tenant: DemoTenant) -> None:
    with client_of(tenant) as client:
        client.get(CONNECTORS, params={"limit": 2})
        client.post("/oauth/token", json={"client_secret": "hidden"})
    assert tenant.requests == (f"GET {CONNECTORS}?limit=2", "POST /oauth/token")


def test_the_demo_client_gets_a_token_that_works(tenant: DemoTenant) -> None:
    asked = {
        "client_id": tenant.client_id,
        "client_secret": tenant.client_secret,
        "grant_type": "client_credentials",
    }
    with client_of(tenant) as client:
        token = client.post("/oauth/token", json=asked).json()["access_token"]
        assert client.get(CONNECTORS, headers={"authorization": f"Bearer {token}"}).status_code == 200
        assert client.get(CONNECTORS, headers={"authorization": "Bearer other"}).status_code == 401


def test_keys_are_random_unless_given() -> None:
    one, other = DemoTenant(), DemoTenant()
    assert one.api_key != other.api_key
    assert len(one.api_key) >= 16
    assert DemoTenant(key="0123456789abcdef").api_key == "0123456789abcdef"


def test_rows_are_generated_on_demand() -> None:
    with DemoTenant(rows=100_000) as tenant, client_of(tenant) as client:
        page = client.get(CONNECTORS, params={"sort": "-id", "limit": 200}).json()
    assert len({record["id"] for record in page["data"]}) == 200
    with DemoTenant(rows=0) as tenant, client_of(tenant) as client:
        assert client.get(CONNECTORS).json()["data"] == []
    with pytest.raises(UsageError):
        DemoTenant(rows=100_001)


def test_a_fault_answers_in_the_place_of_the_api() -> None:
    def faults(request: Request) -> Response | None:
        if "limit=3" in request.target:
            return Response(429, b"wait", {"retry-after": "13"})
        return None

    with DemoTenant(faults=faults) as tenant, client_of(tenant) as client:
        refused = client.get(CONNECTORS, params={"limit": 3})
        assert (refused.status_code, refused.text, refused.headers["retry-after"]) == (429, "wait", "13")
        assert client.get(CONNECTORS, params={"limit": 4}).status_code == 200


def test_a_fault_may_promise_more_bytes_than_it_sends() -> None:
    def faults(_request: Request) -> Response:
        return Response(200, b"{", {"content-length": "100"})

    with (
        DemoTenant(faults=faults) as tenant,
        client_of(tenant) as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get(CONNECTORS)


def test_a_bug_is_a_500_and_goes_to_the_log_only(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def faults(_request: Request) -> Response:
        raise RuntimeError("a bug")

    with caplog.at_level(logging.ERROR), DemoTenant(faults=faults) as tenant, client_of(tenant) as client:
        response = client.get(CONNECTORS)
    assert response.status_code == 500
    assert response.json()["errors"][0]["code"] == "HTTP-500"
    assert "a bug" in caplog.text
    assert capfd.readouterr() == ("", "")


def test_an_answer_is_one_write() -> None:
    with DemoTenant() as tenant:
        port = urlsplit(tenant.origin).port or 0
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            head = f"GET {CONNECTORS}?limit=1 HTTP/1.1\r\nAuthorization: Bearer {tenant.api_key}\r\n\r\n"
            for _ in range(5):
                connection.sendall(head.encode())
                # What is written in one piece over loopback arrives in one piece.
                status, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
                assert status.startswith(b"HTTP/1.1 200 OK\r\n")
                assert len(json.loads(body)["data"]) == 1


@pytest.mark.parametrize(
    "head",
    [
        "POST /oauth/token HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /oauth/token HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST /oauth/token HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    ],
)
def test_a_body_of_unknown_length_ends_the_connection(tenant: DemoTenant, head: str) -> None:
    assert raw_exchange(tenant, head.encode()).startswith(b"HTTP/1.1 411 Length Required\r\n")


def test_head_is_answered_without_a_body_and_the_connection_lives_on(tenant: DemoTenant) -> None:
    both = raw_exchange(tenant, b"HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    first, second, body = both.split(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert second.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert json.loads(body)["errors"]


def test_nonsense_is_survived_in_silence(tenant: DemoTenant, capfd: pytest.CaptureFixture[str]) -> None:
    for nonsense in (
        b"\r\n",
        b"\x16\x03\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"BREW / HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", urlsplit(tenant.origin).port or 0), timeout=5) as peer:
            peer.sendall(nonsense)
    with client_of(tenant) as client:
        assert client.get(CONNECTORS, params={"filter": 'name eq "Ä \x00"'}).status_code == 200
        assert client.get(f"/{quote('ü/../x')}").status_code == 404
    assert capfd.readouterr() == ("", "")


def test_many_clients_at_once_get_the_same_list(tenant: DemoTenant) -> None:
    pages: list[bytes] = []

    def fetch() -> None:
        with client_of(tenant) as client:
            pages.append(client.get(CONNECTORS, params={"limit": 200, "sort": "name"}).content)

    threads = [threading.Thread(target=fetch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 8
    assert len(set(pages)) == 1


def test_every_answer_waits_for_the_latency() -> None:
    with DemoTenant(latency=0.05) as tenant, client_of(tenant) as client:
        begin = time.monotonic()
        client.get(CONNECTORS, params={"limit": 1})
        assert time.monotonic() - begin >= 0.05


def wait_for_threads(count: int) -> None:
    """Wait until no more than `count` threads are left; five seconds at most."""
    deadline = time.monotonic() + 5
    while threading.active_count() > count and time.monotonic() < deadline:
        time.sleep(0.001)
    assert threading.active_count() <= count


def test_stopping_ends_requests_that_hang_and_connections_that_idle() -> None:
    threads = threading.active_count()
    tenant = DemoTenant(latency=3600)
    tenant.start()
    address = ("127.0.0.1", urlsplit(tenant.origin).port or 0)
    # Taken in turn: once the second one's request is there, the first one is no longer in the queue.
    with (
        socket.create_connection(address, timeout=5) as idle,
        socket.create_connection(address, timeout=5) as hanging,
    ):
        hanging.sendall(f"GET {CONNECTORS} HTTP/1.1\r\n\r\n".encode())
        while not tenant.requests:
            time.sleep(0.001)
        tenant.stop()
        assert hanging.recv(1) == idle.recv(1) == b""
        wait_for_threads(threads)


def test_after_stopping_nobody_listens_and_no_thread_is_left() -> None:
    threads = threading.active_count()
    with DemoTenant() as tenant, client_of(tenant) as client:
        client.get(CONNECTORS)
    tenant.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(tenant.origin).port or 0), timeout=5)
    wait_for_threads(threads)


def test_stopping_what_never_started_does_nothing() -> None:
    tenant = DemoTenant()
    tenant.stop()
    with pytest.raises(RuntimeError, match="not been started"):
        _ = tenant.origin


def test_a_port_that_is_taken_is_an_oserror(tenant: DemoTenant) -> None:
    with pytest.raises(OSError, match="in use") as caught:
        DemoTenant(port=urlsplit(tenant.origin).port or 0).start()
    assert caught.value.errno == errno.EADDRINUSE
