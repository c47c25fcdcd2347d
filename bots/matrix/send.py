"""Showing cards in rooms, nothing twice: a transaction's id follows from what caused it, so the same sent again,
after a kill or a lost answer, is the same message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog

from bots.desk import Desk, Gone, MessageGone, RetryAfter
from bots.matrix.render import CHOICES, FORM, render, with_picture
from bots.matrix.wire import Homeserver, Refused
from core.ports.ids import id_of
from core.reply import Json, Media, Message

log = structlog.get_logger()

OFFERED = 6  # choices at most that stand under a card as reactions, to be taken with one tap
LOOKED_AT = 40  # events before a plain answer among which the question is


class Sender:
    """As the account `me`. `commands`: as in `render`."""

    def __init__(self, desk: Desk, server: Homeserver, me: str, commands: Iterable[str]) -> None:
        self._desk, self._server, self._me, self._commands = desk, server, me, commands

    async def new(
        self, room: str, message: Message, cause: str, relation: Json = None, *, patient: bool = True
    ) -> str:
        """Sends a card, and says as which event. `cause`: what it is the only message of, in that room."""
        content = await self._content(message, patient)
        related = {**content, "m.relates_to": relation} if relation else content
        event_id = await self._send(room, related, cause, patient)
        await self._offer(room, event_id, content.get(CHOICES, {}), {})
        return event_id

    async def edit(
        self, room: str, event_id: str, message: Message, cause: str, *, patient: bool = True
    ) -> None:
        """Raises `MessageGone` for a message that was redacted, whose edit nobody would see."""
        before, _ = await self.card(room, event_id, patient=patient)
        content = await self._content(message, patient)
        edit = {
            "msgtype": content["msgtype"],
            "body": f"* {content['body']}",
            "m.mentions": {},
            "m.new_content": content,
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        }
        await self._send(room, edit, f"{cause} {event_id}", patient)
        await self._offer(room, event_id, content.get(CHOICES, {}), before.get(CHOICES, {}))

    async def card(self, room: str, event_id: str, *, patient: bool = True) -> tuple[Json, int]:
        """How a message of ours looks, and since when (milliseconds). Raises `MessageGone` if it is not there
        or not ours."""
        event = await self._server.call("GET", "rooms", room, "event", event_id, patient=patient)
        if event["sender"] != self._me or "msgtype" not in event["content"]:
            raise MessageGone(event_id)
        return _look(event.get("unsigned", {}).get("m.relations", {}).get("m.replace", event))

    async def last_card(self, room: str, event_id: str) -> tuple[str, Json, int] | None:
        """The latest look of ours before that event that asks or offers something: whose, how, since when."""
        query = {"limit": str(2 * LOOKED_AT)}
        around = await self._server.call("GET", "rooms", room, "context", event_id, query=query)
        for event in around["events_before"]:
            content, since = _look(event)
            if event["sender"] == self._me and not content.keys().isdisjoint((CHOICES, FORM)):
                edit = "m.new_content" in event["content"]
                shown = event["content"]["m.relates_to"]["event_id"] if edit else event["event_id"]
                return shown, content, since
        return None

    async def _content(self, message: Message, patient: bool) -> Json:
        content = render(message, self._commands)
        if message.media is None:
            return content
        try:
            return with_picture(content, message.media, await self._uploaded(message.media, patient))
        except (OSError, Refused, Gone) as refused:
            log.warning("matrix.picture_refused", error=str(refused), key=message.media.key)
            return content

    async def _uploaded(self, media: Media, patient: bool) -> str:
        """The picture's address on the homeserver; equal pictures are uploaded once."""
        name = f"matrix-picture:{self._me}:{media.key}"
        async with self._desk.store.read() as work:
            kept = await work.cursors.get(name)
        if kept is None:
            picture = await asyncio.to_thread(Path(media.path).read_bytes)
            kept = await self._server.upload(picture, media.type, media.key, patient=patient)
            async with self._desk.store.begin() as work:
                await work.cursors.set(name, kept)
        return str(kept["content_uri"])

    async def _send(
        self, room: str, content: Json, cause: str, patient: bool, kind: str = "m.room.message"
    ) -> str:
        steps = ("rooms", room, "send", kind, id_of("matrix", kind, cause))
        sent = await self._server.call("PUT", *steps, body=content, patient=patient)
        return str(sent["event_id"])

    async def _offer(self, room: str, event_id: str, choices: Json, before: Json) -> None:
        """The choices as reactions, as long as the homeserver lets us say that much: the numbers do as well."""
        if self._server.limited or len(choices) > OFFERED:
            return
        for number in (number for number in choices if number not in before):
            relation = {"rel_type": "m.annotation", "event_id": event_id, "key": f"{number}\ufe0f\u20e3"}
            try:
                steps = (room, {"m.relates_to": relation}, f"{event_id} {number}")
                await self._send(*steps, patient=False, kind="m.reaction")
            except (RetryAfter, Refused, Gone) as refused:  # Refused: it stands there already
                log.info("matrix.not_offered", error=str(refused))


def _look(event: Json) -> tuple[Json, int]:
    return event["content"].get("m.new_content", event["content"]), int(event["origin_server_ts"])
