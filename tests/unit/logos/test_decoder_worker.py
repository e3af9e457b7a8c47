"""The worker process: the frame protocol, and the rights that it gives up."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from qconn_tui.logos.decoder.worker import (
    MAX_CONTENT,
    PICTURE,
    READY,
    REFUSAL,
    THUMBNAIL,
    read_frame,
    serve,
    write_frame,
)
from qconn_tui.logos.policy import LogoRefused


def frames(*contents: tuple[bytes, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    for kind, content in contents:
        write_frame(stream, kind, content)
    stream.seek(0)
    return stream


def answers_to(requests: io.BytesIO) -> list[tuple[bytes, bytes]]:
    def decode(data: bytes) -> bytes:
        if data == b"bad":
            raise LogoRefused("it is bad – really")
        return data.upper()

    answers = io.BytesIO()
    serve(requests, answers, decode)
    answers.seek(0)
    found = []
    while answers.tell() < len(answers.getvalue()):
        found.append(read_frame(answers))
    return found


@pytest.mark.parametrize("content", [b"", b"\0", b"x" * MAX_CONTENT])
def test_a_frame_is_read_as_it_was_written(content: bytes) -> None:
    stream = frames((PICTURE, content), (REFUSAL, b"next"))
    assert read_frame(stream) == (PICTURE, content)
    assert read_frame(stream) == (REFUSAL, b"next")


@pytest.mark.parametrize("length", [0, 1, 4, 5, 7])
def test_a_frame_that_is_cut_off_is_the_end(length: int) -> None:
    stream = io.BytesIO(frames((PICTURE, b"abc")).getvalue()[:length])
    with pytest.raises(EOFError):
        read_frame(stream)


def test_a_frame_that_is_too_long_is_not_read() -> None:
    stream = frames((PICTURE, b"x" * (MAX_CONTENT + 1)))
    with pytest.raises(ValueError, match=str(MAX_CONTENT + 1)):
        read_frame(stream)
    assert stream.tell() == 5


def test_every_request_gets_one_answer_in_order() -> None:
    requests = frames((PICTURE, b"one"), (PICTURE, b"bad"), (PICTURE, b""), (PICTURE, b"two"))
    assert answers_to(requests) == [
        (READY, b""),
        (THUMBNAIL, b"ONE"),
        (REFUSAL, "it is bad – really".encode()),
        (THUMBNAIL, b""),
        (THUMBNAIL, b"TWO"),
    ]


@pytest.mark.parametrize("cut", [0, 3, 6])
def test_it_ends_with_its_input_also_in_the_middle_of_a_request(cut: int) -> None:
    assert answers_to(io.BytesIO(frames((PICTURE, b"abc")).getvalue()[:cut])) == [(READY, b"")]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know only some of the limits")
@pytest.mark.parametrize(
    ("deed", "error"),
    [
        ("open('/dev/null')", "OSError"),
        ("socket.socket()", "OSError"),
        ("os.pipe()", "OSError"),
        ("bytearray(600 << 20)", "MemoryError"),
        ("resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))", None),
    ],
)
def test_once_confined_it_can_open_nothing_and_take_little_memory(deed: str, error: str | None) -> None:
    program = f"import os, resource, socket; from qconn_tui.logos.decoder.worker import confine; confine(); {deed}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    # Only the superuser can raise a limit again.
    assert (error or "ValueError") in done.stderr or (error is None and done.returncode == 0)
