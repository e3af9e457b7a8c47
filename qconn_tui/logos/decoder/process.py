"""The parent's side of the decoder: it starts the worker process, passes pictures to it, and kills it when needed.

Image decoders are hundreds of thousands of lines of C that read untrusted bytes. In a worker process with limits and
without secrets, a crash, an endless loop or a memory bomb costs one logo. The worker serves many pictures, because
starting it takes 50 ms and a request 0.1 ms.
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
from qconn_tui.logos.policy import RETRY_SOON, LogoRefused
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO, TypeVar

    T = TypeVar("T")

DECODE_SECONDS = 2.0
"""Seconds for one picture."""

_START_SECONDS = 10.0
_BOOTSTRAP = "import sys; sys.path[:] = sys.argv[1:]; from qconn_tui.logos.decoder.worker import main; main()"

_log = logging.getLogger(__name__)


class Decoder:
    """Decodes one picture at a time in a worker process, started for the first picture and replaced when it fails.

    Where no worker can be started, a thread of this process decodes, within the same limits of size. Call all methods
    from the event loop's thread.

    Args:
        command: The command that starts the worker, in place of the usual one.
        seconds: The time limit for one picture.
    """

    def __init__(self, *, command: Sequence[str] | None = None, seconds: float = DECODE_SECONDS) -> None:
        self._command = command
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "logo-decode")
        self._worker: _Worker | None = None
        self._can_start = True

    @property
    def pid(self) -> int | None:
        """The worker's process id; None while there is no worker."""
        return self._worker.pid if self._worker is not None else None

    async def decode(self, data: bytes) -> bytes:
        """Decode a picture into a small PNG, as `qconn_tui.logos.decoder.decode.decode` does.

        Raises:
            LogoRefused: The picture cannot be decoded, takes too long, or ends the worker.
        """
        async with self._lock:
            try:
                decode = await self._start()
                async with asyncio.timeout(self._seconds):
                    return await self._in_thread(lambda: decode(data))
            except TimeoutError:
                raise LogoRefused(f"the logo takes more than {self._seconds:g} s to decode", RETRY_SOON) from None
            finally:
                # After a timeout or a cancellation the worker's late answer would be taken for the next picture's.
                if self._worker is not None and not self._worker.is_idle:
                    self._kill_worker()

    async def aclose(self) -> None:
        """Kill the worker, also while it decodes. Cancel calls of `decode` before."""
        self._kill_worker()
        self._thread.shutdown(wait=False)

    async def _start(self) -> Callable[[bytes], bytes]:
        """Start the worker if needed; return its decode function, or this process's if no worker can be started."""
        if self._worker is None and self._can_start:
            try:
                worker = self._worker = _Worker(self._command or _command())
                async with asyncio.timeout(_START_SECONDS):
                    await self._in_thread(worker.wait_until_ready)
            except (OSError, EOFError, ValueError) as error:
                self._kill_worker()
                self._can_start = False
                reason = type(error).__name__
                _log.warning("logos are decoded inside the program: no process for it could be started (%s)", reason)
        return self._worker.decode if self._worker is not None else _decode_here

    def _kill_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            # The one thread may still wait for an answer, which the kill ends; then it closes the pipes.
            self._thread.submit(worker.close)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


class _Worker:
    """The worker process. All methods but `kill` may block; once the process is killed they return soon."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            # In its own session the worker does not get the terminal's ctrl+c and ctrl+z.
            start_new_session=True,
        )
        self._requests = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        self.pid = self._process.pid
        self.is_idle = False
        """Whether the worker is ready and has answered each request."""

    def wait_until_ready(self) -> None:
        """Wait until the worker accepts requests.

        Raises:
            EOFError: The worker has ended.
            ValueError: The worker has sent something else.
        """
        kind, _ = read_frame(self._answers)
        if kind != READY:
            raise ValueError(kind)
        self.is_idle = True

    def decode(self, data: bytes) -> bytes:
        """Send a request and wait for the answer.

        Raises:
            LogoRefused: There is no thumbnail, or the worker has failed.
        """
        self.is_idle = False
        try:
            write_frame(self._requests, PICTURE, data)
            kind, answer = read_frame(self._answers)
        except (OSError, EOFError):
            raise LogoRefused("the logo's decoder ended unexpectedly", RETRY_SOON) from None
        except ValueError:
            kind, answer = b"", b""
        if kind not in (THUMBNAIL, REFUSAL):
            raise LogoRefused("the logo's decoder answered nonsense", RETRY_SOON)
        self.is_idle = True
        if kind == REFUSAL:
            raise LogoRefused(clean(answer.decode(errors="replace")))
        return answer

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def close(self) -> None:
        """Wait for the end of the process and close the pipes."""
        # Closing flushes what the killed process did not read.
        with suppress(BrokenPipeError), self._process:
            pass


def _command() -> list[str]:
    """Return the command that starts the worker: this interpreter, isolated, with this process's import path.

    So the worker finds the same package and the same Pillow, whether they are installed, editable or in a zip file.
    """
    paths = [str(Path(path).absolute()) for path in sys.path if path]
    package = Path(qconn_tui.__file__).parent.parent.absolute()
    return [sys.executable, "-I", "-S", "-B", "-W", "ignore", "-c", _BOOTSTRAP, *paths, str(package)]


def _environment() -> dict[str, str]:
    """Return the worker's environment: only the path of Python's libraries, since this one may hold the API key."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def _decode_here(data: bytes) -> bytes:
    from qconn_tui.logos.decoder.decode import decode

    return decode(data)
