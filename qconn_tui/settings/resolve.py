"""What the program was sources, by whom, and what it therefore does.

Flags come before the environment, the environment before the configuration file, that before qlik-cli's
current context, and that before the defaults. A context counts where it is named: on the command line it
comes before the environment, too.

A key that belongs to a server never goes to another one: the credentials of a context or of the configuration
file count only at the server that is named with them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from qconn_tui.errors import UsageError
from qconn_tui.qlik.auth import LONGEST_KEY, ApiKey, ClientCredentials, Credentials, Secret, parse_api_key
from qconn_tui.qlik.server import Server, parse_server
from qconn_tui.settings.config_file import Config, read_config
from qconn_tui.text import clean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from qconn_tui.qlik.contexts import Context

PAGE_SIZES = range(1, 201)
"""Records per request that the tenant allows."""
DEMO_ROWS = range(1, 100_001)
"""Connectors that the embedded tenant can have."""
IMAGES = ("auto", "kitty", "sixel", "blocks", "off")
"""Ways of drawing a logo."""
COLORS = ("auto", "truecolor", "256", "16", "none")
"""Colours that a terminal can have."""

_GIVE_KEY = "Give a key with QCONN_API_KEY or --api-key-file FILE"

Value = TypeVar("Value")


class Sourced(NamedTuple, Generic[Value]):
    """A value and who said so."""

    value: Value
    """The value."""
    source: str
    """The option, variable or file that it came from, safe to show."""


class Settings(NamedTuple):
    """Everything that the program was sources."""

    server: Sourced[Server] | None = None
    """The tenant; None together with `credentials`: nobody said, or it is the demo."""
    credentials: Sourced[Credentials] | None = None
    """Who asks there."""
    context: str | None = None
    """The name of the qlik-cli context that server or credentials came from."""
    page_size: int = 100
    """Records per request, one of `PAGE_SIZES`."""
    offline: bool = False
    """Whether to make do with what the cache holds."""
    use_cache: bool = True
    """Whether to read and write the cache."""
    images: str = "auto"
    """One of `IMAGES`."""
    color: str = "auto"
    """One of `COLORS`."""
    theme: str | None = None
    """A theme's name, unchecked; None is the program's own."""
    mouse: bool = True
    """Whether the mouse does anything."""
    config_file: Path | None = None
    """The configuration file that was read."""
    log_file: Path | None = None
    """Where to log to."""
    logo_hosts: tuple[str, ...] = ()
    """Hosts that logos may come from, beside Qlik's own."""
    keymap: Mapping[str, str] = MappingProxyType({})
    """Keys by the id of what they do, unchecked."""
    demo: bool = False
    """Whether to browse the embedded tenant."""
    demo_rows: int | None = None
    """Connectors that it has, one of `DEMO_ROWS`; None is its own believable catalogue."""


def resolve(args: argparse.Namespace | None, environ: Mapping[str, str]) -> Settings:
    """The settings of one run. Raises `UsageError` naming the option, variable or file that cannot be used.

    `args` may lack any option, and None has none; neither server nor credentials anywhere is no error.
    """
    sources = _Sources(args, environ)
    config = sources.config
    rows = sources.number("--demo-rows", sources.flag("demo_rows"), DEMO_ROWS)
    demo = bool(sources.flag("demo")) or rows is not None
    tenant = _Tenant() if demo else _find_tenant(sources)
    return Settings(
        server=tenant.server,
        credentials=tenant.credentials,
        context=tenant.context,
        page_size=sources.number("--page-size", sources.flag("page_size"), PAGE_SIZES)
        or sources.number(config.source("page_size"), config.values.get("page_size"), PAGE_SIZES)
        or 100,
        offline=bool(sources.flag("offline")),
        use_cache=not sources.flag("no_cache"),
        images=sources.choice("images", IMAGES) or "auto",
        color=sources.choice("color", COLORS, "none" if sources.variable("NO_COLOR") else None) or "auto",
        theme=sources.flag("theme") or config.text("theme"),
        mouse=not sources.flag("no_mouse") and config.values.get("mouse", True) is True,
        config_file=config.path,
        log_file=_path(sources.flag("log_file")),
        logo_hosts=_logo_hosts(config),
        keymap=_keymap(config),
        demo=demo,
        demo_rows=rows,
    )


