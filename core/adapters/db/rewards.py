"""Epochs of rewards and their leaves, a row a page: 40 bytes a leaf, 41 kB a row, 41 MB a million leaves.

A proof is made when it is asked for, from the one row: 1,024 hashes take about as long as reading 640 stored
bytes for each of a million leaves would take room.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from core.adapters.db.session import Session, columns, to_record
from core.adapters.db.tables import reward_epochs, reward_pages
from core.domain.merkle import HASH_BYTES, LEAVES_A_PAGE, Leaf, Page
from core.domain.rewards import RECIPIENT_BYTES
from core.ports.rows import RewardEpoch

_LEAF_BYTES = RECIPIENT_BYTES + 8


class SqlRewards:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add_pages(self, root: str, pages: Sequence[Page]) -> None:
        rows = [
            {
                "root": root,
                "recipient": page.leaves[0].recipient.hex(),
                "first": page.first,
                "leaves": _packed(page.leaves),
                "path": b"".join(page.path),
            }
            for page in pages
        ]
        if rows:
            insert = self._session.insert(reward_pages).on_conflict_do_nothing()
            await self._session.execute(insert, rows)

    async def put(self, epoch: RewardEpoch) -> bool:
        await self._session.alone("rewards")
        found = await self._session.number(select(func.count()).where(reward_pages.c.root == epoch.root))
        if found != -(-epoch.count // LEAVES_A_PAGE):
            return False
        values = columns(epoch)
        insert = self._session.insert(reward_epochs).values(values)
        await self._session.run(insert.on_conflict_do_update(index_elements=["number"], set_=values))
        named = select(reward_epochs.c.root)
        await self._session.run(delete(reward_pages).where(reward_pages.c.root.not_in(named)))
        return True

    async def get(self, number: int) -> RewardEpoch | None:
        row = await self._session.one(select(reward_epochs).where(reward_epochs.c.number == number))
        return None if row is None else to_record(RewardEpoch, row)

    async def newest(self, limit: int) -> list[RewardEpoch]:
        newest = select(reward_epochs).order_by(reward_epochs.c.number.desc()).limit(limit)
        return [to_record(RewardEpoch, row) for row in await self._session.all(newest)]

    async def page_of(self, number: int, recipient: bytes) -> Page | None:
        row = await self._session.one(
            select(reward_pages)
            .join(reward_epochs, reward_epochs.c.root == reward_pages.c.root)
            .where(reward_epochs.c.number == number, reward_pages.c.recipient <= recipient.hex())
            .order_by(reward_pages.c.recipient.desc())
            .limit(1)
        )
        if row is None or not _has(row.leaves, recipient):
            return None
        return Page(row.first, _leaves(row.leaves), _hashes(row.path))


def _packed(leaves: Sequence[Leaf]) -> bytes:
    return b"".join([leaf.recipient + leaf.amount.to_bytes(8, "little") for leaf in leaves])


def _has(data: bytes, recipient: bytes) -> bool:
    """Whether a leaf begins with these bytes: they could also lie across two."""
    at = data.find(recipient)
    while at >= 0 and at % _LEAF_BYTES:
        at = data.find(recipient, at + 1)
    return at >= 0


def _leaves(data: bytes) -> tuple[Leaf, ...]:
    parts = (data[at : at + _LEAF_BYTES] for at in range(0, len(data), _LEAF_BYTES))
    return tuple(
        Leaf(part[:RECIPIENT_BYTES], int.from_bytes(part[RECIPIENT_BYTES:], "little")) for part in parts
    )


def _hashes(data: bytes) -> tuple[bytes, ...]:
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))
