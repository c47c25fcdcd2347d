"""initialize: a pool of a coin and WSOL. Our program's `graduate` calls it with these accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ATA_PROGRAM, SYSTEM_PROGRAM
from core.adapters.chain.program.layout import discriminator, u64
from core.adapters.chain.raydium.addresses import (
    RENT_SYSVAR,
    TOKEN_PROGRAM,
    PoolKeys,
    associated_account,
    wsol_account,
)
from core.domain.money import Lamports, TokenAtoms


@dataclass(frozen=True, slots=True)
class Initialize:
    """`creator` pays, gives both tokens from accounts of its own, and gets the LP tokens; the pool's address
    signs too."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "initialize")

    creator: Pubkey
    keys: PoolKeys
    sol: Lamports
    atoms: TokenAtoms
    open_time: int = 0  # unix seconds; of the past: the next second
    creator_coins: Pubkey | None = None  # the creator's associated accounts, unless given
    creator_wsol: Pubkey | None = None

    @property
    def creator_lp(self) -> Pubkey:
        """Where the LP tokens go."""
        return associated_account(self.creator, self.keys.lp_mint, TOKEN_PROGRAM)

    def data(self) -> bytes:
        """The instruction's data."""
        first, second = (self.sol, self.atoms) if self.keys.wsol_first else (self.atoms, self.sol)
        return self.DISCRIMINATOR + u64(first) + u64(second) + u64(self.open_time)

    def build(self) -> Instruction:
        """The instruction."""
        keys, cpmm = self.keys, self.keys.cpmm
        coins = self.creator_coins or associated_account(self.creator, keys.coin, keys.coin_program)
        wsol = self.creator_wsol or wsol_account(self.creator)
        creator_tokens = (wsol, coins) if keys.wsol_first else (coins, wsol)
        return Instruction(
            cpmm.program,
            self.data(),
            [
                AccountMeta(self.creator, is_signer=True, is_writable=True),
                AccountMeta(cpmm.config(), is_signer=False, is_writable=False),
                AccountMeta(cpmm.authority, is_signer=False, is_writable=False),
                AccountMeta(keys.pool, is_signer=True, is_writable=True),
                AccountMeta(keys.mints[0], is_signer=False, is_writable=False),
                AccountMeta(keys.mints[1], is_signer=False, is_writable=False),
                AccountMeta(keys.lp_mint, is_signer=False, is_writable=True),
                AccountMeta(creator_tokens[0], is_signer=False, is_writable=True),
                AccountMeta(creator_tokens[1], is_signer=False, is_writable=True),
                AccountMeta(self.creator_lp, is_signer=False, is_writable=True),
                AccountMeta(keys.vaults[0], is_signer=False, is_writable=True),
                AccountMeta(keys.vaults[1], is_signer=False, is_writable=True),
                AccountMeta(cpmm.fee_receiver, is_signer=False, is_writable=True),
                AccountMeta(keys.observation, is_signer=False, is_writable=True),
                AccountMeta(TOKEN_PROGRAM, is_signer=False, is_writable=False),
                AccountMeta(keys.token_programs[0], is_signer=False, is_writable=False),
                AccountMeta(keys.token_programs[1], is_signer=False, is_writable=False),
                AccountMeta(ATA_PROGRAM, is_signer=False, is_writable=False),
                AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
                AccountMeta(RENT_SYSVAR, is_signer=False, is_writable=False),
            ],
        )
