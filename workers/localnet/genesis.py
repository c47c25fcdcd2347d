"""What a chain starts with: programs read from files, and accounts given once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from solders.account import Account
from solders.pubkey import Pubkey
from solders.rent import Rent

UPGRADEABLE_LOADER = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
PROGRAM_DATA_HEADER = 45  # tag u32, slot u64, authority Option<Pubkey>: then the ELF
_PROGRAM_TAG = (2).to_bytes(4, "little")
_PROGRAM_DATA_TAG = (3).to_bytes(4, "little")
_RENT = Rent.default()


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


def program_data_address(program_id: Pubkey) -> Pubkey:
    """Where the upgradeable loader keeps a program's code."""
    return Pubkey.find_program_address([bytes(program_id)], UPGRADEABLE_LOADER)[0]


def program_accounts(program: GenesisProgram) -> tuple[tuple[Pubkey, Account], tuple[Pubkey, Account]]:
    """The ProgramData account and the program account, in the order in which they must be loaded."""
    elf = program.so_path.read_bytes()
    address = program_data_address(program.program_id)
    slot = (0).to_bytes(8, "little")
    header = _PROGRAM_DATA_TAG + slot + b"\x01" + bytes(program.upgrade_authority)
    pointer = _PROGRAM_TAG + bytes(address)
    return (address, _rent_exempt(header + elf)), (program.program_id, _rent_exempt(pointer, executable=True))


def is_program_data(account: Account) -> bool:
    """Whether the account holds the code of an upgradeable program."""
    return account.owner == UPGRADEABLE_LOADER and account.data[:4] == _PROGRAM_DATA_TAG


def code_from_file(stored: Account, from_file: Account) -> Account:
    """The ProgramData account to load when the ledger has a row and a file is configured.

    A row with slot 0 was only paid into or given another authority: it keeps that, and the file's code.
    A later slot means an upgrade on the chain, which wins over the file.
    """
    if int.from_bytes(stored.data[4:12], "little") != 0 or not is_program_data(stored):
        return stored
    data = stored.data[:PROGRAM_DATA_HEADER] + from_file.data[PROGRAM_DATA_HEADER:]
    return Account(stored.lamports, data, stored.owner, stored.executable)


def _rent_exempt(data: bytes, *, executable: bool = False) -> Account:
    return Account(_RENT.minimum_balance(len(data)), data, UPGRADEABLE_LOADER, executable)
