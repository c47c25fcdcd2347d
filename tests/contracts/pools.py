"""A coin and Raydium's CPMM in LiteSVM, and short ways to make a pool and to swap on it."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from functools import cache

import pytest
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from core.adapters.chain.program.ids import TOKEN_2022_PROGRAM
from core.adapters.chain.program.layout import u32, u64
from core.adapters.chain.raydium.accounts import Pool
from core.adapters.chain.raydium.addresses import (
    MAINNET,
    TOKEN_PROGRAM,
    WSOL,
    PoolKeys,
    associated_account,
    wsol_account,
)
from core.adapters.chain.raydium.events import SwapEvent
from core.adapters.chain.raydium.initialize import Initialize
from core.adapters.chain.raydium.pool import accounts_of, pool_state
from core.adapters.chain.raydium.swap import Side, SwapBaseInput, SwapBaseOutput
from core.domain.money import Lamports, TokenAtoms
from core.domain.pool import PoolState
from tests.program.harness import SOL, Chain, key, landed

LIMIT = 400_000  # compute units that the real program needs with room to spare
RENT_PER_BYTE, OVERHEAD = 6_960, 128
# What a graduation at R0 = 28.308 SOL puts into the pool, lamports and atoms.
START_SOL, START_ATOMS = 85_005_359_057, 206_900_000_000_000

POOL, OBSERVATION, LP_MINT, TOKEN_ACCOUNT = 5_324_400, 29_252_880, 1_461_600, 2_039_280  # rents, lamports
FEE = 150_000_000  # for a new pool
COST = (
    POOL + OBSERVATION + LP_MINT + 2 * TOKEN_ACCOUNT + FEE
)  # and TOKEN_ACCOUNT for the LP tokens, until closed

KINDS = pytest.mark.parametrize(
    ("below_wsol", "coin_program"),
    [(False, TOKEN_2022_PROGRAM), (True, TOKEN_2022_PROGRAM), (False, TOKEN_PROGRAM), (True, TOKEN_PROGRAM)],
    ids=["2022", "2022-coin-first", "spl", "spl-coin-first"],
)
"""Both token programs and both orders of the mints."""
standin = pytest.mark.skipif(bool(os.environ.get("RAYDIUM_CPMM_SO")), reason="of the stand-in alone")

Result = TransactionMetadata | FailedTransactionMetadata


def rent(size: int) -> int:
    """Lamports that keep `size` bytes alive on this chain."""
    return RENT_PER_BYTE * (size + OVERHEAD)


@cache
def coin_key(*, below_wsol: bool) -> Keypair:
    """A coin whose bytes are before or after WSOL's: token 0 or token 1 of its pool."""
    return next(
        candidate
        for candidate in map(key, range(10_000, 11_000))
        if (bytes(candidate.pubkey()) < bytes(WSOL)) == below_wsol
    )


def mint_bytes(supply: int, *, extensions: bytes = b"") -> bytes:
    """A mint of six decimals with no authority; extensions are Token-2022's types, lengths and values."""
    base = u32(0) + bytes(32) + u64(supply) + bytes([6, 1]) + u32(0) + bytes(32)
    return base + bytes(165 - len(base)) + b"\x01" + extensions if extensions else base


def token_bytes(mint: Pubkey, owner: Pubkey, amount: int, *, native: bool = False) -> bytes:
    """An ordinary token account, or one of WSOL."""
    state = bytes(mint) + bytes(owner) + u64(amount) + u32(0) + bytes(32) + b"\x01"
    return state + (u32(1) + u64(rent(165)) if native else bytes(12)) + u64(0) + u32(0) + bytes(32)


