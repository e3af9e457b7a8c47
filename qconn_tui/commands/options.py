"""The options of the command line as argparse needs them; their values are checked where they are used."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False  # `typing` alone takes 2 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("table", "json", "jsonl", "csv", "md")
"""The formats of `ls` and `get`: `table`, and the names in `export.WRITERS`, which `--help` is too quick to import."""
CACHE_ACTIONS = ("info", "clear")
"""The actions of `cache`."""


def add_shared(parser: argparse.ArgumentParser, *, listed: bool = True) -> None:
    """Add the options that every command takes, before and after its name.

    An option that is not given is missing from the namespace: a default would overwrite the value before the command.

    Args:
        parser: The parser to add them to.
        listed: Whether `--help` lists them.
    """

    def group(title: str) -> Callable[..., object]:
        target = parser.add_argument_group(title) if listed else parser

        def add(*names: str, text: str, metavar: str | None = None) -> None:
            described = text if listed else argparse.SUPPRESS
            if metavar is None:
                target.add_argument(*names, action="store_true", default=argparse.SUPPRESS, help=described)
            else:
                target.add_argument(*names, metavar=metavar, default=argparse.SUPPRESS, help=described)

        return add

    add = group("which tenant")
    add("--server", metavar="URL", text="the tenant's address, e.g. https://acme.eu.qlikcloud.com")
    add("--api-key-file", metavar="FILE", text="a file that holds nothing but the API key")
    add("--context", metavar="NAME", text="a context of qlik-cli; default is its current one")
    add("--demo", text="browse a tenant that runs inside the program")
    add("--demo-rows", metavar="N", text="the same with N connectors, 1 to 100,000")

    add = group("how")
    add("--page-size", metavar="N", text="connectors per request, 1 to 200; default 100")
    add("--offline", text="show the saved list and do not ask the tenant")
    add("--no-cache", text="neither read nor save lists and logos")
    add("--config", metavar="FILE", text="another configuration file")
    add("--log-file", metavar="FILE", text="write a log, without secrets")


def add_screen(parser: argparse.ArgumentParser) -> None:
    """Add the options of the screen."""
    group = parser.add_argument_group("the screen")
    group.add_argument("--images", metavar="HOW", help="logos: auto, kitty, sixel, blocks or off")
    group.add_argument("--color", metavar="HOW", help="colours: auto, truecolor, 256, 16 or none")
    group.add_argument("--theme", metavar="NAME", help="a theme, as the command palette lists them")
    group.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")


def add_listing(parser: argparse.ArgumentParser) -> None:
    """Add the options of `ls`."""
    group = parser.add_argument_group("which connectors")
    group.add_argument("--where", metavar="QUERY", help='what the filter box takes, e.g. "billable:yes -google"')
    group.add_argument("--filter", metavar="EXPR", help="passed to the tenant as it is, e.g. 'name eq \"Airtable\"'")
    group.add_argument(
        "--sort",
        metavar="KEYS",
        help="name, billable, webhooks, id, description, logo; -name is descending",
    )
    group.add_argument("--limit", metavar="N", type=whole_number(1), help="at most so many")
    group.add_argument("--format", choices=FORMATS, help="default is table in a terminal, jsonl in a pipe")


def add_get(parser: argparse.ArgumentParser) -> None:
    """Add the argument and the options of `get`."""
    parser.add_argument("wanted", metavar="ID|NAME", help="the id, the name, or a part that only one name has")
    parser.add_argument("--format", choices=FORMATS, help="default is table in a terminal, json in a pipe")


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add the argument of `cache`."""
    parser.add_argument(
        "action", choices=CACHE_ACTIONS, metavar="info|clear", help="print what is in it, or remove all of it"
    )


def add_demo_server(parser: argparse.ArgumentParser) -> None:
    """Add the options of `demo-server`."""
    parser.add_argument(
        "--rows", metavar="N", type=whole_number(1, 100_000), help="connectors; default is a catalogue of 412"
    )
    parser.add_argument("--port", metavar="P", type=whole_number(0, 65_535), default=0, help="default is any free one")
    parser.add_argument(
        "--latency-ms", metavar="N", type=whole_number(0, 600_000), default=0, help="wait before each answer"
    )


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """A `type` for argparse: whole numbers within limits, both included.

    Args:
        least: The smallest number.
        most: The largest one, None for no limit.
    """
    limits = f"of at least {least:,}" if most is None else f"from {least:,} to {most:,}"

    def read(text: str) -> int:
        # `int` accepts digits of every script, and more of them than any limit here has.
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(f"give a whole number {limits}")
        return number

    return read
