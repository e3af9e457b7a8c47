"""`qconn-tui doctor`: check terminal, settings, tenant and cache, and say what to do about each finding."""

from __future__ import annotations

import os
import platform
import stat
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from qconn_tui import __version__
from qconn_tui.commands.connect import start_demo
from qconn_tui.commands.doctor_findings import Finding, note, ok, problem
from qconn_tui.commands.doctor_terminal import ask_terminal, check_terminal
from qconn_tui.commands.printing import prepare, print_lines
from qconn_tui.errors import QconnError, StoreError, UsageError
from qconn_tui.qlik.auth import ApiKey, describe_moment, expiry
from qconn_tui.runtime.event_loop import run_promptly
from qconn_tui.runtime.files import PIPE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from qconn_tui.qlik.auth import Credentials
    from qconn_tui.qlik.client import TenantClient
    from qconn_tui.settings.values import Settings, Sourced

SOON = 7 * 86_400.0
"""Seconds before a key expires from which on there is a note about it."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def run(settings: Settings | UsageError) -> int:
    """Print a line for each finding as it comes.

    Args:
        settings: The settings of this run, or the error that they could not be resolved with.

    Returns:
        The highest exit status of a problem, 0 without any.
    """
    prepare(sys.stdout)
    status = 0
    with ExitStack() as demo:
        if not isinstance(settings, UsageError) and settings.demo:
            settings = start_demo(settings, demo)
        for finding in examine(settings, os.environ):
            print_lines([str(finding)], sys.stdout)
            status = max(status, finding.exit_code)
    return status


def examine(settings: Settings | UsageError, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Run every check, one after the other.

    Args:
        settings: The settings of this run, or the error that they could not be resolved with.
        environ: The environment variables.
    """
    yield ok(f"qconn-tui {__version__}, Python {platform.python_version()}, {platform.system()}")
    has_screen = sys.stdin.isatty() and sys.stderr.isatty()
    size = os.get_terminal_size(sys.stderr.fileno()) if has_screen else None
    drawing = {} if isinstance(settings, UsageError) else {"images": settings.images, "color": settings.color}
    yield from check_terminal(environ, size, ask_terminal(environ, has_screen=has_screen), **drawing)
    if isinstance(settings, UsageError):
        yield problem(settings)
    else:
        yield from check_settings(settings, time.time())
        yield from _check_tenant(settings)
    if not isinstance(settings, UsageError) and not settings.use_cache:
        yield note("no cache: --no-cache")
    else:
        yield from _check_own_cache()


def check_settings(settings: Settings, now: float) -> Iterator[Finding]:
    """Check where the settings come from; no secret is shown.

    Args:
        settings: The settings of this run.
        now: Seconds since the epoch.
    """
    if settings.config_file is not None:
        yield ok(f"configuration file {settings.config_file}: {_config_keys(settings.config_file)}")
    if settings.server is None or settings.credentials is None:
        yield problem(
            UsageError(
                "no tenant to connect to",
                "set QCONN_SERVER and QCONN_API_KEY, make a context with qlik-cli, or try --demo",
            )
        )
        return
    yield ok(f"tenant {settings.server.value.origin}, from {settings.server.source}")
    yield _check_credentials(settings.credentials, now)


def _config_keys(path: Path) -> str:
    from qconn_tui.settings.config_file import read_config

    # A pipe was read before, and is empty by now.
    return ", ".join(read_config(path, pipe_seconds=PIPE_SECONDS).values) or "it is empty"


def _check_credentials(credentials: Sourced[Credentials], now: float) -> Finding:
    held, source = credentials.value, credentials.source
    if not isinstance(held, ApiKey):
        return ok(f"OAuth client, from {source}")
    ends = expiry(held.secret)
    if ends is None:
        return ok(f"API key, from {source}; it does not say when it expires")
    day = describe_moment(ends)
    if ends <= now:
        # No problem yet: this machine's clock may be wrong, and the tenant decides.
        return note(f"API key, from {source}, expired on {day}", "make a new one, or correct the clock")
    what = f"API key, from {source}, expires on {day}"
    return note(what, "make a new one in time") if ends - now < SOON else ok(what)


def _check_tenant(settings: Settings) -> Iterator[Finding]:
    if settings.server is None or settings.credentials is None:
        return
    if settings.offline:
        yield note("the tenant is not asked: --offline")
        return
    from qconn_tui.net.client import proxy_variable
    from qconn_tui.qlik.client import TenantClient

    server, credentials = settings.server.value, settings.credentials.value

    async def check() -> Finding:
        async with TenantClient(server, credentials) as client:
            return await check_network(client, proxy_variable(server.host, server.port))

    yield run_promptly(check())


async def check_network(
    client: TenantClient, proxy: str | None, clock: Callable[[], float] = time.perf_counter
) -> Finding:
    """Request one connector from the tenant.

    Args:
        client: The client of the tenant.
        proxy: The environment variable that names the proxy on the way, None without a proxy.
        clock: A clock in seconds.
    """
    from qconn_tui.qlik.pager import LIST_PATH, ListQuery
    from qconn_tui.qlik.wire import read_page

    started = clock()
    try:
        response = await client.get(LIST_PATH, ListQuery(limit=1).encode())
        milliseconds = (clock() - started) * 1000
        read_page(response.body, response.trace_id)
    except QconnError as error:
        return problem(error)
    route = f" through {proxy}" if proxy else ""
    return ok(f"{client.server.host} answered{route} in {milliseconds:,.0f} ms, connecting included")


def _check_own_cache() -> Iterator[Finding]:
    # Imported late: `location` brings platformdirs.
    from qconn_tui.store.location import cache_path

    try:
        directory = cache_path()
    except StoreError as error:
        yield problem(UsageError(error.summary, error.advice))
        return
    yield from check_cache(directory)


def check_cache(directory: Path) -> Iterator[Finding]:
    """Check that the cache can be written and is private; a missing directory is not created."""
    try:
        yield from _check_cache_files(directory) if directory.exists() else (_check_missing_cache(directory),)
    except OSError as error:
        yield _unusable(directory, error.strerror or type(error).__name__)
    except StoreError as error:
        yield problem(UsageError(error.summary, error.advice))


def _check_missing_cache(directory: Path) -> Finding:
    above = next((parent for parent in directory.parents if parent.exists()), directory)
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return ok(f"no cache yet; it will be {directory}")
    return _unusable(directory, f"{above} does not take it")


def _check_cache_files(directory: Path) -> Iterator[Finding]:
    from qconn_tui.store.inspection import own_files, read_content
    from qconn_tui.store.location import private_directory

    private_directory(directory)
    files = own_files(directory)
    if not os.access(directory, os.W_OK | os.X_OK):
        yield _unusable(directory, "it is read-only")
    elif stat.S_IMODE(directory.stat().st_mode) & _OTHERS:
        yield note(f"other users can look into the cache {directory}", "chmod 700 it")
    else:
        yield ok(f"cache {directory}")
    for file in files:
        if file.mode & _OTHERS:
            yield note(f"other users can read {file.path}", "chmod 600 it")
        fault = read_content(file.path).fault if file.is_database else None
        if fault:
            yield note(f"{file.path} cannot be read: {fault}", "qconn-tui cache clear begins anew")


def _unusable(directory: Path, reason: str) -> Finding:
    return problem(
        UsageError(
            f"the cache {directory} cannot be used: {reason}",
            "make room for it, or set XDG_CACHE_HOME; until then nothing is kept on disk",
        )
    )
