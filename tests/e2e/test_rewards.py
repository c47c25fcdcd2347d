"""An epoch from a list of leaves to SOL in custodial wallets and back: node, program, database and signer are real.

Only the clock is the test's: claims start a day after the opening, and end a month after that.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from core.adapters.chain.chain import RpcFaucet, SolanaChain
from core.adapters.chain.program.close_epoch import CloseEpoch
from core.adapters.chain.program.close_page import ClosePage
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.open_epoch import OpenEpoch
from core.adapters.chain.rpc import Rpc
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.queue.bell import LocalBell
from core.adapters.storage.leaves import LeavesFolder
from core.bootstrap import embedded
from core.domain.errors import UserError
from core.domain.merkle import LEAVES_A_PAGE, Leaf
from core.domain.money import Lamports
from core.domain.order import Order, OrderState
from core.ports.rows import RewardEpoch
from core.usecases.asker import Asker
from core.usecases.follow_orders import FollowOrders
from core.usecases.orders import Orders
from core.usecases.rewards import PAGE_RENT, Rewards
from core.usecases.wallets import Wallets
from tests.fakes.house import Clock
from tests.fakes.live_chain import live_chain
from tests.fakes.signer import FakeSigner

SOL = 10**9
DAY = 86_400
MONTH = 30 * DAY
IDS = ProgramIds(Pubkey.from_string(embedded.program_id()))
REWARDS = embedded.keypair("rewards")


@dataclass
class World:
    clock: Clock
    rpc: Rpc
    chain: SolanaChain
    store: SqlStore
    wallets: Wallets
    orders: Orders
    rewards: Rewards
    updates: int = 0

    async def asker(self, name: str) -> Asker:
        self.updates += 1
        async with self.store.begin() as work:
            account = await work.accounts.ensure("terminal", name, name, None)
        return Asker(account.person_id, "terminal", name, None, None, f"update-{self.updates}")

    async def leaf(self, name: str, lamports: int) -> Leaf:
        wallet = await self.wallets.ensure((await self.asker(name)).person_id)
        return Leaf(bytes(Pubkey.from_string(wallet.address)), lamports)

    async def send(self, instruction: Instruction, payer: Keypair) -> None:
        """The operator's, or anybody's, transaction; it must land."""
        blockhash = Hash.from_string((await self.chain.latest_blockhash()).hash)
        raw = bytes(Transaction([payer], Message([instruction], payer.pubkey()), blockhash))
        options = {"encoding": "base64"}
        await self.rpc.call(
            "sendTransaction", b64encode(raw).decode(), options
        )  # preflight says what is wrong

    async def open(self, epoch: RewardEpoch) -> None:
        """The rewards key opens what was prepared, with its own SOL."""
        args = OpenEpoch(
            authority=REWARDS.pubkey(),
            funder=REWARDS.pubkey(),
            epoch=epoch.number,
            root=bytes.fromhex(epoch.root),
            leaves_sha256=bytes.fromhex(epoch.leaves_sha256),
            count=epoch.count,
            total=Lamports(epoch.total),
            claim_time=MONTH,
        )
        await self.send(args.build(IDS), REWARDS)

    async def claims(self, name: str) -> Order:
        order = await self.rewards.claim(await self.asker(name))
        await self.orders.confirm(order.id, order.person_id, "a press")
        await FollowOrders(self.store, self.orders, self.clock, "keeper").round()
        async with self.store.read() as work:
            ended = await work.orders.get(order.id)
        assert ended is not None
        assert ended.state is OrderState.LANDED, ended.error
        return ended


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock, url = Clock(), f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    store, signer = SqlStore(url), FakeSigner(tmp_path, embedded.program_id(), clock=clock.now)
    async with live_chain(tmp_path, clock.now) as rpc:
        chain = SolanaChain(rpc, embedded.program_id())
        wallets = Wallets(store, signer, RpcFaucet(rpc), clock)
        orders = Orders(store, chain, signer, LocalBell(), clock, "desk")
        rewards = Rewards(store, LeavesFolder(tmp_path / "leaves"), chain, orders, wallets, clock)
        await RpcFaucet(rpc).drip(str(REWARDS.pubkey()), 900 * SOL)
        yield World(clock, rpc, chain, store, wallets, orders, rewards)
    signer.close()
    await store.close()


def result(order: Order) -> dict[str, Any]:
    assert order.result is not None
    return order.result


async def test_rewards_from_a_list_to_wallets_and_the_rest_back(world: World) -> None:
    strangers = [
        Leaf(sha256(bytes([n % 256, n // 256])).digest(), SOL // 10 + n) for n in range(LEAVES_A_PAGE)
    ]
    ann, bob, leaves = await world.leaf("ann", 3 * SOL), await world.leaf("bob", 2 * SOL), strangers
    leaves = sorted([ann, bob, *strangers], key=lambda leaf: leaf.recipient)
    epoch = await world.rewards.prepare(0, leaves)
    assert await world.rewards.find(str(Pubkey(ann.recipient))) == [], "prepared is not open"
    await world.open(epoch)
    state = (await world.chain.reward_epochs([0, 1]))[0]
    assert (state.root, state.count, state.total, state.paid) == (epoch.root, epoch.count, epoch.total, 0)

    with pytest.raises(UserError, match="reward-early"):
        await world.rewards.claim(await world.asker("ann"))
    world.clock.seconds += DAY

    wallet = str(Pubkey(ann.recipient))
    before = await world.chain.balance(wallet)
    first = result(await world.claims("ann"))
    assert (first["lamports"], first["deposit"]) == (3 * SOL, PAGE_RENT)
    assert await world.chain.balance(wallet) == before + 3 * SOL - PAGE_RENT - first["network_fee"]
    same_page = leaves.index(ann) // LEAVES_A_PAGE == leaves.index(bob) // LEAVES_A_PAGE
    assert result(await world.claims("bob"))["deposit"] == (0 if same_page else PAGE_RENT)
    with pytest.raises(UserError, match="reward-claimed"):
        await world.rewards.claim(await world.asker("ann"))
    people = [(0, leaves.index(leaf)) for leaf in (ann, bob)] + [(1, 0)]
    assert await world.chain.rewards_claimed(people) == [True, True, None]
    state = (await world.chain.reward_epochs([0, 1]))[0]
    assert state.paid == 5 * SOL

    world.clock.seconds += MONTH
    stranger = Keypair()
    await RpcFaucet(world.rpc).drip(str(stranger.pubkey()), SOL)
    funder = await world.chain.balance(str(REWARDS.pubkey()))
    await world.send(CloseEpoch(0, REWARDS.pubkey()).build(IDS), stranger)
    rest = epoch.total - 5 * SOL + PAGE_RENT  # an epoch's account is as large as a page
    assert await world.chain.balance(str(REWARDS.pubkey())) == funder + rest
    assert await world.chain.reward_epochs([0]) == {}
    held = await world.chain.balance(wallet)
    closing = ClosePage(0, leaves.index(ann), Pubkey(ann.recipient))
    await world.send(closing.build(IDS), stranger)
    assert await world.chain.balance(wallet) == held + PAGE_RENT


async def test_a_simulation_says_why_a_claim_is_refused(world: World) -> None:
    """Signed by nobody, paid by nobody: what the program would answer is said before."""
    epoch = await world.rewards.prepare(0, [await world.leaf("ann", SOL)])
    await world.open(epoch)
    world.clock.seconds += DAY
    order = await world.rewards.claim(await world.asker("ann"))
    late = await world.rewards.claim(await world.asker("ann"))
    await world.orders.confirm(order.id, order.person_id, "a press")
    with pytest.raises(UserError, match="reward-claimed"):
        await world.orders.confirm(late.id, late.person_id, "another")
