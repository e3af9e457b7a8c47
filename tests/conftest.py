"""What every test stands on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES: pytest.StashKey[list[str]] = pytest.StashKey()
_TOLD = "told"
"""Under what name a process of pytest-xdist hands its lines over."""

# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def anyio_backend() -> str:
    """Textual runs on asyncio alone, so the tests do too."""
    return "asyncio"


@pytest.fixture(autouse=True, scope="session")
def _interruptible() -> None:
    """A shell that starts the tests in the background makes them, and every program they start, deaf to SIGINT."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_personal_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the developer's home, credentials, proxies and colours out of the tests."""
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in (
        "QCONN_SERVER", "QCONN_API_KEY", "QCONN_CLIENT_ID", "QCONN_CLIENT_SECRET", "QCONN_CONTEXT", "QCONN_CONFIG",
        "QLIK_CLI_USER_HOME_DIR", "NO_COLOR", "COLORTERM", "TMUX", "STY", "SSH_TTY", "SSH_CONNECTION",
        "SSH_CLIENT", "DISPLAY", "WAYLAND_DISPLAY", "TERM_PROGRAM", "LC_TERMINAL", "VTE_VERSION",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line below the tests' results, also where pytest is told to be quiet."""
    return request.config.stash.setdefault(_LINES, []).append


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what the tests of another process told."""
    node.config.stash.setdefault(_LINES, []).extend(getattr(node, "workeroutput", {}).get(_TOLD, ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what the tests told, where this is one process of several."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_TOLD] = session.config.stash.get(_LINES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the tests told."""
    for line in config.stash.get(_LINES, []):
        terminalreporter.write_line(line)
