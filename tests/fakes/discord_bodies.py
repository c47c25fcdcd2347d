"""What a request to the fake Discord brings: JSON or a form with files, and the message that it makes."""

from __future__ import annotations

import json

from aiohttp import BodyPartReader, web

from tests.fakes.discord_rules import COMPONENTS_V2, EPHEMERAL, LOADING, Refused, check_message, invalid, walk
from tests.fakes.discord_world import Json, Message

MAX_UPLOAD = 10 << 20


def change(message: Message, payload: Json, files: dict[str, bytes]) -> Message:
    """The message as the payload makes it, if Discord takes it."""
    if sum(map(len, files.values())) > MAX_UPLOAD:
        raise Refused(413, 40005, "Request entity too large")
    kept = message.files
    if "attachments" in payload:
        listed = [a.get("filename") for a in payload["attachments"]]
        kept = {name: data for name, data in kept.items() if name in listed}
    attached = {**kept, **files}
    flags = message.flags & ~LOADING | payload.get("flags", 0) & (COMPONENTS_V2 | EPHEMERAL)
    wire = {
        "flags": flags,
        "content": payload.get("content", message.content),
        "components": payload.get("components", message.components),
        "embeds": payload.get("embeds"),
    }
    check_message(wire, attached)
    if message.flags & EPHEMERAL != flags & EPHEMERAL and message.components:
        raise invalid("flags", "EPHEMERAL can't be changed.")
    message.flags, message.content, message.components = flags, wire["content"], wire["components"]
    message.files = attached
    message.allowed_mentions = payload.get("allowed_mentions", message.allowed_mentions)
    message.edits += 1
    for number, component in enumerate(walk(message.components), 1):
        component.setdefault("id", number)
    return message


async def read(request: web.Request) -> tuple[Json, dict[str, bytes]]:
    """The payload, and the files by name."""
    if not request.content_type.startswith("multipart/"):
        return await request.json(), {}
    payload: Json = {}
    named: dict[int, bytes] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name == "payload_json":
            payload = json.loads(await part.text())
        else:
            assert part.name is not None
            named[int(part.name.removeprefix("files[").removesuffix("]"))] = bytes(await part.read())
    inner = payload.get("data") or payload.get("message") or payload
    names = {int(a["id"]): a["filename"] for a in inner.get("attachments", [])}
    return payload, {names[n]: data for n, data in named.items()}
