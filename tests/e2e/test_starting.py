"""Every way to start: without a tenant, with the demo, from the cache, with a wrong key, on a dumb terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import demo_server, run
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.pty

WRONG_KEY = "wrong-key-0123456789"


def test_without_a_tenant_the_screen_explains_how_to_connect_and_offers_the_demo(environ: Mapping[str, str]) -> None:
    with Terminal(environ=environ) as terminal:
        terminal.wait_for("QCONN_API_KEY")
        assert "QCONN_SERVER" in terminal.text()
        terminal.press("d")
        terminal.wait_for("100 of 100 · partial, more on the server")
        assert "demo" in terminal.lines()[0]
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored


def test_the_demo_needs_nothing(environ: Mapping[str, str]) -> None:
    with Terminal("--demo", environ=environ) as terminal:
        terminal.wait_for("100 of 100 · partial, more on the server")
        terminal.press("q")
        assert terminal.exit_status() == 0


def test_the_demo_has_as_many_connectors_as_asked_for(environ: Mapping[str, str]) -> None:
    with Terminal("--demo-rows", "5", environ=environ) as terminal:
        terminal.wait_for("5 of 5 · complete")


def test_what_was_loaded_once_is_there_again_without_the_tenant(environ: Mapping[str, str]) -> None:
    with demo_server(environ) as tenant, Terminal(environ={**environ, **tenant}) as terminal:
        terminal.wait_for("100 of 100")
        terminal.press("L")
        terminal.wait_for("412 of 412 · complete")
        terminal.press("q")
        assert terminal.exit_status() == 0
    with Terminal(environ={**environ, **tenant}) as terminal:
        terminal.wait_for("412 of 412 · offline copy, ")
        terminal.wait_for("refuses connections")
        assert "Airtable" in terminal.text()
        terminal.press("q")
        assert terminal.exit_status() == 0
    with Terminal("--offline", environ={**environ, **tenant}) as terminal:
        terminal.wait_for("412 of 412 · offline copy, ")
        terminal.press("/")
        terminal.wait_for("Esc Clear")
        terminal.press("airtable")
        terminal.wait_for("1 of 412 · offline copy, ")
        assert "refuses connections" not in terminal.text()
        terminal.press("enter", "q")
        assert terminal.exit_status() == 0


def test_a_key_that_the_tenant_refuses_is_explained_and_the_program_stays(connected: Mapping[str, str]) -> None:
    with Terminal(environ={**connected, "QCONN_API_KEY": WRONG_KEY}) as terminal:
        terminal.wait_for("answered 401")
        terminal.wait_for("HTTP-401")
        terminal.wait_for("trace id ")
        terminal.press("r")
        terminal.wait_for("answered 401")
        terminal.press("?")
        terminal.wait_for("Esc closes")
        terminal.press("escape")
        terminal.wait_for(lambda: "Esc closes" not in terminal.text())
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored
        assert WRONG_KEY.encode() not in terminal.raw


@pytest.mark.parametrize("name", ["dumb", ""])
def test_a_terminal_that_cannot_draw_is_refused_with_the_way_out(environ: Mapping[str, str], name: str) -> None:
    with Terminal("--demo", environ={**environ, "TERM": name}) as terminal:
        assert terminal.exit_status() == 2
        assert "qconn-tui ls" in terminal.text()
        assert terminal.raw.isascii()
        assert b"\x1b" not in terminal.raw


def test_without_a_terminal_the_way_out_is_named(environ: Mapping[str, str]) -> None:
    done = run("--demo", environ=environ)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"qconn-tui ls" in done.stderr
