"""A room of the fake homeserver: its events, its state, and what a member's sync shows of it."""

from __future__ import annotations

import copy
from typing import Any

Json = Any


class Refused(Exception):
    """An error as the wire has it."""

    def __init__(self, status: int, code: str, words: str, **more: Any) -> None:
        super().__init__(code)
        self.status, self.body = status, {"errcode": code, "error": words, **more}


def relation_of(content: Json) -> Json:
    relation = content.get("m.relates_to")
    return relation if isinstance(relation, dict) else {}


def forbidden(words: str) -> Refused:
    return Refused(403, "M_FORBIDDEN", words)


def not_found(words: str) -> Refused:
    return Refused(404, "M_NOT_FOUND", words)


class Room:
    """`_at` in an event is its place in the stream."""

    def __init__(self, room_id: str) -> None:
        self.id = room_id
        self.events: list[Json] = []
        self.state: dict[tuple[str, str], Json] = {}

    def add(
        self, at: int, now: int, sender: str, kind: str, content: Json, state_key: str | None, **more: Any
    ) -> str:
        event = {
            "event_id": f"$event{at}",
            "room_id": self.id,
            "sender": sender,
            "type": kind,
            "content": content,
            "origin_server_ts": now,
            "unsigned": {"age": 1},
            "_at": at,
            **more,
        }
        if state_key is not None:
            before = self.state.get((kind, state_key))
            event["state_key"] = state_key
            if before is not None:
                event["unsigned"]["prev_content"] = before["content"]
            self.state[kind, state_key] = event
        self.events.append(event)
        return str(event["event_id"])

    def membership(self, user: str) -> str | None:
        event = self.state.get(("m.room.member", user))
        return None if event is None else str(event["content"]["membership"])

    def members(self, membership: str) -> list[str]:
        return [
            key for kind, key in self.state if kind == "m.room.member" and self.membership(key) == membership
        ]

    def name_of(self, user: str) -> str | None:
        name: str | None = self.state["m.room.member", user]["content"].get("displayname")
        return name

    def check(self, user: str, kind: str, content: Json) -> None:
        """Raises `Refused` for what a homeserver does not take."""
        relation = relation_of(content)
        related = relation.get("event_id")
        if ("m.room.tombstone", "") in self.state and user not in self._levels():
            raise forbidden("You don't have permission to post that to the room.")
        if relation.get("rel_type") in ("m.replace", "m.annotation") and self._find(related) is None:
            raise Refused(400, "M_UNKNOWN", "Relations must be in the same room")
        for event in self.events:
            same = event["type"] == kind == "m.reaction" and event["sender"] == user
            if same and event["content"].get("m.relates_to") == relation:
                raise Refused(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice")

    def _levels(self) -> Json:
        return self.state["m.room.power_levels", ""]["content"]["users"]

    def _find(self, event_id: str | None) -> Json | None:
        return next((event for event in self.events if event["event_id"] == event_id), None)

    def redact(self, event_id: str) -> None:
        event = self._find(event_id)
        if event is None:
            raise not_found("Could not find event")
        event["content"] = {}
        event["unsigned"]["redacted_because"] = {"type": "m.room.redaction"}

    def bundled(self, event_id: str, user: str) -> Json:
        """The event as it was sent, with the last edit beside it."""
        event = self._find(event_id)
        if event is None or self.membership(user) is None:
            raise not_found("Event not found.")
        bundle = copy.deepcopy(event)
        for edit in self.events:
            relation = relation_of(edit["content"])
            whole = (relation.get("rel_type"), relation.get("event_id")) == ("m.replace", event_id)
            if whole and edit["sender"] == event["sender"] and event["content"]:
                bundle["unsigned"]["m.relations"] = {"m.replace": edit}
        return bundle

    def news(
        self, user: str, since: int | None, types: list[str] | None, limit: int
    ) -> tuple[str | None, Json]:
        """The section of a sync that the room is in, and what it says there; None: in none."""
        member = self.state.get(("m.room.member", user))
        changed = member is not None and (since is None or member["_at"] > since)
        membership = self.membership(user)
        if membership == "invite" and changed:
            stripped = [
                e for key, e in self.state.items() if key[0] in ("m.room.create", "m.room.encryption")
            ]
            return "invite", {"invite_state": {"events": [*stripped, member]}}
        if membership == "leave" and changed and since is not None:
            return "leave", {"timeline": {"events": [member]}}
        if membership != "join" or member is None:
            return None, None
        # Who has just come in is shown what was said before, too.
        entered = changed and member["unsigned"].get("prev_content", {}).get("membership") != "join"
        after = 0 if since is None or entered else since
        new = [e for e in self.events if e["_at"] > after and (types is None or e["type"] in types)]
        if not new:
            return None, None
        shown = new[-limit:]
        limited = len(new) > limit or entered
        timeline = {"events": shown, "limited": limited, "prev_batch": f"s{shown[0]['_at'] - 1}"}
        return "join", {"timeline": timeline, "state": {"events": []}}
