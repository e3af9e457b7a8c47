"""Fault: an application that exits while its screen is composed mounts no more widgets, and its handlers find none.

Textual 8.2 sets the flag that it exits at once, `mount_all` then mounts nothing, and the screen is still sent `Mount`:
what it queries there is missing, and a clean exit becomes a crash. May go when
`test_an_exit_during_compose_leaves_a_screen_without_widgets` fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App


def has_mounted_screen(app: App[Any]) -> bool:
    """Whether the screen in front has all of its widgets."""
    stack = app.screen_stack
    return bool(stack) and stack[-1].is_mounted


def exit_when_mounted(app: App[Any], leave: Callable[[], None]) -> None:
    """Exit now, or once the screen that is being composed is mounted.

    Args:
        app: The application.
        leave: Exits as Textual does by default.
    """
    if app.screen_stack and not has_mounted_screen(app):
        app.call_after_refresh(exit_when_mounted, app, leave)
    else:
        leave()
