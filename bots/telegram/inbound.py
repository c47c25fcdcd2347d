"""Native updates to what they mean to us. Pure: no call, no state."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bots.desk import lane
from core.commands.incoming import Caller
from core.domain.address import find_address

PLATFORM = "telegram"
UPDATES = ("message", "callback_query", "my_chat_member", "inline_query")  # what we ask for

_COMMAND = re.compile(r"(/\w+)(?:@(\w+))?((?:\s.*)?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who did it, and where, in Telegram's own ids. reply_to: the message that an answer answers.
    forum: the group has topics."""

    caller: Caller
    chat_id: int
    thread_id: int | None
    reply_to: int | None
    forum: bool = False

    @property
    def user_id(self) -> int:
        return int(self.caller.user_id)

    @property
    def private(self) -> bool:
        return self.caller.chat_id is None

    def at(self, chat_id: int) -> Origin:
        """The same person in another chat: the private one with them, or the group under its new id."""
        if chat_id == self.chat_id:
            return self
        if chat_id > 0:
            return Origin(replace(self.caller, chat_id=None, thread_id=None), chat_id, None, None)
        return replace(self, caller=replace(self.caller, chat_id=str(chat_id)), chat_id=chat_id)


@dataclass(frozen=True, slots=True)
class Said:
    """A line of text. replies_to: id of our message that it answers, if it answers one."""

    origin: Origin
    text: str
    replies_to: int | None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of one of our messages. photo: the message is a picture, perhaps a moving one, with a caption."""

    origin: Origin
    query_id: str
    data: str
    message_id: int
    photo: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something for us that we can't take: why, as a Fluent id."""

    origin: Origin
    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A press that we can only answer with a word: its message is not one of ours any more."""

    query_id: str
    locale: str | None


@dataclass(frozen=True, slots=True)
class Membership:
    """We were added to a chat, or removed; in a private chat: unblocked, blocked.

    added: we were not there before. forum: it has topics. locale: of who did it.
    """

    chat_id: str
    kind: str
    title: str
    active: bool
    added: bool
    forum: bool
    locale: str | None


@dataclass(frozen=True, slots=True)
class Migrated:
    """A group has a new id."""

    old_id: str
    new_id: str


Arrival = Said | Pressed | Unreadable | Lost | Membership | Migrated


def overheard(update: dict[str, Any], bot_id: int) -> bool:
    """Whether people in a group said it to each other: no command, no address, no answer to us.

    An administrator is sent all that is said, and so are we as one. What is not for us is not even written down.
    """
    message = update.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(chat, dict):
        return False
    if chat.get("type") not in (ChatType.GROUP, ChatType.SUPERGROUP) or _migrates(message):
        return False
    replied = message.get("reply_to_message")
    # What is said in a topic "replies" to the topic's beginning, which may be ours.
    if isinstance(replied, dict) and "forum_topic_created" not in replied:
        by = replied.get("from")
        if isinstance(by, dict) and by.get("id") == bot_id:
            return False
    said = message.get("text")
    return not isinstance(said, str) or not (said.startswith("/") or find_address(said))


def _migrates(message: dict[str, Any]) -> bool:
    return "migrate_to_chat_id" in message or "migrate_from_chat_id" in message


def lane_of(payload: dict[str, Any]) -> str:
    """Updates of one lane are handled in order: one a user and chat."""
    query = payload.get("callback_query") or {}
    content = payload.get("message") or query.get("message") or payload.get("my_chat_member") or query
    user = (query or content).get("from") or {}
    chat = content.get("chat") or {}
    private = chat.get("type", "private") == "private"
    return lane(None if private else str(chat.get("id", "")), str(user.get("id", "")))


def read(update: Update, username: str) -> Arrival | None:
    """What the update means to the bot `username`; None: nothing."""
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.message is not None:
        return _message(update.message, username)
    return None


def _membership(change: ChatMemberUpdated) -> Membership:
    chat, away = change.chat, (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
    active = change.new_chat_member.status not in away
    return Membership(
        chat_id=str(chat.id),
        kind=_kind(chat),
        title=chat.title or "",
        active=active,
        added=active and change.old_chat_member.status in away,
        forum=bool(chat.is_forum),
        locale=change.from_user.language_code,
    )


def _kind(chat: Chat) -> str:
    return {ChatType.PRIVATE: "private", ChatType.CHANNEL: "channel"}.get(ChatType(chat.type), "group")


def _pressed(query: CallbackQuery) -> Pressed | Lost:
    message, locale = query.message, query.from_user.language_code
    if message is None or query.data is None:
        return Lost(query.id, locale)
    whole = message if isinstance(message, Message) else None
    origin = _origin(query.from_user, message.chat, whole, message.message_id)
    picture = whole is not None and bool(whole.photo or whole.animation)
    return Pressed(origin, query.id, query.data, message.message_id, picture)


def _message(message: Message, username: str) -> Said | Unreadable | Migrated | None:
    if message.migrate_to_chat_id is not None:
        return Migrated(str(message.chat.id), str(message.migrate_to_chat_id))
    if message.migrate_from_chat_id is not None:
        return Migrated(str(message.migrate_from_chat_id), str(message.chat.id))
    user = message.from_user
    if user is None or message.chat.type == ChatType.CHANNEL:
        return None
    origin = _origin(user, message.chat, message, message.message_id)
    if message.via_bot is not None and not origin.private:
        return None  # of a bot, perhaps our own inline card: who posted it chose it from a list and typed nothing
    text = None if message.text is None else _addressed(message.text, username)
    if user.is_bot or message.sender_chat is not None:
        # Anonymous admins and channels all write as one shared user, who must not own a wallet.
        return Unreadable(origin, "telegram-anonymous") if text and text.startswith("/") else None
    if message.text is None:
        service = message.effective_attachment is None
        return None if service or not origin.private else Unreadable(origin, "telegram-only-text")
    return None if text is None else Said(origin, text, _replied(message, username))


def _replied(message: Message, username: str) -> int | None:
    replied = message.reply_to_message
    ours = replied is not None and replied.from_user is not None and replied.from_user.username == username
    return replied.message_id if ours and replied is not None else None


def _addressed(text: str, username: str) -> str | None:
    """The text without `@username` after its command; None if the command is another bot's."""
    command = _COMMAND.fullmatch(text)
    if command is None:
        return text
    name, bot, rest = command.groups()
    if bot is not None and bot.lower() != username.lower():
        return None
    return f"{name} {rest.strip()}".strip()


