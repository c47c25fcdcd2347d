"""The terminal's way through: lines into the inbox, replies and deliveries out to a `Screen`.

Several terminals may work on one installation. Each edits the messages that it showed; those of one that
has ended fall to whoever is left, since the lock file that marks a living terminal is free then.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bots.desk import Desk, RetryAfter, lane
from bots.inbox import InboxRunner
from bots.outbox import run_outbox
from bots.place import audience, in_private
from bots.terminal.inbound import PLATFORM, invocation
from bots.terminal.render import choices
from core.ports.bell import deliveries
from core.ports.ids import new_id
from core.ports.rows import Delivery, InboxItem, LiveMessage
from core.reply import Json, Kind, Message, Reply, Visibility

PATIENCE = 180  # seconds that the end waits for what was begun; a blockhash, so an order, lives for about 90
LOOK = 0.05  # seconds between looks at whether it has ended
REMEMBERED = 20_000  # buttons and causes kept at hand; older ones are looked up or answered without `re`


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing to show. kind: reply | edit | notice | error. re: id of the line that caused it."""

    re: Json
    msg: str
    kind: str
    to: str | None
    chat: str | None
    message: Message | None


class Screen(Protocol):
    def show(self, shown: Shown) -> None:
        """Shows it at once. Raises `BrokenPipeError` if nobody looks any more."""
        ...


