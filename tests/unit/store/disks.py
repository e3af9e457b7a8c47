"""Disks that tests mount, in a mount namespace of their own, so that nothing outside sees them."""

from __future__ import annotations

import os
import shutil
import subprocess


def may_mount() -> bool:
    """Whether this user may mount a disk."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True).returncode == 0
