"""Pictures are decoded in a process of their own: it has limits, holds no secret, and can be killed.

A decoder is some hundred thousand lines of C that read what a stranger sent. Here it may crash, loop or ask
for all memory: that costs one logo. A child that stays costs a tenth of a millisecond a picture, one for every
picture would cost fifty.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

import qconn_tui
from qconn_tui.logos.decoder.worker import PICTURE, READY, REFUSAL, THUMBNAIL, read_frame, write_frame
from qconn_tui.logos.policy import SOON, LogoRefused
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO, TypeVar

    T = TypeVar("T")

DECODE_SECONDS = 2.0
"""Seconds that one picture may take."""

_START_SECONDS = 10.0
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from qconn_tui.logos.decoder.worker import main; main()"

_log = logging.getLogger(__name__)


class Decoder:
    """Decodes one picture at a time, in a child that the first one starts and that is replaced when it fails.

    All methods are for the event loop's thread. `command` takes the place of the child's own, `seconds` is the
    time for one picture in seconds. Where no child can be started, pictures are decoded in a thread of this
    process, within the same limits of size.
    """

    def __init__(self, *, command: Sequence[str] | None = None, seconds: float = DECODE_SECONDS) -> None:
        self._command = command
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "logo-decode")
        self._child: _Child | None = None
        self._can_start = True

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._child.pid if self._child is not None else None

    async def decode(self, data: bytes) -> bytes:
        """The picture as a small PNG, as `qconn_tui.logos.decoder.decode.decode` makes it.

        Raises LogoRefused, also when the child takes too long over it or ends.
        """
        async with self._turn:
            try:
                work = await self._started()
                async with asyncio.timeout(self._seconds):
                    return await self._in_thread(lambda: work(data))
            except TimeoutError:
                raise LogoRefused(f"the logo takes more than {self._seconds:g} s to decode", SOON) from None
            finally:
                # Whoever is cancelled or fails leaves an answer behind that would be taken for the next one's.
                if self._child is not None and not self._child.is_in_step:
                    self._drop()

    async def aclose(self) -> None:
        """End the child at once, also while it decodes; cancel whoever decodes before."""
        self._drop()
        self._thread.shutdown(wait=False)

    async def _started(self) -> Callable[[bytes], bytes]:
        """What decodes: the child, or this process where no child can be started."""
        if self._child is None and self._can_start:
            try:
                child = self._child = _Child(self._command or _command())
                async with asyncio.timeout(_START_SECONDS):
                    await self._in_thread(child.greet)
            except (OSError, EOFError, ValueError) as error:
                self._drop()
                self._can_start = False
                reason = type(error).__name__
                _log.warning("logos are decoded inside the program: no process for it could be started (%s)", reason)
        return self._child.decode if self._child is not None else _decode_here

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            # Behind whatever still waits for the child's answer, which the kill has ended.
            self._thread.submit(child.close)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class _Child:
    """The process. Everything but `kill` may block, and ends soon once it is killed."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            # The terminal's ctrl+c and ctrl+z are for the program.
            start_new_session=True,
        )
        self._requests = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        self.pid = self._process.pid
        self.is_in_step = False
        """Whether everything that was asked has been answered."""

    def greet(self) -> None:
        """Wait until it is ready. Raises EOFError or ValueError when it does not become so."""
        kind, _ = read_frame(self._answers)
        if kind != READY:
            raise ValueError(kind)
        self.is_in_step = True

    def decode(self, data: bytes) -> bytes:
        """Ask it. Raises LogoRefused."""
        self.is_in_step = False
        try:
            write_frame(self._requests, PICTURE, data)
            kind, answer = read_frame(self._answers)
        except (OSError, EOFError):
            raise LogoRefused("the logo's decoder ended unexpectedly", SOON) from None
        except ValueError:
            kind, answer = b"", b""
        if kind not in (THUMBNAIL, REFUSAL):
            raise LogoRefused("the logo's decoder answered nonsense", SOON)
        self.is_in_step = True
        if kind == REFUSAL:
            raise LogoRefused(clean(answer.decode(errors="replace")))
        return answer

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """Wait for its end and close the pipes."""
        # What it did not read any more is still to be flushed.
        with suppress(BrokenPipeError), self._process:
            pass


def _command() -> list[str]:
    """This interpreter, isolated, with nothing but the places that this process imports from.

    So it finds the same package and the same Pillow wherever they are: installed, editable, in a zip file.
    """
    places = [str(Path(place).absolute()) for place in sys.path if place]
    package = Path(qconn_tui.__file__).parent.parent.absolute()
    return [sys.executable, "-I", "-S", "-B", "-W", "ignore", "-c", _BOOT, *places, str(package)]


def _environment() -> dict[str, str]:
    """Nothing: the API key is in ours. Only where Python's own libraries are is passed on."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def _decode_here(data: bytes) -> bytes:
    from qconn_tui.logos.decoder.decode import decode

    return decode(data)
