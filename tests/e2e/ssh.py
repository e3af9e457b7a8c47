"""An SSH server of its own on loopback, and a client to log in with."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.parts import find
from tests.e2e.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SEPARATION = Path("/run/sshd")
"""A directory that sshd asks for when it runs as root, and that only its service makes."""
_CONFIGURATION = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
AcceptEnv LANG LC_*
SetEnv {variables}
"""
"""What Debian's own lets through, and nothing of the machine that the tests run on."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in."""

    port: int
    folder: Path
    """Where the keys are."""

    @property
    def command(self) -> tuple[str, ...]:
        """The client; what is to be run on the server comes behind it."""
        options = ("-F", "none", "-p", str(self.port), "-i", str(self.folder / "user"), "-tt", "-o", "LogLevel=ERROR")
        trust = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
        # As Debian and macOS have it in their clients' configuration.
        return ("ssh", *options, *trust, "-o", "SendEnv=LANG LC_*", "127.0.0.1")

    def by_way_of(self, port: int) -> Login:
        """The same over another port."""
        return replace(self, port=port)


@contextmanager
def ssh_server(folder: Path, environ: Mapping[str, str]) -> Iterator[Login]:
    """Run an SSH server for the user who runs the tests; `environ` is what whoever logs in finds there."""
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # The terminal's name is what the client says.
    variables = " ".join(f'"{name}={value}"' for name, value in environ.items() if name != "TERM")
    configuration = folder / "sshd_config"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, variables=variables))
    if os.geteuid() == 0:
        _SEPARATION.mkdir(mode=0o755, exist_ok=True)
    sshd = find("sshd")
    assert sshd
    log = folder / "sshd.log"
    with subprocess.Popen([sshd, "-D", "-f", configuration, "-E", log], stdin=subprocess.DEVNULL) as process:
        try:
            _wait_for_port(port, process, log)
            yield Login(port, folder)
        finally:
            process.terminate()


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        else:
            return
