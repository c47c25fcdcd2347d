"""What is deployed at a program's address, read as the loader wrote it."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from solders.pubkey import Pubkey

from core.adapters.chain.loader import PROGRAM_BYTES, PROGRAM_DATA_HEADER
from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.ids import UPGRADEABLE_LOADER, ProgramIds
from core.adapters.chain.program.layout import LayoutError
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.ports.chain import ChainAway

_PROGRAM, _PROGRAM_DATA = (2).to_bytes(4, "little"), (3).to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class Deployed:
    """code: with the zeros that fill its account. upgrade_authority: base58; None: nobody can change it."""

    code: bytes
    upgrade_authority: str | None

    def is_(self, binary: bytes) -> bool:
        """Whether exactly this binary runs."""
        return self.code[: len(binary)] == binary and not any(self.code[len(binary) :])


async def deployed(rpc: Rpc, program_id: str) -> Deployed | None:
    """None if no upgradeable program is at that address. Raises `ChainAway`."""
    program = await _account(rpc, program_id)
    if program is None or not _is(program, _PROGRAM, PROGRAM_BYTES):
        return None
    found = await _account(rpc, str(Pubkey.from_bytes(program[1][4:PROGRAM_BYTES])))
    if found is None or not _is(found, _PROGRAM_DATA, PROGRAM_DATA_HEADER):
        return None  # closed: its address stays taken for ever
    data = found[1]
    authority = str(Pubkey.from_bytes(data[13:PROGRAM_DATA_HEADER])) if data[12] else None
    return Deployed(data[PROGRAM_DATA_HEADER:], authority)


async def config_of(rpc: Rpc, program_id: str) -> Config | None:
    """The program's Config; None if it is missing, another's, or not one. Raises `ChainAway`."""
    found = await _account(rpc, str(ProgramIds(Pubkey.from_string(program_id)).config))
    if found is None or found[0] != program_id:
        return None
    try:
        return Config.decode(found[1])
    except LayoutError:
        return None


def _is(account: tuple[str, bytes], kind: bytes, least: int) -> bool:
    """Whether it is the loader's, of that kind and as long as that is."""
    owner, data = account
    return owner == str(UPGRADEABLE_LOADER) and data[:4] == kind and len(data) >= least


async def _account(rpc: Rpc, address: str) -> tuple[str, bytes] | None:
    """Owner and data."""
    try:
        answer: Any = await rpc.call(
            "getAccountInfo", address, {"encoding": "base64", "commitment": "confirmed"}
        )
    except RpcRefused as refused:
        raise ChainAway(f"getAccountInfo: {refused.code}") from refused
    value = answer["value"]
    return None if value is None else (str(value["owner"]), b64decode(value["data"][0]))
