"""Terminals that answer at once, late, in part, wrongly or never: the verdict is right, and no answer is typed."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from qconn_tui.terminal.questions import ATTRIBUTES, KITTY_GRAPHICS, VERSION
from tests.e2e.program import PATIENCE, PROGRAM
from tests.e2e.replies import KITTY, PLAIN, SIXEL, Replies
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.pty

SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
PARTS = {question: answer for question, answer in KITTY.items() if question != ATTRIBUTES}
RUBBISH = {
    VERSION: b"\x1bP>|\x1b]11;rgb:zz/zz/zz\x07\x1b[6;99999;0t",
    KITTY_GRAPHICS: b"\x1b_Gi=31;EINVAL:no\x1b\\",
    ATTRIBUTES: b"\x1b[?;;;c\x1b[?999999999999;4c\x1b[?62;4;22c",
}


@dataclass(frozen=True)
class Case:
    """A terminal, and what the program should make of it in the end."""

    replies: Mapping[bytes, bytes]
    logos: str
    line: str = "slow line"
    delay: float = 0.0
    piece: int = 0
    colors: str = "256"
    """Empty where they depend on how long the first frame takes."""
    variables: Mapping[str, str] | None = None


CASES = {
    "kitty at once": Case(KITTY, "kitty", "line", colors="truecolor"),
    "kitty after 90 ms": Case(KITTY, "kitty", "line", 0.09, colors="truecolor"),
    "kitty after 120 ms": Case(KITTY, "kitty", "line", 0.12, colors=""),
    "kitty after 120 ms over SSH": Case(KITTY, "kitty", delay=0.12, variables=SSH),
    "kitty after 350 ms over SSH": Case(KITTY, "kitty", delay=0.35, variables=SSH),
    "kitty after 2,000 ms over SSH": Case(KITTY, "kitty", delay=2.0, variables=SSH),
    "kitty after 6,000 ms over SSH": Case(KITTY, "kitty", delay=6.0, variables=SSH),
    "sixel at once": Case(SIXEL, "sixel", "line", colors="truecolor"),
    "sixel after 350 ms over SSH": Case(SIXEL, "blocks (lighter than sixel", delay=0.35, variables=SSH),
    "kitty byte by byte": Case(KITTY, "kitty", "line", 0.05, piece=1, colors=""),
    "kitty byte by byte after 350 ms over SSH": Case(KITTY, "kitty", delay=0.35, piece=1, variables=SSH),
    "a plain one at once": Case(PLAIN, "blocks (the terminal shows neither", "line"),
    "rubbish at once": Case(RUBBISH, "blocks (the terminal shows neither", "line"),
    "rubbish after 350 ms": Case(RUBBISH, "blocks (the terminal shows neither", delay=0.35, variables=SSH),
}


def verdicts(log: Path) -> list[str]:
    """What the program has thought of its terminal, one thought after the other."""
    if not log.exists():
        return []
    return [line.partition("terminal: ")[2] for line in log.read_text().splitlines() if "terminal: " in line]


def type_on_and_quit(terminal: Terminal) -> None:
    """Go on in the filter that says `airtable`, then leave in order."""
    terminal.press("!")
    terminal.wait_for("airtable!")
    terminal.wait_for("0 of 412")
    terminal.press("enter", "q")
    assert terminal.exit_status() == 0
    assert terminal.is_restored


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Where the program writes its log."""
    path = tmp_path / "log"
    yield path
    print("\n".join(verdicts(path)))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_verdict_is_right_and_no_answer_is_typed(case: Case, connected: Mapping[str, str], log: Path) -> None:
    environ = {**connected, **(case.variables or {})}
    replies = Replies(case.replies, case.delay, case.piece)
    with Terminal("--log-file", str(log), environ=environ, replies=replies) as terminal:
        # Typed before the first answer can have come, into the filter as soon as there is one.
        terminal.wait_for(lambda: ATTRIBUTES in terminal.raw)
        terminal.press("/", "air", "table")
        terminal.wait_for("1 of 412 · complete")
        terminal.wait_for(lambda: f", logos {case.logos}" in verdicts(log)[-1])
        assert verdicts(log)[-1].startswith(f"colors {case.colors}")
        terminal.wait_for(lambda: f", {case.line}, " in verdicts(log)[-1])
        assert replies.is_all_sent
        type_on_and_quit(terminal)


@pytest.mark.parametrize(
    ("replies", "variables", "logos"),
    [({}, SSH, "blocks (the terminal has not answered), slow line"), (PARTS, {}, "kitty, line")],
    ids=["nothing", "all but the last"],
)
def test_a_terminal_that_never_ends_its_answer_is_drawn_on(
    replies: Mapping[bytes, bytes], variables: Mapping[str, str], logos: str, connected: Mapping[str, str], log: Path
) -> None:
    with Terminal("--log-file", str(log), environ={**connected, **variables}, replies=Replies(replies)) as terminal:
        terminal.wait_for(lambda: ATTRIBUTES in terminal.raw)
        terminal.press("/", "airtable")
        terminal.wait_for("1 of 412 · complete")
        type_on_and_quit(terminal)
    assert len(verdicts(log)) == 1
    assert f"logos {logos}" in verdicts(log)[0]


def test_the_first_frame_does_not_wait_for_a_late_answer(connected: Mapping[str, str], log: Path) -> None:
    replies = Replies(KITTY, delay=PATIENCE)
    with Terminal("--log-file", str(log), environ={**connected, **SSH}, replies=replies) as terminal:
        terminal.wait_for("100 of 100")
        assert not replies.is_all_sent
        assert "slow line" in verdicts(log)[0]


