"""Pricing what a person wants to do, as an order that waits for a press.

`core.usecases.markets` has the price, of the curve or, after graduation, of the pool, as the chain has it now. The
order binds the least to accept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.domain.errors import UserError
from core.domain.intent import Intent, WithdrawIntent, to_json
from core.domain.money import Lamports, TokenAtoms
from core.domain.order import Order, OrderKind, OrderState
from core.domain.portion import Portion
from core.ports.chain import Chain
from core.ports.ids import Clock
from core.ports.rows import Coin
from core.ports.signer import Signer
from core.usecases.asker import Asker
from core.usecases.coins import Coins
from core.usecases.markets import Priced, market_of
from core.usecases.orders import Orders
from core.usecases.wallets import Wallets

QUOTE_SECONDS = 45
LANDS_WITHIN = QUOTE_SECONDS + 30  # seconds
FEE_RESERVE = Lamports(10_000)  # signature and priority fee that a wallet must keep
TOKEN_ACCOUNT_RENT = Lamports(2_100_000)  # a buyer's first account of a coin, rounded up


@dataclass(frozen=True)
class Quotes:
    orders: Orders
    coins: Coins
    wallets: Wallets
    chain: Chain
    signer: Signer
    clock: Clock

    async def buy(self, reference: str, lamports: Lamports, asker: Asker) -> Order:
        """A quote for spending `lamports`, fee included. Raises coin-*, amount-*, balance-too-low, curve-*,
        pool-*."""
        coin = await self.coins.find(reference)
        wallet = await self.wallets.ensure(asker.person_id)
        again = {"coin": coin.mint, "sol": lamports.sol().replace(",", "")}
        with _time_mends("buy", again):
            priced = (await market_of(self.chain, coin.mint, LANDS_WITHIN)).buy(coin.mint, lamports)
        # Who holds some has the account already; an empty one is taken for none, to promise nothing too low.
        holds = await self.chain.token_balance(wallet.address, coin.mint) > 0
        deposit = 0 if holds else TOKEN_ACCOUNT_RENT
        await self._can_pay(wallet.address, priced.lamports + FEE_RESERVE + deposit + priced.lent)
        quote = _of_coin(coin, priced) | {
            "deposit": int(deposit),
            "again": again,
        }
        return await self._quoted(OrderKind.BUY, priced.intent, quote, wallet.address, asker, coin.mint)

    async def sell(self, reference: str, portion: Portion, asker: Asker) -> Order:
        """A quote for selling. Raises coin-*, holding-none, holding-too-small, amount-*, balance-too-low,
        pool-*."""
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
        again = {"coin": coin.mint, "amount": TokenAtoms(atoms).tokens().replace(",", "")}
        with _time_mends("sell", again):
            priced = (await market_of(self.chain, coin.mint, LANDS_WITHIN)).sell(coin.mint, atoms)
        await self._can_pay(wallet.address, FEE_RESERVE + priced.lent)
        quote = _of_coin(coin, priced) | {"again": again}
        return await self._quoted(OrderKind.SELL, priced.intent, quote, wallet.address, asker, coin.mint)

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

    async def _can_pay(self, address: str, need: int) -> None:
        have = await self.chain.balance(address)
        if have < need:
            shown = 4 if need > FEE_RESERVE else None  # decimals
            raise UserError(
                "balance-too-low",
                private=True,
                have=Lamports(have).sol(shown),
                need=Lamports(need).sol(shown),
            )

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


@contextmanager
def _time_mends(command: str, arguments: dict[str, str]) -> Iterator[None]:
    """A refusal that is another one in a minute has a button to ask again."""
    try:
        yield
    except UserError as refused:
        if refused.code in ("curve-complete", "pool-closed"):
            refused.again = (command, arguments)
        raise


def _of_coin(coin: Coin, priced: Priced) -> dict[str, Any]:
    shown = {"name": coin.name, "ticker": coin.ticker, "image": coin.image}
    return {**shown, **priced.quote, "lamports": int(priced.lamports)}
