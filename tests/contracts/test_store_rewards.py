"""Rewards in the store: prepared whole or not at all, and one row for one person's claim."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from core.adapters.db.store import SqlStore
from core.domain.merkle import LEAVES_A_PAGE, Leaf, Page, leaf_hash, page_root, page_tree, root_from
from core.domain.money import U64_MAX
from core.ports.rows import RewardEpoch
from core.ports.store import Work


def leaves_of(seed: str, count: int) -> list[Leaf]:
    """Leaves in the order of their recipients."""
    people = sorted(sha256(f"{seed} {number}".encode()).digest() for number in range(count))
    return [Leaf(who, 10**9 + number) for number, who in enumerate(people)]


def pages_of(number: int, leaves: list[Leaf]) -> tuple[str, list[Page]]:
    """The root, hex, and the pages."""
    starts = range(0, len(leaves), LEAVES_A_PAGE)
    parts = [tuple(leaves[at : at + LEAVES_A_PAGE]) for at in starts]
    above = page_tree(page_root(number, at, part) for at, part in zip(starts, parts, strict=True))
    pages = [Page(at, part, above.proof(n)) for n, (at, part) in enumerate(zip(starts, parts, strict=True))]
    return above.root.hex(), pages


def an_epoch(number: int, root: str, count: int) -> RewardEpoch:
    return RewardEpoch(number, root, "ab" * 32, count, U64_MAX, 5)


async def put(work: Work, number: int, leaves: list[Leaf]) -> RewardEpoch:
    root, pages = pages_of(number, leaves)
    await work.rewards.add_pages(root, pages)
    epoch = an_epoch(number, root, len(leaves))
    assert await work.rewards.put(epoch)
    return epoch


async def test_an_epoch_is_what_was_put(store: SqlStore) -> None:
    async with store.begin() as work:
        first = await put(work, 0, leaves_of("a", 3))
        second = await put(work, 1, leaves_of("b", 1))
    async with store.read() as work:
        assert await work.rewards.get(0) == first
        assert await work.rewards.get(2) is None
        assert await work.rewards.newest(5) == [second, first]
        assert await work.rewards.newest(1) == [second]


@pytest.mark.parametrize("count", [1, 2, LEAVES_A_PAGE, LEAVES_A_PAGE + 1, 2 * LEAVES_A_PAGE + 7])
async def test_anybodys_page_proves_their_leaf(store: SqlStore, count: int) -> None:
    leaves = leaves_of("people", count)
    async with store.begin() as work:
        epoch = await put(work, 4, leaves)
    picked = sorted({0, 1, LEAVES_A_PAGE - 1, LEAVES_A_PAGE, count // 2, count - 1} & set(range(count)))
    async with store.read() as work:
        for index in picked:
            page = await work.rewards.page_of(4, leaves[index].recipient)
            assert page is not None
            assert page.leaves[index - page.first] == leaves[index]
            proof = page.proof(4, index)
            assert root_from(leaf_hash(4, index, leaves[index]), index, proof).hex() == epoch.root


async def test_who_has_no_leaf_is_on_no_page(store: SqlStore) -> None:
    leaves = leaves_of("a", 3)
    async with store.begin() as work:
        await put(work, 0, leaves)
    async with store.read() as work:
        assert await work.rewards.page_of(0, bytes(32)) is None, "before the first"
        assert await work.rewards.page_of(1, leaves[0].recipient) is None, "no such epoch"
        assert await work.rewards.page_of(0, b"\xff" * 32) is None, "after the last"
        between = leaves[0].recipient[:31] + bytes([leaves[0].recipient[31] ^ 1])
        assert await work.rewards.page_of(0, between) is None
        across = leaves[1].recipient[8:] + leaves[1].amount.to_bytes(8, "little")
        assert await work.rewards.page_of(0, across) is None, "bytes of a leaf, but not where one begins"


async def test_amounts_of_64_bits_survive(store: SqlStore) -> None:
    leaves = [Leaf(b"\1" * 32, U64_MAX)]
    async with store.begin() as work:
        await put(work, 0, leaves)
    async with store.read() as work:
        page = await work.rewards.page_of(0, b"\1" * 32)
    assert page is not None
    assert page.leaves == tuple(leaves)


async def test_a_preparation_that_was_cut_off_shows_nothing_and_goes_on(store: SqlStore) -> None:
    """Killed between pages: the epoch is not there; the next one writes the same again."""
    leaves = leaves_of("a", LEAVES_A_PAGE + 1)
    root, pages = pages_of(0, leaves)
    async with store.begin() as work:
        await work.rewards.add_pages(root, pages[:1])
    async with store.begin() as work:
        assert not await work.rewards.put(an_epoch(0, root, len(leaves)))
    async with store.read() as work:
        assert await work.rewards.get(0) is None
        assert await work.rewards.page_of(0, leaves[0].recipient) is None
    async with store.begin() as work:
        await work.rewards.add_pages(root, pages)
        assert await work.rewards.put(an_epoch(0, root, len(leaves)))
    async with store.read() as work:
        found = await work.rewards.page_of(0, leaves[-1].recipient)
    assert found == pages[1]


async def test_an_epoch_prepared_anew_forgets_the_leaves_of_before(store: SqlStore) -> None:
    before, after, other = leaves_of("before", 2), leaves_of("after", 2), leaves_of("other", 2)
    async with store.begin() as work:
        await put(work, 0, other)
        old = await put(work, 1, before)
    async with store.begin() as work:
        new = await put(work, 1, after)
    async with store.begin() as work:
        assert await work.rewards.get(1) == new
        assert not await work.rewards.put(old), "its pages are gone"
        page = await work.rewards.page_of(0, other[1].recipient)
        assert page is not None, "another epoch's are not"


async def test_of_two_who_prepare_at_once_one_is_told(store: SqlStore, other_store: SqlStore) -> None:
    """Whoever is second finds its pages there or is told; nobody is shown half an epoch."""
    leaves = {store: leaves_of("one", LEAVES_A_PAGE + 1), other_store: leaves_of("two", LEAVES_A_PAGE + 1)}

    async def prepare(mine: SqlStore) -> bool:
        root, pages = pages_of(0, leaves[mine])
        for page in pages:
            async with mine.begin() as work:
                await work.rewards.add_pages(root, [page])
        async with mine.begin() as work:
            return await work.rewards.put(an_epoch(0, root, len(leaves[mine])))

    assert any(await asyncio.gather(prepare(store), prepare(other_store)))
    async with store.read() as work:
        epoch = await work.rewards.get(0)
        assert epoch is not None
        (mine,) = [found for found in leaves.values() if pages_of(0, found)[0] == epoch.root]
        for leaf in (mine[0], mine[-1]):
            page = await work.rewards.page_of(0, leaf.recipient)
            assert page is not None
            assert leaf in page.leaves
