"""The embedded tenant of `--demo`, as every command starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import ExitStack

    from qconn_tui.settings.values import Settings


def start_demo(settings: Settings, lifetime: ExitStack) -> Settings:
    """Start the embedded tenant.

    Args:
        settings: The settings of this run, which say how many connectors the tenant has.
        lifetime: Stops the tenant when it is closed.

    Returns:
        The settings with the embedded tenant as server, and with its key.
    """
    from qconn_tui.demo.tenant import DemoTenant
    from qconn_tui.qlik.auth import ApiKey, parse_api_key
    from qconn_tui.qlik.server import parse_server
    from qconn_tui.settings.values import Sourced

    tenant = lifetime.enter_context(DemoTenant(rows=settings.demo_rows))
    key = ApiKey(parse_api_key(tenant.api_key, "the embedded tenant"))
    return settings._replace(
        demo=True,
        offline=False,
        server=Sourced(parse_server(tenant.origin, "the embedded tenant"), "--demo"),
        credentials=Sourced(key, "--demo"),
    )
