"""The mystery box: sealed at once, prepared by a worker, opened, rerolled, thrown away."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from core.domain.box import SEED_BYTES, commitment
from core.domain.errors import UserError
from core.domain.theme import check_theme
from core.ports.bell import BOXES, Bell
from core.ports.ids import Clock
from core.ports.rows import BoxRow
from core.ports.store import Store, Work
from core.usecases.asker import Asker

MAX_REROLLS = 5
WAITING = 6  # boxes of one person that may wait to be filled: the others stand in the same queue
OPEN = 50  # boxes of one person that are neither launched nor thrown away
DEFAULT_THEME = "something nobody expects"


def subject_of(box_id: str) -> str:
    """The live message's name."""
    return f"box:{box_id}"


@dataclass(frozen=True)
class Boxes:
    store: Store
    bell: Bell
    clock: Clock

    async def seal(self, theme: str, asker: Asker) -> BoxRow:
        """A box with its secret seed and the commitment to it, waiting to be prepared.

        Raises `UserError` theme-* for a theme that we refuse, boxes-waiting, boxes-open.
        """
        checked = check_theme(theme or DEFAULT_THEME)
        seed = secrets.token_bytes(SEED_BYTES)
        box = BoxRow(
            id=asker.row_id,
            person_id=asker.person_id,
            platform=asker.platform,
            chat_id=asker.chat_id,
            thread_id=asker.thread_id,
            user_id=asker.user_id,
            theme=checked.text,
            state="sealed",
            seed=seed.hex(),
            commitment=commitment(seed).hex(),
            step="name",
            created_at=self.clock.now(),
            cause=asker.event_id,
        )
        async with self.store.begin() as work:
            known = await work.boxes.get(box.id)  # sealed before a kill, and its update has come again
            if known is None:
                await _may_wait(work, asker.person_id, another=True)
                await work.boxes.add(box)
        await self.bell.ring(BOXES)
        return known or box

    async def get(self, box_id: str, person_id: str) -> BoxRow:
        """Raises `UserError("box-unknown")` unless it is this person's box."""
        async with self.store.read() as work:
            box = await work.boxes.get(box_id)
        if box is None or box.person_id != person_id:
            raise UserError("box-unknown")
        return box

    async def reroll(self, box_id: str, person_id: str, seen: int) -> BoxRow:
        """New contents from the same committed seed, in place of those after `seen` rerolls; the box as it is
        if those have gone already. Raises box-unknown, box-closed, reroll-limit, boxes-waiting."""
        async with self.store.begin() as work:
            box = await work.boxes.get(box_id)
            if box is None or box.person_id != person_id:
                raise UserError("box-unknown")
            if box.rerolls > seen:
                return box
            if box.rerolls >= MAX_REROLLS:
                raise UserError("reroll-limit", limit=MAX_REROLLS)
            await _may_wait(work, person_id, another=False)
            again = {"state": "sealed", "step": "name", "rerolls": seen + 1, "image": None, "lease_until": 0}
            if not await work.boxes.update(box_id, ("opened", "failed"), **again):
                raise UserError("box-closed")
        await self.bell.ring(BOXES)
        return await self.get(box_id, person_id)

    async def cancel(self, box_id: str, person_id: str) -> BoxRow:
        """Throws the box away. Raises box-unknown; box-closed once it is being launched."""
        await self.get(box_id, person_id)
        async with self.store.begin() as work:
            await work.boxes.update(box_id, ("sealed", "opened", "failed"), state="cancelled")
        box = await self.get(box_id, person_id)
        if box.state != "cancelled":
            raise UserError("box-closed")
        return box


async def _may_wait(work: Work, person_id: str, *, another: bool) -> None:
    """Raises boxes-waiting if enough boxes of this person stand in the queue; for another one boxes-open too."""
    open_ = await work.boxes.open_of_person(person_id)
    if sum(box.state == "sealed" for box in open_) >= WAITING:
        raise UserError("boxes-waiting", limit=WAITING)
    if another and len(open_) >= OPEN:
        raise UserError("boxes-open", limit=OPEN)
