"""What importing a room brings along: import-linter sees the static graph, these see what really is loaded."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import qconn_tui

PACKAGE = Path(qconn_tui.__file__).parent
ROOT = PACKAGE.parent
MODULES = tuple(module.name for module in pkgutil.walk_packages([str(PACKAGE)], "qconn_tui."))
UPPER_ROOMS = ("qconn_tui.ui", "qconn_tui.__main__")
LATE = ("httpx", "pydantic", "PIL", "sqlite3", "yaml", "truststore", "http.server")
"""What the first frame does not wait for."""
LATE_OWN = ("qconn_tui.catalogue.query.safe_regex", "qconn_tui.loader.tenant_walk", "qconn_tui.qlik.client")
"""What of ours it does not wait for either."""
READS_AHEAD = (
    "qconn_tui.cli", "qconn_tui.settings.resolve", "qconn_tui.runtime.logs",
    "qconn_tui.commands.start_screen", "qconn_tui.loader.loader",
    "qconn_tui.store.location", "qconn_tui.store.database", "qconn_tui.store.snapshots",
)  # fmt: skip
"""What finds the settings, asks the terminal and reads the saved list."""


def loaded_by(*modules: str) -> set[str]:
    """The names of all modules that a fresh Python has loaded after importing these."""
    program = "import importlib, sys; [*map(importlib.import_module, sys.argv[1:])]; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program, *modules], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_nothing_below_the_screen_loads_textual() -> None:
    lower = [name for name in MODULES if not name.startswith(UPPER_ROOMS)]
    loaded = loaded_by(*lower)
    assert loaded >= set(lower)
    # Where click is installed, as it is beside textual-dev, httpx loads rich for a command line of its own.
    assert not (loaded - loaded_by("httpx")) & {"textual", "rich"}


def test_the_screen_is_loaded_without_what_only_its_workers_need() -> None:
    loaded = loaded_by("qconn_tui.ui.app", "qconn_tui.ui.screens.browse", "qconn_tui.loader.loader")
    assert "textual" in loaded
    assert not loaded & {*LATE, *LATE_OWN}


def test_the_saved_rows_are_read_before_what_takes_longer_to_import_than_they_to_read() -> None:
    loaded = loaded_by(*READS_AHEAD)
    assert "sqlite3" in loaded
    assert not loaded & ({*LATE, "asyncio", "dataclasses", "inspect", "ssl"} - {"sqlite3"})


def test_the_catalogue_needs_nothing_but_the_standard_library() -> None:
    catalogue = [name for name in MODULES if name.startswith("qconn_tui.catalogue")]
    packages = {name.partition(".")[0] for name in loaded_by(*catalogue) - loaded_by("json")}
    assert packages <= {"qconn_tui", *sys.stdlib_module_names}


@pytest.mark.parametrize("module", ["qconn_tui.settings.resolve", "qconn_tui.loader.loader", "qconn_tui.commands.ls"])
def test_what_every_command_imports_is_light(module: str) -> None:
    assert not loaded_by(module) & set(LATE)


def test_who_starts_a_thread_has_the_whole_import_system() -> None:
    # A thread that asks for one of its parts while another thread is importing it breaks it for all of them.
    assert {"importlib", "importlib._bootstrap"} <= loaded_without_importlib("qconn_tui.terminal.probe")


def loaded_without_importlib(module: str) -> set[str]:
    """The names of all modules that a fresh Python has loaded after importing one, with nothing of our own."""
    program = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())
