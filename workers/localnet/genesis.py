"""What a chain starts with: programs read from files, and accounts given once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from solders.account import Account
from solders.pubkey import Pubkey

from core.adapters.chain.program.genesis import genesis_accounts
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, UPGRADEABLE_LOADER

PROGRAM_DATA_HEADER = 45  # tag u32, slot u64, authority Option<Pubkey>: then the ELF
_PROGRAM_DATA_TAG = (3).to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class GenesisProgram:
    """A program that is there from the start, upgradeable by `upgrade_authority`.

    The file is read at each start and wins until the program is upgraded on the chain.
    """

    program_id: Pubkey
    so_path: Path
    upgrade_authority: Pubkey


@dataclass(frozen=True, slots=True)
class Genesis:
    """Programs, and accounts that are set once in a ledger's life."""

    programs: tuple[GenesisProgram, ...] = ()
    accounts: Mapping[Pubkey, Account] = field(default_factory=dict)


def program_accounts(program: GenesisProgram) -> dict[Pubkey, Account]:
    """ProgramData and the program, read from the file as it is now. OSError if it can't be read."""
    return genesis_accounts(program.program_id, program.so_path.read_bytes(), program.upgrade_authority)


def is_program_data(account: Account) -> bool:
    """Whether the account holds the code of an upgradeable program."""
    return account.owner == UPGRADEABLE_LOADER and account.data[:4] == _PROGRAM_DATA_TAG


def code_from_file(stored: Account, from_file: Account) -> Account:
    """The program's account to load when the ledger has a row and a file is configured.

    A ProgramData row with slot 0 was only paid into or given another authority: it keeps that, and the file's
    code. A later slot means an upgrade on the chain, which wins over the file. A row that is nothing but
    lamports was paid before the program came to this chain, and makes way for it.
    """
    if stored.owner == SYSTEM_PROGRAM and not stored.data:
        lamports = max(stored.lamports, from_file.lamports)
        return Account(lamports, from_file.data, from_file.owner, from_file.executable)
    if int.from_bytes(stored.data[4:12], "little") != 0 or not is_program_data(stored):
        return stored
    data = stored.data[:PROGRAM_DATA_HEADER] + from_file.data[PROGRAM_DATA_HEADER:]
    return Account(stored.lamports, data, stored.owner, stored.executable)
