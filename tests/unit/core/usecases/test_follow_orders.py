"""Keepers share the orders in flight by leases, and take over from one that died."""

from __future__ import annotations

from core.domain.money import Lamports
from core.domain.order import Order, OrderState
from core.usecases.follow_orders import RESEND_EVERY
from core.usecases.orders import LEASE
from tests.fakes.house import House, Process


async def in_flight(home: House, process: Process, user: str = "ann") -> Order:
    """An order that was sent, and that no block holds yet."""
    home.chain.holds = True
    order = await process.quotes.buy(home.mint, Lamports(10**8), await home.asker(user))
    return await process.orders.confirm(order.id, order.person_id, "a press")


def ticks(home: House, seconds: int = 1) -> None:
    """Time without blocks, so that nothing expires."""
    home.clock.seconds += seconds


async def test_nothing_in_flight_is_nothing_to_do(home: House, process: Process) -> None:
    home.chain.away = True  # and asks nobody
    assert await process.keeper.round() == 0


async def test_one_keeper_follows_an_order_the_other_has_none(home: House, process: Process) -> None:
    first, second = home.process().keeper, home.process().keeper
    await in_flight(home, process)
    assert [await first.round(), await second.round(), await first.round()] == [1, 0, 1]


async def test_a_lease_is_prolonged_for_as_long_as_the_keeper_lives(home: House, process: Process) -> None:
    first, second = home.process().keeper, home.process().keeper
    await in_flight(home, process)
    for pause in (1, 1, 7, 7, 7, 7, 7, LEASE - 6):  # a slow chain makes rounds slow
        assert await first.round() == 1
        assert await second.round() == 0
        ticks(home, pause)


async def test_another_goes_on_where_a_dead_keeper_left_off(home: House, process: Process) -> None:
    first, second = home.process().keeper, home.process().keeper
    order = await in_flight(home, process)
    assert await first.round() == 1
    ticks(home, LEASE + 1)  # and nothing is heard of the first
    assert await second.round() == 1
    home.chain.arrive()
    await second.round()
    assert (await home.order(order.id)).state is OrderState.LANDED
    assert await second.round() == 0


async def test_a_transaction_is_sent_again_now_and_then_not_all_the_time(
    home: House, process: Process
) -> None:
    await in_flight(home, process)
    await process.keeper.round()
    sent = len(home.chain.sent)
    await process.keeper.round()
    await process.keeper.round()
    assert len(home.chain.sent) == sent
    ticks(home, RESEND_EVERY)
    await process.keeper.round()
    assert len(home.chain.sent) == sent + 1
    assert len(set(home.chain.sent)) == 1


async def test_many_orders_end_in_one_round_each_as_it_ended_on_chain(home: House, process: Process) -> None:
    orders = [await in_flight(home, process, f"user-{number}") for number in range(12)]
    home.chain.arrive()
    await process.keeper.round()
    ended = [await home.order(order.id) for order in orders]
    for order in ended:
        status, fill = home.chain.landed[order.signature or ""]
        assert order.error == status.error
        if order.error is None:
            assert order.result is not None
            assert order.result["atoms"] == fill.atoms == home.chain.books.atoms[order.wallet, home.mint]
    # The first ones moved the price away from the last ones.
    assert {order.state for order in ended} == {OrderState.LANDED, OrderState.FAILED}
    assert sorted(await home.events()) == sorted(f"order.{order.state}" for order in ended)


async def test_an_outage_loses_no_order(home: House, process: Process) -> None:
    order = await in_flight(home, process)
    home.chain.away = True
    for _ in range(5):
        ticks(home)
        assert await process.keeper.round() == 1
    home.chain.away = False
    home.chain.arrive()
    await process.keeper.round()
    assert (await home.order(order.id)).state is OrderState.LANDED
