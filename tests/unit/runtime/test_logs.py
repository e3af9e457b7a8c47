"""The log: one line for each event, in a file for its owner alone, without any secret."""

from __future__ import annotations

import logging
import re
import stat
from pathlib import Path

import pytest

from qconn_tui.cli import main
from qconn_tui.demo.http_messages import Request, Response
from qconn_tui.demo.tenant import DemoTenant
from qconn_tui.errors import UsageError
from qconn_tui.runtime.logs import logging_to, redact, report_bug

SECRET = "s3cr3t-s3cr3t-s3cr3t"
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 (INFO|WARNING|ERROR|CRITICAL) [\w.]+ .+"
)  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines()


def test_an_event_is_one_line_of_time_level_name_and_message(log: Path) -> None:
    with logging_to(log):
        logging.getLogger("qconn_tui.store").warning("first\nsecond\x1b]0;x\x07 %s", "third\u202e")
        logging.getLogger("qconn_tui").info("fourth")
        logging.getLogger("qconn_tui").debug("never")
    first, fourth = lines(log)
    assert LINE.fullmatch(first) and LINE.fullmatch(fourth)
    assert first.endswith(
        " WARNING qconn_tui.store first second\N{REPLACEMENT CHARACTER}]0;x\N{REPLACEMENT CHARACTER} third"
    )
    assert fourth.endswith(" INFO qconn_tui fourth")


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (f"Authorization: Bearer {SECRET}", "Authorization: […]"),
        (f"header 'bearer {SECRET}'", "header 'bearer […]"),
        (f"Proxy-Authorization: Basic {SECRET}", "Proxy-Authorization: […]"),
        (f"via http://me:{SECRET}@proxy.example:3128/", "via http://[…]proxy.example:3128/"),
        (f"GET https://acme.example/api/x?cursor={SECRET}&limit=100 200", "GET https://acme.example/api/x?[…] 200"),
        (f"Set-Cookie: session={SECRET}; Path=/", "Set-Cookie: […]"),
        ("GET /api/x status=200 ms=35 trace=4bf9", "GET /api/x status=200 ms=35 trace=4bf9"),
    ],
)
def test_what_follows_the_name_of_a_secret_is_hidden(message: str, kept: str, log: Path) -> None:
    assert redact(message) == kept
    with logging_to(log):
        logging.getLogger("qconn_tui.x").error("%s", message)
    assert lines(log)[0].endswith(f" {kept}")


def test_of_an_error_only_its_type_and_its_frames_are_kept(log: Path) -> None:
    def fail(token: str) -> None:
        raise RuntimeError(token)

    with logging_to(log):
        try:
            fail(SECRET)
        except RuntimeError as error:
            report = report_bug(error, log)
    (line,) = lines(log)
    assert LINE.fullmatch(line)
    assert re.search(r" CRITICAL qconn_tui\.runtime\.logs .*\(RuntimeError at .*test_logs\.py:\d+ fail\)$", line)
    assert "(RuntimeError)" in report and str(log) in report and "in fail" in report
    assert SECRET not in line + report


def test_of_a_librarys_message_only_the_place_is_kept(log: Path) -> None:
    with logging_to(log):
        for name in ("httpx", "httpcore.http11", "asyncio", "PIL"):
            logging.getLogger(name).debug("request %s", SECRET)
            logging.getLogger(name).info("request %s", SECRET)
            logging.getLogger(name).error("Task exception was never retrieved: %s", SECRET)
    assert len(lines(log)) == 4
    assert all(re.search(r" ERROR [\w.]+ test_logs:\d+$", line) for line in lines(log))


def test_the_file_is_for_its_owner_alone_and_is_appended_to(log: Path) -> None:
    log.write_text("before\n")
    log.chmod(0o644)
    for _ in range(2):
        with logging_to(log):
            logging.getLogger("qconn_tui").info("once more")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert [line.rpartition(" qconn_tui ")[2] for line in lines(log)] == ["before", "once more", "once more"]
    new = log.with_name("new")
    with logging_to(new):
        assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_a_device_keeps_its_mode() -> None:
    before = Path("/dev/null").stat().st_mode
    with logging_to(Path("/dev/null")):
        logging.getLogger("qconn_tui").info("gone")
    assert Path("/dev/null").stat().st_mode == before


def test_a_full_disk_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with logging_to(Path("/dev/full")):
        logging.getLogger("qconn_tui").info("lost")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("place", ["/nowhere/log", "/"])
def test_a_file_that_cannot_be_written_is_a_mistake_in_the_option(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="--log-file"), logging_to(Path(place)):
        pass
    assert main(["ls", "--demo", "--log-file", place]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"qconn-tui: --log-file {place} cannot be written: ")


def test_without_a_file_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []  # pytest collects records, the program does not
    try:
        with logging_to(None):
            logging.getLogger("qconn_tui.x").critical("over the screen")
            logging.getLogger("asyncio").critical("over the screen")
    finally:
        root.handlers = handlers
    assert capsys.readouterr().err == ""


def test_afterwards_everything_is_as_before(log: Path) -> None:
    root, ours = logging.getLogger(), logging.getLogger("qconn_tui")
    before = (root.level, ours.level, list(root.handlers))
    with pytest.raises(ZeroDivisionError), logging_to(log):
        raise ZeroDivisionError
    assert (root.level, ours.level, root.handlers) == before


def test_requests_are_logged_with_method_path_status_time_and_trace_but_without_query_and_key(log: Path) -> None:
    fails = iter([True])

    def fault(_request: Request) -> Response | None:
        return Response(503, b"{}", {"x-b3-traceid": "4bf92f35"}) if next(fails, False) else None

    with DemoTenant(faults=fault) as tenant, pytest.MonkeyPatch.context() as patch:
        patch.setenv("QCONN_SERVER", tenant.origin)
        patch.setenv("QCONN_API_KEY", tenant.api_key)
        assert main(["ls", "--log-file", str(log), "--page-size", "200"]) == 0
    requests = [line.partition(" qconn_tui.qlik.client ")[2] for line in lines(log)]
    failed, *answered = filter(None, requests)
    path = "GET /api/workflows/automation-connectors"
    assert re.fullmatch(rf"{path} status=503 ms=\d+ trace=4bf92f35 TenantFailed", failed)
    assert len(answered) == 3
    for line in answered:
        assert re.fullmatch(rf"{path} status=200 ms=\d+ trace=[0-9a-f]{{32}} \d+ bytes", line)
    assert any(line.endswith(" qconn_tui.qlik.retry try=1 of 4 failed") for line in lines(log))
    text = log.read_text()
    assert tenant.api_key not in text
    assert "cursor" not in text and "limit" not in text and "page" not in text.replace("pager", "")
