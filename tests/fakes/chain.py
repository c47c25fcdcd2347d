"""The `Chain` port in memory: time stands still until a test moves it, and faults come when it says so.

It takes the signer's real transactions, reads their instructions, and keeps balances and curves by
`core.domain.curve`, which the program equals to the atom. tests/contracts/test_chain.py holds it to what the
real chain does.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from solders.hash import Hash
from solders.transaction import Transaction

from core.domain import curve
from core.domain.curve import CurveState
from core.domain.intent import BuyIntent, ClaimIntent, Intent, PoolBuyIntent, PoolSellIntent
from core.ports.chain import (
    Blockhash,
    ChainAway,
    CoinAccount,
    CoinPool,
    ConfigState,
    Fill,
    RewardState,
    Simulation,
    Status,
)
from tests.fakes.chain_books import (
    RAYDIUM_SET,
    SIGNATURE_FEE,
    TOKEN_ACCOUNT_RENT,
    TREASURY,
    WALLET_RENT,
    Books,
    Refused,
)
from tests.fakes.chain_effects import Effects
from tests.fakes.transactions import Sent, read

VALID = 150  # blocks that a blockhash lives


@dataclass
class FakeChain(Effects):
    """away: every question raises `ChainAway`. holds: what is sent waits until `arrive`. deaf: what is sent
    takes effect, but the sender hears `ChainAway`. sent: everything that was ever handed in."""

    next_epoch: int = 0
    away: bool = False
    holds: bool = False
    deaf: bool = False
    set_up: bool = True
    launch_paused: bool = False
    books: Books = field(default_factory=Books)
    sent: list[bytes] = field(default_factory=list)
    landed: dict[str, tuple[Status, Fill]] = field(default_factory=dict)
    _waiting: list[bytes] = field(default_factory=list)

    # ------------------------------------------------------------------ the port

    async def slot(self) -> int:
        self._reach()
        return self.height

    async def block_height(self) -> int:
        self._reach()
        return self.height

    async def latest_blockhash(self) -> Blockhash:
        self._reach()
        return Blockhash(self._hash(self.height), self.height + VALID)

    async def config(self) -> ConfigState | None:
        self._reach()
        if not self.set_up:
            return None
        paused = self.launch_paused
        return ConfigState(self.config_version, paused, paused, 100, TREASURY, RAYDIUM_SET, self.next_epoch)

    async def curve(self, mint: str) -> CurveState | None:
        self._reach()
        return self.books.curves.get(mint)

    async def coins(self, mints: Sequence[str]) -> dict[str, CoinAccount]:
        self._reach()
        curves = self.books.curves
        return {
            mint: CoinAccount(curves[mint], self.books.creators[mint]) for mint in mints if mint in curves
        }

    async def reward_epochs(self, numbers: Sequence[int]) -> dict[int, RewardState]:
        self._reach()
        epochs = self.books.epochs
        return {number: epochs[number].state for number in numbers if number in epochs}

    async def rewards_claimed(self, leaves: Sequence[tuple[int, int]]) -> list[bool | None]:
        self._reach()
        epochs = self.books.epochs
        return [epochs[epoch].claimed(index) if epoch in epochs else None for epoch, index in leaves]

    async def pool(self, mint: str) -> CoinPool | None:
        self._reach()
        return self.books.pools.get(mint)

    async def balance(self, address: str) -> int:
        self._reach()
        return self.books.lamports.get(address, 0)

    async def balances(self, addresses: Sequence[str]) -> dict[str, int]:
        self._reach()
        return {address: self.books.lamports.get(address, 0) for address in addresses}

    async def is_wallet(self, address: str) -> bool:
        self._reach()
        return address not in self.books.curves and address != self.program_id

    async def token_balance(self, owner: str, mint: str) -> int:
        self._reach()
        return self.books.atoms.get((owner, mint), 0)

    async def token_balances(self, owner: str) -> dict[str, int]:
        self._reach()
        return {mint: atoms for (who, mint), atoms in self.books.atoms.items() if who == owner and atoms}

    async def simulate(self, intent: Intent, wallet: str) -> Simulation:
        self._reach()
        try:
            self._run(copy.deepcopy(self.books), intent, wallet, SIGNATURE_FEE)
        except Refused as refused:
            return Simulation(50_000, refused.code, {})
        return Simulation(50_000)

    async def priority_price(self) -> int:
        self._reach()
        return 0

    async def send(self, raw: bytes) -> None:
        self._reach()
        Transaction.from_bytes(raw)  # a cluster refuses what is none
        self.sent.append(raw)
        if self.holds:
            self._waiting.append(raw)
        else:
            self._land(raw)
        if self.deaf:
            raise ChainAway("the answer was lost")

    async def statuses(self, signatures: Sequence[str]) -> list[Status | None]:
        self._reach()
        return [self.landed[s][0] if s in self.landed else None for s in signatures]

    async def fill(self, signature: str, intent: Intent, wallet: str) -> Fill | None:
        self._reach()
        return self.landed[signature][1] if signature in self.landed else None

    async def rent_minimum(self) -> int:
        self._reach()
        return WALLET_RENT

    async def drip(self, address: str, lamports: int) -> None:
        """The `Faucet` port."""
        self._reach()
        if address not in self.books.lamports:
            self.books.pay(address, lamports)

    # ------------------------------------------------------------------ what a test does

    def arrive(self) -> None:
        """What was held lands, in the order in which it was sent, unless its blockhash is dead."""
        waiting, self._waiting = self._waiting, []
        for raw in waiting:
            self._land(raw)

    def lose(self) -> None:
        """What was held never comes."""
        self._waiting.clear()

    def coin(self, mint: str, creator: str = TREASURY) -> CurveState:
        """A coin that is there, fresh."""
        self.books.curves[mint], self.books.creators[mint] = self._fresh(), creator
        return self.books.curves[mint]

    def trade(self, mint: str, lamports: int) -> None:
        """Somebody else buys: the price moves."""
        state, _ = curve.buy(self.books.curves[mint], lamports, 0, self.height)
        self.books.curves[mint] = state

    def graduate(self, mint: str) -> CoinPool:
        """Somebody buys the rest of the curve, and the coin moves to Raydium."""
        if not self.books.curves[mint].complete:
            self.trade(mint, 10**12)
        self._open_pool(self.books, mint, RAYDIUM_SET)
        return self.books.pools[mint]

    # ------------------------------------------------------------------ inside

    def _reach(self) -> None:
        if self.away:
            raise ChainAway("the fake chain is away")

    def _hash(self, height: int) -> str:
        return str(Hash(hashlib.sha256(height.to_bytes(8, "little")).digest()))

    def _land(self, raw: bytes) -> None:
        sent = read(raw, self.ids, self.books.curves)
        alive = {self._hash(height) for height in range(self.height - VALID, self.height + 1)}
        if sent.signature in self.landed or sent.blockhash not in alive:
            return  # a duplicate, or dead: a cluster drops both
        fee = SIGNATURE_FEE + -(-sent.compute.unit_limit * sent.compute.unit_price // 10**6)
        after = copy.deepcopy(self.books)
        try:
            fill, error = self._fill(after, sent, fee), None
        except Refused as refused:
            after = copy.deepcopy(self.books)
            after.pay(sent.wallet, -fee)
            fill, error = Fill(sent.signature, self.height, 0, 0, 0, fee), refused.code
        self.books = after
        self.landed[sent.signature] = (Status(self.height, True, True, error), fill)

    def _fill(self, books: Books, sent: Sent, network_fee: int) -> Fill:
        buys = isinstance(sent.intent, BuyIntent | PoolBuyIntent)
        opens = buys and (sent.wallet, sent.intent.mint) not in books.atoms
        lamports, atoms, fee = self._run(books, sent.intent, sent.wallet, network_fee)
        partial = isinstance(sent.intent, BuyIntent) and lamports < sent.intent.max_in
        deposit = TOKEN_ACCOUNT_RENT if opens else 0
        if isinstance(sent.intent, ClaimIntent):
            held = self.books.lamports[sent.wallet] - books.lamports[sent.wallet]
            deposit = lamports + held - network_fee
        if isinstance(sent.intent, PoolSellIntent):
            return Fill(sent.signature, self.height, lamports, atoms, 0, network_fee, fee_atoms=fee)
        return Fill(sent.signature, self.height, lamports, atoms, fee, network_fee, partial, deposit)
