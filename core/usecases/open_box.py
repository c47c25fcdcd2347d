"""The mystery box: sealed at once, prepared by a worker, opened, rerolled, thrown away."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from core.domain.box import SEED_BYTES, commitment
from core.domain.errors import UserError
from core.domain.theme import check_theme
from core.ports.bell import BOXES, Bell
from core.ports.ids import Clock, new_id
from core.ports.store import BoxRow, Store
from core.usecases.asker import Asker

MAX_REROLLS = 5
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

        Raises `UserError` theme-* for a theme that we refuse.
        """
        checked = check_theme(theme or DEFAULT_THEME)
        seed = secrets.token_bytes(SEED_BYTES)
        box = BoxRow(
            id=new_id(),
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
            await work.boxes.add(box)
        await self.bell.ring(BOXES)
        return box

    async def get(self, box_id: str, person_id: str) -> BoxRow:
        """Raises `UserError("box-unknown")` unless it is this person's box."""
        async with self.store.read() as work:
            box = await work.boxes.get(box_id)
        if box is None or box.person_id != person_id:
            raise UserError("box-unknown")
        return box

    async def reroll(self, box_id: str, person_id: str) -> BoxRow:
        """New contents from the same committed seed. Raises box-unknown, box-closed, reroll-limit."""
        box = await self.get(box_id, person_id)
        if box.rerolls >= MAX_REROLLS:
            raise UserError("reroll-limit", limit=MAX_REROLLS)
        async with self.store.begin() as work:
            moved = await work.boxes.update(
                box_id,
                ("opened", "failed"),
                state="sealed",
                step="name",
                rerolls=box.rerolls + 1,
                lease_until=0,
            )
        if not moved:
            raise UserError("box-closed")
        await self.bell.ring(BOXES)
        return await self.get(box_id, person_id)

    async def cancel(self, box_id: str, person_id: str) -> BoxRow:
        """Throws the box away. Raises box-unknown; box-closed once it is being launched."""
        await self.get(box_id, person_id)
        async with self.store.begin() as work:
            moved = await work.boxes.update(box_id, ("sealed", "opened", "failed"), state="cancelled")
        if not moved:
            raise UserError("box-closed")
        return await self.get(box_id, person_id)
