"""swap_base_input and swap_base_output, and whole trades that wrap and unwrap SOL around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import discriminator, u64
from core.adapters.chain.raydium.addresses import (
    TOKEN_PROGRAM,
    WSOL,
    PoolKeys,
    associated_account,
    wsol_account,
)
from core.adapters.chain.raydium.wrap import open_account, unwrap, wrap
from core.domain.money import Lamports, TokenAtoms

Side = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True)
class SwapBaseInput:
    """All of `amount_in` for at least `min_out`: lamports for atoms with a buy, atoms for lamports with a sell.

    The payer's associated accounts of both tokens must exist.
    """

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "swap_base_input")

    payer: Pubkey
    keys: PoolKeys
    side: Side
    amount_in: int
    min_out: int

    def build(self) -> Instruction:
        """The instruction. Raises OverflowError for an amount outside 64 bits."""
        data = self.DISCRIMINATOR + u64(self.amount_in) + u64(self.min_out)
        return _swap(self.payer, self.keys, self.side, data)


@dataclass(frozen=True, slots=True)
class SwapBaseOutput:
    """At most `max_in` for just `amount_out`; otherwise as `SwapBaseInput`."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "swap_base_output")

    payer: Pubkey
    keys: PoolKeys
    side: Side
    max_in: int
    amount_out: int

    def build(self) -> Instruction:
        """The instruction. Raises OverflowError for an amount outside 64 bits."""
        data = self.DISCRIMINATOR + u64(self.max_in) + u64(self.amount_out)
        return _swap(self.payer, self.keys, self.side, data)


def pool_buy(wallet: Pubkey, keys: PoolKeys, lamports: Lamports, min_out: TokenAtoms) -> list[Instruction]:
    """A wallet's SOL for coins: accounts made if need be, SOL wrapped, swapped, the rest unwrapped."""
    swap = SwapBaseInput(wallet, keys, "buy", lamports, min_out)
    return [
        open_account(wallet, wallet, keys.coin, keys.coin_program),
        *wrap(wallet, lamports),
        swap.build(),
        unwrap(wallet),
    ]


def pool_sell(wallet: Pubkey, keys: PoolKeys, atoms: TokenAtoms, min_out: Lamports) -> list[Instruction]:
    """A wallet's coins for SOL, which is unwrapped, and with it any WSOL that the wallet held before."""
    swap = SwapBaseInput(wallet, keys, "sell", atoms, min_out)
    return [open_account(wallet, wallet, WSOL, TOKEN_PROGRAM), swap.build(), unwrap(wallet)]


def _swap(payer: Pubkey, keys: PoolKeys, side: Side, data: bytes) -> Instruction:
    cpmm = keys.cpmm
    wsol = (wsol_account(payer), keys.wsol_vault, TOKEN_PROGRAM, WSOL)
    coins = associated_account(payer, keys.coin, keys.coin_program)
    coin = (coins, keys.coin_vault, keys.coin_program, keys.coin)
    given, taken = (wsol, coin) if side == "buy" else (coin, wsol)
    return Instruction(
        cpmm.program,
        data,
        [
            AccountMeta(payer, is_signer=True, is_writable=False),
            AccountMeta(cpmm.authority, is_signer=False, is_writable=False),
            AccountMeta(cpmm.config(), is_signer=False, is_writable=False),
            AccountMeta(keys.pool, is_signer=False, is_writable=True),
            AccountMeta(given[0], is_signer=False, is_writable=True),
            AccountMeta(taken[0], is_signer=False, is_writable=True),
            AccountMeta(given[1], is_signer=False, is_writable=True),
            AccountMeta(taken[1], is_signer=False, is_writable=True),
            AccountMeta(given[2], is_signer=False, is_writable=False),
            AccountMeta(taken[2], is_signer=False, is_writable=False),
            AccountMeta(given[3], is_signer=False, is_writable=False),
            AccountMeta(taken[3], is_signer=False, is_writable=False),
            AccountMeta(keys.observation, is_signer=False, is_writable=True),
        ],
    )
