"""An order's life: every kill, every outage and every double press end in one transaction or none."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import UserError
from core.domain.money import Lamports
from core.domain.order import ENDED, Order, OrderState
from core.ports.chain import ChainAway
from core.ports.signer import SignerAway
from core.ports.store import StoreAway
from core.usecases.orders import LEASE, UNKNOWN_AFTER
from core.usecases.quotes import QUOTE_SECONDS
from tests.fakes.house import House, Process, house
from tests.fakes.mortal import Killed

SOL = Lamports(10**9)
DEAD = 70  # seconds after which a blockhash is dead


async def quoted(home: House, process: Process, user: str = "ann") -> Order:
    return await process.quotes.buy(home.mint, SOL, await home.asker(user))


async def confirm(process: Process, order: Order) -> Order:
    return await process.orders.confirm(order.id, order.person_id, "a press")


async def settled(home: House, order: Order) -> Order:
    """The order after a new keeper had all the time that it can need."""
    keeper = home.process().keeper
    for _ in range(6):
        home.passes(LEASE + 5)
        await keeper.round()
        await keeper.orders.expire_quotes()
    return await home.order(order.id)


def transactions(home: House) -> int:
    """How many different ones were ever sent."""
    return len(set(home.chain.sent))


async def test_a_press_signs_sends_and_the_keeper_sees_it_land(home: House, process: Process) -> None:
    order = await quoted(home, process)
    sent = await confirm(process, order)
    assert sent.state is OrderState.SENT
    assert await process.keeper.round() == 1
    landed = await home.order(order.id)
    assert (landed.state, landed.error) == (OrderState.LANDED, None)
    assert landed.result is not None
    assert landed.result["atoms"] == order.quote["atoms"] == home.chain.books.atoms[order.wallet, home.mint]
    assert await home.events() == ["order.landed"]
    assert await process.keeper.round() == 0


async def test_a_second_press_changes_nothing(home: House, process: Process) -> None:
    order = await quoted(home, process)
    first, second = await asyncio.gather(confirm(process, order), confirm(home.process(), order))
    assert {first.signature, second.signature} == {first.signature}
    third = await confirm(process, order)
    assert third.state in (OrderState.SENT, OrderState.SIGNED)
    assert transactions(home) == 1


async def test_somebody_else_can_neither_confirm_nor_cancel(home: House, process: Process) -> None:
    order, eve = await quoted(home, process), await home.asker("eve")
    for attempt in (
        process.orders.confirm(order.id, eve.person_id, "e"),
        process.orders.cancel(order.id, eve.person_id),
        process.orders.get("0" * 26, eve.person_id),
    ):
        with pytest.raises(UserError, match="order-unknown"):
            await attempt
    assert transactions(home) == 0


async def test_a_quote_that_is_too_old_offers_a_new_one(home: House, process: Process) -> None:
    order = await quoted(home, process)
    home.passes(QUOTE_SECONDS + 1)
    for _ in range(2):  # also once the keeper has ended it
        with pytest.raises(UserError, match="quote-expired") as refused:
            await confirm(process, order)
        assert refused.value.again == ("buy", {"coin": home.mint, "sol": "1"})
        await process.orders.expire_quotes()
    assert (await home.order(order.id)).state is OrderState.EXPIRED
    assert transactions(home) == 0


async def test_cancelled_is_cancelled_and_too_late_is_too_late(home: House, process: Process) -> None:
    order = await quoted(home, process)
    for _ in range(2):  # pressing it again is fine
        cancelled = await process.orders.cancel(order.id, order.person_id)
        assert cancelled.state is OrderState.CANCELLED
    assert (await confirm(process, order)).state is OrderState.CANCELLED
    other = await quoted(home, process)
    await confirm(process, other)
    with pytest.raises(UserError, match="order-too-late"):
        await process.orders.cancel(other.id, other.person_id)


@pytest.mark.parametrize(
    ("part", "error"), [("chain", ChainAway), ("signer", SignerAway), ("store", StoreAway)]
)
async def test_whatever_is_away_the_press_can_be_repeated(
    home: House, process: Process, part: str, error: type[Exception]
) -> None:
    order = await quoted(home, process)
    away = getattr(home, part)
    away.away = True
    with pytest.raises(error):
        await confirm(process, order)
    away.away = False
    assert (await home.order(order.id)).state is OrderState.QUOTED
    assert (await confirm(process, order)).state is OrderState.SENT


async def test_what_the_chain_would_refuse_is_said_before_anything_is_signed(
    home: House, process: Process
) -> None:
    order = await quoted(home, process)
    home.chain.trade(home.mint, 2 * SOL)  # somebody was faster: the price has left the slippage
    with pytest.raises(UserError, match="slippage") as refused:
        await confirm(process, order)
    assert refused.value.again == ("buy", {"coin": home.mint, "sol": "1"})
    assert (await home.order(order.id)).state is OrderState.QUOTED
    assert transactions(home) == 0


async def test_the_price_moves_after_the_signature_and_only_the_fee_is_lost(
    home: House, process: Process
) -> None:
    order = await quoted(home, process)
    home.chain.holds = True
    await confirm(process, order)
    home.chain.trade(home.mint, 2 * SOL)
    home.chain.arrive()
    failed = await settled(home, order)
    assert (failed.state, failed.error) == (OrderState.FAILED, "slippage")
    assert home.chain.books.lamports[order.wallet] == 10 * SOL - 5_000


async def test_a_transaction_that_got_lost_is_sent_again_until_it_lands(
    home: House, process: Process
) -> None:
    order = await quoted(home, process)
    home.chain.holds = True
    await confirm(process, order)
    home.chain.lose()
    home.chain.holds = False
    home.passes(5)
    await process.keeper.round()
    await process.keeper.round()
    assert (await home.order(order.id)).state is OrderState.LANDED
    assert (transactions(home), len(home.chain.sent)) == (1, 2)


async def test_what_never_lands_expires_when_its_blockhash_is_dead(home: House, process: Process) -> None:
    order = await quoted(home, process)
    home.chain.holds = True
    await confirm(process, order)
    home.passes(DEAD - 15)
    await process.keeper.round()
    assert (await home.order(order.id)).state is OrderState.SENT  # it may still come
    home.passes(15)
    await process.keeper.round()
    expired = await home.order(order.id)
    assert (expired.state, expired.error) == (OrderState.EXPIRED, "order-expired")
    home.chain.arrive()
    assert home.chain.books.lamports[order.wallet] == 10 * SOL


@pytest.mark.parametrize("landed", [True, False])
async def test_a_silent_chain_makes_it_unknown_and_asking_resolves_it(
    home: House, process: Process, landed: bool
) -> None:
    order = await quoted(home, process)
    home.chain.holds = not landed
    home.chain.deaf = True  # what it answers gets lost: we can't know
    assert (await confirm(process, order)).state is OrderState.SIGNED
    home.chain.away, home.chain.deaf = True, False
    home.clock.seconds += QUOTE_SECONDS + UNKNOWN_AFTER + 1  # no block is made meanwhile
    await process.keeper.round()
    unknown = await home.order(order.id)
    assert (unknown.state, unknown.error) == (OrderState.UNKNOWN, "order-not-known")
    sent = len(home.chain.sent)

    home.chain.away = False
    home.clock.seconds += 5  # long enough for a sending that got lost to be repeated
    await process.keeper.round()
    if not landed:  # it may still come, but not because we sent it again
        assert (await home.order(order.id)).state is OrderState.UNKNOWN
        home.passes(DEAD)
        await process.keeper.round()
    end = await home.order(order.id)
    assert end.state is (OrderState.LANDED if landed else OrderState.EXPIRED)
    assert len(home.chain.sent) == sent  # asked after, never sent again
    assert await home.events() == ["order.unknown", f"order.{end.state}"]


def at_every_step() -> st.SearchStrategy[int | None]:
    """Where a process dies; None: nowhere. The longest doing has fewer steps than this."""
    return st.one_of(st.none(), st.integers(0, 24))


async def test_killed_at_any_step_the_order_is_one_transaction_or_none(tmp_path: Path) -> None:
    """Not at random: at each of the steps that a press has."""
    steps, step = 1, 0
    while step < steps:
        folder = tmp_path / str(step)
        folder.mkdir()
        async with house(folder) as home:
            order = await quoted(home, home.process())
            victim = home.process()
            victim.fuse.set(step)
            with contextlib.suppress(Killed):
                await confirm(victim, order)
            steps = max(steps, victim.fuse.taken + 1)
            before = await home.order(order.id)
            end = await settled(home, order)
            assert end.state in (OrderState.LANDED, OrderState.EXPIRED)
            assert transactions(home) == (1 if end.state is OrderState.LANDED else 0)
            if before.state is OrderState.QUOTED:
                assert end.state is OrderState.EXPIRED  # nobody but the presser presses
            else:
                assert end.raw == before.raw
        step += 1
    assert steps > 10  # the fuse did burn


ACTIONS = st.one_of(
    st.tuples(st.just("press"), at_every_step()),
    st.tuples(st.just("keep"), at_every_step()),
    st.tuples(st.just("cancel"), at_every_step()),
    st.tuples(st.just("wait"), st.sampled_from([1, 3, LEASE + 1, 50, 150])),
    st.tuples(st.sampled_from(["away", "holds", "deaf", "signer"]), st.booleans()),
    st.tuples(st.sampled_from(["arrive", "lose", "trade"]), st.none()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, max_size=14))
def test_no_interleaving_of_presses_kills_and_outages_doubles_or_loses(
    actions: list[tuple[str, int | None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(Path(folder), actions))


async def _play(folder: Path, actions: list[tuple[str, int | None]]) -> None:
    async with house(folder) as home:
        order = await quoted(home, home.process())
        chat, keeper = home.process(), home.process()
        history = [order]
        for action, value in actions:
            sent = len(home.chain.sent)
            match action:
                case "press":
                    chat = await _until_killed(home, chat, value, confirm(chat, order))
                case "cancel":
                    press = chat.orders.cancel(order.id, order.person_id)
                    chat = await _until_killed(home, chat, value, press)
                case "keep":
                    keeper = await _until_killed(home, keeper, value, keeper.keeper.round())
                case "wait":
                    home.passes(value or 0)
                case "away" | "holds" | "deaf":
                    setattr(home.chain, action, value)
                case "signer":
                    home.signer.away = bool(value)
                case "arrive":
                    home.chain.arrive()
                case "lose":
                    home.chain.lose()
                case "trade":
                    home.chain.trade(home.mint, SOL // 2)
            history.append(await home.order(order.id))
            if history[-2].state is OrderState.UNKNOWN:
                assert len(home.chain.sent) == sent
        await _every_promise_holds(home, history)


async def _until_killed(
    home: House, process: Process, steps: int | None, doing: Awaitable[object]
) -> Process:
    """Lets a process do something; its successor if it was killed meanwhile."""
    process.fuse.set(steps)
    try:
        await doing
    except (UserError, ChainAway, SignerAway, StoreAway):
        process.fuse.set(None)  # said, and nothing more
    except Killed:
        return home.process()
    process.fuse.set(None)
    return process


async def _every_promise_holds(home: House, history: list[Order]) -> None:
    order = history[0]
    home.chain.away = home.chain.deaf = home.signer.away = False
    home.chain.arrive()
    home.chain.holds = False
    history.append(await settled(home, order))
    end = history[-1]
    assert end.state in ENDED
    ends = [replace(seen, lease_owner=None, lease_until=0) for seen in history if seen.state in ENDED]
    assert all(seen == ends[0] for seen in ends)  # what has ended stays as it ended
    signed = [seen.raw for seen in history if seen.raw is not None]
    assert len(set(signed)) <= 1  # after signed never signed again
    assert set(home.chain.sent) <= set(signed)  # nothing is sent that was not stored
    on_chain = home.chain.landed.get(end.signature or "")
    assert (end.state is OrderState.LANDED) == (on_chain is not None and on_chain[0].error is None)
    bought = home.chain.books.atoms.get((order.wallet, home.mint), 0)
    assert bought == (end.result["atoms"] if end.state is OrderState.LANDED and end.result else 0)
    told = [event for event in await home.events() if event.startswith("order.")]
    assert told.count("order.landed") + told.count("order.failed") + told.count("order.expired") <= 1
