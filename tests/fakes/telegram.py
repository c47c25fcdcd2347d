"""A Bot API server for tests: speaks the wire, refuses what Telegram refuses, remembers what chats show.

    async with FakeTelegram() as telegram:
        ada = telegram.user(7, "Ada")
        await telegram.say(ada, "/launch space cats")
        card = await telegram.shown(ada, "Turbo Cat")      # waits until a message of the bot says so
        await telegram.press(ada, card, "Launch")

Updates are kept until getUpdates asks for a higher offset, as Telegram does. `fail` scripts refusals.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_rules import Refused, bad

TOKEN = "123456:TEST-token_of-the-fake"  # a token of nobody
BOT_ID = 123456
WAIT = 10.0  # seconds before a test that waits for something gives up

Json = dict[str, Any]


@dataclass
class User:
    id: int
    name: str
    language: str | None = "en"
    is_bot: bool = False

    @property
    def chat(self) -> int:
        return self.id

    def json(self) -> Json:
        raw: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.name}
        return raw if self.language is None else {**raw, "language_code": self.language}


@dataclass
class Group:
    id: int
    title: str
    kind: str = "supergroup"
    topics: set[int] = field(default_factory=set)

    @property
    def chat(self) -> int:
        return self.id


Where = User | Group


@dataclass
class Shown:
    """A message in a chat, as a user sees it."""

    id: int
    chat: int
    sender: int
    text: str = ""  # plain: of the text or the caption
    html: str = ""
    photo: bytes | None = None
    file_id: str | None = None
    markup: Json | None = None
    thread: int | None = None
    reply_to: int | None = None
    silent: bool = False
    edits: int = 0

    @property
    def buttons(self) -> list[Json]:
        return [b for row in (self.markup or {}).get("inline_keyboard", []) for b in row]

    @property
    def labels(self) -> list[str]:
        return [b["text"] for b in self.buttons]


class FakeTelegram:
    """The server and the people. Not thread-safe; one event loop."""

    def __init__(self, token: str = TOKEN, username: str = "pumpbox_test_bot") -> None:
        self.token, self.username = token, username
        self.chats: dict[int, Where] = {}
        self.started: set[int] = set()  # users whom the bot may write to
        self.blocked: set[int] = set()  # users and groups that are closed to the bot
        self.migrated: dict[int, int] = {}
        self.calls: list[tuple[str, Json]] = []
        self.alerts: list[Json] = []  # answers to callback queries
        self.menus: dict[tuple[str, str], list[Json]] = {}
        self.webhook: str | None = None
        self.queries_expire = False  # presses from now on are too old to be answered
        self.uploads = 0
        self._messages: dict[int, dict[int, Shown]] = {}
        self._files: dict[str, bytes] = {}
        self._updates: list[Json] = []
        self._queries: set[str] = set()
        self._failures: list[tuple[str, int | None, Refused]] = []
        self._history: list[Json] = []
        self._next_update, self._next_message = 900_000_001, 1
        self._changed = asyncio.Condition()
        self._poll: asyncio.Event | None = None
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server(access_log=None)  # it would show the token
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def base(self) -> str:
        """What TELEGRAM_API_BASE is set to."""
        return str(self._server.make_url("/")).rstrip("/")

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

    async def press_data(self, user: User, message: Shown, data: str) -> int:
        query = f"query-{self._next_update}"
        if not self.queries_expire:
            self._queries.add(query)
        raw = {
            "id": query,
            "from": user.json(),
            "chat_instance": "1",
            "data": data,
            "message": self._message_json(message, None),
        }
        return await self._update({"callback_query": raw})

    async def member(self, user: User, where: Where, status: str) -> int:
        """The bot's own membership changes: member, kicked, left."""
        bot = self._bot_json()
        old = {"status": "left", "user": bot}
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

    # The wire.

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        params, files = await self._parameters(request)
        self.calls.append((method, params))
        try:
            if request.match_info["token"] != self.token:
                raise Refused(401, "Unauthorized")
            self._scripted(method, params)
            handler = getattr(self, f"_do_{method}", None)
            if handler is None:
                raise Refused(404, "Not Found: method not found")
            result = await handler(params, files)
        except Refused as refused:
            body: Json = {"ok": False, "error_code": refused.status, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return web.json_response(body, status=refused.status)
        finally:
            async with self._changed:
                self._changed.notify_all()
        return web.json_response({"ok": True, "result": result})

    async def _parameters(self, request: web.Request) -> tuple[Json, dict[str, bytes]]:
        params: Json = dict(request.query)
        files: dict[str, bytes] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
            else:
                params[name] = value
        for name, value in params.items():
            if isinstance(value, str) and value[:1] in ("{", "["):
                try:
                    params[name] = json.loads(value)
                except json.JSONDecodeError:
                    continue  # a text that begins with a bracket
        return params, files

    def _scripted(self, method: str, params: Json) -> None:
        for index, (name, chat, refused) in enumerate(self._failures):
            if name in (method, "*") and chat in (None, int(params.get("chat_id", 0))):
                del self._failures[index]
                raise refused

    async def _do_getMe(self, _: Json, __: dict[str, bytes]) -> Json:
        return self._bot_json()

    async def _do_getUpdates(self, params: Json, _: dict[str, bytes]) -> list[Json]:
        if self.webhook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._poll is not None:
            self._poll.set()
        self._poll = mine = asyncio.Event()
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", 100))
        if offset:
            self._updates = [u for u in self._updates if u["update_id"] >= offset]
            async with self._changed:
                self._changed.notify_all()
        wanted = params.get("allowed_updates") or []

        def due() -> list[Json]:
            return [u for u in self._updates if not wanted or any(kind in u for kind in wanted)][:limit]

        try:
            async with asyncio.timeout(float(params.get("timeout", 0))), self._changed:
                await self._changed.wait_for(lambda: due() or mine.is_set())
        except TimeoutError:
            return due()
        if mine.is_set():
            raise Refused(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot "
                "instance is running",
            )
        return due()

    async def _do_deleteWebhook(self, _: Json, __: dict[str, bytes]) -> bool:
        self.webhook = None
        return True

    async def _do_setMyCommands(self, params: Json, _: dict[str, bytes]) -> bool:
        rules.check_commands(params["commands"])
        scope = params.get("scope", {"type": "default"})["type"]
        self.menus[scope, params.get("language_code", "")] = params["commands"]
        return True

    async def _do_sendChatAction(self, params: Json, _: dict[str, bytes]) -> bool:
        self._writable(params)
        return True

    async def _do_sendMessage(self, params: Json, _: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        plain = rules.check_text(params["text"], params.get("parse_mode"))
        return self._sent(params, Shown(self._message_id(), chat, BOT_ID, plain, params["text"]))

    async def _do_sendPhoto(self, params: Json, files: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        caption = params.get("caption", "")
        plain = rules.check_caption(caption, params.get("parse_mode"))
        file_id, data = self._photo(params.get("photo"), files)
        return self._sent(params, Shown(self._message_id(), chat, BOT_ID, plain, caption, data, file_id))

    async def _do_editMessageText(self, params: Json, _: dict[str, bytes]) -> Json:
        message = self._editable(params)
        plain = rules.check_text(params["text"], params.get("parse_mode"))
        if message.photo is not None:
            raise bad("there is no text in the message to edit")
        return self._edited(message, params, text=plain, html=params["text"])

    async def _do_editMessageCaption(self, params: Json, _: dict[str, bytes]) -> Json:
        message = self._editable(params)
        plain = rules.check_caption(params.get("caption", ""), params.get("parse_mode"))
        if message.photo is None:
            raise bad("there is no caption in the message to edit")
        return self._edited(message, params, text=plain, html=params.get("caption", ""))

    async def _do_editMessageMedia(self, params: Json, files: dict[str, bytes]) -> Json:
        message = self._editable(params)
        media = params["media"]
        plain = rules.check_caption(media.get("caption", ""), media.get("parse_mode"))
        file_id, data = self._photo(media["media"], files)
        change = {"text": plain, "html": media.get("caption", ""), "photo": data, "file_id": file_id}
        return self._edited(message, params, **change)

    async def _do_editMessageReplyMarkup(self, params: Json, _: dict[str, bytes]) -> Json:
        return self._edited(self._editable(params), params)

    async def _do_deleteMessage(self, params: Json, _: dict[str, bytes]) -> bool:
        chat = self._writable(params)
        if self._messages.get(chat, {}).pop(int(params["message_id"]), None) is None:
            raise bad("message to delete not found")
        return True

    async def _do_answerCallbackQuery(self, params: Json, _: dict[str, bytes]) -> bool:
        query = params["callback_query_id"]
        if query not in self._queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(params.get("text", "")) > rules.ALERT:
            raise bad("MESSAGE_TOO_LONG")
        self._queries.discard(query)
        self.alerts.append(params)
        return True

    # State.

    def _writable(self, params: Json) -> int:
        """The chat, if the bot may write there."""
        chat = int(params["chat_id"])
        if chat in self.migrated:
            new_id = self.migrated[chat]
            raise Refused(
                400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_id
            )
        where = self.chats.get(chat)
        if where is None:
            raise bad("chat not found")
        if chat in self.blocked:
            user = "bot was blocked by the user"
            raise Refused(
                403, f"Forbidden: {user if isinstance(where, User) else 'bot was kicked from the group chat'}"
            )
        if isinstance(where, User) and chat not in self.started:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        thread = params.get("message_thread_id")
        if thread is not None and int(thread) not in getattr(where, "topics", ()):
            raise bad("message thread not found")
        return chat

    def _sent(self, params: Json, message: Shown) -> Json:
        markup = params.get("reply_markup")
        rules.check_markup(markup)
        reply = params.get("reply_parameters")
        if reply and int(reply["message_id"]) in self._messages.get(message.chat, {}):
            message.reply_to = int(reply["message_id"])
        elif reply and not reply.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        message.markup = markup
        message.thread = int(params["message_thread_id"]) if "message_thread_id" in params else None
        message.silent = params.get("disable_notification") in ("true", "True", True)
        return self._message_json(self._keep(message), None)

    def _editable(self, params: Json) -> Shown:
        chat = self._writable(params)
        message = self._messages.get(chat, {}).get(int(params["message_id"]))
        if message is None:
            raise bad("message to edit not found")
        if message.sender != BOT_ID:
            raise bad("message can't be edited")
        return message

    def _edited(self, message: Shown, params: Json, **change: Any) -> Json:
        change["markup"] = params.get("reply_markup")
        rules.check_markup(change["markup"])
        if all(getattr(message, name) == value for name, value in change.items()):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        for name, value in change.items():
            setattr(message, name, value)
        message.edits += 1
        return self._message_json(message, None)

    def _photo(self, given: str | None, files: dict[str, bytes]) -> tuple[str, bytes]:
        """(file id, bytes) of an upload or of an earlier file."""
        name = "photo" if given is None else given.removeprefix("attach://")
        if name in files:
            rules.check_photo(files[name])
            self.uploads += 1
            file_id = f"photo-{self.uploads}"
            self._files[file_id] = files[name]
            return file_id, files[name]
        if given not in self._files:
            raise bad("wrong file identifier/HTTP URL specified")
        return given, self._files[given]

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
            "supports_inline_queries": False,
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
        if message.photo is None:
            raw["text"] = message.text
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
