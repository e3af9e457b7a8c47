"""Damaged and hostile pictures: none hangs, none ends the decoding process, none takes much memory.

`QCONN_TEST_IMAGES=40000` decodes more of them than the five thousand of every day.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from qconn_tui.logos.decoder.decode import SIDE, decode, pixels
from qconn_tui.logos.decoder.process import Decoder
from qconn_tui.logos.policy import RETRY_SOON, LogoRefused
from tests.faults.pictures import drawing, encoded, png_bomb, specimens, spoiled, spoiled_png, webp_bomb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.anyio

IMAGES = int(os.environ.get("QCONN_TEST_IMAGES", "5000"))
LOGO = encoded(drawing(100), "PNG")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SCRIPTED = """
import os, signal, sys, time
from pathlib import Path
from qconn_tui.logos.decoder.worker import serve

def decode(data):
    if data == b"sleep":
        for path in sys.argv[1:]:
            Path(path).touch()
        time.sleep(60)
    if data == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    return data.upper()

serve(sys.stdin.buffer, sys.stdout.buffer, decode)
"""
"""A worker that does what the picture says; it creates the file that its argument names before it sleeps."""

ANSWERING = """
import sys
sys.stdout.buffer.write(b"H" + bytes(4))
sys.stdout.buffer.flush()
sys.stdin.buffer.read(5)
sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))
sys.stdout.buffer.flush()
if sys.argv[2] == "stay":
    sys.stdin.buffer.read()
"""
"""A worker that says it is ready, then answers with the bytes that its first argument holds in hexadecimal."""

ABANDONED = """
import asyncio
from qconn_tui.logos.decoder.process import Decoder
from tests.faults.test_images import LOGO

