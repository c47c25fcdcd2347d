"""Events become deliveries: who shall see what, because of which event.

A delivery's key is made of the event and its target, and deliveries and cursor are written in one unit of
work, so that an announcer that dies at any line announces everything once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.order import Order, OrderKind
from core.ports.bell import Bell, deliveries
from core.ports.ids import Clock
from core.ports.rows import BoxRow, Coin, Delivery, Event, StoredButton
from core.ports.store import Store, Work
from core.reply import Message, Visibility, encode
from core.usecases import open_box, orders

CURSOR = "announcer"
BATCH = 8  # events in one unit of work: it holds the write lock, and people press meanwhile


@dataclass(frozen=True, slots=True)
class Target:
    """Whose message a subject's new look is for."""

    platform: str
    chat_id: str | None
    thread_id: str | None
    user_id: str
    subject: str


@dataclass(frozen=True)
class Looks:
    """How subjects look: cards, handed in because use cases don't know them.

    coin: what a coin's own thread begins with. bought, complete, graduated: a coin, and for a buy its lamports,
    atoms and trader, for a graduation the reader's platform.
    token: gives each button its token, with the rows that the store must keep.
    """

    box: Callable[[BoxRow], Message]
    order: Callable[[Order], Message]
    coin: Callable[[Coin], Message]
    bought: Callable[[Coin, int, int, str], Message]
    complete: Callable[[Coin], Message]
    graduated: Callable[[Coin, str], Message]
    token: Callable[[Message, Target, int], tuple[Message, list[StoredButton]]]


@dataclass(frozen=True, slots=True)
class _Made:
    delivery: Delivery
    buttons: list[StoredButton]


@dataclass(frozen=True)
class Announce:
    store: Store
    bell: Bell
    clock: Clock
    looks: Looks

    async def next(self) -> int:
        """Turns the next events into deliveries; how many events there were. Raises `StoreAway`."""
        async with self.store.read() as work:
            after = await _cursor(work)
            events = await work.events.after(after, BATCH)
            # Made before the write lock is taken: people press meanwhile.
            made = [one for event in events for one in await self._deliveries(work, event)]
        if not events:
            return 0
        async with self.store.begin() as work:
            if await _cursor(work) != after:
                return len(events)  # another announcer was here; what is left is looked for again
            await work.buttons.add([button for one in made for button in one.buttons])
            await work.deliveries.add([one.delivery for one in made])
            await work.cursors.set(CURSOR, {"seq": events[-1].seq})
        for platform in {one.delivery.platform for one in made}:
            await self.bell.ring(deliveries(platform))
        return len(events)

    async def _deliveries(self, work: Work, event: Event) -> list[_Made]:
        family, _, what = event.type.partition(".")
        if family == "box":
            box = await work.boxes.get(event.payload["box"])
            assert box is not None, "boxes are never deleted"
            target = Target(
                box.platform, box.chat_id, box.thread_id, box.user_id, open_box.subject_of(box.id)
            )
            kind = "progress" if what == "progress" else "result"
            return [self._edit(event, target, self.looks.box(box), kind, Visibility.PUBLIC)]
        if family == "order":
            order = await work.orders.get(event.payload["order"])
            assert order is not None, "orders are never deleted"
            target = Target(order.platform, order.chat_id, order.thread_id, order.user_id, _subject(order))
            look = self.looks.order(order)
            return [self._edit(event, target, look, "result", orders.visibility_of(order))]
        return await self._coin(work, event, what)

    async def _coin(self, work: Work, event: Event, what: str) -> list[_Made]:
        """News of a coin go to its own thread, else to the chat that launched it; the end of its curve, and its move
        to Raydium, to both."""
        mint = event.payload["mint"]
        coin, box = await work.coins.get(mint), await work.boxes.by_mint(mint)
        if coin is None or box is None or box.chat_id is None:
            return []
        if what == "launched":
            return await self._begun(work, event, coin, box)
        chat = Target(box.platform, box.chat_id, box.thread_id, box.user_id, f"coin:{mint}")
        home = await _home(work, box, mint)
        if what == "bought":
            told = event.payload
            look = self.looks.bought(coin, told["lamports"], told["atoms"], told["trader"])
            return [self._edit(event, home or chat, look, "notice", Visibility.PUBLIC)]
        if what in ("complete", "graduated"):
            complete = what == "complete"
            look = self.looks.complete(coin) if complete else self.looks.graduated(coin, box.platform)
            places = (chat,) if home is None else (home, chat)
            return [self._edit(event, place, look, "notice", Visibility.PUBLIC) for place in places]
        return []

    async def _begun(self, work: Work, event: Event, coin: Coin, box: BoxRow) -> list[_Made]:
        """A thread for a coin that was launched in a chat that wants that (`/home`)."""
        assert box.chat_id is not None, "asked for by the caller"
        chat = await work.chats.get(box.platform, box.chat_id)
        if chat is None or chat.home is None:
            return []
        target = Target(box.platform, box.chat_id, chat.home, box.user_id, f"home:{coin.mint}")
        return [self._edit(event, target, self.looks.coin(coin), "home", Visibility.PUBLIC)]

    def _edit(self, event: Event, target: Target, look: Message, kind: str, visibility: Visibility) -> _Made:
        now = self.clock.now()
        message, buttons = self.looks.token(look, target, now)
        delivery = Delivery(
            id=0,
            key=f"{event.seq}:{target.platform}:{target.subject}",
            platform=target.platform,
            kind=kind,
            chat_id=target.chat_id,
            thread_id=target.thread_id,
            user_id=target.user_id,
            subject=target.subject,
            visibility=visibility.value,
            message=encode(message),
            version=event.seq,
            created_at=now,
        )
        return _Made(delivery, buttons)


async def _cursor(work: Work) -> int:
    """The last event that was announced."""
    seq: int = (await work.cursors.get(CURSOR) or {"seq": 0})["seq"]
    return seq


async def _home(work: Work, box: BoxRow, mint: str) -> Target | None:
    """The coin's own thread, if it has one."""
    subject = f"home:{mint}"
    for shown in await work.messages.of_subject(box.platform, subject):
        if shown.thread_id is not None:
            return Target(box.platform, shown.chat_id, shown.thread_id, box.user_id, subject)
    return None


def _subject(order: Order) -> str:
    """A launch is shown where its box was."""
    if order.kind is OrderKind.LAUNCH and order.box_id is not None:
        return open_box.subject_of(order.box_id)
    return orders.subject_of(order.id)
