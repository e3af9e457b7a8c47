"""A bug in the program: the terminal is given back, and the report is useful without giving the API key away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.pty

TOKEN = "c4n4ry-c4n4ry-c4n4ry-c4n4ry"
# It takes the key from its environment: a line of a program may be printed.
PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from qconn_tui.commands.parser import make_parser
from qconn_tui.loader.loader import Loader
from qconn_tui.runtime.logs import logging_to
from qconn_tui.settings.resolve import resolve
from qconn_tui.ui.app import QconnApp

shown = asyncio.Event()

class BrokenLoader(Loader):
    async def events(self, *arguments, **options):
        token = os.environ["QCONN_API_KEY"]
        headers = {"Authorization": "Bearer " + token}
        # The terminal is taken and has a frame on it.
        await shown.wait()
        yield fail(token, headers)

def fail(token, headers):
    try:
        raise ValueError(token)
    except ValueError:
        raise RuntimeError("request failed with " + repr(headers))

settings = resolve(make_parser().parse_args(sys.argv[1:]), os.environ)
with logging_to(settings.log_file):
    app = QconnApp(settings, make_loader=lambda settings: BrokenLoader(None), start_demo=lambda: settings,
                   when_shown=shown.set)
    status = app.run()
sys.exit(status if status is not None else app.return_code or 0)
"""


@pytest.fixture
def broken(tmp_path: Path) -> tuple[str, ...]:
    """A program whose loader has a bug."""
    path = tmp_path / "broken.py"
    path.write_text(PROGRAM)
    return (sys.executable, str(path))


def test_a_bug_ends_it_with_1_and_a_report_without_the_key(
    broken: tuple[str, ...], environ: Mapping[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    environ = {**environ, "QCONN_SERVER": "http://127.0.0.1:9", "QCONN_API_KEY": TOKEN}
    with Terminal("--log-file", str(log), environ=environ, program=broken) as terminal:
        assert terminal.exit_status() == 1
        assert terminal.is_restored
        report = terminal.raw.rpartition(b"\x1b[?1049l")[2].decode()
    assert "This is a bug (RuntimeError)" in report
    assert "in fail" in report and "in events" in report and "in _run_walk" in report, "where it happened"
    # Lines that are too long for the terminal are broken.
    assert str(log) in report.replace("\r\n", "")
    assert TOKEN not in report and "Bearer " not in report.replace('"Bearer " + token', "")
    assert "locals" not in report and "headers =" not in report.replace("headers = {", "")
    assert TOKEN.encode() not in terminal.raw
    (line,) = [line for line in log.read_text().splitlines() if " CRITICAL " in line]
    assert "RuntimeError" in line and " fail" in line
    assert TOKEN not in log.read_text()


def test_without_a_log_the_report_names_none(broken: tuple[str, ...], environ: Mapping[str, str]) -> None:
    environ = {**environ, "QCONN_SERVER": "http://127.0.0.1:9", "QCONN_API_KEY": TOKEN}
    with Terminal(environ=environ, program=broken) as terminal:
        assert terminal.exit_status() == 1
        assert terminal.is_restored
        assert "This is a bug" in terminal.text()
        assert "More is in" not in terminal.text()
        assert TOKEN.encode() not in terminal.raw
