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
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_limits import Limits
from tests.fakes.telegram_people import Group, Json, Shown, User
from tests.fakes.telegram_rules import Refused, bad
from tests.fakes.telegram_sending import SendingMethods

__all__ = ["TOKEN", "FakeTelegram", "Group", "Shown", "User"]

TOKEN = "123456:TEST-token_of-the-fake"  # a token of nobody


class FakeTelegram(SendingMethods):
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

    async def _do_answerInlineQuery(self, params: Json, _: dict[str, bytes]) -> bool:
        query = params["inline_query_id"]
        if query not in self._inline_queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        rules.check_inline_answer(params)
        self._inline_queries.discard(query)
        self.offers[query] = params
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
