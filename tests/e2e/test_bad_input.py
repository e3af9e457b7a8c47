"""What cannot be used is named in one sentence with its fix, before anything is drawn or asked; no secret is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import PROGRAM, run
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.pty

SECRET = "s3cr3t-s3cr3t-s3cr3t"


@dataclass(frozen=True)
class Mistake:
    """Something that somebody gets wrong."""

    named: str
    """What the sentence must name."""
    options: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    contexts: str | None = None
    """The content of qlik-cli's contexts file."""


EVERYWHERE = {
    "a server that is no address": Mistake("--server", ("--server", "not a url")),
    "a server that is a name": Mistake("QCONN_SERVER", variables={"QCONN_SERVER": "acme"}),
    "a server of another scheme": Mistake("QCONN_SERVER", variables={"QCONN_SERVER": "ftp://acme.example"}),
    "http to another machine": Mistake("QCONN_SERVER", variables={"QCONN_SERVER": "http://acme.example"}),
    "a password in the address": Mistake("--server", ("--server", f"https://me:{SECRET}@acme.example")),
    "a server that is a key": Mistake("QCONN_SERVER", variables={"QCONN_SERVER": SECRET}),
    "an empty key": Mistake("QCONN_API_KEY", variables={"QCONN_API_KEY": ""}),
    "a key with a space": Mistake("QCONN_API_KEY", variables={"QCONN_API_KEY": f"{SECRET} {SECRET}"}),
    "a key of two lines": Mistake("QCONN_API_KEY", variables={"QCONN_API_KEY": f"{SECRET}\n{SECRET}\n"}),
    "a key with a sequence": Mistake("QCONN_API_KEY", variables={"QCONN_API_KEY": f"\x1b]0;x\x07{SECRET}"}),
    "a short key": Mistake("QCONN_API_KEY", variables={"QCONN_API_KEY": SECRET[:7] + "\n"}),
    "no key file": Mistake("--api-key-file", ("--api-key-file", "/nowhere/key")),
    "a key file that is a directory": Mistake("--api-key-file", ("--api-key-file", "/")),
    "contexts that are no YAML": Mistake("contexts.yml", ("--context", "a"), contexts=f"a: [\n- {SECRET}: {{"),
    "contexts of another shape": Mistake("contexts.yml", ("--context", "a"), contexts=f"- {SECRET}"),
    "a context that is not there": Mistake("--context", ("--context", "b"), contexts="contexts: {a: {}}"),
    "no contexts at all": Mistake("contexts.yml", ("--context", "b")),
    "no configuration file": Mistake("/nowhere.toml", ("--config", "/nowhere.toml")),
    "pages of nothing": Mistake("--page-size", ("--page-size", "0")),
    "pages too long": Mistake("--page-size", ("--page-size", "201")),
    "no option": Mistake("--nonsense", ("--nonsense",)),
    "a demo without rows": Mistake("--demo-rows", ("--demo-rows", "0")),
}
LISTING = {
    "no format": Mistake("--format", ("--format", "xml")),
    "no sort key": Mistake("--sort", ("--sort", "-size")),
    "a filter of half an expression": Mistake("--where", ("--where", "/(/")),
    "a filter without such a facet": Mistake("--where", ("--where", "billable:perhaps")),
    "a limit of nothing": Mistake("--limit", ("--limit", "0")),
}


def prepared(mistake: Mistake, connected: Mapping[str, str]) -> dict[str, str]:
    """An environment that is right but for the mistake."""
    environ = {**connected, **mistake.variables}
    if mistake.contexts is not None:
        path = Path(environ["HOME"], ".qlik", "contexts.yml")
        path.parent.mkdir()
        path.write_text(mistake.contexts)
    return environ


def check_sentence(text: str, mistake: Mistake) -> None:
    """One line: who speaks, what cannot be used, what to do."""
    assert text.startswith("qconn-tui: ")
    assert text.count("\n") == 1 and text.endswith(".\n")
    assert mistake.named in text
    assert "Traceback" not in text
    assert SECRET[:7] not in text
    assert text.rstrip("\n").isprintable()


@pytest.mark.parametrize("mistake", [*EVERYWHERE.values(), *LISTING.values()], ids=[*EVERYWHERE, *LISTING])
def test_ls_explains_the_mistake(mistake: Mistake, connected: Mapping[str, str]) -> None:
    done = run("ls", *mistake.options, environ=prepared(mistake, connected))
    assert (done.returncode, done.stdout) == (2, b"")
    check_sentence(done.stderr.decode(), mistake)


@pytest.mark.parametrize("mistake", EVERYWHERE.values(), ids=EVERYWHERE)
def test_the_screen_is_not_even_drawn(mistake: Mistake, connected: Mapping[str, str]) -> None:
    with Terminal(*mistake.options, environ=prepared(mistake, connected)) as terminal:
        assert terminal.exit_status() == 2
        check_sentence(terminal.raw.decode().replace("\r\n", "\n"), mistake)


def test_a_line_end_after_a_good_key_is_no_mistake(connected: Mapping[str, str], tmp_path: Path) -> None:
    key = connected["QCONN_API_KEY"]
    variable = run("ls", "--limit", "1", environ={**connected, "QCONN_API_KEY": f"{key}\n"})
    assert (variable.returncode, variable.stderr) == (0, b"")
    file = tmp_path / "key"
    file.write_text(f"{key}\r\n")
    environ = {name: value for name, value in connected.items() if name != "QCONN_API_KEY"}
    from_file = run("ls", "--limit", "1", "--api-key-file", str(file), environ=environ)
    assert (from_file.returncode, from_file.stdout) == (0, variable.stdout)


def test_in_a_pipe_nothing_is_drawn(connected: Mapping[str, str]) -> None:
    with Terminal("-c", '"$0" | cat; exit ${PIPESTATUS[0]}', PROGRAM, program=["bash"], environ=connected) as terminal:
        assert terminal.exit_status() == 2
        assert b"Use `qconn-tui ls`" in terminal.raw
        assert b"\x1b" not in terminal.raw


def test_the_screen_says_that_it_is_drawn_on_standard_error(tmp_path: Path, connected: Mapping[str, str]) -> None:
    command = f'"$0" 2>"{tmp_path}/told"'
    with Terminal("-c", command, PROGRAM, program=["sh"], environ=connected) as terminal:
        assert terminal.exit_status() == 2
    told = (tmp_path / "told").read_text()
    assert "standard error" in told
    assert "Leave out `2>`" in told
