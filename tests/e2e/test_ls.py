"""`qconn-tui ls` in pipes, in a terminal, and when the tenant fails."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import PROGRAM, demo_server, run
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.pty


def test_a_pipe_gets_one_object_a_line_and_nothing_else(connected: Mapping[str, str]) -> None:
    done = run("ls", environ=connected)
    assert (done.returncode, done.stderr) == (0, b"")
    connectors = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(connectors) == len({connector["id"] for connector in connectors}) == 412


def test_a_terminal_gets_a_table_that_fits(connected: Mapping[str, str]) -> None:
    with Terminal("ls", "--sort", "-name", "--limit", "20", environ=connected, columns=80) as terminal:
        assert terminal.exit_status() == 0
        assert b"\x1b" not in terminal.raw
        table = terminal.raw.decode().splitlines()
    assert len(table) >= 21
    assert "name" in table[0].lower()
    assert max(map(len, table)) <= 80


def test_the_filter_and_the_sort_reach_the_output(connected: Mapping[str, str]) -> None:
    done = run("ls", "--where", "desk billable:no", "--sort", "-id", "--format", "csv", environ=connected)
    header, *rows = done.stdout.decode().splitlines()
    assert header.startswith("id,name")
    assert len(rows) > 1
    assert rows == sorted(rows, reverse=True)
    assert all("desk" in row.split(",")[1].casefold() for row in rows)


def test_what_get_has_saved_is_the_list_in_its_usual_order(connected: Mapping[str, str]) -> None:
    run("get", "airtable", environ=connected)
    saved = run("ls", "--offline", environ=connected)
    assert saved.returncode == 0
    assert saved.stdout == run("ls", environ=connected).stdout


def test_a_typing_mistake_and_a_filter_without_a_match_are_noted(connected: Mapping[str, str]) -> None:
    done = run("ls", "--where", "bilable:yes", environ=connected)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"There is no field bilable; did you mean billable?" in done.stderr
    done = run("ls", "--filter", 'name eq "nobody has that"', environ=connected)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"qconn-tui: The tenant lists no connectors that --filter admits.\n"


def test_saved_lists_are_named_by_host_and_port(connected: Mapping[str, str]) -> None:
    run("ls", environ=connected)
    saved = run("cache", "info", environ=connected).stdout.decode()
    assert f"List       {connected['QCONN_SERVER'].partition('://')[2]}: 412 connectors" in saved


def test_a_reader_may_close_the_pipe_early(connected: Mapping[str, str]) -> None:
    with subprocess.Popen(
        [PROGRAM, "ls"], env=dict(connected), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as listing:
        # What follows the first line does not fit into the pipe.
        assert listing.stdout and listing.stderr
        assert json.loads(listing.stdout.readline())
        listing.stdout.close()
        assert listing.stderr.read() == b""
    assert listing.returncode == 0


COMMANDS = [("ls",), ("ls", "--format", "csv"), ("get", "airtable"), ("doctor",), ("cache", "info"), ("--help",)]


@pytest.mark.parametrize("command", [*COMMANDS, ("demo-server",)], ids=" ".join)
def test_an_output_that_cannot_be_written_is_reported_in_one_sentence(
    command: tuple[str, ...], connected: Mapping[str, str]
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([PROGRAM, *command], env=dict(connected), stdout=full, stderr=subprocess.PIPE, timeout=20)
    sentence = b"qconn-tui: Standard output cannot be written: No space left on device. Send it to another place.\n"
    assert (done.returncode, done.stderr) == (2, sentence)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("closing", ["<&- >&-", ">&-"])
def test_a_closed_output_is_reported_in_one_sentence(
    command: tuple[str, ...], closing: str, connected: Mapping[str, str]
) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closing}', "sh", PROGRAM, *command], env=dict(connected), capture_output=True, timeout=20
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"bug" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_three_closed_streams_are_a_usage_error(connected: Mapping[str, str]) -> None:
    for command in ("ls", "cache info", ""):
        status = subprocess.run(["sh", "-c", f"{PROGRAM} {command} <&- >&- 2>&-"], env=dict(connected)).returncode
        assert status == 2


def test_a_refused_key_ends_with_3(connected: Mapping[str, str]) -> None:
    wrong = "wrong-key-0123456789"
    done = run("ls", environ={**connected, "QCONN_API_KEY": wrong})
    assert (done.returncode, done.stdout) == (3, b"")
    complaint = done.stderr.decode()
    assert "answered 401" in complaint
    assert "trace id " in complaint
    assert wrong not in complaint


def test_a_tenant_out_of_reach_ends_with_4(connected: Mapping[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = run("ls", environ={**connected, "QCONN_SERVER": f"http://127.0.0.1:{port}"})
    assert (done.returncode, done.stdout) == (4, b"")
    assert done.stderr.startswith(f"qconn-tui: http://127.0.0.1:{port} refuses connections".encode())


def test_an_older_copy_is_printed_and_ends_with_5_unless_it_was_asked_for(environ: Mapping[str, str]) -> None:
    with demo_server(environ) as tenant:
        fresh = run("ls", environ={**environ, **tenant})
        assert fresh.returncode == 0
    stale = run("ls", environ={**environ, **tenant})
    assert (stale.returncode, stale.stdout) == (5, fresh.stdout)
    assert b"offline copy" in stale.stderr
    assert b"refuses connections" in stale.stderr
    asked_for = run("ls", "--offline", environ={**environ, **tenant})
    assert (asked_for.returncode, asked_for.stdout) == (0, fresh.stdout)
    assert b"offline copy" in asked_for.stderr
