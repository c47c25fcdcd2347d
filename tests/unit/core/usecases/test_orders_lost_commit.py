"""The database goes away while it commits a signed order: whether it did is not known to anybody."""

from __future__ import annotations

import pytest

from core.domain.errors import UserError
from core.domain.money import Lamports
from core.domain.order import OrderState
from core.usecases.orders import LEASE
from core.usecases.quotes import QUOTE_SECONDS
from tests.fakes.house import House, Process

SOL = Lamports(10**9)


async def test_what_was_committed_is_not_called_undone(home: House, process: Process) -> None:
    order = await process.quotes.buy(home.mint, SOL, await home.asker("ann"))
    home.store.mute = True
    with pytest.raises(UserError, match="order-not-noted"):
        await process.orders.confirm(order.id, order.person_id, "a press")
    home.store.mute = False
    assert (await home.order(order.id)).state is OrderState.SIGNED

    home.passes(LEASE + 1)
    keeper = home.process().keeper
    await keeper.round()
    await keeper.round()
    assert (await home.order(order.id)).state is OrderState.LANDED
    assert len(set(home.chain.sent)) == 1


async def test_what_was_not_committed_ends_with_its_quote_and_that_is_told(
    home: House, process: Process
) -> None:
    order = await process.quotes.buy(home.mint, SOL, await home.asker("ann"))
    sign = home.signer.sign

    async def unplugging(*args: object, **kwargs: object) -> object:
        signed = await sign(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        home.store.away = True
        return signed

    home.signer.sign = unplugging  # type: ignore[method-assign, assignment]  # the plug is pulled after signing
    with pytest.raises(UserError, match="order-not-noted"):
        await process.orders.confirm(order.id, order.person_id, "a press")
    home.store.away = False
    home.passes(QUOTE_SECONDS + 1)
    await process.orders.expire_quotes()
    assert (await home.order(order.id)).state is OrderState.EXPIRED
    assert await home.events() == ["order.expired"]
    assert home.chain.sent == []
