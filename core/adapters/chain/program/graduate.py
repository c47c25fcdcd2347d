"""graduate: anyone moves a complete coin's liquidity into its pool on Raydium, for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import (
    ATA_PROGRAM,
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    ProgramIds,
)
from core.adapters.chain.program.layout import discriminator, u64
from core.adapters.chain.raydium.addresses import (
    BY_SET,
    RENT_SYSVAR,
    TOKEN_PROGRAM,
    WSOL,
    PoolKeys,
    associated_account,
    wsol_account,
)
from core.domain.money import Lamports

COMPUTE_UNITS = 400_000
"""What to ask for. Raydium's own part was measured at 126,000 to 162,000 and ours at 40,000 to 76,000, by the
cluster's token programs and the coin's addresses; each address that was funded beforehand costs a little more."""


@dataclass(frozen=True, slots=True)
class Graduate:
    """The caller gets at most 5,000,000 lamports of what is left; `core.domain.graduation` has the amounts.

    Where a pool costs more than the coin's cap the caller pays the difference, if it is at most `max_top_up`.
    """

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "graduate")

    caller: Pubkey  # anyone; signs
    mint: Pubkey
    raydium_set: int  # Config's
    max_top_up: Lamports = Lamports(0)  # noqa: RUF009 - an immutable int

    def data(self) -> bytes:
        """The instruction's data."""
        return self.DISCRIMINATOR + u64(self.max_top_up)

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation. Raises KeyError for a set that does not exist."""
        cpmm, creator = BY_SET[self.raydium_set], ids.pool_creator(self.mint)
        keys = PoolKeys(cpmm, ids.pool(self.mint), self.mint)
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.caller, is_signer=True, is_writable=True),
                _readonly(ids.config),
                _writable(ids.curve(self.mint)),
                _writable(self.mint),
                _writable(ids.vault(self.mint)),
                _writable(creator),
                _writable(keys.pool),
                _readonly(WSOL),
                _writable(wsol_account(creator)),
                _writable(associated_account(creator, keys.lp_mint, TOKEN_PROGRAM)),
                _readonly(cpmm.config()),
                _readonly(cpmm.authority),
                _writable(keys.lp_mint),
                _writable(keys.coin_vault),
                _writable(keys.wsol_vault),
                _writable(cpmm.fee_receiver),
                _writable(keys.observation),
                _readonly(cpmm.program),
                _readonly(TOKEN_PROGRAM),
                _readonly(TOKEN_2022_PROGRAM),
                _readonly(ATA_PROGRAM),
                _readonly(SYSTEM_PROGRAM),
                _readonly(RENT_SYSVAR),
            ],
        )


def _readonly(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=False)


def _writable(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=True)