@dataclass(repr=False)
class Market:
    """A coin, a creator and a trader with coins and WSOL, and the keys of the pool that it may get."""

    below_wsol: bool = False
    coin_program: Pubkey = TOKEN_2022_PROGRAM
    extensions: bytes = b""
    chain: Chain = field(default_factory=Chain)
    pool_key: Keypair = field(default_factory=lambda: key(50))

    def __post_init__(self) -> None:
        self.creator = self.chain.wallet()
        coin = coin_key(below_wsol=self.below_wsol).pubkey()
        self.keys = PoolKeys(MAINNET, self.pool_key.pubkey(), coin, self.coin_program)
        data = mint_bytes(10**15, extensions=self.extensions)
        self.chain.put(coin, rent(len(data)), data, self.coin_program)
        self.give(self.creator, START_SOL, 10**15)
        self.trader = self.chain.wallet()
        self.give(self.trader, 10**13, 10**14)
        self.chain.warp(1_000, 1_000_000)

    def give(self, owner: Keypair, wsol: int, atoms: int) -> None:
        """Sets what the owner's associated accounts hold."""
        who, coin = owner.pubkey(), self.keys.coin
        data = token_bytes(WSOL, who, wsol, native=True)
        self.chain.put(wsol_account(who), rent(165) + wsol, data, TOKEN_PROGRAM)
        tokens = associated_account(who, coin, self.coin_program)
        self.chain.put(tokens, rent(165), token_bytes(coin, who, atoms), self.coin_program)

    # -- making the pool

    def initialize(self, sol: int = START_SOL, atoms: int = START_ATOMS, open_time: int = 0) -> Initialize:
        """What the creator sends."""
        return Initialize(self.creator.pubkey(), self.keys, Lamports(sol), TokenAtoms(atoms), open_time)

    def send(self, instruction: Instruction, *signers: Keypair) -> Result:
        """One instruction with room to compute, paid by a wallet that has nothing to do with it."""
        payer = key(51)
        self.chain.svm.airdrop(payer.pubkey(), SOL)
        return self.chain.send([set_compute_unit_limit(LIMIT), instruction], payer, *signers)

    def open(self, sol: int = START_SOL, atoms: int = START_ATOMS) -> TransactionMetadata:
        """Makes the pool and waits until it is open."""
        result = landed(self.send(self.initialize(sol, atoms).build(), self.creator, self.pool_key))
        self.chain.warp(1_001, 1_000_001)
        return result

    # -- swapping

    def swap_in(self, side: Side, amount_in: int, min_out: int = 0) -> Result:
        """The trader gives all of `amount_in`."""
        swap = SwapBaseInput(self.trader.pubkey(), self.keys, side, amount_in, min_out)
        return self.send(swap.build(), self.trader)

    def swap_out(self, side: Side, amount_out: int, max_in: int = 2**64 - 1) -> Result:
        """The trader gets just `amount_out`."""
        swap = SwapBaseOutput(self.trader.pubkey(), self.keys, side, max_in, amount_out)
        return self.send(swap.build(), self.trader)

    # -- looking

    @property
    def pool(self) -> Pool:
        """The pool's account."""
        return Pool.decode(self.chain.account(self.keys.pool).data)

    @property
    def state(self) -> PoolState:
        """The pool as the domain sees it."""
        return pool_state(self.keys, [self.chain.account(each).data for each in accounts_of(self.keys)])

    def held_by(self, owner: Keypair) -> tuple[int, int]:
        """Wrapped SOL in lamports, and coins in atoms."""
        coins = associated_account(owner.pubkey(), self.keys.coin, self.coin_program)
        return self.chain.atoms(wsol_account(owner.pubkey())), self.chain.atoms(coins)

    @property
    def vaults(self) -> tuple[int, int]:
        """What the pool's vaults hold: lamports and atoms."""
        return self.chain.atoms(self.keys.wsol_vault), self.chain.atoms(self.keys.coin_vault)


def replaced(instruction: Instruction, index: int, **changes: object) -> Instruction:
    """The same instruction with one account changed: pubkey, is_signer, is_writable."""
    metas = list(instruction.accounts)
    old = metas[index]
    fields = {"pubkey": old.pubkey, "is_signer": old.is_signer, "is_writable": old.is_writable} | changes
    metas[index] = AccountMeta(**fields)  # type: ignore[arg-type]  # a test names any field
    return Instruction(instruction.program_id, instruction.data, metas)


def exchanged(instruction: Instruction, one: int, other: int) -> Instruction:
    """The same instruction with two accounts in each other's place."""
    metas = list(instruction.accounts)
    metas[one], metas[other] = metas[other], metas[one]
    return Instruction(instruction.program_id, instruction.data, metas)


def swap_event(result: Result) -> SwapEvent:
    """The only event of a swap."""
    logs = landed(result).logs()
    (line,) = [line for line in logs if line.startswith("Program data: ")]
    return SwapEvent.decode(base64.b64decode(line.removeprefix("Program data: ")))


def make(market: Market, instruction: Instruction | None = None) -> Result:
    """Sends initialize, or a changed one, signed by creator and pool as far as it asks them to."""
    sent = instruction or market.initialize().build()
    asked = {meta.pubkey for meta in sent.accounts if meta.is_signer}
    return market.send(sent, *(each for each in (market.creator, market.pool_key) if each.pubkey() in asked))
