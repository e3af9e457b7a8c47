"""The command that runs the embedded tenant alone."""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import urllib.request
from urllib.parse import urlsplit

import pytest

from qconn_tui.commands.demo_server import run
from qconn_tui.demo.tenant import DemoTenant
from qconn_tui.errors import UsageError

PROGRAM = """
import argparse, sys
from qconn_tui.commands.demo_server import run
sys.exit(run(argparse.Namespace(rows=5, port=0, latency_ms=0)))
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_two_lines_to_paste_serves_and_ends_with_0(ending: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stderr
        server = process.stdout.readline()
        key = process.stdout.readline()
        assert re.fullmatch(r"export QCONN_SERVER=http://127\.0\.0\.1:\d+\n", server)
        assert re.fullmatch(r"export QCONN_API_KEY=[A-Za-z0-9._~+/=-]{16,}\n", key)
        said = process.stderr.readline()
        assert said.startswith("Paste these two lines")
        assert "new one at every start" in said
        url = server.strip().partition("=")[2] + "/api/workflows/automation-connectors"
        request = urllib.request.Request(url, headers={"Authorization": "Bearer " + key.strip().partition("=")[2]})
        with urllib.request.urlopen(request, timeout=5) as response:
            assert response.status == 200
        process.send_signal(ending)
        output, errors = process.communicate(timeout=10)
    assert (process.returncode, output, errors) == (0, "", "")


def arguments(**changed: int | None) -> argparse.Namespace:
    return argparse.Namespace(**{"rows": None, "port": 0, "latency_ms": 0, **changed})


def test_a_port_in_use_is_a_usage_error_that_names_the_option() -> None:
    with DemoTenant() as tenant:
        port = urlsplit(tenant.origin).port
        with pytest.raises(UsageError, match=f"--port {port} is in use"):
            run(arguments(port=port))


def test_an_impossible_number_of_rows_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="100001 connectors"):
        run(arguments(rows=100_001))


def test_the_signal_handlers_of_before_come_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with DemoTenant() as tenant, pytest.raises(UsageError):
        run(arguments(port=urlsplit(tenant.origin).port))
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
