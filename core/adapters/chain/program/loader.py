"""The upgradeable loader's instructions that hand an authority on."""

from __future__ import annotations

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import UPGRADEABLE_LOADER
from core.adapters.chain.program.layout import u32

_SET_AUTHORITY = 4


def set_authority(account: Pubkey, authority: Pubkey, new: Pubkey) -> Instruction:
    """`account` is a program's ProgramData, or a buffer; `authority` signs, `new` need not.

    The loader does not ask whether anybody can sign for `new`: that is how a program is given to an
    address of its own, and how it would be lost by a wrong one.
    """
    return Instruction(
        UPGRADEABLE_LOADER,
        u32(_SET_AUTHORITY),
        [
            AccountMeta(account, is_signer=False, is_writable=True),
            AccountMeta(authority, is_signer=True, is_writable=False),
            AccountMeta(new, is_signer=False, is_writable=False),
        ],
    )
