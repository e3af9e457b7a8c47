"""The tenant to connect to: its server and the credentials for it.

Options come before the environment, the environment before the configuration file, and that before qlik-cli's current
context. A context that is named counts where its name stands, so `--context` comes before `QCONN_SERVER`.

Credentials never go to a server that they do not belong to: those of a context or of the configuration file count only
for the server that is set beside them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.errors import UsageError
from qconn_tui.qlik.auth import LONGEST_KEY, ApiKey, ClientCredentials, Credentials, Secret, parse_api_key
from qconn_tui.qlik.server import Server, parse_server
from qconn_tui.runtime.files import PIPE_SECONDS, decode_text, read_file
from qconn_tui.settings.sources import expand_path, may_exist
from qconn_tui.settings.values import Sourced
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qconn_tui.qlik.contexts import Context
    from qconn_tui.settings.config_file import Config
    from qconn_tui.settings.sources import Sources

_LARGEST_KEY_FILE = 4 * LONGEST_KEY
"""Bytes of the largest key file that is read: UTF-16 takes two for a character, and there may be white space."""
_GIVE_KEY = "Give a key with QCONN_API_KEY or --api-key-file FILE"


class Tenant(NamedTuple):
    """A server with the credentials for it: both are set, or neither."""

    server: Sourced[Server] | None = None
    """The server."""
    credentials: Sourced[Credentials] | None = None
    """The credentials for it."""
    context: str | None = None
    """The name of the qlik-cli context that one of them came from."""


class _Candidate(NamedTuple):
    """One place that may set server and credentials; each is read only when it is needed."""

    server: Callable[[], Sourced[Server] | None]
    credentials: Callable[[], Sourced[Credentials] | None]
    context: Callable[[], str | None] = lambda: None
    """The name of the context, if the place is one."""
    is_bound: bool = False
    """Whether its credentials are for its own server alone."""


def find_tenant(sources: Sources) -> Tenant:
    """The tenant that the sources name; an empty one when none of them names any.

    Raises:
        UsageError: A source cannot be used, a server lacks credentials, credentials lack a server, or the two
            belong to different servers.
    """
    candidates = _candidates(sources)
    found = next(((candidate, server) for candidate in candidates if (server := candidate.server())), None)
    conflict: UsageError | None = None
    for candidate in candidates:
        credentials = candidate.credentials()
        if credentials is None:
            continue
        if found is None:
            raise UsageError(
                f"{credentials.source} says who asks, but nothing says where.",
                "Give the tenant's address with --server URL or QCONN_SERVER.",
            )
        chosen, server = found
        own = candidate.server() if candidate.is_bound else None
        if own is None or own.value.origin == server.value.origin:
            return Tenant(server, credentials, candidate.context() or chosen.context())
        conflict = conflict or UsageError(
            f"{server.source} names {server.value.origin}, but the key of {credentials.source} "
            f"belongs to {own.value.origin}.",
            f"{_GIVE_KEY}, or leave the other server out.",
        )
    if found is not None:
        raise conflict or UsageError(f"{found[1].source} names a tenant, but there is no key.", f"{_GIVE_KEY}.")
    return Tenant()


def _candidates(sources: Sources) -> list[_Candidate]:
    """Every place that may set a tenant, the one with the highest precedence first."""
    config = sources.config
    places = [
        _Candidate(
            lambda: _server("--server", sources.flag("server")),
            lambda: _option_key_file(sources),
        ),
        _Candidate(
            lambda: _server("QCONN_SERVER", sources.variable("QCONN_SERVER")),
            lambda: _environment_credentials(sources),
        ),
        _Candidate(
            lambda: _server(config.source("server"), config.text("server")),
            lambda: _config_key_file(config),
            is_bound=True,
        ),
    ]
    names = (
        ("--context", sources.flag("context")),
        ("QCONN_CONTEXT", sources.variable("QCONN_CONTEXT")),
        (config.source("context"), config.text("context")),
    )
    for rank, (source, name) in enumerate(names, start=1):
        if name is not None:
            # A server or key that a place sets itself comes before the context that it names.
            return [*places[:rank], _named_context(sources.contexts_path, source, name), *places[rank:]]
    return [*places, _current_context(sources.contexts_path)]


def _named_context(path: Path, source: str, name: str) -> _Candidate:
    def find() -> Context:
        # PyYAML takes a while to import, and most runs have no contexts to read.
        from qconn_tui.qlik.contexts import read_contexts

        return read_contexts(path).get(name, source)

    return _context_candidate(path, find)


def _current_context(path: Path) -> _Candidate:
    """qlik-cli's current context, if it has one for a cloud tenant."""

    def find() -> Context | None:
        # Without a home directory, `~` would be a directory like any other, below the current one.
        if path.parts[:1] == ("~",) or not may_exist(path):
            return None
        from qconn_tui.qlik.contexts import read_contexts

        contexts = read_contexts(path)
        # The current context may be for Qlik Sense on Windows. Then there is no tenant to start with.
        current = contexts.current
        return contexts.get(current, "current-context") if current and current not in contexts.others else None

    return _context_candidate(path, find)


