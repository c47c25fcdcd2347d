"""Key files as solana-keygen writes them: a JSON list of 64 numbers. What is in one is never shown."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from solders.keypair import Keypair

from pumpbox.refused import Refused


def read_keypair(file: Path) -> Keypair:
    """Says so on stderr if others can read the file. Raises `Refused`."""
    try:
        text = file.read_text()
        mode = file.stat().st_mode
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refused(f"{file} is no keypair of solana-keygen's") from None
    if mode & 0o077:
        print(f"warning: others can read {file}: chmod 600 {file}", file=sys.stderr)
    try:
        numbers = json.loads(text)
        return Keypair.from_bytes(bytes(numbers))
    except (
        ValueError,
        TypeError,
        RecursionError,
    ):  # no JSON, no bytes, not 64 of them, halves that don't fit
        raise Refused(f"{file} is no keypair of solana-keygen's") from None


def make_keypair(file: Path) -> Keypair:
    """A new one, for this user alone. Raises `Refused` rather than replace a file."""
    made = Keypair()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{file} is there already") from None
    with os.fdopen(descriptor, "w") as out:
        json.dump(list(bytes(made)), out)
        out.flush()
        os.fsync(out.fileno())
    return made
