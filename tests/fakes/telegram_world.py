"""The people, the chats and what they show: the world behind the fake Bot API, without the wire."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from tests.fakes.telegram_limits import Limits
from tests.fakes.telegram_people import BOT_ID, RESTRICTED, Group, Json, Shown, User, Where
from tests.fakes.telegram_rules import Refused

WAIT = 10.0  # seconds before a test that waits for something gives up


class TelegramWorld:
    """What the server knows, and what people do and see. Not thread-safe; one event loop."""

    def __init__(self, username: str) -> None:
        self.username = username
        self.chats: dict[int, Where] = {}
        self.started: set[int] = set()  # users whom the bot may write to
        self.blocked: set[int] = set()  # users and groups that are closed to the bot
        self.present: set[int] = set()  # groups that `member` told of
        self.migrated: dict[int, int] = {}
        self.calls: list[tuple[str, Json]] = []
        self.alerts: list[Json] = []  # answers to callback queries
        self.menus: dict[tuple[str, str], list[Json]] = {}
        self.topics: dict[tuple[int, int], str] = {}  # (chat, topic) -> name, of those the bot began
        self.webhook: str | None = None
        self.clock: Callable[[], float] = time.monotonic
        self.limits: Limits | None = None
        self.queries_expire = False  # presses from now on are too old to be answered
        self.uploads = 0
        self._messages: dict[int, dict[int, Shown]] = {}
        self._files: dict[str, bytes] = {}
        self._updates: list[Json] = []
        self.whispers: dict[tuple[int, int], list[Shown]] = {}  # (chat, user) -> what that user alone sees
        self.offers: dict[str, Json] = {}  # answers to inline queries
        self._inline_queries: set[str] = set()
        self._presses: dict[str, tuple[int, float]] = {}  # of whom, and when
        self._queries: dict[str, float] = {}  # unanswered presses, and when they were made
        self._failures: list[tuple[str, int | None, Refused]] = []
        self._history: list[Json] = []
        self._next_update, self._next_message = 900_000_001, 1
        self._changed = asyncio.Condition()

    # What people do.

    def user(self, id: int, name: str, language: str | None = "en", *, started: bool = True) -> User:  # noqa: A002 - Telegram's word
        user = User(id, name, language)
        self.chats[id] = user
        if started:
            self.started.add(id)
        return user

    def group(self, id: int, title: str, kind: str = "supergroup", topics: tuple[int, ...] = ()) -> Group:  # noqa: A002 - Telegram's word
        group = Group(id, title, kind, set(topics))
        self.chats[id] = group
        return group

    async def say(
        self,
        user: User,
        text: str | None,
        where: Where | None = None,
        *,
        topic: int | None = None,
        **extra: Any,
    ) -> int:
        """A message of `user` in `where` (else in private); returns its update id. `extra`: further fields."""
        where = where or user
        if where is user:
            self.started.add(user.id)
        message = self._keep(Shown(self._message_id(), where.chat, user.id, text or "", thread=topic))
        raw = {**self._message_json(message, user), **extra}
        if text is None:
            raw.pop("text", None)
        return await self._update({"message": raw})

    async def press(self, user: User, message: Shown, label: str) -> int:
        """A press on the button whose label contains `label`; returns the update id."""
        data = next(b["callback_data"] for b in message.buttons if label in b["text"])
        return await self.press_data(user, message, data)

    async def press_data(self, user: User, message: Shown, data: str, /, **extra: Any) -> int:
        """A press with any data. `extra`: fields in place of ours."""
        query = f"query-{self._next_update}"
        if not self.queries_expire:
            self._queries[query] = self.clock()
            self._presses[query] = (user.id, self.clock())
        raw = {
            "id": query,
            "from": user.json(),
            "chat_instance": "1",
            "data": data,
            "message": self._message_json(message, None),
            **extra,
        }
        return await self._update({"callback_query": raw})

    async def ask(self, user: User, typed: str) -> str:
        """`@bot typed` in whatever chat; returns the query's id."""
        query = f"inline-{self._next_update}"
        self._inline_queries.add(query)
        raw = {"id": query, "from": user.json(), "query": typed, "offset": "", "chat_type": "private"}
        await self._update({"inline_query": raw})
        return query

    async def member(self, user: User, where: Where, status: str, was: str | None = None) -> int:
        """The bot's own membership changes to member, kicked, left; `was`: else what it is now."""
        bot = self._bot_json()
        was = was or ("member" if where.chat in self.present else "left")
        (self.present.discard if status in ("kicked", "left") else self.present.add)(where.chat)
        old = {"status": was, "user": bot, **(RESTRICTED if was == "restricted" else {})}
        new = {"status": status, "user": bot, **({"until_date": 0} if status == "kicked" else {})}
        (self.blocked.add if status in ("kicked", "left") else self.blocked.discard)(where.chat)
        raw = {
            "chat": self._chat_json(where.chat),
            "from": user.json(),
            "date": int(time.time()),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        return await self._update({"my_chat_member": raw})

    async def migrate(self, user: User, group: Group, new_id: int) -> Group:
        """The group becomes a supergroup with a new id."""
        moved = self.group(new_id, group.title)
        self.migrated[group.id] = new_id
        raw = self._message_json(self._keep(Shown(self._message_id(), group.id, user.id)), user)
        raw.pop("text")
        await self._update({"message": {**raw, "migrate_to_chat_id": new_id}})
        return moved

    async def redeliver(self, update_id: int) -> None:
        """Telegram gives the update once more."""
        again = next(u for u in self._history if u["update_id"] == update_id)
        async with self._changed:
            self._updates.append(again)
            self._changed.notify_all()

    def json_of(self, message: Shown) -> Json:
        """A message of the bot as updates carry it: what a user replies to."""
        return self._message_json(message, None)

    def delete(self, message: Shown) -> None:
        """A user deletes a message of the bot."""
        del self._messages[message.chat][message.id]

    def fail(
        self,
        method: str,
        status: int,
        description: str,
        *,
        times: int = 1,
        chat: int | None = None,
        **parameters: int,
    ) -> None:
        """The next `times` calls of `method` (`*`: any; in `chat`, if given) are refused."""
        self._failures += [(method, chat, Refused(status, description, **parameters))] * times

    @property
    def failing(self) -> bool:
        """Whether a scripted refusal is still to come."""
        return bool(self._failures)

    def forget_files(self) -> None:
        """File ids from before are not known any more."""
        self._files.clear()

    def renumber(self, update_id: int) -> None:
        """The next update gets this id: Telegram begins anew after a week without updates."""
        self._next_update = update_id

    # What people see.

    def messages(self, where: Where) -> list[Shown]:
        """The bot's messages there, oldest first."""
        return [m for m in self._messages.get(where.chat, {}).values() if m.sender == BOT_ID]

    async def shown(self, where: Where, words: str) -> Shown:
        """Waits until a message of the bot in `where` contains `words`; the newest such one."""

        def find() -> Shown | None:
            return next((m for m in reversed(self.messages(where)) if words in m.text), None)

        found = await self.until(find, f"{words!r} in {where.chat}: {[m.text for m in self.messages(where)]}")
        assert found is not None
        return found

    async def until(self, condition: Callable[[], Any], what: str = "the condition") -> Any:
        """Waits for a call that makes `condition` true; its value."""

        async def wait() -> Any:
            async with self._changed:
                await self._changed.wait_for(condition)
            return condition()

        try:
            return await asyncio.wait_for(wait(), WAIT)
        except TimeoutError:
            raise AssertionError(f"did not happen: {what}; calls: {self.methods()[-20:]}") from None

    def methods(self) -> list[str]:
        """Names of the calls so far, without polling."""
        return [name for name, _ in self.calls if name != "getUpdates"]

    @property
    def unconfirmed(self) -> list[int]:
        """Ids of updates that the bot has not confirmed."""
        return [u["update_id"] for u in self._updates]

    # State.

    def _message_id(self) -> int:
        self._next_message += 1
        return self._next_message

    def _keep(self, message: Shown) -> Shown:
        self._messages.setdefault(message.chat, {})[message.id] = message
        return message

    async def _update(self, content: Json) -> int:
        update = {"update_id": self._next_update, **content}
        self._next_update += 1
        self._history.append(update)
        async with self._changed:
            self._updates.append(update)
            self._changed.notify_all()
        return int(update["update_id"])

    def _bot_json(self) -> Json:
        return {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "pumpbox",
            "username": self.username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        }

    def _chat_json(self, chat: int) -> Json:
        where = self.chats[chat]
        if isinstance(where, User):
            return {"id": chat, "type": "private", "first_name": where.name}
        return {"id": chat, "type": where.kind, "title": where.title, "is_forum": bool(where.topics)}

    def _message_json(self, message: Shown, sender: User | None) -> Json:
        raw: Json = {
            "message_id": message.id,
            "date": int(time.time()),
            "chat": self._chat_json(message.chat),
            "from": self._bot_json() if sender is None else sender.json(),
        }
        if message.whisper:
            raw["ephemeral_message_id"] = message.whisper
        if message.rich:
            raw["rich_message"] = {"blocks": [{"type": "paragraph", "text": message.text}]}
        elif message.photo is None:
            raw["text"] = message.text
        elif message.animated:
            file = {"file_id": message.file_id, "file_unique_id": f"u-{message.file_id}"}
            raw |= {"animation": {**file, "width": 512, "height": 512, "duration": 2}, "document": file}
            raw["caption"] = message.text
        else:
            size = {
                "file_id": message.file_id,
                "file_unique_id": f"u-{message.file_id}",
                "width": 512,
                "height": 512,
            }
            raw |= {"photo": [size], "caption": message.text}
        if message.thread is not None:
            raw |= {"message_thread_id": message.thread, "is_topic_message": True}
        if message.markup and "inline_keyboard" in message.markup:
            raw["reply_markup"] = message.markup
        return raw
