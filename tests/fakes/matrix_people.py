"""People on a homeserver, the fake one or a real one: they talk to it as their clients do, by HTTP alone."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import aiohttp
from yarl import URL

Json = Any
Found = TypeVar("Found")
PATIENCE = 30.0


@dataclass
class Seen:
    """A message as a client shows it: with its last edit, and who reacted with what."""

    event_id: str
    sender: str
    content: Json
    redacted: bool = False
    reactions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return str(self.content.get("body", ""))

    def number(self, label: str) -> str:
        """The number of the choice that reads `label`."""
        for word in self.text.replace("\n", " · ").split(" · "):
            number, _, words = word.removeprefix("[").partition("] ")
            if words.startswith(label):
                return number
        raise AssertionError(f"no choice {label!r} in {self.text!r}")


class Person:
    """One account. What its client has been shown is in `rooms`, `invites` and `shown(room)`."""

    def __init__(self, http: aiohttp.ClientSession, base: str, token: str, user_id: str) -> None:
        self._http, self._base, self.token, self.id = http, base, token, user_id
        self.headers = {"Authorization": f"Bearer {token}"}
        self._since: str | None = None
        self._events: dict[str, dict[str, Json]] = {}
        self.invites: set[str] = set()

    async def call(self, method: str, path: str, body: Json = None, **query: str) -> Json:
        """Raises `AssertionError` with what the homeserver says when it refuses."""
        status, answer = await self.ask(method, path, body, **query)
        assert status == 200, f"{method} {path}: {status} {answer}"
        return answer

    async def ask(self, method: str, path: str, body: Json = None, **query: str) -> tuple[int, Json]:
        url = URL(f"{self._base}/_matrix/client/v3/{path}", encoded=True).update_query(query)
        async with self._http.request(method, url, json=body, headers=self.headers) as response:
            return response.status, await response.json()

    async def room(self, *invited: str, direct: bool = False, **more: Json) -> str:
        """A new room; a direct one is what a client makes of "start chat"."""
        asked = {"preset": "private_chat", "invite": list(invited), "is_direct": direct, **more}
        return str((await self.call("POST", "createRoom", asked))["room_id"])

    async def join(self, room: str) -> None:
        await self.call("POST", f"join/{quote(room)}", {})

    async def do(self, room: str, verb: str, **body: Json) -> Json:
        """invite, kick, leave, upgrade."""
        return await self.call("POST", f"rooms/{quote(room)}/{verb}", body)

    async def send(self, room: str, content: Json, kind: str = "m.room.message") -> str:
        path = f"rooms/{quote(room)}/send/{kind}/{uuid4().hex}"
        return str((await self.call("PUT", path, content))["event_id"])

    async def say(self, room: str, text: str, to: Seen | None = None, **more: Json) -> str:
        """Types a line; `to`: as an answer to that message."""
        content: Json = {"msgtype": "m.text", "body": text, **more}
        if to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": to.event_id}}
            content["m.mentions"] = {"user_ids": [to.sender]}
        return await self.send(room, content)

    async def tap(self, room: str, message: Seen, number: str) -> str:
        key = f"{number}\ufe0f\u20e3"
        relation = {"rel_type": "m.annotation", "event_id": message.event_id, "key": key}
        return await self.send(room, {"m.relates_to": relation}, "m.reaction")

    async def redact(self, room: str, event_id: str) -> None:
        await self.call("PUT", f"rooms/{quote(room)}/redact/{quote(event_id)}/{uuid4().hex}", {})

    async def set_state(self, room: str, kind: str, content: Json) -> None:
        await self.call("PUT", f"rooms/{quote(room)}/state/{kind}/", content)

    # What the client shows.

    def shown(self, room: str) -> list[Seen]:
        """The messages of a room, oldest first."""
        seen: dict[str, Seen] = {}
        for event in self._events.get(room, {}).values():
            relation = event["content"].get("m.relates_to")
            relation = relation if isinstance(relation, dict) else {}
            about = seen.get(relation.get("event_id", ""))
            if event["type"] == "m.reaction" and about is not None:
                about.reactions.append((event["sender"], relation["key"][0]))
            elif relation.get("rel_type") == "m.replace" and about is not None:
                about.content = event["content"]["m.new_content"]
            elif event["type"] == "m.room.redaction":
                redacted = seen.get(event["content"].get("redacts") or event.get("redacts", ""))
                if redacted is not None:
                    redacted.redacted = True
            elif event["type"] == "m.room.message" and event["content"]:
                seen[event["event_id"]] = Seen(event["event_id"], event["sender"], event["content"])
        return [message for message in seen.values() if not message.redacted]

    async def sync(self, timeout: float = 0) -> None:
        query = {"timeout": str(int(timeout * 1_000))} | (
            {} if self._since is None else {"since": self._since}
        )
        brought = await self.call("GET", "sync", **query)
        self._since = brought["next_batch"]
        rooms = brought.get("rooms", {})
        self.invites |= rooms.get("invite", {}).keys()
        for room, joined in rooms.get("join", {}).items():
            events = self._events.setdefault(room, {})
            for event in joined["timeline"]["events"]:
                events[event["event_id"]] = event

    async def until(self, found: Callable[[], Found]) -> Found:
        """Syncs until there is something, and returns it."""
        async with asyncio.timeout(PATIENCE):
            while not (it := found()):
                await self.sync(5)
        return it

    async def sees(self, room: str, words: str, *, by: str | None = None) -> Seen:
        """The newest message of somebody else that says so."""

        def look() -> Seen | None:
            said = [m for m in self.shown(room) if m.sender != self.id and words in m.text]
            return next((m for m in reversed(said) if by in (None, m.sender)), None)

        try:
            return await self.until(look)  # type: ignore[return-value]  # not before it is there
        except TimeoutError:
            said = "\n---\n".join(m.text for m in self.shown(room))
            raise AssertionError(f"{self.id} was never shown {words!r}:\n{said}") from None


class RealHomeserver:
    """A Synapse on this machine whose registration secret we know: MATRIX_TEST_HOMESERVER, MATRIX_TEST_SECRET.
    Everybody is new in every test, and nobody is held back."""

    def __init__(self, http: aiohttp.ClientSession, base: str, secret: str) -> None:
        self._http, self.base, self._secret = http, base.rstrip("/"), secret
        self._run = uuid4().hex[:8]
        self._admin: Person | None = None

    async def person(self, name: str) -> Person:
        """`name` with something of this run behind it."""
        if self._admin is None:
            self._admin = await self._register(f"admin-{self._run}", "admin")
        person = await self._register(f"{name}-{self._run}", "notadmin")
        free = {"messages_per_second": 0, "burst_count": 0}
        path = f"users/{quote(person.id)}/override_ratelimit"
        await self._admin_call("POST", path, json=free, headers=self._admin.headers)
        return person

    async def _register(self, name: str, rights: str) -> Person:
        nonce = (await self._admin_call("GET", "register"))["nonce"]
        password = uuid4().hex
        mac = hmac.new(self._secret.encode(), digestmod=hashlib.sha1)
        mac.update("\0".join((nonce, name, password, rights)).encode())
        asked = {"nonce": nonce, "username": name, "password": password, "mac": mac.hexdigest()}
        made = await self._admin_call("POST", "register", json={**asked, "admin": rights == "admin"})
        return Person(self._http, self.base, made["access_token"], made["user_id"])

    async def _admin_call(self, method: str, path: str, **sent: Any) -> Json:
        async with self._http.request(method, f"{self.base}/_synapse/admin/v1/{path}", **sent) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer
