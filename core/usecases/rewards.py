"""Rewards: an epoch made ready, a person's part of it found, and the order that claims it.

Who gets what is decided before (`core.domain.rewards.split`); whether an epoch is open and what was paid, the
chain knows. docs/rewards.md says how people check it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from core.domain import base58
from core.domain.errors import UserError
from core.domain.intent import ClaimIntent, to_json
from core.domain.merkle import LEAVES_A_PAGE, Leaf, Page, Tree, page_root, page_tree
from core.domain.money import Lamports
from core.domain.order import Order, OrderKind, OrderState
from core.domain.rewards import RECIPIENT_BYTES
from core.ports.chain import Chain, RewardState
from core.ports.ids import Clock
from core.ports.leaves import Leaves
from core.ports.rows import RewardEpoch
from core.ports.store import Store
from core.usecases.asker import Asker
from core.usecases.orders import Orders
from core.usecases.wallets import Wallets

QUOTE_SECONDS = 45
FEE_RESERVE = Lamports(10_000)  # signature and priority fee that a claim may cost
PAGE_RENT = Lamports(2_115_840)  # of the account in which 1,024 claims are noted
EPOCHS = 64  # that are looked through for a person: an epoch a day for two months
_PAGES_AT_ONCE = 16  # in one unit of work: it holds the write lock, and people press meanwhile


class EpochTaken(Exception):
    """The number is not the one that the chain gives next: its leaves would prove nothing. The text says which."""


class ClaimState(StrEnum):
    EARLY = "early"
    OPEN = "open"
    PAID = "paid"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Claim:
    """One leaf of a recipient's. rent: what its page costs who claims first, lamports. expires_at: unix seconds."""

    epoch: int
    index: int
    amount: Lamports
    state: ClaimState
    rent: Lamports
    expires_at: int
    page: Page = field(repr=False)

    def proof(self) -> tuple[bytes, ...]:
        """The siblings, the lowest first: two thousand hashes, made when they are needed."""
        return self.page.proof(self.epoch, self.index)


@dataclass(frozen=True, slots=True)
class _Written:
    """A leaves file, and what was counted while it was written."""

    sha256: bytes
    above: Tree
    count: int
    total: int


@dataclass(frozen=True)
class Rewards:
    store: Store
    leaves: Leaves
    chain: Chain
    orders: Orders
    wallets: Wallets
    clock: Clock

    async def prepare(self, number: int, leaves: Iterable[Leaf]) -> RewardEpoch:
        """The leaves' public file and our rows of them; gives what `open_epoch` is told. Leaves ascend by recipient.

        Memory is bounded however many there are. Cut off at any point, nobody sees half of it, and doing it again
        is right, with other leaves too until the epoch is opened.

        Raises `EpochTaken`, `ValueError` for leaves that no epoch takes, `BadLeaves` for a file that was
        damaged meanwhile, `ChainAway`, `StoreAway`.
        """
        await self._check_next(number)
        written = await asyncio.to_thread(self._write, number, leaves)
        root = written.above.root.hex()
        await self._keep_pages(number, written, root)
        await self._check_next(number)  # opened meanwhile, our rows of it must not make way for these
        now = self.clock.now()
        row = RewardEpoch(number, root, written.sha256.hex(), written.count, written.total, now)
        async with self.store.begin() as work:
            if not await work.rewards.put(row):
                raise EpochTaken(f"epoch {number} was prepared by somebody else meanwhile")
        await self.store.synced()
        return row

    async def _check_next(self, number: int) -> None:
        config = await self.chain.config()
        following = None if config is None else config.next_epoch
        if number != following:
            raise EpochTaken(f"the next epoch is {following}, not {number}")

    def _write(self, number: int, leaves: Iterable[Leaf]) -> _Written:
        """The file, and the tree above its pages, in one pass."""
        roots: list[bytes] = []
        count = total = 0

        def passing() -> Iterator[Leaf]:
            nonlocal count, total
            for page in _paged(leaves):
                yield from page  # checked by whoever writes it, before it is hashed
                roots.append(page_root(number, count, page))
                count, total = count + len(page), total + sum(leaf.amount for leaf in page)

        sha256 = self.leaves.write(number, passing())
        return _Written(sha256, page_tree(roots), count, total)

    async def _keep_pages(self, number: int, written: _Written, root: str) -> None:
        """From the file, so that what is kept is what is public."""
        pages = _pages(self.leaves.read(number, written.sha256), written.above)
        while batch := await asyncio.to_thread(lambda: list(islice(pages, _PAGES_AT_ONCE))):
            async with self.store.begin() as work:
                await work.rewards.add_pages(root, batch)

    async def find(self, address: str) -> list[Claim]:
        """What the address (base58) was given in epochs that are on chain now, the newest first: a row each.

        Raises `ChainAway`, `StoreAway`, `ValueError` for an address that is none.
        """
        recipient = base58.decode(address)
        if len(recipient) != RECIPIENT_BYTES:
            raise ValueError("not an address")
        async with self.store.read() as work:
            prepared = {epoch.number: epoch.root for epoch in await work.rewards.newest(EPOCHS)}
        states = await self.chain.reward_epochs(list(prepared))
        ours = [
            number for number, root in prepared.items() if number in states and states[number].root == root
        ]
        async with self.store.read() as work:
            pages = {number: await work.rewards.page_of(number, recipient) for number in ours}
        found = [
            (number, page, _place(page, recipient)) for number, page in pages.items() if page is not None
        ]
        paid = await self.chain.rewards_claimed([(number, page.first + at) for number, page, at in found])
        return [
            self._claim(number, page, at, states[number], done)
            for (number, page, at), done in zip(found, paid, strict=True)
        ]

    def _claim(self, number: int, page: Page, at: int, state: RewardState, paid: bool | None) -> Claim:
        now = self.clock.now()
        if paid:
            stands = ClaimState.PAID
        elif now < state.claims_from:
            stands = ClaimState.EARLY
        else:
            stands = ClaimState.OPEN if now < state.expires_at else ClaimState.OVER
        return Claim(
            epoch=number,
            index=page.first + at,
            amount=Lamports(page.leaves[at].amount),
            state=stands,
            rent=PAGE_RENT if paid is None else Lamports(0),
            expires_at=state.expires_at,
            page=page,
        )

    async def claim(self, asker: Asker) -> Order:
        """An order that has the asker's next claim paid, to be confirmed. Raises reward-none, reward-early,
        reward-claimed, reward-ended, balance-too-low, `ChainAway`, `SignerAway`, `StoreAway`."""
        wallet = await self.wallets.ensure(asker.person_id)
        claim = _due(await self.find(wallet.address))
        need, have = claim.rent + FEE_RESERVE, await self.chain.balance(wallet.address)
        if have < need:
            raise UserError(
                "balance-too-low", private=True, have=Lamports(have).sol(), need=Lamports(need).sol()
            )
        intent = ClaimIntent(claim.epoch, claim.index, int(claim.amount), b"".join(claim.proof()).hex())
        quote = {"lamports": int(claim.amount), "epoch": claim.epoch, "deposit": int(claim.rent)}
        now = self.clock.now()
        order = Order(
            id=asker.row_id,
            kind=OrderKind.CLAIM,
            person_id=asker.person_id,
            wallet=wallet.address,
            mint=None,
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


def _due(claims: Sequence[Claim]) -> Claim:
    """The open claim that is over first. Raises the `UserError` that says why there is none."""
    due = [claim for claim in claims if claim.state is ClaimState.OPEN]
    if due:
        return min(due, key=lambda claim: claim.expires_at)
    states = {claim.state for claim in claims}
    if ClaimState.EARLY in states:
        raise UserError("reward-early")
    if ClaimState.PAID in states:
        raise UserError("reward-claimed")
    if ClaimState.OVER in states:
        raise UserError("reward-ended")
    raise UserError("reward-none")


def _place(page: Page, recipient: bytes) -> int:
    return next(at for at, leaf in enumerate(page.leaves) if leaf.recipient == recipient)


def _paged(leaves: Iterable[Leaf]) -> Iterator[tuple[Leaf, ...]]:
    rest = iter(leaves)
    while page := tuple(islice(rest, LEAVES_A_PAGE)):
        yield page


def _pages(leaves: Iterable[Leaf], above: Tree) -> Iterator[Page]:
    for number, page in enumerate(_paged(leaves)):
        yield Page(number * LEAVES_A_PAGE, page, above.proof(number))
