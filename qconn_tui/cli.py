"""The command line: what was asked for, who does it, and how the program ends.

`--help` is answered with argparse and nothing else: `typing`, `dataclasses` and the errors cost as much again as it.
Who types only the program's name wants the screen, and that does not wait for argparse.
"""

from __future__ import annotations

import gc
import os
import sys

from qconn_tui.runtime.sigint import INTERRUPTED, restore_sigint
from qconn_tui.runtime.stdio import reopen_closed, write_flushed

TYPE_CHECKING = False  # `typing` alone takes 2 ms to import
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from qconn_tui.settings.values import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with `argv` (default: the process's own); return its exit status."""
    try:
        reopen_closed()
        status = _run(argv)
        write_flushed("", sys.stdout)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 -- the last line of defence
        return _explain(error)
    return status


def _run(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else argv
    if not words:
        return _run_settled(None)
    from qconn_tui.commands.parser import parse

    try:
        args = parse(words)
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    if args.command is not None:
        restore_sigint()
    if args.command == "demo-server":
        from qconn_tui.commands import demo_server

        return demo_server.run(args)
    if args.command == "cache":
        from qconn_tui.commands import cache

        return cache.run(args)
    return _run_settled(args)


_GARBAGE = (10_000, 20, 20)
"""How much of what was made and not yet thrown away is searched for cycles, and how much more rarely the rest.

A page of connectors is many small objects, none of which is in a cycle: searched as often as Python does by itself, a
long list takes a tenth more of the processor.
"""


def _run_settled(args: argparse.Namespace | None) -> int:
    """Do what needs the settings; None is nothing typed at all."""
    gc.set_threshold(*_GARBAGE)
    if args is None or args.command is None:
        # What is imported and built for the first frame stays. To search it for garbage again and again takes 40 ms.
        gc.disable()
    from qconn_tui.errors import QconnError, UsageError
    from qconn_tui.settings.resolve import resolve

    try:
        settings = resolve(args, os.environ)
    except UsageError as error:
        if args is None or args.command != "doctor":
            raise
        from qconn_tui.commands import doctor

        return doctor.run(error)
    from qconn_tui.runtime.logs import logging_to, report_bug

    with logging_to(settings.log_file):
        try:
            return _run_with(args, settings)
        except (QconnError, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 -- while there is still a log
            print(report_bug(error, settings.log_file), end="", file=sys.stderr)
            return 1


def _run_with(args: argparse.Namespace | None, settings: Settings) -> int:
    if args is None or args.command is None:
        from qconn_tui.commands import start_screen

        return start_screen.run(settings)
    if args.command == "ls":
        from qconn_tui.commands import ls

        return ls.run(args, settings)
    if args.command == "get":
        from qconn_tui.commands import get

        return get.run(args, settings)
    from qconn_tui.commands import doctor

    return doctor.run(settings)


def _explain(error: Exception) -> int:
    """Say on standard error what went wrong; return the exit status."""
    from qconn_tui.errors import QconnError, describe_bug

    if not isinstance(error, QconnError):
        print(describe_bug(error), end="", file=sys.stderr)
        return 1
    print(f"qconn-tui: {error}", file=sys.stderr)
    for line in error.details():
        print(f"  {line}", file=sys.stderr)
    return error.exit_code
