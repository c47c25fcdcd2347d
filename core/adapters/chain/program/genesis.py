"""The accounts that an upgradeable program consists of, for a chain that we start ourselves."""

from __future__ import annotations

from solders.account import Account
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import UPGRADEABLE_LOADER, ProgramIds
from core.adapters.chain.program.layout import u32, u64

_PROGRAM, _PROGRAM_DATA = 2, 3
_DEPLOY_SLOT = 0
_RENT_PER_BYTE, _ACCOUNT_OVERHEAD = 6_960, 128


def genesis_accounts(program_id: Pubkey, so_bytes: bytes, upgrade_authority: Pubkey) -> dict[Pubkey, Account]:
    """ProgramData and Program as `solana program deploy` would leave them at slot 0.

    In the order in which they must be set: LiteSVM loads the code when the program's account is set, and
    reads it from ProgramData.
    """
    data_key = ProgramIds(program_id).program_data
    code = u32(_PROGRAM_DATA) + u64(_DEPLOY_SLOT) + b"\x01" + bytes(upgrade_authority) + so_bytes
    program = u32(_PROGRAM) + bytes(data_key)
    return {
        data_key: _account(code, executable=False),
        program_id: _account(program, executable=True),
    }


def _account(data: bytes, *, executable: bool) -> Account:
    lamports = (len(data) + _ACCOUNT_OVERHEAD) * _RENT_PER_BYTE
    return Account(lamports, data, UPGRADEABLE_LOADER, executable=executable)
