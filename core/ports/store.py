"""The store: everything durable, as one unit of work.

`async with store.begin() as work:` opens one transaction; leaving it commits, an exception rolls back.
Every repository hangs on the unit of work. Read-then-write inside one unit is serialised (SQLite takes
the write lock on begin, PostgreSQL locks the rows it reads for update). Times are unix seconds, ids are
26 characters of ours or platform ids as text, amounts whole lamports and atoms (0 to 2^64 - 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from core.domain.merkle import Page
from core.domain.order import Order, OrderState
from core.ports.rows import (
    Account,
    BoxRow,
    Chat,
    Coin,
    Delivery,
    Event,
    FillRow,
    InboxItem,
    LiveMessage,
    Queue,
    RewardEpoch,
    StoredButton,
    Wallet,
)


class StoreAway(Exception):
    """The database can't be reached or refuses to answer. The unit of work did not happen, unless it was
    being committed: when the answer to that is lost, nobody knows. So what is done again must be the same."""


class Duplicate(Exception):
    """A row with this key is there already: somebody else was first. The unit of work did not happen."""


class Accounts(Protocol):
    async def get(self, platform: str, user_id: str) -> Account | None: ...
    async def ensure(self, platform: str, user_id: str, name: str, locale: str | None) -> Account:
        """The account, made with a person of its own if it is new; name and locale are brought up to date."""
        ...

    async def of_person(self, person_id: str) -> list[Account]: ...


class Chats(Protocol):
    async def ensure(self, chat: Chat) -> Chat: ...
    async def get(self, platform: str, chat_id: str) -> Chat | None: ...
    async def set_active(self, platform: str, chat_id: str, active: bool) -> None: ...
    async def set_home(self, platform: str, chat_id: str, home: str | None) -> None:
        """Where coins that are launched in this chat get their threads; None: nowhere. No chat, no effect."""
        ...

    async def migrate(self, platform: str, old_id: str, new_id: str) -> None:
        """A group got a new id: everything that names the old one names the new one."""
        ...


class Wallets(Protocol):
    async def of_person(self, person_id: str) -> Wallet | None: ...

    async def add(self, wallet: Wallet) -> None: ...
    async def mark_funded(self, address: str) -> None: ...


class Inbox(Protocol):
    async def put(self, items: Sequence[InboxItem]) -> list[InboxItem]:
        """Writes those not seen before, and returns them; a second delivery is the same event."""
        ...

    async def done(self, platform: str, event_ids: Sequence[str], now: int) -> None: ...
    async def received_at(self, platform: str, event_id: str) -> int | None:
        """Unix second at which the update came; None for one that we don't know."""
        ...

    async def queues(self) -> list[Queue]:
        """What is received and not done, by platform; those that nothing waits for are left out."""
        ...

    async def pending(self, platform: str) -> list[InboxItem]:
        """Received and not done, oldest first."""
        ...


class Buttons(Protocol):
    async def add(self, buttons: Sequence[StoredButton]) -> None: ...
    async def get(self, token: str) -> StoredButton | None: ...
    async def use(self, token: str, event_id: str) -> StoredButton | None:
        """Marks an action button used by this event and returns it; None if another event used it first.
        A repeat of the same event gets it again."""
        ...


class Messages(Protocol):
    async def record(self, message: LiveMessage) -> None:
        """A live message is shown; an equal (platform, chat, message id) is replaced."""
        ...

    async def of_subject(self, platform: str, subject: str) -> list[LiveMessage]: ...
    async def shown(self, message: LiveMessage, version: int) -> bool:
        """Records that `version` is shown there; False (and no change) if the same or a newer one was."""
        ...

    async def forget(self, platform: str, chat_id: str | None, message_id: str) -> None: ...


class Boxes(Protocol):
    async def add(self, box: BoxRow) -> None: ...
    async def get(self, box_id: str) -> BoxRow | None: ...
    async def update(self, box_id: str, expected: Sequence[str], **changes: Any) -> bool:
        """Sets columns if the box is in one of the `expected` states; says whether it was."""
        ...

    async def claim(self, owner: str, now: int, until: int) -> BoxRow | None:
        """Leases the oldest sealed box that nobody holds at `now`."""
        ...

    async def name_taken(self, name: str, ticker: str) -> bool:
        """Case-insensitively, among coins and boxes that are opened, launching or launched."""
        ...

    async def by_mint(self, mint: str) -> BoxRow | None:
        """The box that is being, or was, launched as this mint."""
        ...

    async def open_of_person(self, person_id: str) -> list[BoxRow]:
        """Boxes that are sealed, opened or failed: still to be launched or thrown away."""
        ...

    async def preparing(self, platform: str) -> int: ...


class Orders(Protocol):
    async def add(self, order: Order) -> None: ...
    async def get(self, order_id: str) -> Order | None: ...
    async def get_many(self, order_ids: Sequence[str]) -> list[Order]:
        """Those that exist, in no particular order."""
        ...

    async def move(self, order_id: str, before: OrderState, after: OrderState, **changes: Any) -> bool:
        """before -> after with further columns, in one statement; False if it was not in `before`.
        Raises `IllegalTransition` if the diagram has no such arrow."""
        ...

    async def lease(self, order_id: str, owner: str, now: int, until: int) -> bool:
        """Takes or prolongs the lease: True if it was free, expired or ours."""
        ...

    async def claim_expired(self, owner: str, now: int, until: int, limit: int) -> list[Order]:
        """Leases orders in flight that nobody holds at `now`, oldest first."""
        ...

    async def waiting(self, now: int) -> bool:
        """Whether `claim_expired` would find anything: asked without the write lock."""
        ...

    async def of_person(self, person_id: str, limit: int) -> list[Order]: ...
    async def in_flight(self, platform: str) -> int: ...
    async def stale_quotes(self, now: int, limit: int) -> list[Order]:
        """Quoted orders whose quote has expired."""
        ...


