"""Boxes and coins: what is being made, and what was made and traded."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.adapters.db.store import SqlStore
from core.domain.money import U64_MAX, OutOfRange
from tests.fakes.rows import a_box, a_coin, a_fill, a_person


async def test_a_box_changes_only_from_where_it_is_expected(store: SqlStore) -> None:
    async with store.begin() as work:
        box = a_box("b1", await a_person(work), theme="a\x00b 🐈", cause="e1")
        await work.boxes.add(box)
        assert not await work.boxes.update("b1", ["opened", "failed"], state="launching")
        assert not await work.boxes.update("b2", ["sealed"], state="opened")
        assert not await work.boxes.update("b1", [], state="opened")
        assert await work.boxes.update("b1", ["sealed"])
        assert await work.boxes.update("b1", ["sealed"], state="opened", name="Cat", ticker="CAT", rerolls=1)
    async with store.read() as work:
        opened = replace(box, state="opened", name="Cat", ticker="CAT", rerolls=1, theme="a\ufffdb 🐈")
        assert await work.boxes.get("b1") == opened
        assert await work.boxes.get("b2") is None


async def test_a_box_has_no_other_state_or_column(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.boxes.add(a_box("b1", await a_person(work)))
        for wrong in ("id", "created_at", "colour", "name_fold"):
            with pytest.raises(TypeError, match=wrong):
                await work.boxes.update("b1", ["sealed"], **{wrong: "x"})
    with pytest.raises(Exception, match="ck_boxes_state"):
        async with store.begin() as work:
            await work.boxes.update("b1", ["sealed"], state="lost")


async def test_the_oldest_free_sealed_box_is_claimed(store: SqlStore) -> None:
    async with store.begin() as work:
        person = await a_person(work)
        for box_id, created_at in (("late", 9), ("early", 1), ("middle", 5)):
            await work.boxes.add(a_box(box_id, person, created_at=created_at))
        await work.boxes.add(a_box("opened", person, state="opened"))
        assert await work.boxes.preparing("terminal") == 3
        assert await work.boxes.preparing("discord") == 0
    async with store.begin() as work:
        order = [await work.boxes.claim(owner, 10, 20) for owner in ("ann", "bob", "ann", "bob")]
        assert [box and (box.id, box.lease_owner) for box in order] == [
            ("early", "ann"),
            ("middle", "bob"),
            ("late", "ann"),
            None,
        ]
        again = await work.boxes.claim("bob", 20, 30)
        assert again is not None
        assert (again.id, again.lease_owner, again.lease_until) == ("early", "bob", 30)


async def test_two_preparers_never_hold_one_box(store: SqlStore, other_store: SqlStore) -> None:
    async with store.begin() as work:
        person = await a_person(work)
        for n in range(6):
            await work.boxes.add(a_box(f"b{n}", person, created_at=n))

    async def claim(mine: SqlStore) -> str | None:
        async with mine.begin() as work:
            box = await work.boxes.claim("owner", 10, 20)
            return box and box.id

    claimed = await asyncio.gather(*(claim(each) for each in (store, other_store) for _ in range(3)))
    assert sorted(str(box_id) for box_id in claimed) == [f"b{n}" for n in range(6)]


async def test_a_name_is_taken_whatever_its_letters_look_like(store: SqlStore) -> None:
    async with store.begin() as work:
        person = await a_person(work)
        await work.boxes.add(a_box("b1", person, state="opened", name="Straße", ticker="STR"))
        await work.boxes.add(a_box("b2", person, state="cancelled", name="Free", ticker="FREE"))
        await work.boxes.add(a_box("b3", person, name="Sealed", ticker="SEAL"))
        await work.coins.put(a_coin("m1", name="Cat", ticker="CAT"))
        taken = work.boxes.name_taken
        assert await taken("STRASSE", "X")
        assert await taken("x", "str")
        assert await taken("cat", "X")
        assert await taken("x", "\uff23\uff21\uff34")
        assert not await taken("free", "FREE")
        assert not await taken("Sealed", "SEAL")
        await work.boxes.update("b3", ["sealed"], state="opened")
        assert await taken("Sealed", "X")


async def test_a_coin_holds_the_greatest_amounts(store: SqlStore) -> None:
    coin = a_coin(
        "m1",
        virtual_sol=U64_MAX,
        virtual_tokens=U64_MAX,
        initial_virtual_sol=0,
        real_sol=2**63,
        volume=U64_MAX - 1,
        complete=True,
        image="abc.webp",
        launch_slot=2**53 + 1,
        name="a\x00b",
    )
    async with store.begin() as work:
        await work.coins.put(a_coin("m1"))
        await work.coins.put(coin)
    async with store.read() as work:
        assert await work.coins.get("m1") == replace(coin, name="a\ufffdb")
        assert await work.coins.get("m2") is None
    for wrong in (-1, U64_MAX + 1):
        async with store.begin() as work:
            with pytest.raises(OutOfRange, match=str(wrong)):
                await work.coins.put(a_coin("m1", volume=wrong))


async def test_an_older_look_at_a_coin_replaces_no_newer_one(store: SqlStore) -> None:
    for sequence, volume in ((1, 10), (1, 11), (0, 0)):
        async with store.begin() as work:
            await work.coins.put(a_coin("m1", sequence=sequence, volume=volume))
    async with store.read() as work:
        assert await work.coins.get("m1") == a_coin("m1", sequence=1, volume=11)


async def test_coins_are_found(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.coins.put(a_coin("m1", name="Space Cats", ticker="CATS", launched_at=1))
        await work.coins.put(a_coin("m2", name="Cat_100%", ticker="cats", launched_at=3))
        await work.coins.put(a_coin("m3", name="Émile", ticker="CAT", launched_at=2))
        await work.coins.put(a_coin("m4", name="dogs", ticker="DOG", launched_at=4))
    async with store.read() as work:
        coins = work.coins

        async def found(text: str, limit: int = 9) -> list[str]:
            return [coin.mint for coin in await coins.search(text, limit)]

        assert [coin.mint for coin in await coins.by_ticker("Cats")] == ["m1", "m2"]  # the first comes first
        assert [coin.mint for coin in await coins.newest(2)] == ["m4", "m2"]
        assert [coin.mint for coin in await coins.newest(2, offset=3)] == ["m1"]
        assert await found("cat") == ["m3", "m2", "m1"]  # the exact ticker first, then the newest
        assert await found("CAT", 1) == ["m3"]
        assert await found("cat_100%") == ["m2"]
        assert await found("ca%") == []
        assert await found("é") == ["m3"]
        assert await found("m4") == ["m4"]
        assert await found("M4") == []
        assert await found("") == ["m4", "m2", "m3", "m1"]
        assert await found("\x00'\ud800") == []


async def test_a_fill_is_applied_once(store: SqlStore) -> None:
    extreme = a_fill("m1", 1, lamports=U64_MAX, atoms=U64_MAX, fee=0, virtual_sol=U64_MAX, side="sell")
    async with store.begin() as work:
        assert await work.coins.add_fill(a_fill("m1", 0, trader="ann"))
        assert await work.coins.add_fill(extreme)
        assert not await work.coins.add_fill(replace(extreme, lamports=5))
        assert await work.coins.add_fill(a_fill("m2", 0, trader="ann", slot=5))
    async with store.read() as work:
        assert await work.coins.fills("m1", 9) == [extreme, a_fill("m1", 0, trader="ann")]
        assert await work.coins.fills("m1", 1) == [extreme]
        mine = await work.coins.fills_of_trader("ann")
        assert [(fill.mint, fill.sequence) for fill in mine] == [("m1", 0), ("m2", 0)]


async def test_holders_are_counted_and_ordered_by_amount(store: SqlStore) -> None:
    async with store.begin() as work:
        add = work.coins.add_holding
        assert await add("m1", "ann", 9) == 1
        assert await add("m1", "bob", 10) == 2
        assert await add("m1", "whale", U64_MAX) == 3
        assert await add("m2", "ann", 1) == 1
        assert await add("m1", "ann", 2) == 3
        assert await work.coins.holders("m1", 9) == [("whale", U64_MAX), ("ann", 11), ("bob", 10)]
        assert await add("m1", "bob", -10) == 2
        assert await add("m1", "stranger", -5) == 2  # sold what came by a transfer: no debt
        assert await add("m1", "ann", -12) == 1
        assert await work.coins.holders("m1", 9) == [("whale", U64_MAX)]
        assert await work.coins.holders("m1", 0) == []


async def test_holdings_add_up_from_many_writers(store: SqlStore, other_store: SqlStore) -> None:
    async def add(mine: SqlStore) -> None:
        for _ in range(10):
            async with mine.begin() as work:
                await work.coins.add_holding("m1", "ann", 1)

    await asyncio.gather(*(add(each) for each in (store, other_store) for _ in range(2)))
    async with store.read() as work:
        assert await work.coins.holders("m1", 9) == [("ann", 40)]


async def test_coins_on_pools_are_listed_in_turn(store: SqlStore) -> None:
    async with store.begin() as work:
        for mint, pool in (("c", "pool-c"), ("a", "pool-a"), ("b", None), ("d", "pool-d")):
            await work.coins.put(a_coin(mint, pool=pool))
    async with store.read() as work:
        assert [coin.pool for coin in await work.coins.on_pools("", 2)] == ["pool-a", "pool-c"]
        assert [coin.mint for coin in await work.coins.on_pools("c", 2)] == ["d"]
        assert await work.coins.on_pools("d", 2) == []


async def test_coins_that_wait_for_the_keeper_are_found(store: SqlStore) -> None:
    """Complete, or almost; not those that have graduated."""
    end = 255_588_426_551_325
    async with store.begin() as work:
        await work.coins.put(a_coin("second", complete=True, virtual_tokens=end, launched_at=2))
        await work.coins.put(a_coin("first", complete=True, virtual_tokens=end + 10**12, launched_at=1))
        await work.coins.put(a_coin("gone", complete=True, virtual_tokens=end, pool="pool"))
        await work.coins.put(a_coin("almost", complete=False, virtual_tokens=end + 7))
        await work.coins.put(a_coin("young", complete=False, virtual_tokens=end + 8))
    async with store.read() as work:
        assert await work.coins.complete(10) == ["first", "second"]
        assert await work.coins.complete(1) == ["first"]
        assert await work.coins.almost_complete(end + 7, 10) == ["almost"]
        assert await work.coins.almost_complete(end + 6, 10) == []
