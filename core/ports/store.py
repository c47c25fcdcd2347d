"""The store: everything durable, as one unit of work.

`async with store.begin() as work:` opens one transaction; leaving it commits, an exception rolls back.
Every repository hangs on the unit of work. Read-then-write inside one unit is serialised (SQLite takes
the write lock on begin, PostgreSQL locks the rows it reads for update). Times are unix seconds, ids are
26 characters of ours or platform ids as text, amounts whole lamports and atoms (0 to 2^64 - 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.domain.order import Order, OrderState


class StoreAway(Exception):
    """The database can't be reached or refuses to answer. The unit of work did not happen, unless it was
    being committed: when the answer to that is lost, nobody knows. So what is done again must be the same."""


class Duplicate(Exception):
    """A row with this key is there already: somebody else was first. The unit of work did not happen."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a platform, and the person that they are here."""

    platform: str
    user_id: str
    person_id: str
    name: str
    locale: str | None


@dataclass(frozen=True, slots=True)
class Chat:
    platform: str
    chat_id: str
    kind: str  # private | group | channel
    title: str
    locale: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Wallet:
    """A person's custodial wallet. The keys are not here."""

    address: str
    person_id: str
    created_at: int
    funded: bool = False  # the embedded chain's first SOL has been asked for and confirmed


@dataclass(frozen=True, slots=True)
class InboxItem:
    """What a platform delivered, kept until it has been handled."""

    platform: str
    event_id: str
    payload: dict[str, Any]
    received_at: int


@dataclass(frozen=True, slots=True)
class StoredButton:
    """What an opaque token stands for. An action button (`open` False) serves `user_id` in `chat_id` once."""

    token: str
    command: str
    arguments: dict[str, str]
    open: bool
    platform: str
    user_id: str | None
    chat_id: str | None
    subject: str | None
    created_at: int
    expires_at: int
    used_by: str | None = None  # the event id that used it


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """Where a subject is shown, so that any process can edit it.

    handle: what the platform needs beyond ids (a Discord interaction token, a Telegram ephemeral id).
    cause: event id of the line or press that brought it.
    version: of the last delivery shown; an older one is never shown after a newer one.
    """

    subject: str
    platform: str
    chat_id: str | None
    thread_id: str | None
    message_id: str
    user_id: str | None
    version: int = 0
    handle: dict[str, Any] | None = field(default=None, repr=False)
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A mystery box. state: sealed (being prepared) | opened | launching | launched | cancelled | failed."""

    id: str
    person_id: str
    platform: str
    chat_id: str | None
    thread_id: str | None
    user_id: str
    theme: str
    state: str
    seed: str = field(repr=False)  # hex; secret until the box is opened
    commitment: str  # hex
    step: str  # what is being done: name | art | publish | done
    name: str | None = None
    ticker: str | None = None
    description: str | None = None
    rarity: str | None = None
    image: str | None = None  # content-addressed file name
    image_uri: str | None = None
    uri: str | None = None  # of the metadata JSON
    rerolls: int = 0
    created_at: int = 0
    lease_owner: str | None = None
    lease_until: int = 0
    mint: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin as the indexer knows it; reserves follow the last fill applied."""

    mint: str
    name: str
    ticker: str
    uri: str
    creator: str
    image: str | None
    launched_at: int
    launch_slot: int
    sequence: int
    virtual_sol: int
    virtual_tokens: int
    initial_virtual_sol: int
    real_sol: int
    volume: int
    holders: int
    complete: bool


@dataclass(frozen=True, slots=True)
class FillRow:
    """A trade on a coin's curve. (mint, sequence) is unique and without gaps; sequence 0 is the launch."""

    mint: str
    sequence: int
    signature: str
    slot: int
    time: int
    trader: str
    side: str  # buy | sell
    lamports: int
    atoms: int
    fee: int
    virtual_sol: int  # after
    virtual_tokens: int  # after


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, written in the use case's own unit of work."""

    seq: int
    type: str
    payload: dict[str, Any]
    at: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to be sent or edited by one surface, because of an event.

    kind: notice (a new message) | result | progress (edits of the live messages of `subject`; a newer one
    replaces an unsent older one). message: `core.reply.encode`d. version: the event's seq.
    maybe_doubled: it was in flight at a kill, on a platform without idempotency keys.
    """

    id: int
    key: str  # unique: event and target; a second one is the same delivery
    platform: str
    kind: str
    chat_id: str | None
    thread_id: str | None
    user_id: str | None
    subject: str | None
    visibility: str
    message: str
    version: int
    created_at: int
    attempts: int = 0
    maybe_doubled: bool = False


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
    async def migrate(self, platform: str, old_id: str, new_id: str) -> None:
        """A group got a new id: everything that names the old one names the new one."""
        ...


class Wallets(Protocol):
    async def of_person(self, person_id: str) -> Wallet | None: ...
    async def by_address(self, address: str) -> Wallet | None: ...
    async def add(self, wallet: Wallet) -> None: ...
    async def mark_funded(self, address: str) -> None: ...


class Inbox(Protocol):
    async def put(self, items: Sequence[InboxItem]) -> list[InboxItem]:
        """Writes those not seen before, and returns them; a second delivery is the same event."""
        ...

    async def done(self, platform: str, event_id: str, now: int) -> None: ...
    async def pending(self, platform: str) -> list[InboxItem]:
        """Received and not done, oldest first."""
        ...

    async def last_event_id(self, platform: str) -> str | None:
        """The newest numeric event id of the platform: where a poller goes on."""
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