class _Sources:
    """The three places that say something, and how to ask them."""

    def __init__(self, args: argparse.Namespace | None, environ: Mapping[str, str]) -> None:
        self._args = args
        self._environ = environ
        self.config = self._find_config()

    def flag(self, name: str) -> str | None:
        """What an option says; only whether it is there counts for one that takes no value."""
        value = getattr(self._args, name, None)
        return None if value is None or value is False else str(value)

    def variable(self, name: str) -> str | None:
        """What an environment variable says; an empty one says nothing."""
        return self._environ.get(name) or None

    def secret(self, name: str) -> Secret | None:
        """The secret in an environment variable, edges stripped; an empty one is a secret, too."""
        return Secret(self._environ[name].strip()) if name in self._environ else None

    @property
    def contexts_path(self) -> Path:
        """Where qlik-cli keeps its contexts; its variable may name the file or the home that it is in."""
        named = _expanded(self.variable("QLIK_CLI_USER_HOME_DIR") or "~")
        return named if named.suffix in (".yml", ".yaml") else named / ".qlik" / "contexts.yml"

    def number(self, source: str, value: object, allowed: range) -> int | None:
        """A whole number within limits, None when nothing was said."""
        if value is None:
            return None
        text = str(value).strip()
        # Python reads digits of every script and 10,000 of them; nobody types those.
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        if number is None or number not in allowed:
            raise UsageError(f"{source} is not a whole number from {allowed.start:,} to {allowed.stop - 1:,}.")
        return number

    def choice(self, name: str, allowed: Sequence[str], between: str | None = None) -> str | None:
        """One word out of several: the option's, else `between`, else the configuration file's."""
        for source, value in (
            (f"--{name}", self.flag(name)),
            ("", between),
            (self.config.source(name), self.config.text(name)),
        ):
            if value is not None:
                if value not in allowed:
                    raise UsageError(f"{source} is none of {', '.join(allowed)}.")
                return value
        return None

    def _find_config(self) -> Config:
        for named in (self.flag("config"), self.variable("QCONN_CONFIG")):
            path = _path(named)
            if path is not None:
                return read_config(path)
        import platformdirs

        path = Path(platformdirs.user_config_dir("qconn-tui")) / "config.toml"
        return read_config(path) if _exists(path) else Config()


def _path(text: str | None) -> Path | None:
    return None if text is None else _expanded(text)


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        # Nobody knows the home that `~` stands for; reading the file will say so.
        return Path(text)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # It cannot even be looked for; reading it will say why.
        return True


def _config_key_file(config: Config) -> Path | None:
    """The key file of the configuration; a relative name counts from the configuration's own directory."""
    path = _path(config.text("api_key_file"))
    return config.path.parent / path if path is not None and config.path is not None else None


def _logo_hosts(config: Config) -> tuple[str, ...]:
    hosts = config.values.get("logo_hosts")
    if not isinstance(hosts, list):
        return ()
    return tuple(parse_server(host, config.source("logo_hosts")).host for host in hosts)


def _keymap(config: Config) -> dict[str, str]:
    keys = config.values.get("keys")
    return {clean(name): clean(key) for name, key in keys.items()} if isinstance(keys, dict) else {}


class _Tenant(NamedTuple):
    """Where to ask and who asks."""

    server: Sourced[Server] | None = None
    credentials: Sourced[Credentials] | None = None
    context: str | None = None


