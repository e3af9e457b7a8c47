"""Reading files: bounded, never waiting for ever, and in whatever encoding they say they are."""

from __future__ import annotations

import codecs
import os
import threading
from typing import TYPE_CHECKING

import pytest

from qconn_tui.runtime.files import UnfitFile, decode_text, read_file

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "naïve 東京\n"


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for size in (0, 1, 100_000):
        path.write_bytes(bytes(size))
        assert read_file(path, size) == bytes(size)
    with pytest.raises(UnfitFile, match="too large"):
        read_file(path, 99_999)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path, "/dev/null", "/dev/zero"):
        with pytest.raises(UnfitFile):
            read_file(tmp_path / path, 100)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "missing", 100)
    with pytest.raises(ValueError, match="null"):
        read_file(tmp_path / "a\0b", 100)


def test_a_pipe_that_the_user_names_is_waited_for(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(b"key",))
    writer.start()
    assert read_file(fifo, 100, pipe_seconds=20) == b"key"
    writer.join()


def test_a_pipe_without_end_is_given_up(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(UnfitFile, match="Nothing came"):
        read_file(fifo, 100, pipe_seconds=0.01)
    with pytest.raises(UnfitFile, match="too large"):
        read_file(tmp_path / "/dev/zero", 100, pipe_seconds=20)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(), codecs.BOM_UTF8 + TEXT.encode(), TEXT.encode("utf-16"), TEXT.encode("utf-32"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
        TEXT.encode("utf-16-le"), TEXT.encode("utf-16-be"),
    ],
)  # fmt: skip
def test_a_text_is_read_as_it_was_written(content: bytes) -> None:
    assert decode_text(content) == TEXT


@pytest.mark.parametrize("content", [b"na\xefve", b"\xff\xfea", b"a\0\0\xd8", b"\0\xd8\xd8\0\xd8"])
def test_other_bytes_are_no_text(content: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        decode_text(content)
    assert "\ufffd" in decode_text(content, errors="replace")


def test_next_to_nothing_is_a_text() -> None:
    assert [decode_text(content) for content in (b"", b"a", b"ab", codecs.BOM_UTF8)] == ["", "a", "ab", ""]
