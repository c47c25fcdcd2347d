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
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from core.adapters.chain import transactions
from core.adapters.chain.program.ids import ProgramIds
from core.domain import curve, graduation
from core.domain.curve import CurveError, CurveErrorCode, CurveState, r0_for
from core.domain.intent import (
    BuyIntent,
    ClaimIntent,
    GraduateIntent,
    Intent,
    LaunchIntent,
    PoolBuyIntent,
    PoolSellIntent,
    SellIntent,
    SweepIntent,
    WithdrawIntent,
)
from core.domain.money import Bps, Lamports
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
from tests.fakes import pools
from tests.fakes.chain_rewards import Epoch, NotPaid
from tests.fakes.signer import PROGRAM_ID
from tests.fakes.transactions import Sent, read

SOL = 10**9
SIGNATURE_FEE = 5_000
WALLET_RENT = 890_880
TOKEN_ACCOUNT_RENT = 2_074_080
LAUNCH_RENT = 8_052_720
FLOAT = 4_078_560  # lamports of a pool's cost that come back
GRADUATION_CAP = 500_000_000
TREASURY = str(Pubkey.from_bytes(bytes(31) + b"\5"))
RAYDIUM_SET = 1
VALID = 150  # blocks that a blockhash lives
_REFUSED = {
    CurveErrorCode.ZERO_AMOUNT: "amount-zero",
    CurveErrorCode.ZERO_OUTPUT: "amount-dust",
    CurveErrorCode.SLIPPAGE_EXCEEDED: "slippage",
    CurveErrorCode.CURVE_COMPLETE: "curve-complete",
    CurveErrorCode.GRADUATED: "coin-graduated",
    CurveErrorCode.EXCEEDS_SOLD: "amount-too-large",
}


