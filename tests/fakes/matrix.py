"""A homeserver for tests: speaks the Client-Server API, refuses what Synapse refuses, keeps rooms.

    async with FakeMatrix(http) as homeserver:
        ann = await homeserver.person("ann")     # tests.fakes.matrix_people: the same on a real homeserver

`fail` scripts refusals. Time passes by `tick` milliseconds an event. What it does was seen on Synapse 1.163;
tests/contracts/test_matrix_wire.py runs on both.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Self

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.matrix_people import Person
from tests.fakes.matrix_rooms import Json, Refused, Room, forbidden, not_found

BOT = "@pumpbot:fake"  # who the refusals are for
LONGEST = 65_536  # bytes of an event


class FakeMatrix:
    """The server. `base` is what MATRIX_HOMESERVER is set to."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.tick = 2_000  # milliseconds between two events
        self.calls: list[tuple[str, str]] = []
        self.rooms: dict[str, Room] = {}
        self.uploads: dict[str, bytes] = {}
        self._now = int(time.time() * 1_000)
        self._users: dict[str, str] = {}
        self._account_data: dict[tuple[str, str], Json] = {}
        self._transactions: dict[tuple[str, ...], str] = {}
        self._failures: list[tuple[str, Refused]] = []
        self._position = 0
        self._news = asyncio.Condition()
        self._server = TestServer(self._app())

    async def __aenter__(self) -> Self:
        await self._server.start_server(access_log=None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def base(self) -> str:
        return str(self._server.make_url("/")).rstrip("/")

    async def person(self, name: str) -> Person:
        """`@name:fake`, who is there from now on."""
        token, user_id = f"token-of-{name}", f"@{name}:fake"
        self._users[token] = user_id
        return Person(self._http, self.base, token, user_id)

    def revoke(self, name: str) -> None:
        del self._users[f"token-of-{name}"]

    def fail(self, path: str, status: int, code: str, times: int = 1, **more: Any) -> None:
        """The bot's next calls whose path holds `path` are refused."""
        self._failures += [(path, Refused(status, code, "as the test says", **more))] * times

    # The wire.

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        client, room = "/_matrix/client/v3", "/_matrix/client/v3/rooms/{room}"
        for method, path, do in (
            ("GET", f"{client}/account/whoami", self._whoami),
            ("GET", f"{client}/profile/{{user}}", self._profile),
            ("GET", f"{client}/sync", self._sync),
            ("POST", f"{client}/createRoom", self._create),
            ("POST", f"{client}/join/{{room}}", self._join),
            ("GET", f"{client}/user/{{user}}/account_data/{{type}}", self._get_data),
            ("PUT", f"{client}/user/{{user}}/account_data/{{type}}", self._put_data),
            ("POST", f"{room}/invite", self._invite),
            ("POST", f"{room}/leave", self._leave),
            ("POST", f"{room}/kick", self._kick),
            ("POST", f"{room}/upgrade", self._upgrade),
            ("GET", f"{room}/joined_members", self._joined_members),
            ("GET", f"{room}/event/{{event}}", self._event),
            ("GET", f"{room}/context/{{event}}", self._context),
            ("GET", f"{room}/messages", self._messages),
            ("GET", f"{room}/state/{{type}}/{{key:.*}}", self._get_state),
            ("PUT", f"{room}/state/{{type}}/{{key:.*}}", self._put_state),
            ("PUT", f"{room}/send/{{type}}/{{txn}}", self._send),
            ("PUT", f"{room}/redact/{{event}}/{{txn}}", self._redact),
            ("POST", "/_matrix/media/v3/upload", self._upload),
        ):
            app.router.add_route(method, path, self._serving(do))
        return app

    def _serving(self, do: Callable[..., Any]) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.Response:
            self.calls.append((request.method, request.path))
            try:
                user = self._user(request)
                self._scripted(user, request.path)
                answer = await do(request, user)
            except Refused as refused:
                return web.json_response(refused.body, status=refused.status)
            async with self._news:
                self._news.notify_all()
            return web.json_response(answer)

        return serve

    def _user(self, request: web.Request) -> str:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            raise Refused(401, "M_MISSING_TOKEN", "Missing access token")
        if token not in self._users:
            raise Refused(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
        return self._users[token]

    def _scripted(self, user: str, path: str) -> None:
        for index, (part, refused) in enumerate(self._failures):
            if part in path and user == BOT:
                del self._failures[index]
                raise refused

    async def _body(self, request: web.Request) -> Json:
        raw = await request.read()
        if len(raw) > LONGEST:
            raise Refused(413, "M_TOO_LARGE", "event too large")
        return json.loads(raw or b"{}")

    def _room(self, request: web.Request, user: str) -> Room:
        """The room, for somebody who is in it."""
        room = self.rooms.get(request.match_info["room"])
        if room is None or room.membership(user) != "join":
            raise forbidden(f"User {user} not in room {request.match_info['room']}")
        return room

    def add(
        self, room: Room, sender: str, kind: str, content: Json, state_key: str | None = None, **more: Any
    ) -> str:
        """An event happens."""
        self._position += 1
        self._now += self.tick
        return room.add(self._position, self._now, sender, kind, content, state_key, **more)

    # Accounts and media.

    async def _whoami(self, _: web.Request, user: str) -> Json:
        return {"user_id": user, "device_id": "FAKE", "is_guest": False}

    async def _profile(self, request: web.Request, _: str) -> Json:
        return {"displayname": request.match_info["user"][1:].partition(":")[0]}

    async def _get_data(self, request: web.Request, user: str) -> Json:
        kept = self._account_data.get((user, request.match_info["type"]))
        if kept is None:
            raise not_found("Account data not found")
        return kept

    async def _put_data(self, request: web.Request, user: str) -> Json:
        self._account_data[user, request.match_info["type"]] = await self._body(request)
        return {}

    async def _upload(self, request: web.Request, _: str) -> Json:
        uri = f"mxc://fake/{len(self.uploads)}"
        self.uploads[uri] = await request.read()
        return {"content_uri": uri}

    # Rooms.

    async def _create(self, request: web.Request, user: str) -> Json:
        asked = await self._body(request)
        return {"room_id": self._created(user, asked).id}

    def _created(self, user: str, asked: Json) -> Room:
        room = Room(f"!room{len(self.rooms)}:fake")
        self.rooms[room.id] = room
        self.add(room, user, "m.room.create", {"room_version": "11", **asked.get("creation_content", {})}, "")
        self.add(room, user, "m.room.member", _joined(user), user)
        levels = {"users": {user: 100}, "users_default": 0, "state_default": 50, "events_default": 0}
        self.add(room, user, "m.room.power_levels", levels, "")
        self.add(room, user, "m.room.join_rules", {"join_rule": "invite"}, "")
        for event in asked.get("initial_state", ()):
            self.add(room, user, event["type"], event["content"], event.get("state_key", ""))
        for invited in asked.get("invite", ()):
            direct = {"is_direct": True} if asked.get("is_direct") else {}
            self.add(room, user, "m.room.member", {"membership": "invite", **direct}, invited)
        return room

    async def _invite(self, request: web.Request, user: str) -> Json:
        room, invited = self._room(request, user), (await self._body(request))["user_id"]
        if room.membership(invited) == "join":
            raise forbidden(f"{invited} is already in the room.")
        self.add(room, user, "m.room.member", {"membership": "invite"}, invited)
        return {}

    async def _join(self, request: web.Request, user: str) -> Json:
        room = self.rooms.get(request.match_info["room"])
        if room is None:
            raise not_found(
                "Can't join remote room because no servers that are in the room have been provided."
            )
        if room.membership(user) not in ("invite", "join"):
            raise forbidden("You are not invited to this room.")
        if room.membership(user) == "invite":
            self.add(room, user, "m.room.member", _joined(user), user)
        return {"room_id": room.id}

    async def _leave(self, request: web.Request, user: str) -> Json:
        room = self.rooms.get(request.match_info["room"])
        if room is not None and room.membership(user) in ("join", "invite"):
            self.add(room, user, "m.room.member", {"membership": "leave"}, user)
        return {}

    async def _kick(self, request: web.Request, user: str) -> Json:
        room, whom = self._room(request, user), (await self._body(request))["user_id"]
        self.add(room, user, "m.room.member", {"membership": "leave"}, whom)
        return {}

    async def _upgrade(self, request: web.Request, user: str) -> Json:
        old = self._room(request, user)
        new = self._created(user, {"creation_content": {"predecessor": {"room_id": old.id}}})
        tombstone = {"body": "This room has been replaced", "replacement_room": new.id}
        self.add(old, user, "m.room.tombstone", tombstone, "")
        return {"replacement_room": new.id}

    async def _joined_members(self, request: web.Request, user: str) -> Json:
        room = self._room(request, user)
        return {"joined": {u: {"display_name": room.name_of(u)} for u in room.members("join")}}

    async def _get_state(self, request: web.Request, user: str) -> Json:
        room = self.rooms.get(request.match_info["room"])
        if room is None or room.membership(user) is None:
            raise forbidden("not in room")
        event = room.state.get((request.match_info["type"], request.match_info["key"]))
        if event is None:
            raise not_found("Event not found.")
        return event if request.query.get("format") == "event" else event["content"]

    async def _put_state(self, request: web.Request, user: str) -> Json:
        room, content = self._room(request, user), await self._body(request)
        kind, key = request.match_info["type"], request.match_info["key"]
        return {"event_id": self.add(room, user, kind, content, key)}

    # Events.

    async def _send(self, request: web.Request, user: str) -> Json:
        room, kind = self._room(request, user), request.match_info["type"]
        transaction = (user, room.id, kind, request.match_info["txn"])
        if transaction not in self._transactions:
            content = await self._body(request)
            room.check(user, kind, content)
            self._transactions[transaction] = self.add(room, user, kind, content)
        return {"event_id": self._transactions[transaction]}

    async def _redact(self, request: web.Request, user: str) -> Json:
        room, event_id = self._room(request, user), request.match_info["event"]
        room.redact(event_id)
        return {"event_id": self.add(room, user, "m.room.redaction", {"redacts": event_id})}

    async def _event(self, request: web.Request, user: str) -> Json:
        room = self.rooms.get(request.match_info["room"])
        if room is None:
            raise not_found("Event not found.")
        return room.bundled(request.match_info["event"], user)

    async def _context(self, request: web.Request, user: str) -> Json:
        room, event_id = self._room(request, user), request.match_info["event"]
        at = room.bundled(event_id, user)["_at"]
        before = [event for event in reversed(room.events) if event["_at"] < at]
        return {"events_before": before[: int(request.query["limit"]) // 2]}

    async def _messages(self, request: web.Request, user: str) -> Json:
        room, query = self._room(request, user), request.query
        start = int(query["from"][1:]) if "from" in query else self._position
        end = int(query["to"][1:]) if "to" in query else 0
        found = [event for event in reversed(room.events) if end < event["_at"] <= start]
        page = found[: int(query.get("limit", "10"))]
        more = {"end": f"s{page[-1]['_at'] - 1}"} if len(found) > len(page) else {}
        return {"chunk": page, "start": f"s{start}", **more}

    async def _sync(self, request: web.Request, user: str) -> Json:
        since = int(request.query["since"][1:]) if "since" in request.query else None
        limits = json.loads(request.query.get("filter", "{}")).get("room", {}).get("timeline", {})
        async with self._news:
            try:
                async with asyncio.timeout(int(request.query.get("timeout", "0")) / 1_000):
                    await self._news.wait_for(lambda: self._news_for(user, since, limits))
            except TimeoutError:
                pass  # it is answered, with nothing
            return {"next_batch": f"s{self._position}", "rooms": self._news_for(user, since, limits)}

    def _news_for(self, user: str, since: int | None, limits: Json) -> Json:
        found: Json = {}
        for room in self.rooms.values():
            section, news = room.news(user, since, limits.get("types"), limits.get("limit", 10))
            if section is not None:
                found.setdefault(section, {})[room.id] = news
        return found


def _joined(user: str) -> Json:
    return {"membership": "join", "displayname": user[1:].partition(":")[0]}
