"""Telegram's side of a webhook: posts updates to the bot's server until it answers 2xx.

The updates of one chat, or the presses of one user, are posted one after another, the rest side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

Json = dict[str, Any]

RETRY = 0.02  # seconds until an update is posted again; Telegram takes longer each time
TIMEOUT = aiohttp.ClientTimeout(total=10)


def queue_of(update: Json) -> str:
    """What is delivered in order."""
    query = update.get("callback_query")
    if query is not None:
        return f"user {query['from']['id']}"
    content: Json = next(value for name, value in update.items() if name != "update_id")
    return f"chat {content.get('chat', content['from'])['id']}"


class Hook:
    """Runs in a task for as long as the fake server does. `port`: where the bot listens on this machine,
    since the URL names a public host. `posts`: (update id, status) of each try; 0: nobody answered."""

    def __init__(self, pending: Callable[[], list[Json]], changed: asyncio.Condition) -> None:
        self.port = 0
        self.posts: list[tuple[int, int]] = []
        self.last_error: str | None = None
        self._pending, self._changed = pending, changed
        self._busy: set[str] = set()

    async def run(self, setting: Callable[[], Json | None]) -> None:
        """Delivers while `setting` (what setWebhook was given) is there. Runs until it is cancelled."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as http, asyncio.TaskGroup() as posts:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._due(setting()))
                    wanted = setting()
                    assert wanted is not None  # it was, when something was due
                    update = self._due(wanted)[0]
                    self._busy.add(queue_of(update))
                posts.create_task(self._post(http, wanted, update))

    def _due(self, wanted: Json | None) -> list[Json]:
        if wanted is None or self.port == 0 or len(self._busy) >= wanted["max_connections"]:
            return []
        return [update for update in self._pending() if queue_of(update) not in self._busy]

    async def _post(self, http: aiohttp.ClientSession, wanted: Json, update: Json) -> None:
        where = f"http://127.0.0.1:{self.port}{urlsplit(wanted['url']).path}"
        headers = {"X-Telegram-Bot-Api-Secret-Token": wanted["secret_token"]}
        try:
            async with http.post(where, json=update, headers=headers) as response:
                status = response.status
        except aiohttp.ClientError:
            status = 0
        taken = 200 <= status < 300
        if not taken:
            self.last_error = f"Wrong response from the webhook: {status}" if status else "Connection refused"
            await asyncio.sleep(RETRY)
        async with self._changed:
            self.posts.append((update["update_id"], status))
            if taken:
                # By identity: an update that is given once more stays.
                pending = self._pending()
                pending[:] = [other for other in pending if other is not update]
            self._busy.discard(queue_of(update))
            self._changed.notify_all()
