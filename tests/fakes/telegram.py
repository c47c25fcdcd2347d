"""A Bot API server for tests: speaks the wire, refuses what Telegram refuses, remembers what chats show.

    async with FakeTelegram() as telegram:
        ada = telegram.user(7, "Ada")
        await telegram.say(ada, "/launch space cats")
        card = await telegram.shown(ada, "Turbo Cat")      # waits until a message of the bot says so
        await telegram.press(ada, card, "Launch")

Updates are kept until getUpdates asks for a higher offset or the webhook has taken them, as Telegram does.
Who talks too fast is refused. `fail` scripts further refusals.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_limits import Limits
from tests.fakes.telegram_manage import ManagingMethods
from tests.fakes.telegram_rules import Refused, bad
from tests.fakes.telegram_world import BOT_ID, Group, Json, Shown, User

__all__ = ["TOKEN", "FakeTelegram", "Group", "Shown", "User"]

TOKEN = "123456:TEST-token_of-the-fake"  # a token of nobody


class FakeTelegram(ManagingMethods):
    """The server. `base` is what TELEGRAM_API_BASE is set to.

    limits: whether it refuses with 429 who talks too fast. clock: monotonic seconds, for limits and deadlines.
    """

    def __init__(
        self,
        token: str = TOKEN,
        username: str = "pumpbox_test_bot",
        *,
        limits: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(username)
        self.token, self.clock = token, clock
        self.limits = Limits(clock) if limits else None
        self._poll: asyncio.Event | None = None
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server(access_log=None)  # it would show the token
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_posting()
        await self._server.close()

    @property
    def base(self) -> str:
        """What TELEGRAM_API_BASE is set to."""
        return str(self._server.make_url("/")).rstrip("/")

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

    async def _do_sendChatAction(self, params: Json, _: dict[str, bytes]) -> bool:
        self._writable(params)
        return True

    async def _do_sendMessage(self, params: Json, _: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        self._spend(chat)
        plain = rules.check_text(params["text"], params.get("parse_mode"))
        return self._sent(params, Shown(self._message_id(), chat, BOT_ID, plain, params["text"]))

    async def _do_sendPhoto(self, params: Json, files: dict[str, bytes]) -> Json:
        chat = self._writable(params)
        self._spend(chat)
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
        asked = self._queries.get(query)
        if asked is None or self.clock() > asked + rules.QUERY:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(params.get("text", "")) > rules.ALERT:
            raise bad("MESSAGE_TOO_LONG")
        del self._queries[query]
        self.alerts.append(params)
        return True

    # What the methods share.

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
        self._spend(chat)
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
