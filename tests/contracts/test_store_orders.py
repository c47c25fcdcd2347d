"""Orders: a ledger that moves only along the diagram, driven by whoever holds the lease."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.adapters.db.store import SqlStore
from core.domain.order import ENDED, IN_FLIGHT, NEXT, IllegalTransition, OrderKind, OrderState
from core.ports.ids import new_id
from tests.fakes.rows import a_person, an_order

S = OrderState
_SIGNED: dict[str, Any] = {"signature": "sig", "raw": b"\x00\xff", "last_valid_block_height": 2**40}


async def test_an_order_comes_back_as_it_was(store: SqlStore) -> None:
    async with store.begin() as work:
        order = an_order(
            "o1",
            await a_person(work),
            kind=OrderKind.WITHDRAW,
            state=S.LANDED,
            mint=None,
            chat_id=None,
            intent={"lamports": 2**64 - 1, "to": "somebody"},
            quote={},
            result={"lamports": 2**64 - 1, "slot": 7},
            error="too-late",
            error_args={"height": 2**60},
            lease_owner="me",
            lease_until=2**40,
            cause="e1",
            **_SIGNED,
        )
        await work.orders.add(order)
    async with store.read() as work:
        found = await work.orders.get("o1")
        assert found == order
        assert found is not None
        assert isinstance(found.kind, OrderKind)
        assert isinstance(found.state, OrderState)
        assert await work.orders.get("o2") is None


async def test_only_one_moves_an_order(store: SqlStore, other_store: SqlStore) -> None:
    async with store.begin() as work:
        await work.orders.add(an_order("o1", await a_person(work)))

    async def confirm(mine: SqlStore) -> bool:
        async with mine.begin() as work:
            return await work.orders.move(
                "o1", S.QUOTED, S.SIGNED, **_SIGNED, lease_owner="me", lease_until=9
            )

    moved = await asyncio.gather(*(confirm(each) for each in (store, other_store) for _ in range(4)))
    assert moved.count(True) == 1
    async with store.read() as work:
        order = await work.orders.get("o1")
        assert order is not None
        assert (order.state, order.lease_owner, order.lease_until) == (S.SIGNED, "me", 9)


async def test_what_may_not_change_does_not(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.orders.add(an_order("o1", await a_person(work)))
        with pytest.raises(IllegalTransition):
            await work.orders.move("o1", S.QUOTED, S.LANDED)
        for wrong in ("person_id", "kind", "colour"):
            with pytest.raises(TypeError, match=wrong):
                await work.orders.move("o1", S.QUOTED, S.SIGNED, **{wrong: "x"})
        assert not await work.orders.move("o2", S.QUOTED, S.SIGNED, **_SIGNED)


async def test_nothing_is_signed_without_its_transaction(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.orders.add(an_order("o1", await a_person(work)))
    with pytest.raises(Exception, match="signed_is_stored"):
        async with store.begin() as work:
            await work.orders.move("o1", S.QUOTED, S.SIGNED)
    async with store.begin() as work:
        assert await work.orders.move("o1", S.QUOTED, S.SIGNED, **_SIGNED)


async def test_a_lease_is_one_owners_until_it_ends(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.orders.add(an_order("o1", await a_person(work)))
        lease = work.orders.lease
        assert await lease("o1", "ann", now=10, until=20)
        assert not await lease("o1", "bob", now=19, until=30)
        assert await lease("o1", "ann", now=19, until=25)
        assert not await lease("o1", "bob", now=24, until=30)
        assert await lease("o1", "bob", now=25, until=30)
        assert not await lease("o2", "bob", now=25, until=30)


async def test_orders_in_flight_that_nobody_holds_are_claimed_oldest_first(store: SqlStore) -> None:
    async with store.begin() as work:
        person = await a_person(work)
        for n, state in enumerate(S):
            await work.orders.add(an_order(f"{state}", person, state=state, created_at=100 - n, raw=b"tx"))
        await work.orders.add(
            an_order("held", person, state=S.SIGNED, raw=b"tx", lease_owner="bob", lease_until=51)
        )
        await work.orders.add(
            an_order("lost", person, state=S.SIGNED, raw=b"tx", lease_owner="bob", lease_until=50)
        )
        assert await work.orders.in_flight("terminal") == len(IN_FLIGHT) + 2
        assert await work.orders.in_flight("discord") == 0
    async with store.begin() as work:
        first = await work.orders.claim_expired("me", now=50, until=60, limit=2)
        rest = await work.orders.claim_expired("me", now=50, until=60, limit=10)
        assert [order.id for order in first + rest] == ["lost", "unknown", "sent", "signed"]
        assert {(order.lease_owner, order.lease_until) for order in first + rest} == {("me", 60)}
        assert await work.orders.claim_expired("me", now=50, until=60, limit=10) == []


async def test_two_keepers_share_without_overlap(store: SqlStore, other_store: SqlStore) -> None:
    async with store.begin() as work:
        person = await a_person(work)
        for n in range(12):
            await work.orders.add(an_order(f"{n:02}", person, state=S.SIGNED, raw=b"tx", created_at=n))

    async def claim(mine: SqlStore, owner: str) -> list[str]:
        async with mine.begin() as work:
            return [order.id for order in await work.orders.claim_expired(owner, 50, 60, 3)]

    claimed = await asyncio.gather(*(claim(each, f"k{n}") for n, each in enumerate([store, other_store] * 2)))
    assert sorted(order_id for each in claimed for order_id in each) == [f"{n:02}" for n in range(12)]


async def test_orders_are_listed(store: SqlStore) -> None:
    async with store.begin() as work:
        ann, bob = await a_person(work, "ann"), await a_person(work, "bob")
        await work.orders.add(an_order("a", ann, created_at=1, quote_expires_at=10))
        await work.orders.add(an_order("b", ann, created_at=3, quote_expires_at=11))
        await work.orders.add(an_order("c", ann, created_at=2, state=S.SIGNED, raw=b"tx", quote_expires_at=5))
        await work.orders.add(an_order("d", bob, created_at=4, quote_expires_at=9))
    async with store.read() as work:
        assert [order.id for order in await work.orders.of_person(ann, 2)] == ["b", "c"]
        assert [order.id for order in await work.orders.of_person(ann, 9)] == ["b", "c", "a"]
        assert [order.id for order in await work.orders.stale_quotes(10, 9)] == ["a", "d"]
        assert [order.id for order in await work.orders.stale_quotes(10, 1)] == ["a"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(attempts=st.lists(st.tuples(st.sampled_from(S), st.sampled_from(S)), min_size=5, max_size=40))
async def test_whatever_is_tried_the_history_is_legal(store: SqlStore, attempts: list[tuple[S, S]]) -> None:
    """Random moves: each is refused, missed or made, and what was made is a path in the diagram."""
    state = S.QUOTED
    async with store.begin() as work:
        order = an_order(new_id(), await a_person(work))
        await work.orders.add(order)
        for before, after in attempts:
            try:
                moved = await work.orders.move(order.id, before, after, **_SIGNED)
            except IllegalTransition:
                assert after not in NEXT[before]
                continue
            assert moved == (before == state)
            assert state not in ENDED or not moved
            state = after if moved else state
    async with store.read() as work:
        signed = _SIGNED if state != S.QUOTED else {}
        assert await work.orders.get(order.id) == replace(order, state=state, **signed)
