"""Where a chat's coins are at home: the place in which each gets a thread of its own."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.errors import UserError
from core.domain.home import parse_home
from core.ports.store import Store
from core.usecases.asker import Asker

OFF = "off"


@dataclass(frozen=True)
class Homes:
    store: Store

    async def of(self, asker: Asker) -> str | None:
        """The chat's setting. Raises home-private."""
        async with self.store.read() as work:
            chat = await work.chats.get(asker.platform, _group(asker))
        return None if chat is None else chat.home

    async def move(self, place: str, asker: Asker) -> str | None:
        """Sets it: `here`, `off`, or another channel's id or mention. Raises home-private, home-wrong."""
        home = None if place.strip().lower() == OFF else parse_home(place)
        if home is None and place.strip().lower() != OFF:
            raise UserError("home-wrong")
        async with self.store.begin() as work:
            await work.chats.set_home(asker.platform, _group(asker), home)
        return home


def _group(asker: Asker) -> str:
    if asker.chat_id is None:
        raise UserError("home-private")
    return asker.chat_id
