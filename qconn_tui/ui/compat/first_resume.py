"""Fault: a new screen is styled twice.

Textual 8.2 styles the widgets of a screen when they are mounted, and again when the screen is first shown: 5 ms of the
start. May go when `test_a_new_screen_is_styled_once_more_when_it_is_shown` fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.events import ScreenResume
    from textual.screen import Screen


def skip_second_styling(screen: Screen[Any], event: ScreenResume) -> None:
    """Leave the styles as they are if the screen is shown for the first time; call it from `on_screen_resume`."""
    if screen.stack_updates == 0:
        event.refresh_styles = False