class Coins(Protocol):
    async def get(self, mint: str) -> Coin | None: ...
    async def by_ticker(self, ticker: str) -> list[Coin]:
        """Case-insensitively, the oldest first."""
        ...

    async def newest(self, limit: int, offset: int = 0) -> list[Coin]: ...
    async def search(self, text: str, limit: int) -> list[Coin]:
        """Ticker or name that begins with the text, or mint equal to it; for typeahead. An exact ticker or
        mint first, then the newest."""
        ...

    async def complete(self, limit: int) -> list[str]:
        """Mints of complete coins that have not graduated."""
        ...

    async def almost_complete(self, virtual_tokens: int, limit: int) -> list[str]:
        """Mints of coins that are not complete and whose curve has come down to so many virtual atoms."""
        ...

    async def on_pools(self, after: str, limit: int) -> list[Coin]:
        """Those that have graduated, in the order of their mints, from the one after `after` ("": the first)."""
        ...

    async def put(self, coin: Coin) -> None:
        """Inserts, or replaces what is not of a later sequence."""
        ...

    async def add_fill(self, fill: FillRow) -> bool:
        """False if (mint, sequence) was there: applying twice is applying once."""
        ...

    async def fills(self, mint: str, limit: int) -> list[FillRow]:
        """The newest first."""
        ...

    async def fills_of_trader(self, trader: str) -> list[FillRow]: ...
    async def add_holding(self, mint: str, owner: str, delta: int) -> int:
        """Changes what the index believes `owner` holds, never below 0 (coins that came by a transfer aren't
        in the index); returns the number of holders of the coin."""
        ...

    async def holders(self, mint: str, limit: int) -> list[tuple[str, int]]: ...


class Rewards(Protocol):
    async def add_pages(self, root: str, pages: Sequence[Page]) -> None:
        """Pages of the tree with this root (hex), each beginning with another recipient. Known ones are left as
        they are; nobody is shown any before `put`."""
        ...

    async def put(self, epoch: RewardEpoch) -> bool:
        """The epoch, in place of the one with its number, whose pages are forgotten, as are all that no epoch
        names. False, and no change, unless every page of its root is there: somebody else's `put` took them."""
        ...

    async def get(self, number: int) -> RewardEpoch | None: ...
    async def newest(self, limit: int) -> list[RewardEpoch]: ...
    async def page_of(self, number: int, recipient: bytes) -> Page | None:
        """The page with the recipient's leaf: one row. None if they have no leaf in this epoch."""
        ...


class Events(Protocol):
    async def add(self, type: str, payload: dict[str, Any], at: int) -> int:  # noqa: A002 - the column's name
        """Appends, and returns the sequence number."""
        ...

    async def after(self, seq: int, limit: int) -> list[Event]: ...


class Cursors(Protocol):
    """Where a reader is: the indexer in the chain, the announcer in the events."""

    async def get(self, name: str) -> dict[str, Any] | None: ...
    async def set(self, name: str, value: dict[str, Any]) -> None: ...


class Leaders(Protocol):
    """One leader a role, others stand by."""

    async def hold(self, role: str, owner: str, now: int, until: int) -> bool: ...
    async def release(self, role: str, owner: str) -> None: ...


class Deliveries(Protocol):
    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """`id` is given by the database; a known `key` is left as it is."""
        ...

    async def claim(self, platform: str, owner: str, now: int, until: int, limit: int) -> list[Delivery]:
        """Leases what is due, results before notices before progress; of several edits of one subject only
        the newest, the others are dropped. A row whose lease ran out comes again with `maybe_doubled`."""
        ...

    async def done(self, delivery_id: int) -> None: ...
    async def retry(self, delivery_id: int, at: int) -> None:
        """Not before `at`."""
        ...

    async def drop(self, delivery_id: int, reason: str) -> None: ...
    async def queues(self) -> list[Queue]:
        """What is neither sent nor dropped, by platform; those that nothing waits for are left out."""
        ...

    async def open_count(self, platform: str) -> int: ...


class Work(Protocol):
    """One transaction."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def chats(self) -> Chats: ...
    @property
    def wallets(self) -> Wallets: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def buttons(self) -> Buttons: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def boxes(self) -> Boxes: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def coins(self) -> Coins: ...
    @property
    def rewards(self) -> Rewards: ...
    @property
    def events(self) -> Events: ...
    @property
    def cursors(self) -> Cursors: ...
    @property
    def leaders(self) -> Leaders: ...
    @property
    def deliveries(self) -> Deliveries: ...


class Store(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Work]:
        """A read-write unit of work. Raises `StoreAway`."""
        ...

    def read(self) -> AbstractAsyncContextManager[Work]:
        """A snapshot for reading only: takes no write lock. Raises `StoreAway`."""
        ...

    async def synced(self) -> None:
        """Returns when all that is committed survives a power cut; a commit alone survives any kill of ours.
        Raises `StoreAway` if that can't be known."""
        ...
