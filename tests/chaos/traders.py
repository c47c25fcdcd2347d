"""People at the terminal who trade without pause, whatever is killed around them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.chaos.running import Terminal

IMPATIENCE = 6.0  # seconds after which somebody does something else
THEMES = ("space cats", "moon dogs", "deep sea robots", "haunted toasters", "royal pigeons")

Record = dict[str, Any]


class Trader:
    """Knows only what it is shown, and tells the others of the coins that it launched."""

    def __init__(self, name: str, terminal: Terminal, mints: list[str], chance: random.Random) -> None:
        self.name, self._terminal, self._mints, self._chance = name, terminal, mints, chance
        self._lines = 0

    async def work(self, *, launches: bool, cold: str) -> None:
        """Until cancelled. cold: where withdrawals go."""
        while True:
            with suppress(TimeoutError):  # whoever should have answered was killed: go on with something else
                if launches and (not self._mints or self._chance.random() < 0.3):
                    await self._launch()
                else:
                    await self._trade(cold)

    async def _launch(self) -> None:
        opened = await self._asks(f"/launch {self._chance.choice(THEMES)}", "Launch")
        if opened["kind"] == "error":
            return
        landed = await self._presses(opened, "Launch")
        if landed["data"].get("order", {}).get("state") == "landed":
            self._mints.append(landed["data"]["coin"]["mint"])

    async def _trade(self, cold: str) -> None:
        mint = self._chance.choice(self._mints)
        buy = (f"/buy {mint} 0.{self._chance.randint(1, 9):02}", "Confirm buy")
        sell = (f"/sell {mint} {self._chance.randint(5, 60)}%", "Confirm sale")
        withdraw = (f"/withdraw {cold} 0.{self._chance.randint(10, 99)}", "Confirm withdrawal")
        line, label = self._chance.choices((buy, sell, withdraw), (6, 3, 1))[0]
        quote = await self._asks(line, label)
        if quote["kind"] != "error":
            await self._presses(quote, label)

    async def _asks(self, line: str, label: str) -> Record:
        """The card with that button, or a refusal."""
        since = await self._says(text=line)
        return await self._saw(lambda r: r["kind"] == "error" or button(r, label) is not None, since)

    async def _presses(self, card: Record, label: str) -> Record:
        """The order's end, or a refusal."""
        token = button(card, label)
        since = await self._says(press=token)
        if self._chance.random() < 0.3:
            await self._says(press=token)  # a trembling finger
        return await self._saw(_ended, since)

    async def _says(self, **what: Any) -> int:
        self._lines += 1
        since = len(self._terminal.shown)
        await self._terminal.say(id=f"{self.name}-{self._lines}", **{"as": self.name}, chat=None, **what)
        return since

    async def _saw(self, wanted: Callable[[Record], bool], since: int) -> Record:
        """The next record for this person that is wanted. Raises `TimeoutError`."""
        at, mine = since, self.name
        async with asyncio.timeout(IMPATIENCE), self._terminal.news:
            while True:
                for record in self._terminal.shown[at:]:
                    at += 1
                    if record["to"] == mine and wanted(record):
                        return record
                await self._terminal.news.wait()


def button(record: Record, label: str) -> str | None:
    return next((str(b["id"]) for b in record["buttons"] if b["label"].startswith(label)), None)


def _ended(record: Record) -> bool:
    if record["kind"] == "error":
        return bool(record["data"]["error"]["code"] != "button-used")
    return record["data"].get("order", {}).get("state") in ("landed", "failed", "expired")
