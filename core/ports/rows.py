"""What the store keeps: one frozen dataclass a kind of row.

Times are unix seconds, ids are ULIDs or platform ids as text, amounts whole lamports and atoms
(0 to 2^64 - 1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
    home: str | None = None  # where each coin launched here gets a thread of its own: `core.domain.home`


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
class Queue:
    """What of one platform waits in inbox or outbox. oldest: unix second that its first row is of."""

    platform: str
    number: int
    oldest: int


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
    """A coin as the indexer knows it; reserves follow the last fill applied. pool: its Raydium pool, base58, once
    it has graduated; then virtual_sol and virtual_tokens are what that pool holds."""

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
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class RewardEpoch:
    """A distribution of rewards that was prepared. root, leaves_sha256: hex. total: lamports of all leaves.
    Whether it is open, and what was claimed, the chain knows."""

    number: int
    root: str
    leaves_sha256: str
    count: int
    total: int
    prepared_at: int


@dataclass(frozen=True, slots=True)
class FillRow:
    """A trade on a coin's curve or, later, on its pool.

    (mint, sequence) is unique and grows with time: the program's own numbers on the curve; on the pool they go on
    from that of the graduation. fee: the program's, lamports; a pool's fee is not ours.
    """

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

    kind: notice (a new message) | home (a new message that begins a thread of its own, in the place that
    `thread_id` names as `Chat.home` does) | result | progress (edits of the live messages of `subject`; a
    newer one replaces an unsent older one). message: `core.reply.encode`d. version: the event's seq.
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