class Terminal:
    """One terminal. Use as `async with`: it works off the inbox and the deliveries until it is left."""

    def __init__(self, desk: Desk, screen: Screen, run_dir: Path) -> None:
        self._desk, self._screen, self._run_dir = desk, screen, run_dir
        self._run = new_id()
        self._count = 0
        self._ids: OrderedDict[str, Json] = OrderedDict()  # event id -> the line's own id
        self._places: OrderedDict[str, str] = OrderedDict()  # button token -> message id
        self._inbox = InboxRunner(desk, self._handle, _lane)
        self._stop = asyncio.Event()
        self._lock = -1
        self._outbox: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Terminal:
        self._run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(self._alive(self._run), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        await self._resume()
        self._outbox = asyncio.create_task(run_outbox(self._desk, self._send, self._stop, inbox=self._inbox))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._inbox.close()
        if self._outbox is not None:
            await self._desk.bell.ring(deliveries(PLATFORM))  # it need not wait for its next look
            await self._outbox
        self._alive(self._run).unlink(missing_ok=True)
        os.close(self._lock)

    async def accept(self, payloads: Sequence[dict[str, Any]]) -> None:
        """Writes lines down, then works on them. Raises `StoreAway`: then none of them was taken."""
        items = []
        for payload in payloads:
            self._count += 1
            event_id = f"{self._run}-{self._count}"
            _remember(self._ids, event_id, payload["id"])
            items.append(InboxItem(PLATFORM, event_id, payload, self._desk.clock.now()))
        self._inbox.feed(await self._desk.accept(items))

    async def idle(self) -> None:
        """Until every line has been answered."""
        await self._inbox.idle()

    async def settled(self) -> bool:
        """Whether nothing that was begun here is still going on: no box in preparation, no order in flight,
        no event that may still bring a message, no message unsent."""
        async with self._desk.store.read() as work:
            if await work.boxes.preparing(PLATFORM) or await work.orders.in_flight(PLATFORM):
                return False
            cursor = await work.cursors.get("announcer") or {"seq": 0}
            if await work.events.after(cursor["seq"], 1):
                return False
            return await work.deliveries.open_count(PLATFORM) == 0

    async def finish(self, patience: float = PATIENCE) -> bool:
        """Waits until every line is answered and what they began has ended; False if it still goes on after
        `patience` seconds. It goes on without us: the answers come up in the next terminal."""
        try:
            async with asyncio.timeout(patience):
                await self.idle()
                while not await self.settled():  # noqa: ASYNC110 - other processes end it; there is no event
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            return False
        return True

    async def _resume(self) -> None:
        """Takes up lines of terminals that ended before they had answered them."""
        async with self._desk.store.read() as work:
            pending = await work.inbox.pending(PLATFORM)
        self._inbox.feed([item for item in pending if not self._lives(item.event_id.partition("-")[0])])

    async def _handle(self, item: InboxItem) -> None:
        payload = item.payload
        asked = invocation(item)
        pressed = await self._pressed(payload) if "press" in payload or "form" in payload else None
        reply = await self._desk.dispatch(asked)
        if reply is None:
            self._show(item.event_id, new_id(), "reply", payload["as"], payload["chat"], None)
            return
        edits = pressed is not None and _edits(reply, pressed)
        msg = pressed.message_id if pressed is not None and edits else new_id()
        # A private answer to a question in a group moves to the caller's own chat.
        seen_by = audience(reply, group=payload["chat"] is not None)
        chat = None if seen_by is Visibility.PRIVATE else payload["chat"]
        if pressed is not None and edits:
            chat = pressed.chat_id
        self._show(
            item.event_id, msg, "edit" if edits else reply.kind.value, payload["as"], chat, reply.message
        )
        place = LiveMessage(
            reply.subject or "",
            PLATFORM,
            chat,
            None,
            msg,
            payload["as"],
            version=pressed.version if pressed is not None and edits else 0,
            handle={"run": self._run},
            cause=item.event_id,
        )
        await self._desk.shown(reply, place)

    async def _pressed(self, payload: dict[str, Any]) -> LiveMessage | None:
        """The message whose button or form this is, as far as anybody knows."""
        token = payload.get("press") or payload.get("form") or ""
        message_id = self._places.get(token)
        async with self._desk.store.read() as work:
            button = await work.buttons.get(token) if len(token) <= 64 else None
            live: list[LiveMessage] = []
            if button is not None and button.subject is not None:
                live = await work.messages.of_subject(PLATFORM, button.subject)
        for place in live:
            if place.message_id == message_id or (message_id is None and place.user_id == payload["as"]):
                return place
        if message_id is None:
            return None
        return LiveMessage("", PLATFORM, payload["chat"], None, message_id, payload["as"])

    async def _send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        if live is None:
            msg, to = new_id(), delivery.user_id
            chat = None if in_private(delivery) else delivery.chat_id
            self._show(None, msg, "notice", to, chat, message)
            handle = {"run": self._run}
            return LiveMessage(delivery.subject or "", PLATFORM, chat, None, msg, to, handle=handle)
        run = (live.handle or {}).get("run", "")
        if run != self._run and self._lives(run):
            raise RetryAfter(1)  # another terminal shows that message; it takes the delivery
        self._show(live.cause, live.message_id, "edit", live.user_id, live.chat_id, message)
        return None

    def _show(
        self,
        cause: str | None,
        msg: str,
        kind: str,
        to: str | None,
        chat: str | None,
        message: Message | None,
    ) -> None:
        re = None if cause is None else self._ids.get(cause)
        if message is not None:
            tokens = [choice.token for choice in choices(message)]
            if message.form is not None and message.form.token is not None:
                tokens.append(message.form.token)
            for token in tokens:
                _remember(self._places, token, msg)
        self._screen.show(Shown(re, msg, kind, to, chat, message))

    def _alive(self, run: str) -> Path:
        return self._run_dir / f"terminal-{run}.lock"

    def _lives(self, run: str) -> bool:
        """Whether the terminal of that run is there."""
        if run == self._run:
            return True
        if not run.isalnum():
            return False
        try:
            descriptor = os.open(self._alive(run), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            self._alive(run).unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)


def _lane(item: InboxItem) -> str:
    return lane(item.payload["chat"], item.payload["as"])


def _edits(reply: Reply, pressed: LiveMessage) -> bool:
    if reply.kind is not Kind.REPLY:
        return False
    return reply.edit or (reply.subject is not None and reply.subject == pressed.subject)


def _remember(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
    kept[key] = value
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
