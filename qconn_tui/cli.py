"""The command line: what was asked for, who does it, and how the program ends.

`--help` is answered with argparse and nothing else: `typing`, `dataclasses` and the errors cost as much again as it.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys

from qconn_tui import __version__
from qconn_tui.commands import options

TYPE_CHECKING = False  # `typing` alone takes 2 ms to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from qconn_tui.settings import Settings

_MAY_BEGIN_WITH_DASH = ("--sort", "--where", "--filter")
_SINGLE_DASH = re.compile("-[^-]")

_DESCRIPTION = "Browse the automation connectors of a Qlik Cloud tenant."

_EPILOG = """\
examples:
  qconn-tui --demo                            try it without a tenant
  qconn-tui                                   browse the tenant of the environment or of qlik-cli
  qconn-tui ls --where "billable:no webhooks:yes"
  qconn-tui ls --sort -billable,name --format csv > connectors.csv
  qconn-tui get airtable                      one connector, by its id or name
  qconn-tui doctor                            find out why something does not work

environment:
  QCONN_SERVER, QCONN_API_KEY                 the tenant's address and an API key
  QCONN_CLIENT_ID, QCONN_CLIENT_SECRET        an OAuth client instead of a key
  QCONN_CONTEXT, QCONN_CONFIG                 like --context and --config
  NO_COLOR, SSL_CERT_FILE, HTTPS_PROXY, NO_PROXY

exit codes:
  0 done   1 a bug   2 usage or configuration   3 not allowed
  4 the tenant could not be reached or failed   5 printed, but the list is incomplete   130 interrupted
"""

_LS_EPILOG = """\
examples:
  qconn-tui ls --where "google -legacy"       every name with google and without legacy
  qconn-tui ls --where "/^s3 / webhooks:yes"  a regular expression and a facet
  qconn-tui ls --sort name --limit 20         the first 20 by name
  qconn-tui ls | jq -r .id                    one JSON object per line in a pipe
"""


_GET_EPILOG = """\
examples:
  qconn-tui get 0d87347d-27c0-11ea-921c-022e6b5ea1e2
  qconn-tui get "google sheets"               case and accents do not matter
  qconn-tui get airtable | jq -r .id          one JSON object in a pipe
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as one sentence."""
        from qconn_tui.errors import UsageError
        from qconn_tui.text import clean

        raise UsageError(f"{clean(message.removeprefix('argument '), 300)}.", f"See {self.prog} --help.")


def make_parser() -> argparse.ArgumentParser:
    """The whole tree of commands and options.

    The namespace holds `command` (the command's name, or None) and the options of that command; shared ones
    are in it only if they were given.
    """
    parser = _Parser(
        prog="qconn-tui",
        usage="qconn-tui [OPTIONS] [ls | get | doctor | cache | demo-server] [OPTIONS]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"qconn-tui {__version__}")
    options.add_shared(parser)
    options.add_screen(parser)

    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", prog="qconn-tui")
    listing = commands.add_parser(
        "ls",
        help="print the list",
        description="Print the list of connectors.",
        usage="qconn-tui ls [OPTIONS]",
        epilog=_LS_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_listing(listing)
    options.add_shared(listing)
    getting = commands.add_parser(
        "get",
        help="print one connector",
        description="Print the connector with that id or name.",
        usage="qconn-tui get ID|NAME [OPTIONS]",
        epilog=_GET_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_get(getting)
    options.add_shared(getting)
    _add_upkeep(commands)
    return parser


def _add_upkeep(commands: argparse._SubParsersAction[_Parser]) -> None:
    """Add the commands that are not about connectors."""
    doctor = commands.add_parser(
        "doctor",
        help="check terminal, settings, tenant and cache",
        description="Check terminal, settings, tenant and cache; say what to do about each finding.",
        usage="qconn-tui doctor [OPTIONS]",
        allow_abbrev=False,
    )
    options.add_shared(doctor)
    cache = commands.add_parser(
        "cache",
        help="print what is kept on disk, or remove it",
        description="Print what is kept on disk, or remove it: the lists and logos of every tenant and user.",
        usage="qconn-tui cache info|clear",
        allow_abbrev=False,
    )
    options.add_cache(cache)
    options.add_shared(cache, listed=False)
    server = commands.add_parser(
        "demo-server",
        help="run the demo's tenant alone, for other programs",
        description="Run the demo's tenant on this machine; prints its address and key as lines for a shell.",
        usage="qconn-tui demo-server [--rows N] [--port P] [--latency-ms N]",
        allow_abbrev=False,
    )
    options.add_demo_server(server)
    options.add_shared(server, listed=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with `argv` (default: the process's own); return its exit status."""
    try:
        status = _run(argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 -- the last line of defence
        return _explain(error)
    return status


def _run(argv: Sequence[str] | None) -> int:
    try:
        args = make_parser().parse_args(_join_dashed(sys.argv[1:] if argv is None else argv))
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    if args.command == "demo-server":
        from qconn_tui.commands import demo_server

        return demo_server.run(args)
    if args.command == "cache":
        from qconn_tui.commands import cache

        return cache.run(args)
    if args.command is None:
        # What is imported and built for the first frame stays. To search it for garbage again and again takes 40 ms.
        gc.disable()
    from qconn_tui.errors import QconnError, UsageError
    from qconn_tui.settings import resolve

    try:
        settings = resolve(args, os.environ)
    except UsageError as error:
        if args.command != "doctor":
            raise
        from qconn_tui.commands import doctor

        return doctor.run(error)
    from qconn_tui.logs import logging_to, report_bug

    with logging_to(settings.log_file):
        try:
            return _run_with(args, settings)
        except (QconnError, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 -- while there is still a log
            print(report_bug(error, settings.log_file), end="", file=sys.stderr)
            return 1


def _run_with(args: argparse.Namespace, settings: Settings) -> int:
    if args.command == "ls":
        from qconn_tui.commands import ls

        return ls.run(args, settings)
    if args.command == "get":
        from qconn_tui.commands import get

        return get.run(args, settings)
    if args.command == "doctor":
        from qconn_tui.commands import doctor

        return doctor.run(settings)
    from qconn_tui.commands import browse

    return browse.run(args, settings)


def _join_dashed(words: Sequence[str]) -> list[str]:
    """The words, with e.g. `--sort -name` as `--sort=-name`: argparse takes every dash for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _MAY_BEGIN_WITH_DASH and _SINGLE_DASH.match(word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


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
