"""A tenant that wishes us ill: whatever stands in its answers, no terminal is told anything but what to draw."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qconn_tui.demo.http_messages import Request, Response
from qconn_tui.demo.tenant import DemoTenant
from qconn_tui.text import clean
from tests.e2e.program import run
from tests.e2e.sequences import foreign_in_terminal, foreign_in_text
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.pty

HOSTILE: dict[str, str] = json.loads((Path(__file__).parent.parent / "fixtures" / "hostile.json").read_text())
FIELDS = ("id", "name", "description", "billable", "hasWebhooks", "logoSmall", "logoMedium", "logoLarge")
HARMLESS = (
    "a closing tag", "a tag that is lost", "a tag that acts", "a tag that links", "a tag that never ends",
    "letters from right to left", "CJK", "an emoji of several", "5,000 characters", "one word of 5,000",
    "a formula", "a cell of a table",
)  # fmt: skip
"""Those that are dangerous to a program, but not to a terminal."""
HOSTILE_HEADER = "\x1b]52;c;aGFja2Vk\x07 \x9d52;c;aGFja2Vk\x9c \x9b2J \xad \x85"


class HostileTenant:
    """Answers with hostile text everywhere: with `status`, `headers` and, if there is one, `body`."""

    def __init__(self) -> None:
        self.status = 200
        self.headers = {"x-b3-traceid": HOSTILE_HEADER, "content-type": "application/json"}

        self.body: bytes | None = None

    def answer(self, request: Request) -> Response | None:
        """Stand in for the embedded tenant where its list is asked for."""
        if "/automation-connectors" not in request.target:
            return None
        return Response(self.status, self.body or self._document(), self.headers)

    def _document(self) -> bytes:
        document: dict[str, object]
        if self.status == 200:
            links = {name: {"href": None} for name in ("next", *HOSTILE.values())}
            document = {"data": [dict.fromkeys(FIELDS, text) for text in HOSTILE.values()], "links": links}
        else:
            errors = [dict.fromkeys(("code", "title", "detail"), text) for text in HOSTILE.values()]
            document = {"errors": errors, "traceId": "".join(HOSTILE.values())}
        # Escaped to ASCII, so that a lone surrogate can travel.
        return json.dumps(document).encode()


@pytest.fixture
def hostile() -> HostileTenant:
    """The answers of the hostile tenant."""
    return HostileTenant()


@pytest.fixture
def lured(hostile: HostileTenant, environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment of somebody who connects to it."""
    with DemoTenant(faults=hostile.answer) as tenant:
        yield {**environ, "QCONN_SERVER": tenant.origin, "QCONN_API_KEY": tenant.api_key}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_checks_notice_what_is_not_cleaned(name: str) -> None:
    raw = HOSTILE[name].encode(errors="surrogatepass")
    if name == "lone surrogates":
        with pytest.raises(UnicodeDecodeError):
            foreign_in_terminal(raw)
        with pytest.raises(UnicodeDecodeError):
            foreign_in_text(raw)
    else:
        assert (foreign_in_terminal(raw) == []) is (name in HARMLESS)
        assert (foreign_in_text(raw) == []) is (name in HARMLESS)


def step_down(terminal: Terminal) -> None:
    """To the next row, and wait until it is drawn: of a burst of keys only the last picture is."""
    before = terminal.marked_row()
    terminal.press("down")
    terminal.wait_for(lambda: terminal.marked_row() not in ("", before))


def look_at_everything(terminal: Terminal) -> None:
    """Every row, every column, every order, every pane and dialog."""
    for _ in range(34):
        step_down(terminal)
    terminal.press("g", *["right"] * 20, *["left"] * 20, *["s", "S"] * 6, "e")
    terminal.wait_for("Enter writes")
    terminal.press("escape")
    terminal.wait_for(lambda: "Enter writes" not in terminal.text())
    terminal.press("Y")
    terminal.wait_for("─ Copy ─")
    terminal.press("escape")
    terminal.wait_for(lambda: "─ Copy ─" not in terminal.text())
    terminal.press("enter")
    terminal.wait_for(lambda: "⏎ Open" not in terminal.text())
    terminal.press(*["pagedown"] * 5)
    terminal.press("escape")
    terminal.wait_for("⏎ Open")


