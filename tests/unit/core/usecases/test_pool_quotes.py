"""After graduation /buy and /sell go on, on the pool: what is shown is what the pool then does, to the atom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.commands.values import PARSERS
from core.domain import pool
from core.domain.errors import UserError
from core.domain.intent import PoolBuyIntent, PoolSellIntent, from_json
from core.domain.money import Lamports
from core.domain.order import Order, OrderState
from core.domain.portion import Portion
from core.usecases.markets import WSOL_RENT
from core.usecases.quotes import FEE_RESERVE
from tests.fakes.house import House, Process

SOL = Lamports(10**9)
HALF: Portion = PARSERS[Portion]("50%")


async def landed(home: House, process: Process, order: Order) -> Order:
    await process.orders.confirm(order.id, order.person_id, "a press")
    await process.keeper.round()
    done = await home.order(order.id)
    assert done.state is OrderState.LANDED, done.error
    return done


async def test_a_quote_on_the_pool_equals_the_fill(home: House, process: Process) -> None:
    before = home.chain.graduate(home.mint)
    order = await process.quotes.buy("CATS", SOL, await home.asker("ann"))
    expected = pool.quote_buy(before.state, SOL)
    assert (order.quote["venue"], order.quote["fee_bps"]) == ("pool", 25)
    assert (order.quote["atoms"], order.quote["fee"]) == (expected.atoms, expected.fee)
    intent = from_json(order.intent)
    assert isinstance(intent, PoolBuyIntent)
    assert (intent.lamports, intent.raydium_set) == (SOL, before.raydium_set)
    assert 0 < intent.min_out < expected.atoms
    bought = await landed(home, process, order)
    assert bought.result is not None
    for name in ("lamports", "atoms", "fee"):
        assert bought.result[name] == order.quote[name]

    order = await process.quotes.sell(home.mint, HALF, await home.asker("ann"))
    assert isinstance(from_json(order.intent), PoolSellIntent)
    sold = await landed(home, process, order)
    assert sold.result is not None
    for name in ("lamports", "atoms", "fee_atoms"):
        assert sold.result[name] == order.quote[name]
    assert sold.result["fee"] == 0  # the pool takes its fee from the coins


async def test_a_coin_that_graduates_between_quote_and_confirm_asks_for_a_new_quote(
    home: House, process: Process
) -> None:
    order = await process.quotes.buy("CATS", SOL, await home.asker("ann"))
    home.chain.graduate(home.mint)
    with pytest.raises(UserError, match="coin-graduated") as refused:
        await process.orders.confirm(order.id, order.person_id, "a press")
    assert refused.value.again == ("buy", {"coin": home.mint, "sol": "1"})
    assert home.chain.sent == []  # nothing was signed, nothing lost
    command, arguments = refused.value.again
    assert command == "buy"
    again = await process.quotes.buy(arguments["coin"], SOL, await home.asker("ann"))
    assert again.quote["venue"] == "pool"


async def test_a_pool_whose_price_moved_asks_for_a_new_quote(home: House, process: Process) -> None:
    home.chain.graduate(home.mint)
    order = await process.quotes.buy("CATS", SOL, await home.asker("ann"))
    found = home.chain.books.pools[home.mint]
    dearer = pool.buy(found.state, 5 * SOL)[0]
    home.chain.books.pools[home.mint] = replace(found, state=dearer)
    with pytest.raises(UserError, match="slippage") as refused:
        await process.orders.confirm(order.id, order.person_id, "a press")
    assert refused.value.again == ("buy", {"coin": home.mint, "sol": "1"})


async def test_a_pool_that_raydium_stopped_is_said(home: House, process: Process) -> None:
    found = home.chain.graduate(home.mint)
    order = await process.quotes.buy("CATS", SOL, await home.asker("ann"))
    home.chain.books.pools[home.mint] = replace(found, state=replace(found.state, stopped=True))
    with pytest.raises(UserError, match="pool-closed") as refused:
        await process.orders.confirm(order.id, order.person_id, "a press")
    assert refused.value.again is not None
    with pytest.raises(UserError, match="pool-closed") as refused:
        await process.quotes.buy("CATS", SOL, await home.asker("ann"))
    assert refused.value.again == ("buy", {"coin": home.mint, "sol": "1"})


async def test_between_curve_and_pool_a_press_asks_again(home: House, process: Process) -> None:
    home.chain.trade(home.mint, 10**12)
    with pytest.raises(UserError, match="curve-complete") as refused:
        await process.quotes.buy("CATS", SOL, await home.asker("ann"))
    assert refused.value.again == ("buy", {"coin": home.mint, "sol": "1"})
    home.chain.graduate(home.mint)
    assert (await process.quotes.buy("CATS", SOL, await home.asker("ann"))).quote["venue"] == "pool"


async def test_a_swap_needs_what_its_wrapped_sol_takes_meanwhile(home: House, process: Process) -> None:
    home.chain.graduate(home.mint)
    asker = await home.asker("ann")
    await landed(home, process, await process.quotes.buy("CATS", SOL, asker))
    wallet = (await process.wallets.ensure(asker.person_id)).address
    enough = WSOL_RENT + FEE_RESERVE
    home.chain.books.lamports[wallet] = enough - 1
    with pytest.raises(UserError, match="balance-too-low"):
        await process.quotes.sell("CATS", HALF, await home.asker("ann"))
    home.chain.books.lamports[wallet] = enough
    await landed(home, process, await process.quotes.sell("CATS", HALF, await home.asker("ann")))
