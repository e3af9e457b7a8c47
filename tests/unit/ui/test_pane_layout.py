"""The pane layout without a screen: which pane is in front, and where the focus goes."""

from __future__ import annotations

import pytest

from qconn_tui.ui.controllers.pane_layout import PANES, PaneLayout, classes_of


class FakeScreen:
    def __init__(self, width_class: str) -> None:
        self.classes = {width_class}
        self.focused: list[str] = []

    def has_class(self, *names: str) -> bool:
        return self.classes >= {*names}

    def set_class(self, add: bool, *names: str) -> None:
        self.classes = self.classes | {*names} if add else self.classes - {*names}

    def toggle_class(self, *names: str) -> None:
        self.classes ^= {*names}

    def focus_next(self) -> None:
        self.focused.append("next")

    def focus_previous(self) -> None:
        self.focused.append("previous")


def layout(width_class: str) -> tuple[PaneLayout, FakeScreen]:
    screen = FakeScreen(width_class)
    return PaneLayout(screen, screen.focused.append), screen


def front(screen: FakeScreen) -> set[str]:
    return {name.removeprefix("-front-") for name in screen.classes if name.startswith("-front-")}


@pytest.mark.parametrize("pane", PANES)
def test_a_pane_that_is_brought_is_in_front_and_has_the_focus(pane: str) -> None:
    panes, screen = layout("-narrow")
    panes.bring(pane)
    assert (panes.front, screen.focused) == (pane, [pane])
    assert front(screen) == ({pane} if pane != "table" else set())
    panes.show_front()
    assert front(screen) == {pane}


def test_a_widget_that_is_no_pane_leaves_the_front_as_it_is() -> None:
    panes, screen = layout("-narrow")
    panes.bring("detail")
    panes.take_focus("logo")
    panes.take_focus(None)
    assert (panes.front, front(screen)) == ("detail", {"detail"})


def test_with_three_panes_the_focus_marks_nothing() -> None:
    panes, screen = layout("-wide")
    panes.take_focus("detail")
    assert (panes.front, front(screen)) == ("detail", set())


@pytest.mark.parametrize(
    ("front_pane", "step", "focused"),
    [("table", 1, "detail"), ("detail", 1, "facets"), ("facets", 1, "table"), ("table", -1, "facets"),
     ("filter", 1, "table"), ("filter", -1, "table")],
)  # fmt: skip
def test_tab_goes_round_the_panes(front_pane: str, step: int, focused: str) -> None:
    panes, screen = layout("-medium")
    panes.bring(front_pane)
    panes.turn(step)
    assert screen.focused[-1] == focused


def test_with_three_panes_tab_is_textuals_own() -> None:
    panes, screen = layout("-wide")
    panes.turn(1)
    panes.turn(-1)
    assert screen.focused == ["next", "previous"]


def test_the_sidebar_is_hidden_where_there_is_room_and_brought_where_there_is_none() -> None:
    panes, screen = layout("-wide")
    panes.toggle_sidebar(has_focus=False)
    assert "-no-sidebar" in screen.classes
    assert screen.focused == []
    panes.toggle_sidebar(has_focus=True)
    assert "-no-sidebar" not in screen.classes
    assert screen.focused == ["table"]
    panes, screen = layout("-narrow")
    panes.toggle_sidebar(has_focus=False)
    assert screen.focused == ["facets"]
    panes.toggle_sidebar(has_focus=True)
    assert screen.focused == ["facets", "table"]


@pytest.mark.parametrize(
    ("size", "classes"),
    [((120, 40), {"-wide", "-tall"}), ((119, 16), {"-medium", "-tall"}), ((79, 15), {"-narrow", "-low"}),
     ((24, 6), {"-narrow", "-low"}), ((23, 5), {"-slim", "-flat"})],
)  # fmt: skip
def test_a_size_has_two_classes(size: tuple[int, int], classes: set[str]) -> None:
    assert set(classes_of(*size)) == classes