def filter_and_click(terminal: Terminal) -> None:
    """Find the row that would like to be a button, and push it."""
    terminal.press("/")
    terminal.wait_for("Esc Clear")
    terminal.press("[@click")
    terminal.wait_for("1 of 35")
    terminal.press("enter")
    terminal.wait_for("⏎ Open")
    row = terminal.marked_line()
    terminal.click(terminal.lines()[row].index("▌") + 10, row)
    terminal.wait_for(lambda: "⏎ Open" not in terminal.text())


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_nothing_but_drawing_reaches_the_terminal(
    hostile: HostileTenant, lured: Mapping[str, str], size: tuple[int, int]
) -> None:
    with Terminal(environ=lured, columns=size[0], lines=size[1]) as terminal:
        terminal.wait_for("35 of 35 · complete · 2 unreadable")
        look_at_everything(terminal)
        filter_and_click(terminal)
        terminal.press("y")
        terminal.wait_for("Sent the id")
        terminal.press("escape")
        terminal.wait_for("⏎ Open")
        hostile.status = 400
        terminal.press("r")
        terminal.wait_for("400")
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored
    copied = base64.b64encode(clean(HOSTILE["a tag that acts"]).encode()).decode()
    assert foreign_in_terminal(terminal.raw, own=frozenset({f"\x1b]52;c;{copied}\x07"})) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_an_error_is_told_in_words_alone(hostile: HostileTenant, lured: Mapping[str, str], status: int) -> None:
    hostile.status = status
    with Terminal(environ=lured) as terminal:
        terminal.wait_for(f"answered {status}")
        terminal.press("q")
        assert terminal.exit_status() == 0
    assert foreign_in_terminal(terminal.raw) == []
    done = run("ls", environ=lured)
    assert done.returncode == (3 if status in (401, 403) else 4)
    assert done.stdout == b""
    assert f"answered {status}" in done.stderr.decode()
    assert foreign_in_text(done.stderr) == []


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "md"])
def test_no_format_of_ls_carries_a_sequence(lured: Mapping[str, str], format_: str) -> None:
    done = run("ls", "--format", format_, environ=lured)
    assert len(done.stdout) > 5_000
    assert foreign_in_text(done.stdout.replace(b"\r\n", b"\n")) == []
    assert foreign_in_text(done.stderr) == []
    with Terminal("ls", "--format", format_, environ=lured, columns=60) as terminal:
        assert terminal.exit_status() == done.returncode == 0
    assert b"\x1b" not in terminal.raw
    assert foreign_in_text(terminal.raw.replace(b"\r", b"")) == []


def test_a_trace_id_in_a_header_is_only_words(hostile: HostileTenant, lured: Mapping[str, str]) -> None:
    hostile.status, hostile.body = 404, b"not even JSON"
    done = run("ls", environ=lured)
    assert "52;c;aGFja2Vk" in done.stderr.decode(), "the header is shown, in safe letters"
    assert foreign_in_text(done.stderr) == []
    with Terminal(environ=lured) as terminal:
        terminal.wait_for("52;c;aGFja2Vk")
        terminal.press("q")
        assert terminal.exit_status() == 0
    assert foreign_in_terminal(terminal.raw) == []


def test_an_answer_that_is_no_http_is_told_in_words_alone(hostile: HostileTenant, lured: Mapping[str, str]) -> None:
    hostile.headers["x-b3-traceid"] = "\0\x1b[2J"
    done = run("ls", environ=lured)
    assert (done.returncode, done.stdout) == (4, b"")
    assert "what came is not HTTP" in done.stderr.decode()
    assert foreign_in_text(done.stderr) == []