class Refused(Exception):
    """The chain would not do it; `code` is the `UserError`'s."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Books:
    """What the chain knows: lamports by address, atoms by (owner, mint), markets by mint."""

    lamports: dict[str, int] = field(default_factory=dict)
    atoms: dict[tuple[str, str], int] = field(default_factory=dict)
    curves: dict[str, CurveState] = field(default_factory=dict)
    creators: dict[str, str] = field(default_factory=dict)  # who gets the creator's share, by mint
    epochs: dict[int, Epoch] = field(default_factory=dict)  # of rewards, those that are open
    pools: dict[str, CoinPool] = field(default_factory=dict)

    def pay(self, address: str, lamports: int) -> None:
        self.lamports[address] = self.lamports.get(address, 0) + lamports

    def take(self, address: str, lamports: int) -> None:
        if self.lamports.get(address, 0) < lamports:
            raise Refused("balance-short")
        self.lamports[address] -= lamports


@dataclass
class FakeChain:
    """away: every question raises `ChainAway`. holds: what is sent waits until `arrive`. deaf: what is sent
    takes effect, but the sender hears `ChainAway`. sent: everything that was ever handed in."""

    program_id: str = PROGRAM_ID
    height: int = 1_000
    time: int = 1_000  # unix seconds by which rewards are paid
    next_epoch: int = 0
    away: bool = False
    holds: bool = False
    deaf: bool = False
    set_up: bool = True
    config_version: int = 1
    launch_paused: bool = False
    raydium_refuses: bool = False
    pool_cost: int = 194_196_000
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

    def mint_address(self, creator: str, intent: Intent) -> str:
        assert isinstance(intent, LaunchIntent)
        return transactions.mint_address(creator, intent, self.ids)

    async def rent_minimum(self) -> int:
        self._reach()
        return WALLET_RENT

    async def drip(self, address: str, lamports: int) -> None:
        """The `Faucet` port."""
        self._reach()
        if address not in self.books.lamports:
            self.books.pay(address, lamports)

    # ------------------------------------------------------------------ what a test does

    @property
    def ids(self) -> ProgramIds:
        return ProgramIds(Pubkey.from_string(self.program_id))

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

    def _fresh(self) -> CurveState:
        return CurveState.launch(
            initial_sol=r0_for(15_000), fee=Bps(100), creator_fee=Bps(30), launch_slot=self.height
        )

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

    def _run(self, books: Books, intent: Intent, wallet: str, network_fee: int) -> tuple[int, int, int]:
        """Lamports, atoms and the program's or the pool's fee of what the intent does to the books. Raises `Refused`."""
        books.take(wallet, network_fee)
        match intent:
            case BuyIntent():
                done = self._buy(books, intent, wallet)
            case SellIntent():
                done = self._sell(books, intent, wallet)
            case PoolBuyIntent() | PoolSellIntent():
                done = pools.swap(books, intent, wallet, TOKEN_ACCOUNT_RENT)
            case LaunchIntent():
                done = self._launch(books, intent, wallet)
            case WithdrawIntent():
                books.take(wallet, intent.lamports)
                books.pay(intent.destination, intent.lamports)
                done = (intent.lamports, 0, 0)
            case SweepIntent():
                done = self._sweep(books, intent)
            case GraduateIntent():
                done = self._graduate(books, intent, wallet)
            case ClaimIntent():
                done = self._claim(books, intent, wallet)
        if 0 < books.lamports[wallet] < WALLET_RENT:
            raise Refused("balance-short")
        return done

    def _buy(self, books: Books, intent: BuyIntent, wallet: str) -> tuple[int, int, int]:
        state = self._market(books, intent.mint, intent.deadline_slot)
        if (wallet, intent.mint) not in books.atoms:
            books.take(wallet, TOKEN_ACCOUNT_RENT)
            books.atoms[wallet, intent.mint] = 0
        try:
            after, fill = curve.buy(state, intent.max_in, intent.min_out, self.height)
        except CurveError as error:
            raise Refused(_REFUSED[error.code]) from error
        books.take(wallet, fill.spent)
        books.curves[intent.mint] = after
        books.atoms[wallet, intent.mint] += fill.atoms
        return int(fill.spent), int(fill.atoms), int(fill.fee)

    def _sell(self, books: Books, intent: SellIntent, wallet: str) -> tuple[int, int, int]:
        state = self._market(books, intent.mint, intent.deadline_slot)
        try:
            after, fill = curve.sell(state, intent.amount, intent.min_out)
        except CurveError as error:
            raise Refused(_REFUSED[error.code]) from error
        if books.atoms.get((wallet, intent.mint), 0) < intent.amount:
            raise Refused("balance-short")
        books.curves[intent.mint] = after
        books.atoms[wallet, intent.mint] -= intent.amount
        books.pay(wallet, fill.paid)
        return int(fill.paid), int(fill.atoms), int(fill.fee)

    def _launch(self, books: Books, intent: LaunchIntent, wallet: str) -> tuple[int, int, int]:
        mint = self.mint_address(wallet, intent)
        if intent.config_version != self.config_version:
            raise Refused("config-changed")
        if mint in books.curves:
            raise Refused("already-launched")
        books.take(wallet, LAUNCH_RENT)
        books.curves[mint], books.creators[mint] = self._fresh(), wallet
        return LAUNCH_RENT, 0, 0

    def _claim(self, books: Books, intent: ClaimIntent, wallet: str) -> tuple[int, int, int]:
        epoch = books.epochs.get(intent.epoch)
        if epoch is None:
            raise Refused("program-fault")
        try:
            books.take(wallet, epoch.claim(intent, wallet, self.time))
        except NotPaid as refused:
            raise Refused(refused.code) from refused
        books.pay(wallet, intent.amount)
        return intent.amount, 0, 0

    def _sweep(self, books: Books, intent: SweepIntent) -> tuple[int, int, int]:
        """Another treasury or recipient than the chain's: the program refuses the account."""
        state = books.curves.get(intent.mint)
        if state is None or (intent.treasury, intent.fee_recipient) != (
            TREASURY,
            books.creators[intent.mint],
        ):
            raise Refused("program-fault")
        paid = []
        for payee, share in (
            (intent.treasury, state.protocol_fees),
            (intent.fee_recipient, state.creator_fees),
        ):
            both = intent.treasury == intent.fee_recipient
            total = state.protocol_fees + state.creator_fees if both else share
            paid.append(share if books.lamports.get(payee, 0) + total >= WALLET_RENT else Lamports(0))
        if not any(paid):
            raise Refused("program-fault")
        books.curves[intent.mint] = curve.sweep(state, *paid)
        books.pay(intent.treasury, paid[0])
        books.pay(intent.fee_recipient, paid[1])
        return sum(paid), 0, 0

    def _graduate(self, books: Books, intent: GraduateIntent, wallet: str) -> tuple[int, int, int]:
        spent = self._finish(books, intent, wallet) if intent.finish else 0
        state = self._market(books, intent.mint, self.height)
        if state.graduated:
            raise Refused("coin-graduated")
        if not state.complete or self._split(state).top_up > intent.max_top_up:
            raise Refused("program-fault")
        if self.raydium_refuses:
            raise Refused("chain-refused")
        books.take(wallet, self._split(state).top_up)
        books.pay(wallet, graduation.share(FLOAT)[0])
        split = self._open_pool(books, intent.mint, intent.raydium_set)
        return spent + split.top_up, 0, 0

    def _split(self, state: CurveState) -> graduation.Split:
        vault = curve.SUPPLY - state.tokens_sold
        return graduation.split(state, vault, self.pool_cost, GRADUATION_CAP)

    def _open_pool(self, books: Books, mint: str, raydium_set: int) -> graduation.Split:
        assert mint not in books.pools, "a coin graduates once"
        state = books.curves[mint]
        split = self._split(state)
        books.curves[mint] = graduation.graduate(state, graduation.share(FLOAT)[1])
        books.pools[mint] = pools.opened(split, raydium_set)
        return split

    def _finish(self, books: Books, intent: GraduateIntent, wallet: str) -> int:
        buy = BuyIntent(intent.mint, intent.finish_max_in, 1, self.height)
        spent, atoms, _ = self._buy(books, buy, wallet)
        if atoms < intent.finish:
            raise Refused("balance-short")  # the burn's
        books.atoms[wallet, intent.mint] -= intent.finish
        return spent

    def _market(self, books: Books, mint: str, deadline: int) -> CurveState:
        if mint not in books.curves:
            raise Refused("chain-refused")
        if self.height > deadline:
            raise Refused("quote-expired")
        return books.curves[mint]
