"""Chats, whose ids can change."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, func, select, update

from core.adapters.db.session import Session, columns, to_record
from core.adapters.db.tables import boxes, buttons, chats, deliveries, messages, orders
from core.ports.rows import Chat

# Asked for by every update from a group: made once, as making it takes as long as running it.
_CHAT = select(chats).where(chats.c.platform == bindparam("of"), chats.c.chat_id == bindparam("id"))


class SqlChats:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def ensure(self, chat: Chat) -> Chat:
        insert = self._session.insert(chats).values(columns(chat))
        new = insert.excluded
        row = await self._session.one(
            insert.on_conflict_do_update(
                index_elements=[chats.c.platform, chats.c.chat_id],
                set_={
                    "kind": new.kind,
                    "title": new.title,
                    "locale": func.coalesce(new.locale, chats.c.locale),
                    "active": new.active,
                },
            ).returning(chats)
        )
        assert row is not None
        return to_record(Chat, row)

    async def get(self, platform: str, chat_id: str) -> Chat | None:
        row = await self._session.get(_CHAT, {"of": platform, "id": chat_id})
        return None if row is None else to_record(Chat, row)

    async def set_active(self, platform: str, chat_id: str, active: bool) -> None:
        await self._session.run(
            update(chats)
            .where(chats.c.platform == platform, chats.c.chat_id == chat_id)
            .values(active=active)
        )

    async def set_home(self, platform: str, chat_id: str, home: str | None) -> None:
        await self._session.run(
            update(chats).where(chats.c.platform == platform, chats.c.chat_id == chat_id).values(home=home)
        )

    async def migrate(self, platform: str, old_id: str, new_id: str) -> None:
        # What is there under the new id already is newer, and stays.
        newer_chat, newer_message = chats.alias(), messages.alias()
        await self._session.run(
            delete(chats).where(
                chats.c.platform == platform,
                chats.c.chat_id == old_id,
                exists().where(newer_chat.c.platform == platform, newer_chat.c.chat_id == new_id),
            )
        )
        await self._session.run(
            delete(messages).where(
                messages.c.platform == platform,
                messages.c.chat_id == old_id,
                exists().where(
                    newer_message.c.platform == platform,
                    newer_message.c.chat_id == new_id,
                    newer_message.c.message_id == messages.c.message_id,
                ),
            )
        )
        for table in (chats, messages, buttons, boxes, orders, deliveries):
            await self._session.run(
                update(table)
                .where(table.c.platform == platform, table.c.chat_id == old_id)
                .values(chat_id=new_id)
            )
