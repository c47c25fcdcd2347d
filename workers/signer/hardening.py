"""What the process gives up before it reads a key: core dumps, debuggers, files that others can read."""

from __future__ import annotations

import ctypes
import os
import resource
import sys

import structlog

_PR_SET_DUMPABLE = 4
log = structlog.get_logger()


def harden() -> None:
    """No core dump, no ptrace or /proc/PID/mem by the same user, new files for their owner only."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not sys.platform.startswith("linux"):
        return
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.warning("signer.dumpable", reason=os.strerror(ctypes.get_errno()))
