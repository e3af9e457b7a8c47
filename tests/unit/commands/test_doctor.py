"""`doctor`: the findings of each check, and the exit status."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from qconn_tui.cli import main
from qconn_tui.commands.doctor import SOON, check_cache, check_network, check_settings
from qconn_tui.commands.doctor_findings import Level, note, ok, problem
from qconn_tui.commands.doctor_terminal import check_terminal
from qconn_tui.demo.tenant import DemoTenant
from qconn_tui.errors import NotAllowed, Problem, UsageError
from qconn_tui.qlik.auth import ApiKey, ClientCredentials, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.server import Server
from qconn_tui.settings.values import Settings, Sourced
from qconn_tui.store.database import Database
from qconn_tui.terminal.answers import Answers
from qconn_tui.terminal.tmux import Tmux
from tests.unit.qlik.tenant_double import Tenant, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import httpx

    from qconn_tui.commands.doctor_findings import Finding
    from qconn_tui.qlik.auth import Credentials

pytestmark = pytest.mark.anyio

NOW = 1_700_000_000.0
ACME = Server("https", "acme.eu.qlikcloud.com")
KEY = "eyJhbGciOiJub25l.secret.secret-secret"
UTF8 = {"LANG": "C.UTF-8"}
TERMINAL = {**UTF8, "TERM": "xterm-256color"}
ANSWERS = Answers(attributes=((62, 4, 22),), version="foot(1.16.2)", cell_size=(9, 19), round_trip=0.012)
NAME = "0123456789abcdef.db"


# --- findings --------------------------------------------------------------------------------------------------


def test_a_finding_is_one_safe_line() -> None:
    assert str(ok("fine")) == "ok       fine"
    assert str(note("so so", "mend it")) == "note     so so · mend it"
    assert str(problem(UsageError("Bad.", "Mend it."))) == "problem  Bad · Mend it"
    assert str(ok("a\x1b]0;x\n\u202eb")).isprintable()


def test_a_problem_has_the_status_and_the_words_of_the_tenant() -> None:
    error = NotAllowed("No.", "Ask.", status=401, problems=(Problem("AUTH-1", "Nobody"),), trace_id="abc")
    assert str(problem(error)) == "problem  No (AUTH-1: Nobody; trace id abc) · Ask"
    assert problem(error).exit_code == 3


# --- the terminal ----------------------------------------------------------------------------------------------


def terminal(
    environ: Mapping[str, str],
    size: tuple[int, int] | None = (120, 40),
    answers: Answers = ANSWERS,
    *,
    images: str = "auto",
    color: str = "auto",
) -> list[Finding]:
    return list(check_terminal(environ, size, answers, images=images, color=color))


def levels(findings: list[Finding]) -> list[str]:
    return [finding.level.value for finding in findings]


def test_a_good_terminal() -> None:
    findings = terminal({**TERMINAL, "COLORTERM": "truecolor"})
    assert levels(findings) == ["ok", "ok", "ok", "ok", "ok"]
    assert [finding.what for finding in findings] == [
        "terminal xterm-256color (foot(1.16.2)), 120x40",
        "the terminal answers in 12 ms",
        "16 million colours (TERM=xterm-256color, COLORTERM=truecolor)",
        "logos: sixel graphics, in cells of 9x19 pixels",
        "UTF-8 (LANG=C.UTF-8)",
    ]


@pytest.mark.parametrize(("term", "colors"), [("xterm-256color", "256 colours"), ("xterm", "16 colours")])
def test_few_colours_come_with_what_to_do(term: str, colors: str) -> None:
    finding = terminal({**UTF8, "TERM": term}, answers=Answers())[2]
    assert finding.level is Level.NOTE
    assert finding.what.startswith(colors)
    assert "--color truecolor" in finding.advice


def test_colours_that_the_user_chose_are_ok() -> None:
    assert terminal({**TERMINAL, "NO_COLOR": "1"})[2] == ok("no colours (NO_COLOR)")
    assert terminal({**TERMINAL, "NO_COLOR": "1"}, color="none")[2] == ok("no colours (NO_COLOR)")
    assert terminal({**TERMINAL, "NO_COLOR": "1"}, color="256")[2] == ok("colours: 256, as you wished")


@pytest.mark.parametrize(
    ("environ", "answers", "level", "words"),
    [
        ({}, ANSWERS._replace(round_trip=0.35), Level.NOTE, "in 350 ms: a slow line"),
        ({}, Answers(waited=3.0), Level.NOTE, "does not answer"),
        ({}, Answers(unasked="the program runs in the background"), Level.OK, "not asked what it can do: the program"),
        ({"STY": "1.pts"}, ANSWERS, Level.OK, "screen answers in the terminal's place"),
    ],
)
def test_the_round_trip_is_reported(environ: dict[str, str], answers: Answers, level: Level, words: str) -> None:
    finding = terminal({**TERMINAL, **environ}, answers=answers)[1]
    assert finding.level is level
    assert words in finding.what


def test_the_reason_for_coarse_logos_is_reported() -> None:
    assert terminal(TERMINAL, answers=Answers(waited=3.0))[3] == ok(
        "logos: block characters: the terminal has not answered"
    )
    assert terminal(TERMINAL, images="off")[3] == ok("logos: not drawn: as you wished")


@pytest.mark.parametrize("environ", [UTF8, {**UTF8, "TERM": ""}, {**UTF8, "TERM": "dumb"}])
def test_a_terminal_that_cannot_draw_is_a_problem(environ: dict[str, str]) -> None:
    finding = terminal(environ)[0]
    assert (finding.level, finding.exit_code) == (Level.PROBLEM, 2)
    assert "qconn-tui ls" in finding.advice


def test_a_pipe_is_no_problem() -> None:
    assert levels(terminal(UTF8, None)) == ["note", "ok"]


@pytest.mark.parametrize(
    ("size", "level"), [((40, 12), Level.OK), ((39, 12), Level.NOTE), ((40, 11), Level.NOTE), ((0, 0), Level.NOTE)]
)
def test_a_small_screen_is_noted(size: tuple[int, int], level: Level) -> None:
    assert terminal(TERMINAL, size)[0].level is level


@pytest.mark.parametrize(
    ("locale", "level"),
    [
        ({"LANG": "en_US.UTF-8"}, Level.OK),
        ({"LC_ALL": "", "LC_CTYPE": "UTF-8"}, Level.OK),
        ({"LANG": "de_DE.utf8"}, Level.OK),
        ({"LC_ALL": "POSIX", "LANG": "C.UTF-8"}, Level.NOTE),
        ({}, Level.NOTE),
    ],
)
def test_the_first_variable_that_is_set_decides_the_locale(locale: dict[str, str], level: Level) -> None:
    assert terminal({"TERM": "foot", **locale})[4].level is level


def test_ssh_and_tmux_are_reported() -> None:
    inside = {**TERMINAL, "TMUX": "/tmp/tmux-1000/default,1,0", "SSH_TTY": "/dev/pts/1"}

    def tmux_finding(tmux: Tmux | None) -> Finding:
        return terminal(inside, answers=ANSWERS._replace(tmux=tmux))[5]

    assert tmux_finding(Tmux("3.3a", "external", "on")) == ok(
        "inside tmux 3.3a: set-clipboard external, allow-passthrough on"
    )
    assert "tmux set -g allow-passthrough on" in tmux_finding(Tmux("3.3a", "external", "off")).what
    assert tmux_finding(Tmux("3.3a", "off", "on")).level is Level.NOTE
    assert "does not answer" in tmux_finding(None).what
    assert "ssh -C" in terminal(inside)[6].advice


# --- the settings ----------------------------------------------------------------------------------------------


def settings_findings(credentials: Credentials, config: Path | None = None) -> list[Finding]:
    settings = Settings(
        server=Sourced(ACME, "QCONN_SERVER"),
        credentials=Sourced(credentials, "QCONN_API_KEY"),
        config_file=config,
    )
    return list(check_settings(settings, NOW))


def key_that_ends(at: float) -> ApiKey:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": at}).encode()).decode().rstrip("=")
    return ApiKey(Secret(f"secret.{payload}.secret"))


def test_each_value_is_reported_with_its_source(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('page_size = 50\ntheme = "nord"\n')
    assert [finding.what for finding in settings_findings(ApiKey(Secret(KEY)), config)] == [
        f"configuration file {config}: page_size, theme",
        "tenant https://acme.eu.qlikcloud.com, from QCONN_SERVER",
        "API key, from QCONN_API_KEY; it does not say when it expires",
    ]


@pytest.mark.parametrize(
    ("left", "level", "words"),
    [
        (-12 * 86_400.0, Level.NOTE, "expired on 2 November 2023, 22:13 UTC"),
        (0.0, Level.NOTE, "expired on"),
        (SOON - 1, Level.NOTE, "expires on 21 November 2023"),
        (SOON, Level.OK, "expires on 21 November 2023"),
    ],
)
def test_the_expiry_of_a_key_is_noted_in_time(left: float, level: Level, words: str) -> None:
    finding = settings_findings(key_that_ends(NOW + left))[-1]
    assert finding.level is level
    assert words in finding.what
    assert "secret" not in str(finding)


def test_a_client_is_reported_without_its_secret() -> None:
    finding = settings_findings(ClientCredentials("client", Secret("secret")))[-1]
    assert finding == ok("OAuth client, from QCONN_API_KEY")


def test_no_tenant_is_a_matter_of_configuration() -> None:
    (finding,) = check_settings(Settings(), NOW)
    assert (finding.level, finding.exit_code) == (Level.PROBLEM, 2)
    assert "--demo" in finding.advice


# --- the network -----------------------------------------------------------------------------------------------


async def asked(answer: Callable[[httpx.Request], httpx.Response], proxy: str | None = None) -> tuple[Finding, Tenant]:
    tenant = Tenant(answer)
    clock = iter([10.0, 10.25])
    async with TenantClient(ACME, ApiKey(Secret(KEY)), transport=tenant) as client:
        return await check_network(client, proxy, lambda: next(clock)), tenant


async def test_one_connector_is_asked_for_and_timed() -> None:
    finding, tenant = await asked(lambda _: reply())
    assert finding == ok("acme.eu.qlikcloud.com answered in 250 ms, connecting included")
    assert [request.url.query for request in tenant.requests] == [b"limit=1"]
    finding, _ = await asked(lambda _: reply(), "HTTPS_PROXY")
    assert "answered through HTTPS_PROXY in" in finding.what


@pytest.mark.parametrize(("status", "exit_code"), [(401, 3), (403, 3), (404, 4), (429, 4), (503, 4)])
async def test_a_refusal_is_a_problem_with_its_status(status: int, exit_code: int) -> None:
    finding, tenant = await asked(lambda _: reply(status, headers=[("X-B3-Traceid", "4bf92f")]))
    assert (finding.level, finding.exit_code) == (Level.PROBLEM, exit_code)
    assert "trace id 4bf92f" in finding.what
    assert finding.advice
    assert "secret" not in str(finding)
    assert len(tenant.requests) == 1


async def test_an_answer_that_is_no_list_is_a_problem() -> None:
    finding, _ = await asked(lambda _: reply(body=b"[1, 2"))
    assert (finding.level, finding.exit_code) == (Level.PROBLEM, 4)


# --- the cache -------------------------------------------------------------------------------------------------


def test_no_cache_is_fine_and_none_is_made(tmp_path: Path) -> None:
    directory = tmp_path / "not" / "there"
    assert list(check_cache(directory)) == [ok(f"no cache yet; it will be {directory}")]
    assert list(tmp_path.iterdir()) == []


def test_a_private_cache_is_fine(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    Database.open(tmp_path / NAME).close()
    assert list(check_cache(tmp_path)) == [ok(f"cache {tmp_path}")]


def test_what_other_users_can_read_is_noted(tmp_path: Path) -> None:
    Database.open(tmp_path / NAME).close()
    (tmp_path / NAME).chmod(0o640)
    tmp_path.chmod(0o755)
    folder, file = check_cache(tmp_path)
    assert (folder.level, folder.advice) == (Level.NOTE, "chmod 700 it")
    assert (file.level, file.advice) == (Level.NOTE, "chmod 600 it")


def test_what_other_users_can_write_is_a_problem(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (finding,) = check_cache(tmp_path)
    assert (finding.level, finding.exit_code) == (Level.PROBLEM, 2)
    assert finding.what.startswith("Other users can write into")


def test_a_damaged_cache_is_noted_and_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with closing(Database.open(tmp_path / NAME)):
        pass
    damaged = b"this is not what SQLite writes " * 100
    (tmp_path / NAME).write_bytes(damaged)
    _, finding = check_cache(tmp_path)
    assert finding.level is Level.NOTE
    assert "cannot be read" in finding.what
    assert "cache clear" in finding.advice
    assert (tmp_path / NAME).read_bytes() == damaged


def test_a_file_in_the_way_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    for directory in (tmp_path / "file", tmp_path / "file" / "cache"):
        (finding,) = check_cache(directory)
        assert (finding.level, finding.exit_code) == (Level.PROBLEM, 2)


# --- all together ----------------------------------------------------------------------------------------------


def report(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    status = main(["doctor", *words])
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "secret" not in printed.out
    lines = printed.out.splitlines()
    assert all(line.split(maxsplit=1)[0] in ("ok", "note", "problem") for line in lines)
    assert lines[0].startswith("ok       qconn-tui ")
    return status, lines


def test_without_a_tenant_it_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = report(capsys)
    assert status == 2
    assert any("no tenant to connect to" in line for line in lines)


def test_the_configuration_file_is_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mouse = false")
    monkeypatch.setenv("QCONN_CONFIG", str(config))
    _, lines = report(capsys)
    assert f"ok       configuration file {config}: mouse" in lines


def test_the_demo_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = report(capsys, "--demo", "--no-cache")
    assert status == 0
    assert any("127.0.0.1 answered in" in line for line in lines)
    assert lines[-1] == "note     no cache: --no-cache"


def test_settings_that_cannot_be_used_are_status_2_and_the_other_checks_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, lines = report(capsys, "--server", "http://acme.example")
    assert status == 2
    assert any(line.startswith("problem  --server") for line in lines)
    assert "cache" in lines[-1]


def test_a_wrong_key_is_status_3(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QCONN_API_KEY", KEY)
    with DemoTenant() as tenant:
        status, lines = report(capsys, "--server", tenant.origin)
    assert status == 3
    assert any(line.startswith("problem  127.0.0.1 answered 401") for line in lines)


def test_a_tenant_that_is_not_there_is_status_4_and_not_asked_offline(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QCONN_API_KEY", KEY)
    # Nothing listens on the port number 1.
    assert report(capsys, "--server", "http://127.0.0.1:1")[0] == 4
    assert report(capsys, "--server", "http://127.0.0.1:1", "--offline")[0] == 0


def test_an_expired_key_is_status_3(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QCONN_API_KEY", key_that_ends(NOW).secret.reveal())
    with DemoTenant() as tenant:
        status, lines = report(capsys, "--server", tenant.origin)
    assert status == 3
    assert any("API key, from QCONN_API_KEY, expired on 14 November 2023" in line for line in lines)


def test_the_highest_status_counts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a directory")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("QCONN_API_KEY", KEY)
    status, lines = report(capsys, "--server", "http://127.0.0.1:1")
    assert status == 4
    assert lines[-1].startswith("problem  the cache")