def test_answers_that_nobody_expects_any_more_are_not_typed(connected: Mapping[str, str]) -> None:
    with Terminal(environ=connected) as terminal:
        terminal.wait_for("100 of 100")
        terminal.press_bytes(b"".join(KITTY.values()) + b"/air" + b"".join(SIXEL.values()) + b"table")
        terminal.wait_for("1 of 412 · complete")
        assert "Esc Clear" in terminal.text()


@pytest.mark.parametrize("replies", [PLAIN, {}], ids=["an answer", "none"])
def test_somebody_who_will_not_wait_gets_the_terminal_back(
    replies: Mapping[bytes, bytes], connected: Mapping[str, str]
) -> None:
    with Terminal(environ=connected, replies=Replies(replies, delay=0.3)) as terminal:
        terminal.wait_for(lambda: ATTRIBUTES in terminal.raw)
        terminal.press("ctrl+c")
        assert terminal.exit_status() == 130
        assert terminal.is_restored


def test_being_told_to_end_while_the_terminal_is_asked_gives_it_back(connected: Mapping[str, str]) -> None:
    with Terminal(environ=connected, replies=Replies({})) as terminal:
        terminal.wait_for(lambda: ATTRIBUTES in terminal.raw)
        terminal.send_signal(signal.SIGTERM)
        assert terminal.exit_status() == 128 + signal.SIGTERM
        assert terminal.is_restored


def test_a_terminal_without_a_size_is_drawn_on(connected: Mapping[str, str], log: Path) -> None:
    with Terminal("--log-file", str(log), environ=connected, columns=0, lines=0) as terminal:
        terminal.wait_for(lambda: b"100 of 100" in terminal.raw)
        terminal.press("q")
        assert terminal.exit_status() == 0


@pytest.mark.parametrize(
    ("options", "variables", "used", "unused"),
    [
        ((), {}, b"38;5;", b"[34]8;2;"),
        ((), {"TERM": "foot"}, b"38;2;", b"[34]8;5;"),
        ((), {"TERM": "xterm"}, rb"\x1b\[(?:\d+;)*3[1-6]m", b"[34]8;[25];"),
        (("--color", "truecolor"), {}, b"38;2;", b"[34]8;5;"),
        (("--color", "256"), {"COLORTERM": "truecolor"}, b"38;5;", b"[34]8;2;"),
        (("--color", "16"), {"COLORTERM": "truecolor"}, rb"\x1b\[(?:\d+;)*3[1-6]m", b"[34]8;[25];"),
        (("--color", "none"), {"COLORTERM": "truecolor"}, rb"\x1b\[(?:\d+;)*[17]m", b"[34]8;[25];|;3[0-7];"),
    ],
)
def test_the_screen_is_drawn_in_the_colours_that_the_verdict_names(
    options: tuple[str, ...], variables: Mapping[str, str], used: bytes, unused: bytes, connected: Mapping[str, str]
) -> None:
    with Terminal(*options, "--images", "off", environ={**connected, **variables}) as terminal:
        terminal.wait_for("100 of 100")
        assert re.search(used, terminal.raw)
        assert not re.search(rb"\x1b\[[0-9;]*(?:" + unused + rb")[0-9;]*m", terminal.raw)


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--images", "--images is none of auto, kitty, sixel, blocks, off."),
        ("--color", "--color is none of auto, truecolor, 256, 16, none."),
        ("--theme", "There is no theme sharp (--theme)."),
    ],
)
def test_a_wish_that_is_not_known_is_one_sentence(option: str, sentence: str, connected: Mapping[str, str]) -> None:
    with Terminal(option, "sharp", environ={**connected, **SSH}, replies=Replies(KITTY, delay=0.15)) as terminal:
        assert terminal.exit_status() == 2
        assert sentence in terminal.text()
        assert terminal.is_restored


def test_while_it_is_suspended_the_terminal_is_as_it_was(connected: Mapping[str, str]) -> None:
    with Terminal(environ=connected) as terminal:
        terminal.wait_for("100 of 100")
        terminal.send_signal(signal.SIGTSTP)
        terminal.wait_until_stopped()
        assert terminal.is_restored
        terminal.send_signal(signal.SIGCONT)
        terminal.wait_for(lambda: not terminal.is_restored)
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored


# --- doctor ----------------------------------------------------------------------------------------------------


def test_doctor_asks_anew_and_says_what_came_of_it(environ: Mapping[str, str]) -> None:
    with Terminal("doctor", environ={**environ, **SSH}, columns=200, replies=Replies(KITTY, delay=0.35)) as terminal:
        assert terminal.exit_status() == 2, "there is no tenant"
        text = terminal.text()
        assert "terminal xterm-256color (kitty(0.35.2)), 200x40" in text
        assert re.search(r"note +the terminal answers in \d+ ms: a slow line", text)
        assert "logos: kitty graphics, in cells of 10x20 pixels" in text
        assert terminal.is_restored


def test_in_the_background_nobody_is_asked_and_nobody_stopped(environ: Mapping[str, str]) -> None:
    in_background = ("sh", "-c", 'set -m; "$@" & wait "$!"', "sh", PROGRAM)
    with Terminal("doctor", environ=environ, columns=200, program=in_background) as terminal:
        terminal.wait_for("not asked what it can do: the program runs in the background")
        assert terminal.exit_status() == 2, "there is no tenant"
        assert ATTRIBUTES not in terminal.raw
        assert terminal.is_restored
