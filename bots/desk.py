"""What every surface is given: the way in (`bots.inbox`), the way through (dispatch), the way out (`bots.outbox`).

A surface turns native updates into `InboxItem`s and calls `accept`, which writes them down before the
platform is told that we have them. `InboxRunner` hands them to the surface's `handle`, in order within a
chat, side by side between chats, and again after a restart if they were not done. `run_outbox` hands
deliveries to the surface's `send`. So no surface holds anything that a kill could lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.bootstrap.app import App
from core.cards.error import error_card
from core.commands.dispatch import Dispatcher
from core.commands.incoming import Invocation
from core.domain.errors import UserError
from core.ports.bell import Bell, deliveries
from core.ports.ids import Clock, reference
from core.ports.meter import SILENT, Meter
from core.ports.rows import Delivery, InboxItem, LiveMessage
from core.ports.store import Store
from core.reply import Message, Reply


def lane(chat_id: str | None, user_id: str) -> str:
    """What is handled in order: one user's doings in one chat."""
    return f"{chat_id or ''}\n{user_id}"


class RetryAfter(Exception):
    """The platform asks us to wait `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class Gone(Exception):
    """The chat is closed to us: blocked, kicked, deleted. The chat is unsubscribed."""


class MessageGone(Exception):
    """The message to edit is not there any more; a result is sent anew instead."""


@dataclass(frozen=True)
class Desk:
    """One surface's access to the core.

    platform: telegram, discord, terminal, ... files: the folder that pictures' paths are relative to.
    """

    platform: str
    store: Store
    dispatcher: Dispatcher
    bell: Bell
    clock: Clock
    files: Path
    meter: Meter = SILENT

    @classmethod
    def of(cls, app: App, platform: str) -> Desk:
        files = app.settings.files_dir
        return cls(platform, app.store, app.dispatcher, app.bell, app.clock, files, app.meter)

    async def dispatch(self, invocation: Invocation) -> Reply | None:
        """Runs the invocation; None for text that is nothing to us. Never raises a user's error."""
        reply = await self.dispatcher.dispatch(invocation)
        return None if reply is None else replace(reply, message=self.with_files(reply.message))

    def with_files(self, message: Message) -> Message:
        """The message with its picture's path made whole."""
        media = message.media
        return (
            message
            if media is None
            else replace(message, media=replace(media, path=str(self.files / media.path)))
        )

    async def suggest(self, command: str, argument: str, typed: str) -> list[tuple[str, str]]:
        """Typeahead: (value, label) pairs, at most 25."""
        return await self.dispatcher.suggest(command, argument, typed)

    async def glance(self, typed: str, limit: int) -> list[Message]:
        """Cards of the coins that begin with what was typed, the newest for nothing; without tokens, and
        their pictures' paths as they are published. Raises `StoreAway`."""
        return await self.dispatcher.glance(typed, limit)

    async def showing(self, subject: str | None) -> Sequence[LiveMessage]:
        """The messages that show the subject here."""
        if subject is None:
            return ()
        async with self.store.read() as work:
            return await work.messages.of_subject(self.platform, subject)

    async def shown(self, reply: Reply, where: LiveMessage) -> None:
        """The surface has shown `reply` there; what becomes of its subject is edited into that message."""
        if reply.subject is None:
            return
        async with self.store.begin() as work:
            shown = await work.messages.of_subject(self.platform, reply.subject)
            here = [
                m.version for m in shown if (m.chat_id, m.message_id) == (where.chat_id, where.message_id)
            ]
            # The version stays, so that an older look still on its way does not cover this one.
            await work.messages.record(replace(where, subject=reply.subject, version=max(here, default=0)))
        await self.bell.ring(deliveries(self.platform))

    async def accept(self, items: Sequence[InboxItem]) -> list[InboxItem]:
        """Writes updates down. When this returns the platform may be told that we have them.

        Returns those that are new. Raises `StoreAway`: then the platform must deliver them again.
        """
        async with self.store.begin() as work:
            new = await work.inbox.put(items)
        self.meter.updates(self.platform, "accepted", len(new))
        self.meter.updates(self.platform, "repeated", len(items) - len(new))
        return new

    async def done(self, items: Sequence[InboxItem]) -> None:
        """They have been handled, and are not handled again. Raises `StoreAway`."""
        async with self.store.begin() as work:
            await work.inbox.done(self.platform, [item.event_id for item in items], self.clock.now())

    async def locale(self, delivery: Delivery) -> str | None:
        """The language of those whom the delivery is for, if they have said."""
        async with self.store.read() as work:
            if delivery.chat_id is not None:
                chat = await work.chats.get(self.platform, delivery.chat_id)
                return None if chat is None else chat.locale
            account = await work.accounts.get(self.platform, delivery.user_id or "")
            return None if account is None else account.locale

    async def active(self, chat_id: str, active: bool) -> None:
        """Whether a chat is open to us, so that it is announced to."""
        async with self.store.begin() as work:
            await work.chats.set_active(self.platform, chat_id, active)

    async def moved(self, old: str, new: str) -> None:
        """A chat has a new id."""
        async with self.store.begin() as work:
            await work.chats.migrate(self.platform, old, new)

    def apology(self, event_id: str) -> Message:
        """For a fault of ours, with the reference that the log's lines carry."""
        return error_card(UserError("internal", reference=reference(self.platform, event_id)))
