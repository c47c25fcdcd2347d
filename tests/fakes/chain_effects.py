"""What an intent does to the books of the chain in memory, by `core.domain`, which the program equals to the atom."""

from __future__ import annotations

from dataclasses import dataclass

from solders.pubkey import Pubkey

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
from tests.fakes import chain_pools as pools
from tests.fakes.chain_books import (
    FLOAT,
    GRADUATION_CAP,
    LAUNCH_RENT,
    TOKEN_ACCOUNT_RENT,
    TREASURY,
    WALLET_RENT,
    Books,
    Refused,
)
from tests.fakes.chain_rewards import NotPaid
from tests.fakes.signer import PROGRAM_ID

_REFUSED = {
    CurveErrorCode.ZERO_AMOUNT: "amount-zero",
    CurveErrorCode.ZERO_OUTPUT: "amount-dust",
    CurveErrorCode.SLIPPAGE_EXCEEDED: "slippage",
    CurveErrorCode.CURVE_COMPLETE: "curve-complete",
    CurveErrorCode.GRADUATED: "coin-graduated",
    CurveErrorCode.EXCEEDS_SOLD: "amount-too-large",
}


@dataclass
class Effects:
    """time: unix seconds by which rewards are paid. Each method gives lamports, atoms and the fee of what it did."""

    program_id: str = PROGRAM_ID
    height: int = 1_000
    time: int = 1_000
    config_version: int = 1
    raydium_refuses: bool = False
    pool_cost: int = 194_196_000

    @property
    def ids(self) -> ProgramIds:
        return ProgramIds(Pubkey.from_string(self.program_id))

    def mint_address(self, creator: str, intent: Intent) -> str:
        assert isinstance(intent, LaunchIntent)
        return transactions.mint_address(creator, intent, self.ids)

    def _fresh(self) -> CurveState:
        return CurveState.launch(
            initial_sol=r0_for(15_000), fee=Bps(100), creator_fee=Bps(30), launch_slot=self.height
        )

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
