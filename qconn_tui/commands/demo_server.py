"""`qconn-tui demo-server`: run the embedded tenant alone, for other terminals and programs."""

from __future__ import annotations

import errno
import signal
import sys
import threading
from typing import TYPE_CHECKING

from qconn_tui.demo.tenant import DemoTenant
from qconn_tui.errors import UsageError
from qconn_tui.runtime.stdio import write_flushed

if TYPE_CHECKING:
    import argparse
    from types import FrameType


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl+C or SIGTERM.

    Args:
        args: The parsed options, of which it reads `rows`, `port` and `latency_ms`.

    Returns:
        The exit status, which is 0 after both signals: there is no other way to end it.

    Raises:
        UsageError: The port cannot be used.
    """
    tenant = DemoTenant(rows=args.rows, port=args.port, latency=args.latency_ms / 1000)
    stop = threading.Event()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, request_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        _start(tenant, args.port)
        write_flushed(f"export QCONN_SERVER={tenant.origin}\nexport QCONN_API_KEY={tenant.api_key}\n", sys.stdout)
        how = "Paste these two lines into another terminal, then run qconn-tui."
        print(f"{how} The key is a new one at every start. Ctrl+C stops.", file=sys.stderr)
        stop.wait()
    finally:
        tenant.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _start(tenant: DemoTenant, port: int) -> None:
    try:
        tenant.start()
    except OSError as error:
        reason = "is in use" if error.errno == errno.EADDRINUSE else "cannot be used"
        raise UsageError(f"--port {port} {reason}.", "Give another one, or leave --port out.") from error
