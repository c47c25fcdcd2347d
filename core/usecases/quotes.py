"""Pricing what a person wants to do, as an order that waits for a press.

The price is computed by `core.domain.curve` from the curve as the chain has it now: what the program would
do in this slot, to the atom. The order binds the least to accept and the slot after which it is void.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.domain import curve
from core.domain.curve import CurveError, CurveErrorCode, CurveState, Fill
from core.domain.errors import UserError
from core.domain.intent import BuyIntent, Intent, SellIntent, WithdrawIntent, to_json
from core.domain.money import ATOMS_PER_TOKEN, Bps, Lamports, TokenAtoms
from core.domain.order import Order, OrderKind, OrderState
from core.domain.portion import Portion
from core.ports.chain import Chain
from core.ports.ids import Clock
from core.ports.rows import Coin
from core.ports.signer import Signer
from core.usecases.asker import Asker
from core.usecases.coins import Coins
from core.usecases.orders import Orders
from core.usecases.wallets import Wallets

QUOTE_SECONDS = 45
DEADLINE_SLOTS = (QUOTE_SECONDS + 30) * 10 // 4  # at 0.4 s a slot; 30 s more, to land
SLIPPAGE = Bps(300)
FEE_RESERVE = Lamports(10_000)  # signature and priority fee that a wallet must keep
TOKEN_ACCOUNT_RENT = Lamports(2_100_000)  # a buyer's first account of a coin, rounded up

_REFUSALS = {
    CurveErrorCode.ZERO_AMOUNT: "amount-zero",
    CurveErrorCode.ZERO_OUTPUT: "amount-dust",
    CurveErrorCode.CURVE_COMPLETE: "curve-complete",
    CurveErrorCode.GRADUATED: "coin-graduated",
    CurveErrorCode.EXCEEDS_SOLD: "amount-too-large",
    CurveErrorCode.SLIPPAGE_EXCEEDED: "slippage",
}


@dataclass(frozen=True)
class Quotes:
    orders: Orders
    coins: Coins
    wallets: Wallets
    chain: Chain
    signer: Signer
    clock: Clock

    async def buy(self, reference: str, lamports: Lamports, asker: Asker) -> Order:
        """A quote for spending `lamports`, fee included. Raises coin-*, amount-*, balance-too-low, curve-*."""
        coin = await self.coins.find(reference)
        wallet = await self.wallets.ensure(asker.person_id)
        state, slot = await self._curve(coin.mint), await self.chain.slot()
        fill = _priced(lambda: curve.quote_buy(state, lamports, slot))
        # Who holds some has the account already; an empty one is taken for none, to promise nothing too low.
        holds = await self.chain.token_balance(wallet.address, coin.mint) > 0
        deposit = 0 if holds else TOKEN_ACCOUNT_RENT
        need = fill.spent + FEE_RESERVE + deposit
        have = await self.chain.balance(wallet.address)
        if have < need:
            raise UserError(
                "balance-too-low", private=True, have=Lamports(have).sol(4), need=Lamports(need).sol(4)
            )
        minimum = curve.min_out_for_buy(fill, lamports, SLIPPAGE)
        # A clamped fill takes less than was offered; what is shown is the least for what is taken.
        least = -(-minimum * fill.spent // lamports)
        quote = _trade_quote(coin, state, fill, least, curve.buy_fee(state, slot)) | {
            "lamports": fill.spent,
            "deposit": int(deposit),
            "again": {"coin": coin.mint, "sol": lamports.sol().replace(",", "")},
        }
        intent = BuyIntent(coin.mint, lamports, minimum, slot + DEADLINE_SLOTS)
        return await self._quoted(OrderKind.BUY, intent, quote, wallet.address, asker, coin.mint)

    async def sell(self, reference: str, portion: Portion, asker: Asker) -> Order:
        """A quote for selling. Raises coin-*, holding-none, holding-too-small, amount-*, balance-too-low."""
        coin = await self.coins.find(reference)
        wallet = await self.wallets.ensure(asker.person_id)
        held = await self.chain.token_balance(wallet.address, coin.mint)
        if held == 0:
            raise UserError("holding-none", private=True, ticker=coin.ticker, again=("portfolio", {}))
        atoms = portion.of(held)
        if atoms > held:
            raise UserError(
                "holding-too-small", private=True, ticker=coin.ticker, held=TokenAtoms(held).tokens()
            )
        state = await self._curve(coin.mint)
        fill = _priced(lambda: curve.quote_sell(state, atoms))
        have = await self.chain.balance(wallet.address)
        if have < FEE_RESERVE:
            raise UserError(
                "balance-too-low", private=True, have=Lamports(have).sol(), need=FEE_RESERVE.sol()
            )
        minimum = curve.min_out(fill.paid, SLIPPAGE)
        amount = TokenAtoms(atoms).tokens().replace(",", "")
        quote = _trade_quote(coin, state, fill, minimum, state.fee) | {
            "lamports": fill.paid,
            "again": {"coin": coin.mint, "amount": amount},
        }
        intent = SellIntent(coin.mint, atoms, minimum, await self.chain.slot() + DEADLINE_SLOTS)
        return await self._quoted(OrderKind.SELL, intent, quote, wallet.address, asker, coin.mint)

    async def withdraw(self, destination: str, lamports: Lamports, asker: Asker) -> Order:
        """A withdrawal to confirm. Raises withdraw-to-self, withdraw-to-program, withdraw-limit, withdraw-too-much.

        What stays must be nothing or the rent minimum, or the chain refuses.
        """
        wallet = await self.wallets.ensure(asker.person_id)
        if destination == wallet.address:
            raise UserError("withdraw-to-self")
        if not await self.chain.is_wallet(destination):  # a coin's mint, pasted by mistake
            raise UserError("withdraw-to-program")
        used, limit = await self.signer.withdrawn_today(wallet.address)
        left_today = max(0, limit - used)
        if lamports > left_today:
            raise UserError(
                "withdraw-limit", private=True, left=Lamports(left_today).sol(), limit=Lamports(limit).sol()
            )
        have = await self.chain.balance(wallet.address)
        minimum = await self.chain.rent_minimum()
        remains = have - lamports - FEE_RESERVE
        if remains < minimum:
            most = max(0, have - FEE_RESERVE - minimum)
            if not most:
                need = Lamports(lamports + FEE_RESERVE).sol()
                raise UserError("balance-too-low", private=True, have=Lamports(have).sol(), need=need)
            raise UserError(
                "withdraw-too-much", private=True, have=Lamports(have).sol(), most=Lamports(most).sol()
            )
        quote: dict[str, Any] = {
            "lamports": int(lamports),
            "destination": destination,
            "left_today": left_today,
            "again": {"address": destination, "sol": lamports.sol().replace(",", "")},
        }
        intent = WithdrawIntent(destination, int(lamports))
        return await self._quoted(OrderKind.WITHDRAW, intent, quote, wallet.address, asker, None)

    async def _curve(self, mint: str) -> CurveState:
        state = await self.chain.curve(mint)
        if state is None:
            raise UserError("coin-unknown", coin=mint, again=("new", {}))
        return state

    async def _quoted(
        self,
        kind: OrderKind,
        intent: Intent,
        quote: dict[str, Any],
        wallet: str,
        asker: Asker,
        mint: str | None,
    ) -> Order:
        now = self.clock.now()
        order = Order(
            id=asker.row_id,
            kind=kind,
            person_id=asker.person_id,
            wallet=wallet,
            mint=mint,
            box_id=None,
            intent=to_json(intent),
            quote=quote | {"seconds": QUOTE_SECONDS},
            state=OrderState.QUOTED,
            platform=asker.platform,
            chat_id=asker.chat_id,
            thread_id=asker.thread_id,
            user_id=asker.user_id,
            created_at=now,
            quote_expires_at=now + QUOTE_SECONDS,
            cause=asker.event_id,
        )
        return await self.orders.add(order)


def _priced(price: Callable[[], Fill]) -> Fill:
    try:
        return price()
    except CurveError as refused:
        raise UserError(_REFUSALS[refused.code]) from refused


def _trade_quote(coin: Coin, state: CurveState, fill: Fill, least: int, fee_bps: Bps) -> dict[str, Any]:
    price = (
        state.virtual_sol * ATOMS_PER_TOKEN * 1_000 // state.virtual_tokens
    )  # picosol a token, rounded down
    return {
        "name": coin.name,
        "ticker": coin.ticker,
        "image": coin.image,
        "atoms": int(fill.atoms),
        "fee": int(fill.fee),
        "fee_bps": int(fee_bps),
        "min_out": int(least),
        "impact_bps": int(curve.price_impact_bps(state, fill)),
        "slippage_bps": int(SLIPPAGE),
        "partial": fill.clamped,
        "price": picosol(price),
    }


def picosol(value: int) -> str:
    """A price in 10^-12 SOL as SOL for people, exact."""
    return f"{value // 10**12}.{value % 10**12:012d}".rstrip("0").rstrip(".")
