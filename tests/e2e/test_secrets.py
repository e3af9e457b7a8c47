"""A key that is like no other text is searched for in everything that the program leaves behind: it is nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias

import pytest

from qconn_tui.demo.http_messages import RefusedError, Request, Response, error_response
from qconn_tui.demo.tenant import DemoTenant
from tests.e2e.program import PATIENCE, PROGRAM, run
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.pty

CANARY = "c4n4ry-9f8e7d6c5b4a-0123456789-c4n4ry"
PASSWORD = "pr0xy-9f8e7d6c5b4a"
Environment: TypeAlias = dict[str, str]
Fault: TypeAlias = Callable[[Request], Response | None]


def refuse(request: Request) -> Response | None:
    """401 to whoever asks the API."""
    refused = RefusedError(HTTPStatus.UNAUTHORIZED, "The key is not valid.")
    return error_response(refused, request.trace_id) if "/api/" in request.target else None


def garble(request: Request) -> Response | None:
    """Half of a JSON document."""
    return (
        Response(200, b'{"data": [{"id": ', {"content-type": "application/json"}) if "/api/" in request.target else None
    )


FAULTS: dict[str, Fault | None] = {"well": None, "refused": refuse, "garbled": garble}


def through_environment(environ: Environment, _home: Path, origin: str) -> tuple[str, ...]:
    """The key in a variable."""
    environ |= {"QCONN_SERVER": origin, "QCONN_API_KEY": CANARY}
    return ()


def through_file(_environ: Environment, home: Path, origin: str) -> tuple[str, ...]:
    """The key in a file; the search leaves it out."""
    (home / "key").write_text(CANARY + "\n")
    (home / "key").chmod(0o600)
    return ("--server", origin, "--api-key-file", str(home / "key"))


def through_contexts(_environ: Environment, home: Path, origin: str) -> tuple[str, ...]:
    """The key where qlik-cli keeps it; the search leaves it out."""
    headers = {"Authorization": f"Bearer {CANARY}"}
    contexts = {
        "current-context": "it",
        "contexts": {"it": {"server": origin, "server-type": "cloud", "headers": headers}},
    }
    (home / ".qlik").mkdir()
    (home / ".qlik" / "contexts.yml").write_text(json.dumps(contexts))
    return ()


WAYS = {"environment": through_environment, "file": through_file, "contexts": through_contexts}


SEEN = {"well": "100 of 100", "refused": "answered 401", "garbled": "answer is not a page"}
"""What the screen says then."""
CASES = [*((fault, way) for fault in ("well", "refused") for way in WAYS), ("garbled", "environment")]


def check_files(home: Path) -> set[str]:
    """Search every file but those that the key was put into; the names of the files."""
    files = [path for path in home.rglob("*") if path.is_file() and path.name not in ("key", "contexts.yml")]
    for path in files:
        content = path.read_bytes()
        assert CANARY.encode() not in content and CANARY[8:-8].encode() not in content, path
        assert CANARY not in str(path)
    return {path.name for path in files}


def check_output(output: bytes) -> None:
    """Search what was printed; a terminal breaks lines anywhere."""
    assert CANARY.encode() not in output
    assert CANARY[8:20].encode() not in output
    assert b"Bearer" not in output


def check_process(pid: int) -> None:
    """What everybody on the machine can read of a running program."""
    assert CANARY.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        assert CANARY.encode() not in Path(f"/proc/{child}/cmdline").read_bytes()
        assert CANARY.encode() not in Path(f"/proc/{child}/environ").read_bytes(), "the decoder has no use for it"


@pytest.fixture
def canary_tenant(fault: str) -> Iterator[DemoTenant]:
    """A tenant that knows the canary, and has that fault."""
    with DemoTenant(key=CANARY, faults=FAULTS[fault]) as tenant:
        yield tenant


@pytest.mark.parametrize(("fault", "way"), CASES)
def test_no_command_leaves_the_key_anywhere(
    fault: str, way: str, canary_tenant: DemoTenant, environ: Environment, tmp_path: Path
) -> None:
    environ["HTTPS_PROXY"] = f"http://me:{PASSWORD}@127.0.0.1:9"
    options = (*WAYS[way](environ, tmp_path, canary_tenant.origin), "--log-file", str(tmp_path / "log"))
    with Terminal(*options, environ=environ) as terminal:
        terminal.wait_for(lambda: SEEN[fault] in terminal.text() and "Going on in" not in terminal.text())
        check_process(terminal.process.pid)
        terminal.press("down", "q")
        assert terminal.exit_status() == 0
        check_output(terminal.raw)
    everything = [("ls",), ("get", "airtable"), ("doctor",), ("cache", "info")]
    for command in everything if way == "environment" and fault != "garbled" else [("ls",)]:
        done = run(*command, *options, environ=environ)
        check_output(done.stdout + done.stderr)
        assert PASSWORD.encode() not in done.stdout + done.stderr
    names = check_files(tmp_path)
    log = (tmp_path / "log").read_text()
    assert "/api/workflows/automation-connectors status=" in log
    assert PASSWORD not in log and "cursor" not in log and "limit=" not in log
    assert "log" in names
    assert any(name.endswith(".db") for name in names), "there is a cache to search"
    assert any(request.startswith("GET /api/") for request in canary_tenant.requests), "the key was used"


def test_a_tenant_out_of_reach_is_told_without_the_key(environ: Environment, tmp_path: Path) -> None:
    with DemoTenant() as gone:
        origin = gone.origin
    through_environment(environ, tmp_path, origin)
    for command in (("ls",), ("get", "x"), ("doctor",)):
        done = run(*command, "--log-file", str(tmp_path / "log"), environ=environ)
        assert done.returncode != 0
        check_output(done.stdout + done.stderr)
    assert "Unreachable" in (tmp_path / "log").read_text()
    check_files(tmp_path)


def test_the_search_finds_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "leak").write_text(f"x{CANARY}y")
    with pytest.raises(AssertionError, match="leak"):
        check_files(tmp_path)
    with pytest.raises(AssertionError):
        check_output(CANARY.encode())
    with subprocess.Popen(["sleep", str(PATIENCE)], env={**os.environ, "CANARY": CANARY}) as sleeper:
        try:
            # A program that has just been started shows no environment for a moment.
            while not Path(f"/proc/{sleeper.pid}/environ").read_bytes():
                time.sleep(0.01)
            with pytest.raises(AssertionError, match="no use"):
                check_process(os.getpid())
        finally:
            sleeper.kill()
    assert Path(PROGRAM).exists()