class _Offer(NamedTuple):
    """One place that may say where to ask and who asks; it is looked at only when it is needed."""

    server: Callable[[], Sourced[Server] | None]
    credentials: Callable[[], Sourced[Credentials] | None]
    context: Callable[[], str | None] = lambda: None
    """The name of the context that it is, if it is one."""
    is_bound: bool = False
    """Whether its credentials are for its own server alone."""


def _find_tenant(sources: _Sources) -> _Tenant:
    offers = _offers(sources)
    found = next(((offer, server) for offer in offers if (server := offer.server())), None)
    conflict: UsageError | None = None
    for offer in offers:
        credentials = offer.credentials()
        if credentials is None:
            continue
        if found is None:
            raise UsageError(
                f"{credentials.source} says who asks, but nothing says where.",
                "Give the tenant's address with --server URL or QCONN_SERVER.",
            )
        origin, server = found
        own = offer.server() if offer.is_bound else None
        if own is None or own.value.origin == server.value.origin:
            return _Tenant(server, credentials, offer.context() or origin.context())
        conflict = conflict or UsageError(
            f"{server.source} names {server.value.origin}, but the key of {credentials.source} "
            f"belongs to {own.value.origin}.",
            f"{_GIVE_KEY}, or leave the other server out.",
        )
    if found is not None:
        raise conflict or UsageError(f"{found[1].source} names a tenant, but there is no key.", f"{_GIVE_KEY}.")
    return _Tenant()


def _offers(sources: _Sources) -> list[_Offer]:
    """Every place that may say something, the weightiest first."""
    config = sources.config
    places = [
        _Offer(
            lambda: _server("--server", sources.flag("server")),
            lambda: _key_file("--api-key-file", _path(sources.flag("api_key_file"))),
        ),
        _Offer(
            lambda: _server("QCONN_SERVER", sources.variable("QCONN_SERVER")),
            lambda: _environment_credentials(sources),
        ),
        _Offer(
            lambda: _server(config.source("server"), config.text("server")),
            lambda: _key_file(config.source("api_key_file"), _config_key_file(config)),
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
            # What a place says outright weighs more than the context that it names.
            return [*places[:rank], _context_offer(sources.contexts_path, (source, name)), *places[rank:]]
    return [*places, _context_offer(sources.contexts_path, None)]


def _context_offer(path: Path, named: tuple[str, str] | None) -> _Offer:
    """The context that somebody named, as (source, name), or else qlik-cli's current one if it has any."""

    @cache
    def find() -> Context | None:
        # PyYAML takes its time to load, and most runs have no contexts to read.
        from qconn_tui.qlik.contexts import read_contexts

        if named is None and not _exists(path):
            return None
        contexts = read_contexts(path)
        if named is not None:
            source, name = named
            return contexts.get(name, source)
        # Who works with another kind of server right now has just no tenant to start with.
        current = contexts.current
        return contexts.get(current, "current-context") if current and current not in contexts.others else None

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

    return _Offer(server, credentials, name, is_bound=True)


def _server(source: str, text: str | None) -> Sourced[Server] | None:
    return None if text is None else Sourced(parse_server(text, source), source)


def _key_file(source: str, path: Path | None) -> Sourced[Credentials] | None:
    if path is None:
        return None
    named = f"{source} ({clean(str(path))})"
    try:
        with path.open("rb") as file:
            text = Secret(file.read(2 * LONGEST_KEY).decode("utf-8-sig", errors="replace"))
    except (OSError, ValueError) as error:
        reason = clean(error.strerror or "") if isinstance(error, OSError) else ""
        raise UsageError(
            f"{named} cannot be read: {reason or 'it is no file name'}.",
            "Name a file that holds nothing but the key.",
        ) from None
    return Sourced(ApiKey(parse_api_key(text.reveal(), named)), named)


def _environment_credentials(sources: _Sources) -> Sourced[Credentials] | None:
    # Set but empty is rather a secret that did not arrive than a wish to go on without it.
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
