"""The command line: every mistake is one sentence and a status, and `--help` imports nothing heavy."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import pytest

from qconn_tui import __version__
from qconn_tui.cli import main
from qconn_tui.commands.parser import make_parser
from qconn_tui.demo.tenant import DemoTenant

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("textual", "rich", "httpx", "pydantic", "PIL", "sqlite3", "yaml", "http.server", "truststore", "asyncio")


def run(*words: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qconn_tui", *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False)


@pytest.mark.parametrize(
    "words",
    [["--help"], ["--version"], ["ls", "--help"], ["get", "-h"], ["doctor", "-h"], ["cache", "-h"], ["--nonsense"]],
)
def test_nothing_heavy_is_loaded_to_answer(words: list[str]) -> None:
    program = (
        "import sys; from qconn_tui.cli import main; status = main(sys.argv[2:]);"
        "print([m for m in sys.argv[1].split() if m in sys.modules], file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, " ".join(HEAVY), *words], capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == "[]"
    assert done.returncode == (2 if words == ["--nonsense"] else 0)


@pytest.mark.parametrize(
    ("words", "late"),
    [
        (["--help"], ("typing", "dataclasses", "traceback")),
        (["--version"], ("typing", "dataclasses", "traceback")),
        ([], ("argparse",)),
    ],
)
def test_nothing_is_imported_that_is_not_needed(words: list[str], late: tuple[str, ...]) -> None:
    program = (
        "import sys; known = set(sys.modules); from qconn_tui.cli import main; main(sys.argv[1:]);"
        "print(*sys.modules.keys() - known, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(late) & set(done.stderr.splitlines()[-1].split())


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"qconn-tui {__version__}\n"


@pytest.mark.parametrize(
    "words", [["--help"], ["ls", "-h"], ["get", "-h"], ["doctor", "-h"], ["cache", "-h"], ["demo-server", "-h"]]
)
def test_help_fits_110_columns_and_names_what_there_is(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 110
    assert text.startswith("usage: qconn-tui")
    if words == ["--help"]:
        assert all(word in text for word in ("--demo", "QCONN_API_KEY", "exit codes"))
        assert all(f"\n    {word} " in text for word in ("ls", "get", "doctor", "cache", "demo-server"))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--nonsense"], "--nonsense"),
        (["--serv=x"], "--serv"),
        (["git"], "'git'"),
        (["get"], "ID|NAME"),
        (["get", "--demo", " "], "ID|NAME"),
        (["get", "--demo", "a", "b"], "arguments: b"),
        (["get", "--demo", "no such thing"], "“no such thing”"),
        (["get", "a", "--format", "xml"], "--format"),
        (["cache"], "info|clear"),
        (["cache", "empty"], "info|clear"),
        (["doctor", "ls"], "ls"),
        (["ls", "google"], "google"),
        (["ls", "--limit", "0"], "--limit"),
        (["ls", "--limit", "-1"], "--limit"),
        (["ls", "--limit", "٣"], "--limit"),
        (["ls", "--limit"], "--limit"),
        (["ls", "--format", "xml"], "--format"),
        (["ls", "--form", "json"], "--form"),
        (["ls", "--sort", "size"], "--sort"),
        (["ls", "--sort", "-size"], "--sort"),
        (["ls", "--where", "billable:maybe"], "--where, character 10"),
        (["ls", "--where", "/(/"], "--where"),
        (["ls", "--filter", 'name eq "x"', "--offline"], "--filter"),
        (["ls", "--page-size", "0"], "--page-size"),
        (["--page-size", "201", "ls"], "--page-size"),
        (["ls", "--demo-rows", "100001"], "--demo-rows"),
        (["ls", "--server", "http://acme.example"], "--server"),
        (["ls"], "QCONN_SERVER"),
        (["ls", "--log-file", "/nowhere/log"], "--log-file"),
        (["demo-server", "--port", "70000"], "--port"),
        (["demo-server", "--rows", "x"], "--rows"),
        (["\x1b]52;c;x\x07"], "invalid choice"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(
    words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("qconn-tui: ")
    assert named in printed.err
    assert printed.err.count("\n") == 1
    assert printed.err.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    "words",
    [
        ["--demo", "--page-size", "7", "--no-cache", "ls", "--sort", "-name"],
        ["ls", "--demo", "--page-size", "7", "--no-cache", "--sort=-name"],
        ["--demo", "ls", "--page-size", "7", "--sort", "-name", "--no-cache"],
    ],
)
def test_shared_options_work_before_and_after_a_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--where", "-a", "--format", "jsonl"]) == 0
    names = [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()]
    assert names
    assert not any("a" in name.lower() for name in names)


def test_a_shared_option_after_the_command_wins() -> None:
    args = make_parser().parse_args(["--server", "one", "--context", "kept", "ls", "--server", "two"])
    assert (args.server, args.context) == ("two", "kept")


def test_shared_options_that_were_not_given_are_not_there() -> None:
    assert make_parser().parse_args(["ls"]) == argparse.Namespace(
        command="ls", where=None, filter=None, sort=None, limit=None, format=None,
        images=None, color=None, theme=None, no_mouse=False,
    )  # fmt: skip


def test_every_command_has_the_shared_options() -> None:
    for words in ([], ["ls"], ["get", "x"], ["doctor"], ["cache", "info"], ["demo-server"]):
        assert make_parser().parse_args([*words, "--demo"]).demo is True


def test_a_log_holds_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    assert main(["ls", "--demo", "--limit", "1", "--log-file", str(log)]) == 0
    assert "automation-connectors" in log.read_text()
    assert "Bearer" not in log.read_text()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [["ls", "--demo"], ["ls", "--demo", "--limit", "1"], ["--help"]])
def test_a_closed_pipe_is_no_error(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # What is left in the buffer is what Python would complain about at exit.
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "qconn_tui", *words],
            stdout=writer, stderr=subprocess.PIPE, text=True, timeout=30, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_dash_m_works() -> None:
    done = run("ls", "--demo", "--limit", "2", "--sort", "name")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2


def test_ctrl_c_is_status_130() -> None:
    command = [sys.executable, "-m", "qconn_tui", "ls", "--demo-rows", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in printed


def test_a_tenant_that_is_not_there_is_status_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QCONN_API_KEY", "eyJhbGciOiJub25l.secret.secret-secret")
    # Nothing listens on the port number 1.
    assert main(["ls", "--server", "http://127.0.0.1:1", "--no-cache"]) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("qconn-tui: ")
    assert "secret" not in printed.err


def test_a_wrong_key_is_status_3_with_the_tenants_own_details(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QCONN_API_KEY", "eyJhbGciOiJub25l.secret.secret-secret")
    with DemoTenant() as tenant:
        assert main(["ls", "--server", tenant.origin, "--no-cache"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "  trace id " in printed.err
    assert "secret" not in printed.err


def test_a_bug_is_reported_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    secret = cast("str", b"secret")
    assert main(["--sort", secret]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("qconn-tui: This is a bug (TypeError)")
    assert "in _join_dashed" in printed
    assert "b'secret'" not in printed