async def main():
    decoder = Decoder()
    await decoder.decode(LOGO)
    print(decoder.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
"""A program that the test kills; it prints the process id of its worker."""


@asynccontextmanager
async def decoding(*command: str, **options: Any) -> AsyncIterator[Decoder]:
    decoder = Decoder(command=[sys.executable, "-c", *command] if command else None, **options)
    try:
        yield decoder
    finally:
        await decoder.aclose()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a test polls
            await asyncio.sleep(0.005)


def is_gone(pid: int | None) -> bool:
    """Whether the process has ended and its parent has reaped it."""
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def peak_memory(pid: int | None) -> str:
    """The process's peak resident memory, for example “58 MB”."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")]
    return f"{peaks[0]} MB" if peaks else "unknown"


async def refusal(decoder: Decoder, data: bytes) -> str:
    with pytest.raises(LogoRefused) as caught:
        await decoder.decode(data)
    return caught.value.reason


async def test_spoiled_pictures_of_eight_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    dice = Random(20)
    kinds = specimens()
    refusals: Counter[str] = Counter()
    slowest, slowest_kind = 0.0, ""
    # On a busy machine two seconds can pass without a hang; a real loop ends at the worker's own CPU limit of three.
    async with decoding(seconds=30) as decoder:
        for data in kinds.values():
            await decoder.decode(data)
        first = decoder.pid
        for number in range(IMAGES):
            kind = list(kinds)[number % len(kinds)]
            data = (spoiled_png if kind == "png-repaired" else spoiled)(kinds[kind], dice)
            started = time.perf_counter()
            try:
                thumbnail = pixels(await decoder.decode(data))
            except LogoRefused as refused:
                refusals[refused.reason] += 1
            else:
                assert max(thumbnail.width, thumbnail.height) <= SIDE
            slowest, slowest_kind = max((slowest, slowest_kind), (time.perf_counter() - started, kind))
        drawn = IMAGES - refusals.total()
        hangs = sum(count for reason, count in refusals.items() if reason.startswith("the logo takes"))
        ends = sum(count for reason, count in refusals.items() if reason.startswith("the logo's decoder"))
        with capsys.disabled():
            print(
                f"\n{IMAGES:,} spoiled images of {len(kinds)} kinds: {drawn:,} drawn, {IMAGES - drawn:,} refused, "
                f"hangs {hangs}, crashes {ends}; peak memory of the decoding process {peak_memory(decoder.pid)}, "
                f"slowest image {slowest * 1000:.0f} ms ({slowest_kind})"
            )
        assert hangs == ends == 0
        assert decoder.pid == first
        assert await decoder.decode(LOGO) == decode(LOGO)
    # Outside these bounds the damage is too heavy or too light to reach the decoders.
    assert IMAGES // 10 < drawn < IMAGES * 9 // 10


@on_linux
@pytest.mark.parametrize(
    ("make", "width", "height", "reason"),
    [
        (png_bomb, 8000, 8000, "the logo has 8000x8000 pixels, which is too many"),
        # libwebp allocates memory for the whole picture before Pillow learns its size.
        (webp_bomb, 16_000, 11_000, "the logo cannot be read as a picture"),
        (webp_bomb, 4000, 4000, "the logo has 4000x4000 pixels, which is too many"),
    ],
    ids=["png-8000x8000", "webp-16000x11000", "webp-4000x4000"],
)
async def test_a_bomb_costs_nothing(make: Callable[[int, int], bytes], width: int, height: int, reason: str) -> None:
    # The downloader would refuse a whole megabyte of PNG, but the header at its start already holds the size.
    bomb = make(width, height)[: 1 << 19]
    async with decoding() as decoder:
        await decoder.decode(LOGO)
        pid = decoder.pid
        assert await refusal(decoder, bomb) == reason
        assert decoder.pid == pid
        assert int(peak_memory(pid).split()[0]) < 100
        assert await decoder.decode(LOGO) == decode(LOGO)


def test_the_bombs_are_real_pictures() -> None:
    assert pixels(decode(png_bomb(80, 60))).rgba[:4] == bytes(4)
    assert pixels(decode(webp_bomb(80, 60))).rgba[:4] == bytes((200, 30, 40, 255))


async def test_the_largest_pictures_that_are_allowed_fit_into_the_memory() -> None:
    async with decoding(seconds=30) as decoder:
        for kind, data in specimens(2000).items():
            thumbnail = pixels(await decoder.decode(data))
            assert (thumbnail.width, thumbnail.height) == (SIDE, SIDE), kind


async def test_a_picture_that_takes_too_long_costs_its_process_and_nothing_else() -> None:
    async with decoding(SCRIPTED, seconds=1.5) as decoder:
        assert await decoder.decode(b"one") == b"ONE"
        pid = decoder.pid
        assert await refusal(decoder, b"sleep") == "the logo takes more than 1.5 s to decode"
        await until(lambda: is_gone(pid))
        assert await decoder.decode(b"two") == b"TWO"
        assert decoder.pid != pid


async def test_requests_that_wait_in_line_each_get_their_own_picture() -> None:
    async with decoding(SCRIPTED, seconds=1.5) as decoder:
        words = [b"one", b"sleep", b"two", b"crash", b"three"]
        found = await asyncio.gather(*map(decoder.decode, words), return_exceptions=True)
        assert [one for one in found if isinstance(one, bytes)] == [b"ONE", b"TWO", b"THREE"]
        assert [type(one) for one in found if not isinstance(one, bytes)] == [LogoRefused] * 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGXCPU])
async def test_a_process_that_is_killed_while_it_decodes_is_replaced(number: signal.Signals, tmp_path: Path) -> None:
    sleeping = tmp_path / "sleeping"
    async with decoding(SCRIPTED, str(sleeping), seconds=30) as decoder:
        await decoder.decode(b"one")
        pid = decoder.pid
        assert pid is not None
        work = asyncio.create_task(refusal(decoder, b"sleep"))
        await until(sleeping.exists)
        os.kill(pid, number)
        assert await work == "the logo's decoder ended unexpectedly"
        assert await decoder.decode(b"two") == b"TWO"


async def test_a_process_that_was_killed_while_idle_costs_one_logo_for_ten_minutes() -> None:
    async with decoding(SCRIPTED) as decoder:
        await decoder.decode(b"one")
        assert decoder.pid is not None
        os.kill(decoder.pid, signal.SIGKILL)
        with pytest.raises(LogoRefused, match="ended unexpectedly") as caught:
            await decoder.decode(b"x" * 500_000)
        assert caught.value.retry_after == RETRY_SOON
        assert await decoder.decode(b"two") == b"TWO"


@pytest.mark.parametrize(
    ("answer", "then", "reason"),
    [
        (b"", "end", "the logo's decoder ended unexpectedly"),
        (b"T\0\0\0\x09half", "end", "the logo's decoder ended unexpectedly"),
        (b"T\0\0\0\x09half", "stay", "the logo takes more than 0.5 s to decode"),
        (b"T\xff\xff\xff\xff", "stay", "the logo's decoder answered nonsense"),
        (b"X\0\0\0\1x", "stay", "the logo's decoder answered nonsense"),
        (b"H\0\0\0\0", "stay", "the logo's decoder answered nonsense"),
        (b"Traceback (most recent call last):", "end", "the logo's decoder answered nonsense"),
        (bytes(60_000), "stay", "the logo's decoder answered nonsense"),
        (b"R\0\0\0\x07\x1b]52;\xff!", "stay", "\ufffd]52;\ufffd!"),
    ],
    ids=["nothing", "half", "half-and-silence", "huge", "unknown", "greeting", "traceback", "zeros", "hostile"],
)
async def test_a_process_that_answers_nonsense(answer: bytes, then: str, reason: str) -> None:
    seconds = 0.5 if "takes" in reason else 30
    async with decoding(ANSWERING, answer.hex(), then, seconds=seconds) as decoder:
        assert await refusal(decoder, b"picture") == reason


async def test_closing_does_not_wait_for_a_picture(tmp_path: Path) -> None:
    sleeping = tmp_path / "sleeping"
    async with decoding(SCRIPTED, str(sleeping), seconds=60) as decoder:
        await decoder.decode(b"one")
        pid = decoder.pid
        work = asyncio.create_task(decoder.decode(b"sleep"))
        await until(sleeping.exists)
        async with asyncio.timeout(5):
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            await decoder.aclose()
            await until(lambda: is_gone(pid))


async def test_a_cancelled_request_leaves_no_answer_for_the_next_one(tmp_path: Path) -> None:
    sleeping = tmp_path / "sleeping"
    async with decoding(SCRIPTED, str(sleeping), seconds=60) as decoder:
        await decoder.decode(b"one")
        work = asyncio.create_task(decoder.decode(b"sleep"))
        await until(sleeping.exists)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        async with asyncio.timeout(10):
            assert await decoder.decode(b"two") == b"TWO"


@on_linux
def test_when_the_program_is_killed_the_process_ends_by_itself() -> None:
    with subprocess.Popen([sys.executable, "-c", ABANDONED], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        pid = int(program.stdout.readline())
        assert not is_gone(pid)
        program.kill()

    def has_ended() -> bool:
        # The process that adopts the orphan may never reap it.
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"

    deadline = time.monotonic() + 10
    while not has_ended():
        assert time.monotonic() < deadline
        time.sleep(0.005)