def _context_candidate(path: Path, read: Callable[[], Context | None]) -> _Candidate:
    """The context that `read` finds in the file at `path`; the file is read at most once."""
    find = cache(read)

    def described(context: Context) -> str:
        return f"context {clean(context.name)} in {clean(str(path))}"

    def server() -> Sourced[Server] | None:
        context = find()
        return Sourced(parse_server(context.server, described(context)), described(context)) if context else None

    def credentials() -> Sourced[Credentials] | None:
        context = find()
        held = context.credentials(described(context)) if context else None
        return Sourced(held, described(context)) if context and held else None

    def name() -> str | None:
        context = find()
        return context.name if context else None

    return _Candidate(server, credentials, name, is_bound=True)


def _server(source: str, text: str | None) -> Sourced[Server] | None:
    return None if text is None else Sourced(parse_server(text, source), source)


def _option_key_file(sources: Sources) -> Sourced[Credentials] | None:
    name = sources.flag("api_key_file")
    return None if name is None else _read_key_file("--api-key-file", expand_path(name))


def _config_key_file(config: Config) -> Sourced[Credentials] | None:
    """The key of the configuration file; a relative file name counts from the configuration's own directory."""
    name = config.text("api_key_file")
    if name is None or config.path is None:
        return None
    return _read_key_file(config.source("api_key_file"), config.path.parent / expand_path(name))


def _read_key_file(source: str, path: Path) -> Sourced[Credentials]:
    named = f"{source} ({clean(str(path))})"
    try:
        content = read_file(path, _LARGEST_KEY_FILE, pipe_seconds=PIPE_SECONDS)
        text = Secret(decode_text(content, errors="replace"))
        del content
    except (OSError, ValueError) as error:
        reason = clean(error.strerror or "") if isinstance(error, OSError) else ""
        raise UsageError(
            f"{named} cannot be read: {reason or 'it is no file name'}.",
            "Name a file that holds nothing but the key.",
        ) from None
    return Sourced(ApiKey(parse_api_key(text.reveal(), named)), named)


def _environment_credentials(sources: Sources) -> Sourced[Credentials] | None:
    # A variable that is set but empty is more likely a secret that got lost than a request to go without one.
    key = sources.secret("QCONN_API_KEY")
    if key is not None:
        return Sourced(ApiKey(parse_api_key(key.reveal(), "QCONN_API_KEY")), "QCONN_API_KEY")
    client_id, secret = sources.variable("QCONN_CLIENT_ID"), sources.secret("QCONN_CLIENT_SECRET")
    if client_id and secret and secret.reveal():
        return Sourced(ClientCredentials(client_id.strip(), secret), "QCONN_CLIENT_ID")
    if client_id or (secret and secret.reveal()):
        there, missing = ("ID", "SECRET") if client_id else ("SECRET", "ID")
        raise UsageError(f"QCONN_CLIENT_{there} is set, but QCONN_CLIENT_{missing} is not.", "Set both, or neither.")
    return None
