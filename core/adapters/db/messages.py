"""Live messages: where a subject is shown, and which version of it."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from core.adapters.db.session import Session, columns, to_record
from core.adapters.db.tables import messages
from core.ports.rows import LiveMessage


class SqlMessages:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def record(self, message: LiveMessage) -> None:
        values = {**columns(message), "chat_id": message.chat_id or ""}
        key = [messages.c.platform, messages.c.chat_id, messages.c.message_id]
        insert = self._session.insert(messages).values(values)
        rest = {name: insert.excluded[name] for name in values if name not in {column.name for column in key}}
        await self._session.run(insert.on_conflict_do_update(index_elements=key, set_=rest))

    async def of_subject(self, platform: str, subject: str) -> list[LiveMessage]:
        rows = await self._session.all(
            select(messages)
            .where(messages.c.platform == platform, messages.c.subject == subject)
            .order_by(messages.c.chat_id, messages.c.message_id)
        )
        found = [to_record(LiveMessage, row) for row in rows]
        return [message if message.chat_id else _without_chat(message) for message in found]

    async def shown(self, message: LiveMessage, version: int) -> bool:
        changed = await self._session.run(
            update(messages)
            .where(
                messages.c.platform == message.platform,
                messages.c.chat_id == (message.chat_id or ""),
                messages.c.message_id == message.message_id,
                messages.c.version < version,
            )
            .values(version=version)
        )
        return changed == 1

    async def forget(self, platform: str, chat_id: str | None, message_id: str) -> None:
        await self._session.run(
            delete(messages).where(
                messages.c.platform == platform,
                messages.c.chat_id == (chat_id or ""),
                messages.c.message_id == message_id,
            )
        )


def _without_chat(message: LiveMessage) -> LiveMessage:
    return LiveMessage(**{**columns(message), "chat_id": None})