def _origin(user: User, chat: Chat, message: Message | None, message_id: int) -> Origin:
    private = chat.type == ChatType.PRIVATE
    topic = message is not None and message.is_topic_message
    thread_id = message.message_thread_id if message is not None and topic else None
    caller = Caller(
        platform=PLATFORM,
        user_id=str(user.id),
        name=user.full_name,
        chat_id=None if private else str(chat.id),
        chat_title=chat.title or "",
        thread_id=None if thread_id is None else str(thread_id),
        locale=user.language_code,
    )
    return Origin(caller, chat.id, thread_id, message_id, bool(chat.is_forum))


def unreadable(payload: dict[str, Any]) -> Arrival | None:
    """What is left of an update that the library can't read: whom to tell that we can't."""
    try:
        query = payload.get("callback_query")
        if query is not None:
            return Lost(str(query["id"]), query["from"].get("language_code"))
        message = payload["message"]
        user, chat = message["from"], message["chat"]
        if chat["type"] != ChatType.PRIVATE or user["id"] != chat["id"]:
            return None  # in a group it was perhaps not meant for us
        caller = Caller(PLATFORM, str(user["id"]), str(user["first_name"]), locale=user.get("language_code"))
        return Unreadable(Origin(caller, int(chat["id"]), None, None), "telegram-only-text")
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # nor does it say who
