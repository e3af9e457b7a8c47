"""Fault: assigning `App.theme` before the application runs parses every style sheet one more time.

Textual 8.2 applies the theme when it starts in any case, and the assignment only adds a second pass: 8 ms of the
start. May go when `test_a_theme_assigned_before_the_start_parses_the_styles_again` fails.
"""

from __future__ import annotations

from typing import Any

from textual.app import App


def set_first_theme(app: App[Any], name: str) -> None:
    """Set the theme of an application that does not run yet.

    Args:
        app: The application; the theme has to be registered with it.
        name: The name of a dark theme: Textual's own classes for a light one are not set.
    """
    app.set_reactive(App.theme, name)
    app.stylesheet.set_variables(app.get_css_variables())
