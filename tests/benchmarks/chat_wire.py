"""The platforms' side of bench-chat: servers that hand out updates and note when each was answered.

They check nothing and limit nothing, so that both bots wait for themselves alone; the fakes that refuse what
the platforms refuse are in tests/fakes.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from typing import Any, Protocol

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.discord_gateway import Gateway, Session

TOKEN = "123456:BENCH-token"
LINE = "help"

Json = dict[str, Any]


class Wire(Protocol):
    """A platform. `answered`: seconds (perf_counter) by the user asked for; `more` is set at each answer."""

    platform: str
    chunk: int  # updates that come together in a burst
    answered: dict[int, float]
    more: asyncio.Event

    async def __aenter__(self) -> Wire: ...
    async def __aexit__(self, *_: object) -> None: ...
    @property
    def base(self) -> str: ...
    async def ready(self) -> None:
        """Until a bot listens."""
        ...

    async def ask(self, user: int) -> None:
        """User number `user` (from 1) asks for help, in private."""
        ...


class _Server:
    def __init__(self, app: web.Application) -> None:
        self.answered: dict[int, float] = {}
        self.more = asyncio.Event()
        self._server = TestServer(app)

    async def __aenter__(self) -> Any:
        await self._server.start_server(access_log=None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    def _answer(self, user: int) -> None:
        self.answered[user] = time.perf_counter()
        self.more.set()


class Telegram(_Server):
    """getUpdates and sendMessage. Fifty updates come together: one by one it is getUpdates that is measured."""

    platform, chunk = "telegram", 50

    def __init__(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        super().__init__(app)
        self._waiting: deque[Json] = deque()
        self._news = asyncio.Event()
        self._polled = asyncio.Event()
        self._count = 0

    @property
    def base(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    async def ready(self) -> None:
        self._polled.clear()
        await asyncio.wait_for(self._polled.wait(), 30)

    async def ask(self, user: int) -> None:
        self._count += 1
        person = {"id": user, "is_bot": False, "first_name": f"User {user}", "language_code": "en"}
        message = {
            "message_id": self._count,
            "date": int(time.time()),
            "chat": {"id": user, "type": "private", "first_name": f"User {user}"},
            "from": person,
            "text": f"/{LINE}",
            "entities": [{"type": "bot_command", "offset": 0, "length": len(LINE) + 1}],
        }
        self._waiting.append({"update_id": self._count, "message": message})
        self._news.set()

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        given = await request.post()
        if method == "getUpdates":
            return self._result(
                await self._updates(int(str(given.get("offset", 0))), int(str(given["timeout"])))
            )
        if method == "sendMessage":
            user = int(str(given["chat_id"]))
            self._answer(user)
            chat = {"id": user, "type": "private", "first_name": "User"}
            return self._result({"message_id": 1, "date": 1, "chat": chat, "text": "answer"})
        if method == "getMe":
            return self._result(
                {"id": 123456, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
            )
        if method == "getWebhookInfo":
            return self._result({"url": "", "has_custom_certificate": False, "pending_update_count": 0})
        return self._result(True)

    async def _updates(self, offset: int, timeout: int) -> list[Json]:
        while self._waiting and self._waiting[0]["update_id"] < offset:
            self._waiting.popleft()
        if not self._waiting:
            self._news.clear()
            self._polled.set()
            try:
                await asyncio.wait_for(self._news.wait(), timeout)
            except TimeoutError:
                return []
        return [self._waiting[n] for n in range(min(100, len(self._waiting)))]

    @staticmethod
    def _result(result: Any) -> web.Response:
        return web.json_response({"ok": True, "result": result})


class Discord(_Server):
    """The gateway's INTERACTION_CREATE, and the callback that answers it."""

    platform, chunk = "discord", 1

    def __init__(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/api/v10/{path:.*}", self._serve)
        self._gateway = Gateway(TOKEN, self._greet)
        app.router.add_get("/gateway", self._gateway.serve)
        super().__init__(app)
        self._count = 1_000_000
        self._users: dict[str, int] = {}

    @property
    def base(self) -> str:
        return str(self._server.make_url("/api/v10")).rstrip("/")

    async def ready(self) -> None:
        await asyncio.wait_for(self._gateway.connected(), 30)

    async def ask(self, user: int) -> None:
        self._count += 1
        self._users[f"token{self._count}"] = user
        session = self._gateway.session
        session.events.clear()  # kept for a resume that does not come
        await self._gateway.dispatch("INTERACTION_CREATE", self._interaction(user))

    def _interaction(self, user: int) -> Json:
        person = {"id": str(user), "username": f"user{user}", "discriminator": "0", "avatar": None}
        return {
            "id": str(self._count),
            "application_id": "7",
            "type": 2,
            "token": f"token{self._count}",
            "version": 1,
            "locale": "en-US",
            "channel_id": str(9_000_000 + user),
            "channel": {"id": str(9_000_000 + user), "type": 1, "recipients": []},
            "user": person,
            "data": {"id": "5", "name": LINE, "type": 1, "options": []},
            "authorizing_integration_owners": {},
            "context": 1,
            "entitlements": [],
            "attachment_size_limit": 10_485_760,
        }

    def _greet(self, session: Session) -> list[tuple[str, Json]]:
        me = {"id": "7", "username": "bench", "discriminator": "0", "avatar": None, "bot": True}
        ready = {
            "v": 10,
            "user": me,
            "guilds": [],
            "session_id": session.id,
            "resume_gateway_url": self._gateway_url(),
            "shard": [0, 1],
            "application": {"id": "7", "flags": 0},
        }
        return [("READY", ready)]

    def _gateway_url(self) -> str:
        return str(self._server.make_url("/gateway")).replace("http", "ws")

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.match_info["path"].split("/")
        if path[0] == "interactions":
            await request.read()
            self._answer(self._users.pop(path[2]))
            callback = {"id": path[1], "type": 2, "response_message_id": "1"}
            message = {"id": "1", "channel_id": "1"}
            return self._json({"interaction": callback, "resource": {"type": 4, "message": message}})
        if path[0] == "gateway":
            limit = {"total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1}
            return self._json({"url": self._gateway_url(), "shards": 1, "session_start_limit": limit})
        if path[:2] == ["users", "@me"]:
            return self._json({"id": "7", "username": "bench", "discriminator": "0", "avatar": None})
        if path[0] == "oauth2" or path[0] == "applications":
            owner = {"id": "1", "username": "owner", "discriminator": "0", "avatar": None}
            listed = path[-1] == "commands"
            app = {"id": "7", "name": "bench", "description": "", "owner": owner, "bot_public": True}
            app |= {
                "verify_key": "",
                "summary": "",
                "icon": None,
                "flags": 0,
                "bot_require_code_grant": False,
            }
            return self._json([] if listed else app)
        return self._json({})

    @staticmethod
    def _json(given: Any) -> web.Response:
        # discord.py takes a body for JSON only with exactly this header.
        return web.Response(body=json.dumps(given).encode(), headers={"Content-Type": "application/json"})
