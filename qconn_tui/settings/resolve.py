"""One set of settings out of everything that can set one.

Options come before the environment, the environment before the configuration file, that before qlik-cli's current
context, and that before the defaults. `tenant` decides which server and which credentials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qconn_tui.qlik.server import parse_server
from qconn_tui.settings.sources import Sources, expand_path
from qconn_tui.settings.tenant import Tenant, find_tenant
from qconn_tui.settings.values import COLORS, DEMO_ROWS, IMAGES, PAGE_SIZES, Settings
from qconn_tui.text import clean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from qconn_tui.settings.config_file import Config


def resolve(args: argparse.Namespace | None, environ: Mapping[str, str]) -> Settings:
    """The settings of one run.

    Args:
        args: The parsed options; any of them may be missing. None is a command line without options.
        environ: The environment variables.

    Returns:
        The settings, without server and credentials when nothing sets them.

    Raises:
        UsageError: An option, a variable or a file cannot be used; the error names it.
    """
    sources = Sources(args, environ)
    config = sources.config
    rows = sources.number("--demo-rows", sources.flag("demo_rows"), DEMO_ROWS)
    demo = bool(sources.flag("demo")) or rows is not None
    tenant = Tenant() if demo else find_tenant(sources)
    log_file = sources.flag("log_file")
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
        log_file=None if log_file is None else expand_path(log_file),
        logo_hosts=_logo_hosts(config),
        keymap=_keymap(config),
        demo=demo,
        demo_rows=rows,
    )


def _logo_hosts(config: Config) -> tuple[str, ...]:
    hosts = config.values.get("logo_hosts")
    if not isinstance(hosts, list):
        return ()
    return tuple(parse_server(host, config.source("logo_hosts")).host for host in hosts)


def _keymap(config: Config) -> dict[str, str]:
    keys = config.values.get("keys")
    return {clean(name): clean(key) for name, key in keys.items()} if isinstance(keys, dict) else {}
