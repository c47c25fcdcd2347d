"""What a cluster holds of an installation, and whether that is as it must be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from core.adapters.chain.deployed import Deployed, config_of, deployed
from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.rpc import Rpc


@dataclass(frozen=True, slots=True)
class Found:
    """deployed: None: no program is there. config: None: it was never set up."""

    deployed: Deployed | None
    config: Config | None

    def runs(self, binary: bytes) -> bool:
        """Whether exactly this binary runs."""
        return self.deployed is not None and self.deployed.is_(binary)

    @property
    def authority(self) -> str | None:
        """Who may replace the program; None: nobody, or there is none."""
        return None if self.deployed is None else self.deployed.upgrade_authority


async def look(rpc: Rpc, ids: ProgramIds) -> Found:
    """Raises `ChainAway`."""
    program = str(ids.program)
    return Found(await deployed(rpc, program), await config_of(rpc, program))


@dataclass(frozen=True, slots=True)
class Verdict:
    """name: binary, authority, config. well: as it must be. seen: in words."""

    name: str
    well: bool
    seen: str

    def line(self) -> str:
        return f"{'ok' if self.well else 'FAIL':<5} {self.name:<10} {self.seen}"


def verdicts(found: Found, ids: ProgramIds, binary: bytes, raydium_set: int) -> list[Verdict]:
    """Binary, authority, Config: what `verify` says and what `deploy` ends with."""
    return [_binary(found, binary), _authority(found, ids), _config(found, raydium_set)]


def _binary(found: Found, binary: bytes) -> Verdict:
    ours = hashlib.sha256(binary).hexdigest()
    if found.deployed is None:
        return Verdict("binary", False, "no program is at that address")
    if found.runs(binary):
        room = len(found.deployed.code)
        return Verdict(
            "binary",
            True,
            f"sha256 {ours}, {len(binary):,} bytes; there is room for {room - len(binary):,} more",
        )
    theirs = hashlib.sha256(found.deployed.code.rstrip(b"\0")).hexdigest()
    return Verdict("binary", False, f"another one runs: sha256 {theirs} (without fill); expected {ours}")


def _authority(found: Found, ids: ProgramIds) -> Verdict:
    if found.deployed is None:
        return Verdict("authority", False, "no program, no authority")
    if found.authority is None:
        return Verdict(
            "authority", False, "nobody can replace the program, not even a proposal that has passed"
        )
    if found.authority == str(ids.upgrade_authority):
        return Verdict(
            "authority", True, f"{found.authority}, the program's own: only a proposal can replace it"
        )
    seen = f"{found.authority} can replace the program alone, at any moment, and every rule with it"
    return Verdict("authority", False, seen)


def _config(found: Found, raydium_set: int) -> Verdict:
    if found.config is None:
        return Verdict("config", False, "the program was never set up")
    if found.config.raydium_set != raydium_set:
        return Verdict(
            "config", False, "Config names the Raydium of another cluster: coins could not graduate"
        )
    return Verdict("config", True, f"version {found.config.config_version}")
