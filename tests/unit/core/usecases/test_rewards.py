"""Rewards from a list of leaves to SOL in a custodial wallet, and what is said when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from solders.pubkey import Pubkey

from core.adapters.storage.leaves import LeavesFolder
from core.domain.errors import UserError
from core.domain.merkle import LEAVES_A_PAGE, Leaf, leaf_hash, leaf_tree, root_from
from core.domain.order import Order, OrderKind, OrderState
from core.ports.leaves import BadLeaves
from core.ports.rows import RewardEpoch
from core.ports.store import StoreAway
from core.usecases.rewards import PAGE_RENT, ClaimState, EpochTaken, Rewards
from tests.fakes.chain_rewards import DAY, Epoch
from tests.fakes.house import House, Process

SOL = 10**9


def others(count: int) -> list[Leaf]:
    """Leaves of people who are not here."""
    people = (sha256(str(number).encode()).digest() for number in range(count))
    return [Leaf(who, SOL + number) for number, who in enumerate(people)]


def ordered(*leaves: Leaf) -> list[Leaf]:
    """As an epoch takes them."""
    return sorted(leaves, key=lambda leaf: leaf.recipient)


class Desk:
    """The use case in a house with a fake chain, and the folder of public files."""

    def __init__(self, home: House, process: Process, folder: Path) -> None:
        self.home, self.process, self.folder = home, process, folder
        self.files = LeavesFolder(folder)
        self.use = Rewards(home.store, self.files, home.chain, process.orders, process.wallets, home.clock)

    async def wallet(self, name: str) -> str:
        asker = await self.home.asker(name)
        return (await self.process.wallets.ensure(asker.person_id)).address

    async def leaf(self, name: str, lamports: int) -> Leaf:
        return Leaf(bytes(Pubkey.from_string(await self.wallet(name))), lamports)

    async def opened(self, leaves: list[Leaf], *, later: int = DAY) -> RewardEpoch:
        """Prepared, and open on the chain, `later` seconds ago."""
        number = self.home.chain.next_epoch
        epoch = await self.use.prepare(number, leaves)
        now = self.home.clock.now()
        self.home.chain.time = now
        self.home.chain.books.epochs[number] = Epoch.of(number, leaves, now - later)
        self.home.chain.next_epoch += 1
        return epoch

    async def carried_out(self, order: Order) -> Order:
        await self.process.orders.confirm(order.id, order.person_id, "a press")
        await self.process.keeper.round()
        return await self.home.order(order.id)


@pytest.fixture
def desk(home: House, process: Process, tmp_path: Path) -> Desk:
    return Desk(home, process, tmp_path / "leaves")


async def test_what_is_prepared_is_what_the_chain_is_told(desk: Desk) -> None:
    leaves = ordered(*others(LEAVES_A_PAGE + 5))
    epoch = await desk.use.prepare(0, iter(leaves))
    assert epoch.root == leaf_tree(0, leaves).root.hex()
    assert (epoch.count, epoch.total) == (len(leaves), sum(leaf.amount for leaf in leaves))
    path = desk.files.path(0, bytes.fromhex(epoch.leaves_sha256))
    assert sha256(path.read_bytes()).hexdigest() == epoch.leaves_sha256
    assert list(desk.files.read(0, bytes.fromhex(epoch.leaves_sha256))) == leaves


async def test_a_reward_goes_into_the_wallet_that_it_was_given(desk: Desk) -> None:
    mine = await desk.leaf("ann", 3 * SOL)
    await desk.opened(ordered(mine, *others(LEAVES_A_PAGE + 5)))
    order = await desk.use.claim(await desk.home.asker("ann"))
    assert (order.kind, order.state) == (OrderKind.CLAIM, OrderState.QUOTED)
    assert order.quote["lamports"] == 3 * SOL
    assert order.quote["deposit"] == PAGE_RENT
    before = await desk.home.chain.balance(order.wallet)
    done = await desk.carried_out(order)
    assert done.state is OrderState.LANDED
    assert done.result is not None
    assert (done.result["lamports"], done.result["deposit"]) == (3 * SOL, PAGE_RENT)
    gained = await desk.home.chain.balance(order.wallet) - before
    assert gained == 3 * SOL - PAGE_RENT - done.result["network_fee"]
    with pytest.raises(UserError, match="reward-claimed"):
        await desk.use.claim(await desk.home.asker("ann"))


async def test_the_second_of_a_page_pays_for_no_page(desk: Desk) -> None:
    await desk.opened(ordered(await desk.leaf("ann", SOL), await desk.leaf("bob", SOL)))
    for name, deposit in (("ann", PAGE_RENT), ("bob", 0)):
        order = await desk.use.claim(await desk.home.asker(name))
        assert order.quote["deposit"] == deposit
        done = await desk.carried_out(order)
        assert done.result is not None
        assert done.result["deposit"] == deposit


async def test_a_claim_is_found_with_its_proof(desk: Desk) -> None:
    mine = await desk.leaf("ann", 3 * SOL)
    leaves = ordered(mine, *others(3 * LEAVES_A_PAGE))
    epoch = await desk.opened(leaves)
    (claim,) = await desk.use.find(await desk.wallet("ann"))
    assert (claim.epoch, claim.amount, claim.state) == (0, 3 * SOL, ClaimState.OPEN)
    assert leaves[claim.index] == mine
    proven = root_from(leaf_hash(0, claim.index, mine), claim.index, claim.proof())
    assert proven.hex() == epoch.root


async def test_the_one_that_is_over_first_is_claimed_first(desk: Desk) -> None:
    await desk.opened([await desk.leaf("ann", SOL)], later=20 * DAY)
    await desk.opened([await desk.leaf("ann", 2 * SOL)], later=2 * DAY)
    found = await desk.use.find(await desk.wallet("ann"))
    assert [claim.epoch for claim in found] == [1, 0]
    for amount in (SOL, 2 * SOL):
        order = await desk.use.claim(await desk.home.asker("ann"))
        assert order.quote["lamports"] == amount
        await desk.carried_out(order)


@pytest.mark.parametrize(
    ("later", "state", "code"),
    [(0, ClaimState.EARLY, "reward-early"), (40 * DAY, ClaimState.OVER, "reward-ended")],
)
async def test_too_early_and_too_late_are_said(desk: Desk, later: int, state: ClaimState, code: str) -> None:
    await desk.opened([await desk.leaf("ann", SOL)], later=later)
    (claim,) = await desk.use.find(await desk.wallet("ann"))
    assert claim.state is state
    with pytest.raises(UserError, match=code):
        await desk.use.claim(await desk.home.asker("ann"))


async def test_who_was_given_nothing_hears_so(desk: Desk) -> None:
    await desk.opened(ordered(*others(3)))
    with pytest.raises(UserError, match="reward-none"):
        await desk.use.claim(await desk.home.asker("ann"))


async def test_what_the_chain_does_not_have_is_no_claim(desk: Desk) -> None:
    """Prepared and not opened, voided, or opened with another list than ours."""
    mine = await desk.leaf("ann", SOL)
    await desk.use.prepare(0, [mine])
    assert await desk.use.find(await desk.wallet("ann")) == []
    await desk.opened([mine])
    epoch = desk.home.chain.books.epochs[0]
    epoch.state = replace(epoch.state, root="00" * 32)
    assert await desk.use.find(await desk.wallet("ann")) == []


async def test_a_wallet_that_cannot_pay_for_the_page_says_what_is_needed(desk: Desk) -> None:
    await desk.opened([await desk.leaf("ann", SOL)])
    wallet = await desk.wallet("ann")
    desk.home.chain.books.lamports[wallet] = int(PAGE_RENT)
    with pytest.raises(UserError, match="balance-too-low") as refused:
        await desk.use.claim(await desk.home.asker("ann"))
    assert refused.value.arguments == {"have": "0.00211584", "need": "0.00212584"}


async def test_leaves_for_another_number_are_not_prepared(desk: Desk) -> None:
    """They are hashed with it: opened as another epoch, nobody could claim."""
    for number in (1, 7):
        with pytest.raises(EpochTaken, match="next epoch is 0"):
            await desk.use.prepare(number, others(1))
    await desk.opened([await desk.leaf("ann", SOL)])
    with pytest.raises(EpochTaken):
        await desk.use.prepare(0, others(1))


async def test_until_it_is_opened_an_epoch_can_be_prepared_anew(desk: Desk) -> None:
    await desk.use.prepare(0, others(1))
    mine = await desk.leaf("ann", SOL)
    again = await desk.opened([mine])
    assert again.root == leaf_tree(0, [mine]).root.hex()
    (claim,) = await desk.use.find(await desk.wallet("ann"))
    assert claim.amount == SOL


async def test_leaves_that_no_epoch_takes_leave_nothing(desk: Desk) -> None:
    wrong = [*ordered(*others(LEAVES_A_PAGE + 3)), Leaf(bytes(32), SOL)]
    for leaves in ([], wrong):
        with pytest.raises(ValueError, match=r"."):
            await desk.use.prepare(0, leaves)
    assert list(desk.folder.iterdir()) == []
    async with desk.home.store.read() as work:
        assert await work.rewards.newest(1) == []


async def test_a_preparation_that_is_cut_off_is_done_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stops: after the file, after some pages, before the epoch's row."""
    leaves = ordered(await desk.leaf("ann", SOL), *others(20 * LEAVES_A_PAGE))
    begin = desk.home.store.begin
    for units in range(3):
        left = [units]

        def failing(left: list[int] = left) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise StoreAway("cut off")
            return begin()

        with monkeypatch.context() as patched:
            patched.setattr(desk.home.store, "begin", failing)
            with pytest.raises(StoreAway):
                await desk.use.prepare(0, leaves)
        async with desk.home.store.read() as work:
            assert await work.rewards.get(0) is None
    await desk.opened(leaves)
    (claim,) = await desk.use.find(await desk.wallet("ann"))
    assert claim.state is ClaimState.OPEN


