"""`pumpbox terminal --json`: one JSON object a line in, one or more a line out. docs/terminal.md is the contract."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import IO, Any

import structlog

from bots.terminal.inbound import MAX_LINE, payload_of_json, sender_of_bad
from bots.terminal.render import choices, form_data, path, plain_text
from bots.terminal.surface import Shown, Terminal
from core.cards.error import error_card
from core.domain.errors import UserError
from core.ports.ids import new_id
from core.ports.store import StoreAway
from core.reply import Json

BATCH = 100  # lines written to the inbox in one transaction

log = structlog.get_logger()


class JsonScreen:
    """Writes what is shown as JSON lines."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def show(self, shown: Shown) -> None:
        line = json.dumps(self._record(shown), ensure_ascii=False, separators=(",", ":"))
        self._out.write(line.encode("utf-8", "backslashreplace") + b"\n")
        self._out.flush()

    def _record(self, shown: Shown) -> dict[str, Json]:
        record: dict[str, Json] = {
            "re": shown.re,
            "msg": shown.msg,
            "kind": shown.kind,
            "to": shown.to,
            "chat": shown.chat,
            "text": "",
            "buttons": [],
            "media": [],
            "data": {},
        }
        message = shown.message
        if message is None:
            return record
        data = dict(message.data)
        if message.form is not None:
            data["form"] = form_data(message.form)
        record["text"] = plain_text(message)
        record["buttons"] = [{"id": choice.token, "label": choice.label} for choice in choices(message)]
        if message.media is not None:
            record["media"] = [{"type": message.media.type, "path": path(message.media)}]
        record["data"] = safe(data)
        return record


def safe(value: Json) -> Json:
    """Integers that a JSON reader might round, as strings."""
    if isinstance(value, dict):
        return {name: safe(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [safe(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return value


async def serve(terminal: Terminal, screen: JsonScreen, source: IO[bytes], default_as: str) -> None:
    """Answers the lines of `source` until its end; does not wait for what they began."""
    lines = Lines(source)
    while batch := await lines.next(BATCH):
        payloads: list[dict[str, Any]] = []
        for raw in batch:
            if not raw.strip():
                continue
            try:
                payloads.append(payload_of_json(raw, default_as))
            except UserError as error:
                screen.show(refusal(error, *sender_of_bad(raw, default_as)))
        if payloads:
            await _accept(terminal, screen, payloads)
    await terminal.idle()


async def _accept(terminal: Terminal, screen: JsonScreen, payloads: list[dict[str, Any]]) -> None:
    try:
        await terminal.accept(payloads)
    except StoreAway as away:
        log.warning("terminal.store_away", error=str(away))
        for payload in payloads:
            screen.show(refusal(UserError("store-away"), payload["id"], payload["as"], payload["chat"]))


def refusal(error: UserError, re: Json, to: str, chat: str | None = None) -> Shown:
    """The answer to a line that did not reach the core."""
    return Shown(re, new_id(), "error", to, chat, error_card(error))


class Lines:
    """Lines of a blocking stream, for the event loop. A thread reads, since a stream may be a file, which no
    event loop can wait for; it holds at most a few lines that nobody has asked for."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._room = threading.Semaphore(BATCH)
        self._loop = asyncio.get_running_loop()
        self._ended = False
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def next(self, most: int) -> list[bytes]:
        """What has come in, at least one line and at most `most`; empty at the end."""
        if self._ended:
            return []
        batch = [await self._queue.get()]
        while len(batch) < most and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        self._room.release(len(batch))
        if batch[-1] == b"":
            self._ended = True
            batch.pop()
        return batch or await self.next(most)

    def _read(self) -> None:
        line = b"\n"
        while line:
            self._room.acquire()
            line = self._source.readline(MAX_LINE + 1)
            if len(line) > MAX_LINE and not line.endswith(b"\n"):
                self._skip_rest()
            if not _tell(self._loop, self._queue.put_nowait, line):
                return

    def _skip_rest(self) -> None:
        """Past the end of a line that is too long; its beginning is answered with an error."""
        while (more := self._source.readline(MAX_LINE)) and not more.endswith(b"\n"):
            pass


def _tell(loop: asyncio.AbstractEventLoop, put: Callable[[bytes], None], line: bytes) -> bool:
    try:
        loop.call_soon_threadsafe(put, line)
    except RuntimeError:  # the loop has ended before the stream
        return False
    return True
