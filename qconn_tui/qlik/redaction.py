"""Removes a secret from what a tenant answers, also where it is written in another way.

Some servers repeat what they were sent. As it is, the secret is easy to find; but JSON escapes (RFC 8259, section 7),
percent-encoding (RFC 3986, section 2.1), and white space or invisible characters in between can hide it from a search
and not from a reader, and `clean` and the parsers of JSON and URLs would put it together again.
"""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from typing import TYPE_CHECKING

from qconn_tui.qlik.auth import SHORTEST_KEY, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = "***"
"""What stands in the place of a secret."""

_ESCAPE = re.compile(rb"\\[^/]")
_ASCII_ESCAPE = re.compile(rb"\\u(00[2-7][0-9a-f]|212a|ff[0-5][0-9a-f])", re.IGNORECASE)
"""The JSON escapes of printable ASCII, and of characters that are compatible with it."""
_ASCII_ESCAPES = (b"\\u00", b"\\u21", b"\\uff", b"\\uFF", b"\\uFf", b"\\ufF")
"""How these begin."""
_OTHER_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|[bfnrt])")
_PERCENT = re.compile(rb"%([2-7][0-9a-fA-F])")
_COMPATIBLE = (b"\xe2\x84", b"\xef\xbc", b"\xef\xbd", b"\xf0\x9d")
"""How the characters begin in UTF-8 that are compatible with ASCII: K (kelvin), full-width and mathematical letters."""
_COMPATIBLE_RUN = re.compile(rb"(?:\xe2\x84[\x80-\xbf]|\xef[\xbc\xbd][\x80-\xbf]|\xf0\x9d[\x90-\x9f][\x80-\xbf])+")
_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
"""Lower case, since parsers of URLs make a host's name lower-case."""
_DROPPED = bytes(code for code in range(256) if not 0x20 < code < 0x7F) + b"\\"
"""All bytes but those of visible ASCII, and the backslash of an escape."""
_DIGITS_READ = 18


class Redaction:
    """Removes the secrets that the tenant was sent.

    Args:
        secrets: The secrets. One with less than `SHORTEST_KEY` characters could be part of any word, and is left out;
            API keys and Qlik's client secrets are longer.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = [secret for secret in secrets if len(secret.reveal()) >= SHORTEST_KEY]
        squeezed = (Secret(_squeeze(secret.reveal().encode()).decode()) for secret in self._secrets)
        self._squeezed = [secret for secret in squeezed if len(secret.reveal()) >= SHORTEST_KEY]

    def of_header(self, value: bytes) -> bytes:
        """The value of a header without the secrets."""
        value = self._without_plain(value)
        return MARK.encode() if self._is_in(value) else value

    def of_body(self, body: bytes) -> bytes:
        """A body without the secrets: the texts of its JSON, or nearly nothing of what is no JSON.

        Args:
            body: The body in UTF-8, decompressed.
        """
        body = self._without_plain(body)
        if not self._is_in(body):
            return body
        try:
            content = json.loads(body.decode("utf-8-sig", errors="replace"), parse_int=_read_int)
            return json.dumps(self._of_json(content)).encode()
        except (ValueError, RecursionError):
            # The first character tells a web page from JSON.
            is_web_page = body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
            return (b"<" if is_web_page else b"") + MARK.encode()

    def _without_plain(self, content: bytes) -> bytes:
        for secret in self._secrets:
            content = content.replace(secret.reveal().encode(), MARK.encode())
        return content

    def _is_in(self, content: bytes) -> bool:
        squeezed = _squeeze(content)
        return any(secret.reveal().encode() in squeezed for secret in self._squeezed)

    def _of_json(self, content: object) -> object:
        if isinstance(content, str):
            # Half a surrogate pair has no UTF-8. It is as invisible as any other character beyond ASCII.
            return MARK if self._is_in(content.encode(errors="ignore")) else content
        if isinstance(content, list):
            return [self._of_json(item) for item in content]
        if isinstance(content, dict):
            return {self._of_json(name): self._of_json(value) for name, value in content.items()}
        return content


def _squeeze(content: bytes) -> bytes:
    """The visible ASCII of a text in lower case, with escapes resolved; anything between two characters is dropped.

    A JSON document can be squeezed as it is: each of its texts is part of the result.
    """
    # PHP writes every slash as an escape, of which dropping the backslash is enough.
    if b"\\" in content and _ESCAPE.search(content):
        if any(beginning in content for beginning in _ASCII_ESCAPES):
            content = _ASCII_ESCAPE.sub(_unescaped, content)
        content = _OTHER_ESCAPE.sub(b"", content)
    if not content.isascii() and any(beginning in content for beginning in _COMPATIBLE):
        content = _COMPATIBLE_RUN.sub(_normalised, content)
    if b"%" in content:
        content = _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), content)
    return content.translate(_LOWER, _DROPPED)


def _unescaped(found: re.Match[bytes]) -> bytes:
    return unicodedata.normalize("NFKC", chr(int(found[1], 16))).encode()


def _normalised(found: re.Match[bytes]) -> bytes:
    return unicodedata.normalize("NFKC", found[0].decode(errors="replace")).encode()


def _read_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _DIGITS_READ else None
