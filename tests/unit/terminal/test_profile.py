"""How each kind of terminal is drawn on, concluded from its answers; the README has the same table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.settings.values import COLORS, IMAGES
from qconn_tui.terminal.answers import Answers
from qconn_tui.terminal.image_modes import IMAGE_WORDS
from qconn_tui.terminal.profile import SLOW_LOCAL_SECONDS, SLOW_SECONDS, Profile, profile_for
from qconn_tui.terminal.tmux import Tmux

if TYPE_CHECKING:
    from collections.abc import Mapping

README = Path(__file__).parents[3] / "README.md"
SSH = {"SSH_TTY": "/dev/pts/1"}
XTERM = {"TERM": "xterm-256color"}
TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
DEFAULT_TMUX = Tmux("3.3a", "external", "off", frozenset(("title",)))
OPEN_TMUX = replace(DEFAULT_TMUX, passthrough="on")
COLOR_WORDS = {"truecolor": "16 million", "256": "256", "16": "16", "none": "none"}


def says(*attributes: int, version: str = "", kitty: bool = False, tmux: Tmux | None = None) -> Answers:
    """Return the answers of a terminal on a fast line."""
    inner = ((1, 2),) if tmux is not None and tmux.passes_through else ()
    return Answers(
        attributes=(*inner, attributes), version=version, has_kitty_graphics=kitty, tmux=tmux, round_trip=0.004
    )


@dataclass(frozen=True)
class Kind:
    """A kind of terminal: its answers, and the environment that it sets."""

    answers: Answers
    environ: Mapping[str, str] = field(default_factory=lambda: XTERM)


KINDS = {
    "kitty": Kind(says(62, version="kitty(0.35.2)", kitty=True), {"TERM": "xterm-kitty"}),
    "Ghostty": Kind(says(62, 22, 52, version="ghostty 1.1.3", kitty=True), {"TERM": "xterm-ghostty"}),
    "foot": Kind(says(62, 4, 22, version="foot(1.16.2)"), {"TERM": "foot"}),
    "WezTerm": Kind(says(65, 4, 6, 18, 22, version="WezTerm 20240203-110809-5046fc22", kitty=True)),
    "iTerm2": Kind(says(62, 4, version="iTerm2 3.5.0"), {**XTERM, "LC_TERMINAL": "iTerm2"}),
    "Konsole": Kind(says(62, 1, 4, version="Konsole 23.08.1", kitty=True)),
    "contour": Kind(says(64, 1, 4, 22, version="contour 0.4.3"), {"TERM": "contour"}),
    "Alacritty": Kind(says(6), {"TERM": "alacritty"}),
    "GNOME Terminal and others of VTE": Kind(says(65, 1, 9, version="VTE(7600)")),
    "VS Code": Kind(says(1, 2, version="xterm.js(5.6.0)")),
    "Windows Terminal": Kind(says(61, 4, 6, 7, 14, 21, 22, 23, 24, 28, 32, 42), {**XTERM, "WT_SESSION": "1"}),
    "xterm": Kind(says(64, 1, 2, 6, 9, 15, 18, 21, 22, version="XTerm(379)"), {"TERM": "xterm"}),
    "xterm with sixel (`-ti vt340`)": Kind(says(63, 1, 2, 4, 6, 9, 15, 22, version="XTerm(379)")),
    "Apple Terminal": Kind(says(1, 2), {**XTERM, "TERM_PROGRAM": "Apple_Terminal"}),
    "tmux": Kind(says(1, 2, version="tmux 3.3a", tmux=DEFAULT_TMUX), TMUX),
    "tmux that passes through, in kitty": Kind(says(62, version="kitty(0.35.2)", kitty=True, tmux=OPEN_TMUX), TMUX),
    "tmux that passes through, in foot": Kind(says(62, 4, 22, version="foot(1.16.2)", tmux=OPEN_TMUX), TMUX),
    "screen": Kind(says(1, 2), {"TERM": "screen-256color", "STY": "1.pts"}),
    "Zellij": Kind(says(62, 4), {**XTERM, "ZELLIJ": "0", "COLORTERM": "truecolor"}),
    "mosh": Kind(says(62)),
    "Linux console": Kind(says(6), {"TERM": "linux"}),
    "vt100": Kind(says(1, 2), {"TERM": "vt100"}),
    "one that does not answer": Kind(Answers(waited=0.2)),
}


def profile_of(name: str, **options: str) -> Profile:
    return profile_for(KINDS[name].environ, KINDS[name].answers, **options)


def row(name: str) -> tuple[str, str, str, str]:
    profile = profile_of(name)
    return name, COLOR_WORDS[profile.colors], IMAGE_WORDS[profile.images], profile.images_reason


def test_the_readme_lists_what_each_terminal_gets() -> None:
    text = README.read_text(encoding="utf-8")
    table = text.partition("| Terminal | Colours | Logos | Why |\n")[2].partition("\n\n")[0]
    rows = [tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in table.splitlines()[1:]]
    assert rows == [row(name) for name in KINDS]


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_has_a_fast_line_and_can_turn_logos_off(name: str) -> None:
    profile = profile_of(name)
    assert not profile.is_slow
    assert profile.images in profile.image_modes
    assert profile.image_modes[-1] == "off"


def test_some_modes_can_be_chosen_live() -> None:
    assert profile_of("kitty").image_modes == ("kitty", "blocks", "off")
    assert profile_of("WezTerm").image_modes == ("sixel", "blocks", "off")
    assert profile_of("tmux that passes through, in kitty").image_modes == ("kitty", "blocks", "off")
    assert profile_of("vt100").image_modes == ("blocks", "off")
    assert profile_of("kitty", color="none").image_modes == ("off",)


def test_class_4_in_the_attributes_does_not_mean_sixel() -> None:
    assert "sixel" not in profile_for(XTERM, says(4, 6)).image_modes


def test_a_name_without_attributes_does_not_mean_sixel() -> None:
    assert "sixel" not in profile_for(XTERM, Answers(version="foot(1.16.2)", round_trip=0.01)).image_modes


# --- the line --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
def test_a_long_round_trip_over_ssh_means_a_slow_line(variable: str) -> None:
    environ = {**XTERM, variable: "something"}
    assert profile_for(environ, says(62, 22)._replace(round_trip=SLOW_SECONDS + 0.001)).is_slow
    assert not profile_for(environ, says(62, 22)._replace(round_trip=SLOW_SECONDS - 0.001)).is_slow


def test_outside_ssh_it_more_likely_means_a_busy_machine() -> None:
    assert not profile_for(XTERM, says(62, 22)._replace(round_trip=SLOW_SECONDS + 0.001)).is_slow
    assert profile_for(XTERM, says(62, 22)._replace(round_trip=SLOW_LOCAL_SECONDS + 0.001)).is_slow


def test_the_time_waited_is_a_lower_bound_of_the_round_trip() -> None:
    assert profile_for({**XTERM, **SSH}, Answers(waited=SLOW_SECONDS + 0.001)).is_slow
    assert not profile_for({**XTERM, **SSH}, Answers(unasked="the program runs in the background")).is_slow


@pytest.mark.parametrize("name", ["tmux", "screen", "Zellij", "mosh"])
def test_answers_of_a_multiplexer_do_not_measure_the_line(name: str) -> None:
    answers = KINDS[name].answers._replace(round_trip=0.5)
    profile = profile_for({**KINDS[name].environ, **SSH}, answers)
    assert profile.round_trip is None
    assert not profile.is_slow


def test_answers_through_tmux_or_of_a_remote_tmux_measure_the_line() -> None:
    inside = KINDS["tmux that passes through, in kitty"]
    assert profile_for({**inside.environ, **SSH}, inside.answers._replace(round_trip=0.3)).is_slow
    far = {"TERM": "tmux-256color", **SSH}
    profile = profile_for(far, says(1, 2, version="tmux 3.3a")._replace(round_trip=0.3))
    assert profile.is_slow and profile.in_tmux
    assert profile.images_reason == "tmux cannot be asked whether it passes graphics on"


def test_on_a_slow_line_blocks_replace_sixel() -> None:
    answers = KINDS["foot"].answers._replace(round_trip=0.3)
    profile = profile_for({"TERM": "foot", **SSH}, answers)
    assert profile.images == "blocks"
    assert profile.image_modes == ("sixel", "blocks", "off")
    assert "lighter than sixel" in profile.images_reason
    assert profile_for({"TERM": "foot", **SSH}, answers, images="sixel").images == "sixel"


# --- colours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "colors"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm-256color", "COLORTERM": "yes"}, "256"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, "truecolor"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "wezterm"}, "truecolor"),
        ({"TERM": "rio"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "foot-extra"}, "truecolor"),
        # Inside tmux these are variables of the terminal that it was started in.
        ({**TMUX, "LC_TERMINAL": "iTerm2", "VTE_VERSION": "7600"}, "256"),
        ({"TERM": "screen"}, "16"),
    ],
)
def test_the_environment_decides_about_colours(environ: Mapping[str, str], colors: str) -> None:
    assert profile_for(environ, Answers()).colors == colors


def test_truecolor_is_a_feature_that_tmux_reports() -> None:
    tmux = replace(DEFAULT_TMUX, features=frozenset(("RGB",)))
    assert profile_for(TMUX, says(1, 2, version="tmux 3.3a", tmux=tmux)).colors == "truecolor"


def test_a_name_that_may_come_after_the_first_frame_adds_no_colours() -> None:
    answers = says(65, 1, 9, version="VTE(7600)")
    assert profile_for({**XTERM, **SSH}, answers).colors == "truecolor"
    assert profile_for({**XTERM, **SSH}, answers._replace(round_trip=0.3)).colors == "256"


@pytest.mark.parametrize(
    ("background", "is_light"),
    [
        (None, False),
        ((0.0, 0.0, 0.0), False),
        ((1.0, 1.0, 1.0), True),
        ((0.0, 0.0, 1.0), False),
        ((0.9, 0.9, 0.8), True),
    ],
)
def test_a_light_background_is_recognised(background: tuple[float, float, float] | None, *, is_light: bool) -> None:
    assert profile_for(XTERM, says(62)._replace(background=background)).is_light is is_light


@pytest.mark.parametrize(
    ("reported", "used"), [((9, 19), (9, 19)), (None, (10, 20)), ((0, 0), (10, 20)), ((10, 99999), (10, 20))]
)
def test_an_implausible_cell_size_is_ignored(reported: tuple[int, int] | None, used: tuple[int, int]) -> None:
    assert profile_for(XTERM, says(62)._replace(cell_size=reported)).cell_size == used


# --- requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "images", "color", "used", "reason"),
    [
        ("kitty", "auto", "auto", "kitty", ""),
        ("kitty", "blocks", "auto", "blocks", "as you wished"),
        ("kitty", "off", "auto", "off", "as you wished"),
        ("kitty", "auto", "16", "off", "16 colours are too few"),
        ("kitty", "kitty", "16", "blocks", "kitty needs more colours"),
        ("kitty", "auto", "none", "off", "no colours"),
        ("kitty", "blocks", "none", "off", "blocks needs more colours"),
        ("xterm", "sixel", "auto", "sixel", "as you wished, although the terminal shows neither"),
        ("xterm", "kitty", "auto", "kitty", "as you wished, although the terminal shows neither"),
        ("screen", "kitty", "auto", "kitty", "as you wished, although screen passes no graphics on"),
        ("foot", "kitty", "auto", "kitty", "as you wished, although the terminal does not say that it can"),
        ("foot", "auto", "none", "off", "no colours"),
        ("foot", "sixel", "none", "sixel", "as you wished"),
        ("vt100", "blocks", "auto", "blocks", "as you wished"),
    ],
)
def test_a_requested_mode_is_used_where_possible(name: str, images: str, color: str, used: str, reason: str) -> None:
    profile = profile_of(name, images=images, color=color)
    assert profile.images == used
    assert profile.images_reason.startswith(reason) if reason else profile.images_reason == ""
    assert used in profile.image_modes


def test_a_profile_as_one_line_of_text() -> None:
    assert str(profile_of("kitty")) == "colors truecolor, logos kitty, line, round trip 4 ms"
    silent = profile_for({**XTERM, **SSH}, Answers(waited=0.2))
    assert str(silent) == "colors 256, logos blocks (the terminal has not answered), slow line, round trip unknown"


SOME = st.dictionaries(
    st.sampled_from(
        ("TERM", "COLORTERM", "TMUX", "STY", "NO_COLOR", "SSH_TTY", "ZELLIJ", "TERM_PROGRAM", "LC_TERMINAL")
    ),
    st.sampled_from(("", "xterm", "tmux-256color", "foot", "screen", "truecolor", "iTerm2", "1", "\udcff")),
)
ANY = st.builds(
    Answers,
    unasked=st.sampled_from(("", "there is none")),
    attributes=st.lists(st.lists(st.integers(0, 70), max_size=3).map(tuple), max_size=3).map(tuple),
    version=st.sampled_from(("", "kitty(1)", "tmux 3.3a", "foot", "?!", "VTE(1)")),
    has_kitty_graphics=st.booleans(),
    cell_size=st.none() | st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    background=st.none() | st.tuples(*[st.floats(0, 1)] * 3),
    tmux=st.none() | st.just(DEFAULT_TMUX) | st.just(OPEN_TMUX),
    round_trip=st.none() | st.floats(0, 9),
    waited=st.floats(0, 9),
)


@given(SOME, ANY, st.sampled_from(IMAGES), st.sampled_from(COLORS))
def test_a_profile_is_always_consistent(environ: dict[str, str], answers: Answers, images: str, color: str) -> None:
    profile = profile_for(environ, answers, images=images, color=color)
    assert profile.images in profile.image_modes
    assert len(set(profile.image_modes)) == len(profile.image_modes)
    assert profile.images != "kitty" or profile.colors in ("truecolor", "256")
    assert profile.images != "blocks" or profile.colors != "none"
    assert profile.images != "sixel" or images == "sixel" or not profile.is_slow
    assert color == "auto" or profile.colors == color
