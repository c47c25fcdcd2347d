"""The Client-Server API: every refusal understood."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import aiohttp
import structlog
from yarl import URL

from bots.desk import Gone, MessageGone, RetryAfter
from core.reply import Json

log = structlog.get_logger()

AWAY = 5.0  # seconds before a homeserver that can't be reached is asked again
TIMEOUT = (
    25.0  # seconds of a call; less than `bots.outbox.LEASE`, after which another would be made beside it
)
DEEPEST = 50  # levels of nesting; no client has a tenth. Python reads and writes JSON by recursion.
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]')


class MatrixRefused(Exception):
    """The homeserver does not take our token: nothing to do but give another one."""


class Refused(Exception):
    """A call that the homeserver will not do: its code and words."""


class Homeserver:
    """As one account. limited: it has told us to wait, so extras are left out."""

    def __init__(self, http: aiohttp.ClientSession, base: str, token: str) -> None:
        self._http, self._base, self.limited = http, base.rstrip("/"), False
        self._headers = {"Authorization": f"Bearer {token}"}

    async def call(
        self,
        method: str,
        *steps: str,
        body: Json = None,
        query: Mapping[str, str] = MappingProxyType({}),
        patient: bool = True,
        wait: float = 0,
    ) -> Json:
        """`steps`: the path below `client/v3`. A patient call is made until it is answered, any other raises
        `RetryAfter`. Raises `Gone` (403), `MessageGone` (404), `Refused`, `MatrixRefused`."""
        path = "client/v3/" + "/".join(quote(step, safe="") for step in steps)
        limit = aiohttp.ClientTimeout(total=wait + TIMEOUT)
        return await self._answered(method, path, query, patient, json=body, timeout=limit)

    async def upload(self, content: bytes, media_type: str, name: str, *, patient: bool) -> Json:
        """As `call`."""
        headers = {**self._headers, "Content-Type": media_type}
        query, limit = {"filename": name}, aiohttp.ClientTimeout(total=TIMEOUT)
        path = "media/v3/upload"
        return await self._answered(
            "POST", path, query, patient, data=content, headers=headers, timeout=limit
        )

    async def _answered(
        self, method: str, path: str, query: Mapping[str, str], patient: bool, **sent: Any
    ) -> Json:
        url = URL(f"{self._base}/_matrix/{path}", encoded=True).update_query(query)
        while True:
            try:
                return await self._once(method, url, sent)
            except RetryAfter as later:
                if not patient:
                    raise
                await asyncio.sleep(later.seconds)

    async def _once(self, method: str, url: URL, sent: dict[str, Any]) -> Json:
        try:
            async with self._http.request(method, url, **{"headers": self._headers, **sent}) as response:
                status, answer = response.status, _parsed(await response.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as away:  # ValueError: a proxy's page, no JSON
            log.warning("matrix.away", error=type(away).__name__)
            raise RetryAfter(AWAY) from away
        if status < 300:
            return answer
        words = f"{answer.get('errcode')}: {answer.get('error')}"
        if status == 429 and not self.limited:
            self.limited = True
            log.warning("matrix.limited", next="let the bot's account say more: docs/matrix.md")
        if status == 429 or status >= 500:
            raise RetryAfter(answer.get("retry_after_ms", AWAY * 1_000) / 1_000)
        if status == 401:
            raise MatrixRefused(
                "the homeserver refused MATRIX_TOKEN: log in anew and give its new access token"
            )
        raise {403: Gone, 404: MessageGone}.get(status, Refused)(words)


def _parsed(raw: bytes) -> Json:
    """Without what is nested too deep to be read: anybody in a room can send that, and a sync brings it again
    for as long as it is not read. Raises `ValueError`."""
    try:
        return json.loads(raw)
    except RecursionError:
        return json.loads(_shallow(raw.decode()))


def _shallow(text: str) -> str:
    """The same JSON with null for whatever is below `DEEPEST`."""
    kept, level, copied = [], 0, 0
    for found in _NESTING.finditer(text):
        if found[0] in "[{":
            level += 1
            if level == DEEPEST:
                kept += [text[copied : found.start()], "null"]
        elif found[0] in "]}":
            if level == DEEPEST:
                copied = found.end()
            level -= 1
    return "".join([*kept, text[copied:]])
