"""Which way of drawing logos is on, what the key makes of it, and what is said about it."""

from __future__ import annotations

import pytest

from qconn_tui.logos.policy import LogoRefusal
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.terminal.answers import Answers
from qconn_tui.terminal.profile import Profile, profile_for
from qconn_tui.ui.images import Images, images_for
from qconn_tui.ui.widgets.detail_pane import describe_logo

KITTY = Profile(images="kitty", image_modes=("kitty", "blocks", "off"))
TMUX = Profile(images="blocks", images_reason="tmux passthrough is off")
SLOW = Profile(images="sixel", image_modes=("sixel", "blocks", "off"), is_slow=True)
BLACK = profile_for({"TERM": "xterm-256color", "NO_COLOR": "1"}, Answers())
FEW = profile_for({"TERM": "xterm-256color"}, Answers(), color="16")
WITHOUT_COLORS = "there are no colours (NO_COLOR, --color none); --color 256 brings both"
LOGO = Thumbnail(1, 1, bytes(4))


def test_the_key_goes_round_what_the_terminal_knows() -> None:
    images = images_for(KITTY, "auto")
    modes = [images.mode]
    for _ in range(3):
        images = images.following()
        modes.append(images.mode)
    assert modes == ["kitty", "blocks", "off", "kitty"]


def test_on_a_slow_line_logos_wait_unless_they_are_asked_for() -> None:
    assert images_for(SLOW, "auto").on_demand
    assert not images_for(SLOW, "sixel").on_demand
    assert not images_for(Profile(images="off", is_slow=True), "auto").on_demand
    woken = images_for(SLOW, "auto").following()
    assert (woken.mode, woken.on_demand) == ("sixel", False)


def test_without_colours_there_are_no_logos_and_with_few_only_those_that_are_asked_for() -> None:
    colorless = "there are no colours (NO_COLOR, --color none); --color 256 brings both"
    assert drawn("auto", "none").refusal == LogoRefusal(colorless)
    assert drawn("blocks", "none").refusal == LogoRefusal(colorless)
    assert drawn("auto", "16").refusal == LogoRefusal("16 colours are too few · I draws them")
    assert drawn("blocks", "16").refusal is None


def drawn(wanted: str, color: str) -> Images:
    profile = profile_for({"TERM": "xterm"}, Answers(round_trip=0.01), images=wanted, color=color)
    return images_for(profile, wanted)


@pytest.mark.parametrize(
    ("logo", "images", "words"),
    [
        (LOGO, images_for(KITTY, "auto"), "drawn in kitty graphics"),
        (LOGO, images_for(TMUX, "auto"), "drawn in block characters: tmux passthrough is off"),
        (LOGO, images_for(TMUX, "auto").following().following(), "drawn in block characters"),
        (None, Images(), "not loaded"),
        (None, images_for(SLOW, "auto"), "not fetched: the line is slow · Enter this one, I all"),
        (LogoRefusal("it is lost"), Images(), "none drawn: it is lost"),
        (None, Images("off"), "none drawn: logos are off · I draws them"),
        (None, images_for(BLACK, "auto"), f"none drawn: {WITHOUT_COLORS}"),
        (None, images_for(BLACK, "auto").following(), f"none drawn: {WITHOUT_COLORS}"),
        (None, images_for(FEW, "auto"), "none drawn: 16 colours are too few · I draws them"),
    ],
)
def test_what_the_pane_says(logo: Thumbnail | LogoRefusal | None, images: Images, words: str) -> None:
    assert describe_logo(logo, images) == words