async def test_a_file_damaged_while_it_is_kept_is_not_prepared(desk: Desk) -> None:
    class Damaged(LeavesFolder):
        def write(self, epoch: int, leaves: object) -> bytes:
            digest = super().write(epoch, leaves)  # type: ignore[arg-type]  # handed on as it came
            path = self.path(epoch, digest)
            path.write_bytes(path.read_bytes().replace(b" 1000000000\n", b" 1000000001\n"))
            return digest

    use = replace(desk.use, leaves=Damaged(desk.folder))
    with pytest.raises(BadLeaves, match="sha256"):
        await use.prepare(0, ordered(*others(3)))
    async with desk.home.store.read() as work:
        assert await work.rewards.get(0) is None


@pytest.mark.parametrize("address", ["", "nobody", "1" * 31, "0" * 44])
async def test_what_is_no_address_is_refused(desk: Desk, address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        await desk.use.find(address)


async def test_an_epoch_that_is_opened_while_another_list_is_made_keeps_its_rows(desk: Desk) -> None:
    """A million leaves take seconds; those of the list that was opened must stay claimable."""
    mine = await desk.leaf("ann", 3 * SOL)
    await desk.use.prepare(0, [mine])

    def slowly() -> Iterator[Leaf]:
        yield from others(1)
        desk.home.chain.time = now
        desk.home.chain.books.epochs[0] = Epoch.of(0, [mine], now - DAY)
        desk.home.chain.next_epoch = 1

    now = desk.home.clock.now()
    with pytest.raises(EpochTaken, match="the next epoch is 1"):
        await desk.use.prepare(0, slowly())
    assert (await desk.use.claim(await desk.home.asker("ann"))).quote["lamports"] == 3 * SOL
