"""Decoding in a worker process: the same thumbnails, and none of this process's secrets."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import subprocess
import sys
import zipfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import qconn_tui
from qconn_tui.logos.decoder.decode import decode
from qconn_tui.logos.decoder.process import Decoder
from qconn_tui.logos.decoder.worker import MAX_MEMORY
from qconn_tui.logos.policy import RETRY_NEXT_MONTH, LogoRefused
from tests.faults.pictures import encoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

LOGO = encoded(Image.new("RGB", (100, 50), (200, 30, 40)), "PNG")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@asynccontextmanager
async def decoding(**options: Any) -> AsyncIterator[Decoder]:
    decoder = Decoder(**options)
    try:
        yield decoder
    finally:
        await decoder.aclose()


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_the_worker_decodes_everything_that_this_process_does(kind: str) -> None:
    # Pillow imports some modules only for a certain mode or tag, which the confined worker cannot do.
    async with decoding() as decoder:
        for mode in ("1", "L", "RGB", "CMYK" if kind == "JPEG" else "P"):
            for options in ({}, {"exif": turned()}, {"icc_profile": b"none"}, {"save_all": kind != "JPEG"}):
                data = encoded(Image.new(mode, (100, 50)), kind, **options)
                assert await decoder.decode(data) == decode(data)
        assert decoder.pid is not None


async def test_one_worker_starts_with_the_first_picture_and_serves_all() -> None:
    async with decoding() as decoder:
        pids = [decoder.pid]
        await decoder.decode(LOGO)
        pids.append(decoder.pid)
        await asyncio.gather(*(decoder.decode(LOGO) for _ in range(20)))
        pids.append(decoder.pid)
    pids.append(decoder.pid)
    before, first, last, after = pids
    assert before is after is None
    assert first == last
    assert first not in (None, os.getpid())


async def test_a_bad_picture_is_refused_and_the_worker_stays() -> None:
    async with decoding() as decoder:
        await decoder.decode(LOGO)
        pid = decoder.pid
        for data, reason in ((b"<svg/>", "SVG"), (b"", "not a PNG"), (LOGO[:40], "cannot be read")):
            with pytest.raises(LogoRefused, match=reason) as caught:
                await decoder.decode(data)
            assert caught.value.retry_after == RETRY_NEXT_MONTH
        assert decoder.pid == pid


@on_linux
async def test_no_secret_no_open_file_and_little_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QCONN_API_KEY", "canary-key")
    async with decoding() as decoder:
        with (tmp_path / "open").open("w"):
            await decoder.decode(LOGO)
        place = Path(f"/proc/{decoder.pid}")
        names = {entry.partition(b"=")[0] for entry in (place / "environ").read_bytes().split(b"\0")}
        assert names <= {b"", b"LD_LIBRARY_PATH"}
        assert b"canary-key" not in (place / "cmdline").read_bytes()
        assert sorted(entry.name for entry in (place / "fd").iterdir()) == ["0", "1", "2"]
        lines = (place / "limits").read_text().splitlines()[1:]
        limits = {fields[0]: fields[1] for fields in (re.split(r"\s{2,}", line) for line in lines)}
        assert limits["Max address space"] == str(MAX_MEMORY)
        assert {limits[f"Max {what}"] for what in ("open files", "processes", "file size", "core file size")} == {"0"}
        assert int(limits["Max cpu time"]) < 10
        # In its own session the worker does not get the terminal's ctrl+c.
        assert os.getsid(decoder.pid or 0) == decoder.pid


@pytest.mark.parametrize(
    "command",
    [
        ["/nonexistent/python"],
        [sys.executable, "-c", ""],
        [sys.executable, "-c", "print('Python 3: no such thing')"],
        [sys.executable, "-c", "import sys; sys.exit('no module named qconn_tui')"],
    ],
    ids=["missing", "ends", "talks", "fails"],
)
async def test_without_a_worker_this_process_decodes_and_logs_it_once(
    command: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with decoding(command=command) as decoder:
        with caplog.at_level(logging.INFO):
            for _ in range(3):
                assert await decoder.decode(LOGO) == decode(LOGO)
                with pytest.raises(LogoRefused, match="SVG"):
                    await decoder.decode(b"<svg/>")
        assert decoder.pid is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "inside the program" in caplog.text


async def test_closing_twice_and_closing_what_was_never_used_is_nothing() -> None:
    async with decoding() as decoder:
        await decoder.aclose()


def test_it_works_from_a_zip_file(tmp_path: Path) -> None:
    package = Path(qconn_tui.__file__).parent
    archive = tmp_path / "qconn.pyz"
    with zipfile.ZipFile(archive, "w") as file:
        for path in package.rglob("*.py"):
            file.write(path, path.relative_to(package.parent))
    (tmp_path / "logo").write_bytes(LOGO)
    program = (
        "import asyncio, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from qconn_tui.logos.decoder import process\n"
        "async def main():\n"
        "    decoder = process.Decoder()\n"
        "    await decoder.decode(Path('logo').read_bytes())\n"
        "    print(process.__file__, decoder.pid)\n"
        "    await decoder.aclose()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, archive.name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    where, pid = done.stdout.split()
    assert archive.name in where
    assert pid.isdigit()
    assert done.stderr == ""
