"""The embedded chain's fixed points. Its keys are derived from public words: they guard test money only."""

from __future__ import annotations

import hashlib
from pathlib import Path

from solders.keypair import Keypair

_PROGRAMS = Path(__file__).parents[2] / "programs"
ARTIFACT = _PROGRAMS / "pumpbox" / "artifacts" / "pumpbox.so"
RAYDIUM_STANDIN = _PROGRAMS / "raydium_standin" / "artifacts" / "raydium_standin.so"


def keypair(role: str) -> Keypair:
    """The keypair of a role on the embedded chain: program, authority, treasury, guardian, council, ..."""
    return Keypair.from_seed(hashlib.sha256(f"pumpbox:localnet:{role}".encode()).digest())


def program_id() -> str:
    """Where the program lives on every embedded chain, base58."""
    return str(keypair("program").pubkey())
