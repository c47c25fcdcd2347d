"""The whole story on three surfaces at once, through real entry points and on the platforms' wire.

An installation runs in its usual processes. Ann launches in a Telegram group, Bob buys in Discord, Carol buys
and sells by the terminal's JSON lines; at the end the chain's own balances must say what the chats said.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds
from core.bootstrap import places
from core.bootstrap.app import App, open_app
from core.settings import Settings, load_settings
from pumpbox.state import attached
from pumpbox.supervisor import Supervisor
from tests.fakes.discord import TOKEN as DISCORD_TOKEN
from tests.fakes.discord import FakeDiscord, buttons, text
from tests.fakes.telegram import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram import FakeTelegram

FIRST_SOL = 10_000_000_000  # what the embedded chain gives a person's first wallet


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[Settings]:
    """`pumpbox run` on a folder, in its usual processes."""
    stop, changed = asyncio.Event(), asyncio.Event()
    with (data.parent / "run.log").open("wb") as log:
        supervisor = Supervisor(load_settings(data), log=log, on_change=lambda _: changed.set())
        task = asyncio.create_task(supervisor.run(stop))
        try:
            async with asyncio.timeout(60):
                while not supervisor.ready:
                    changed.clear()
                    await changed.wait()
            yield attached(load_settings(data))
        finally:
            stop.set()
            await task


class Terminal:
    """`pumpbox terminal --json` on the same installation."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._count = 0

    async def line(self, user: str, **asked: str) -> list[dict[str, Any]]:
        """Writes one line and reads what it brings, up to its reply."""
        assert self._process.stdin is not None
        self._count += 1
        line = {"id": self._count, "as": user, "chat": None, **asked}
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        await self._process.stdin.drain()
        return await self.until(lambda said: said["re"] == self._count)

    async def until(self, holds: Any) -> list[dict[str, Any]]:
        assert self._process.stdout is not None
        read = []
        async with asyncio.timeout(30):
            while True:
                read.append(json.loads(await self._process.stdout.readline()))
                if holds(read[-1]):
                    return read

    async def end(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await asyncio.wait_for(self._process.wait(), 60)


@asynccontextmanager
async def terminal(data: Path) -> AsyncIterator[Terminal]:
    command = (sys.executable, "-m", "pumpbox", "terminal", "--json", "--data", str(data))
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(os.environ),
    )
    try:
        yield Terminal(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def token(said: dict[str, Any], label: str) -> str:
    return next(str(b["id"]) for b in said["buttons"] if b["label"] == label)


async def coin(app: App) -> str:
    """The mint of the only coin, once the index has it."""
    async with asyncio.timeout(20):
        while True:
            async with app.store.read() as work:
                found = await work.coins.newest(1)
            if found:
                return found[0].mint
            await app.bell.wait("events", 0.1)


async def wallet(app: App, platform: str, user: str) -> str:
    async with app.store.read() as work:
        account = await work.accounts.get(platform, user)
        assert account is not None
        found = await work.wallets.of_person(account.person_id)
        assert found is not None
        return found.address


async def fills(app: App, platform: str, user: str) -> list[dict[str, Any]]:
    """What a person's landed orders did."""
    async with app.store.read() as work:
        account = await work.accounts.get(platform, user)
        assert account is not None
        return [o.result for o in await work.orders.of_person(account.person_id, 9) if o.result is not None]


async def test_one_coin_on_three_surfaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeTelegram() as telegram, FakeDiscord() as discord:
        monkeypatch.setenv("TELEGRAM_TOKEN", TELEGRAM_TOKEN)
        monkeypatch.setenv("TELEGRAM_API_BASE", telegram.base)
        monkeypatch.setenv("DISCORD_TOKEN", DISCORD_TOKEN)
        monkeypatch.setenv("DISCORD_API_BASE", discord.api)
        monkeypatch.setenv("KEEPER_SWEEP_SOL", "1000000")  # fees stay where they are counted below
        data = tmp_path / "data"
        async with running(data) as settings, open_app(settings) as app:
            # Telegram: a box is opened in a group, and its coin launched.
            ann, group = telegram.user(1, "Ann"), telegram.group(-100, "Cats")
            await telegram.say(ann, "/launch space cats", group)
            box = await telegram.shown(group, "sealed")
            await telegram.until(lambda: "Launch" in box.labels)
            await telegram.press(ann, box, "Launch")
            await telegram.until(lambda: "is live" in box.text)
            mint = await coin(app)

            # Discord: Bob finds it by typing and buys from its card.
            await discord.gateway.connected()
            bob, room = discord.user("bob"), discord.room()
            card = await discord.answered(await discord.slash(bob, room, "coin", coin=mint))
            quote = await discord.answered(await discord.press(bob, card.message, "Buy 0.5"))
            assert "Confirm buy" in [b["label"] for b in buttons(quote.message)]
            await discord.answered(await discord.press(bob, quote.message, "Confirm buy"))
            await discord.until(lambda: "Bought" in text(quote.message))

            # Terminal: Carol buys, sells half, and the process ends when what she began has ended.
            async with terminal(data) as lines:
                quoted = (await lines.line("carol", text=f"/buy {mint} 1"))[-1]
                await lines.line("carol", press=token(quoted, "Confirm buy"))
                bought = (await lines.until(lambda said: "fill" in said["data"]))[-1]
                sale = (await lines.line("carol", text=f"/sell {mint} 50%"))[-1]
                await lines.line("carol", press=token(sale, "Confirm sale"))
                sold = (
                    await lines.until(
                        lambda said: (
                            said["data"].get("order", {}).get("kind") == "sell" and "fill" in said["data"]
                        )
                    )
                )[-1]
                assert await lines.end() == 0

            await holds(app, settings, mint, bought["data"]["fill"], sold["data"]["fill"], bob.id)


async def holds(
    app: App, settings: Settings, mint: str, bought: dict[str, Any], sold: dict[str, Any], bob: str
) -> None:
    """The chain's balances are what the chats were told, to the lamport and the atom."""
    chain, ids = app.chain, ProgramIds(Pubkey.from_string(places.program_id(settings)))
    carols = await wallet(app, "terminal", "carol")
    held = int(bought["atoms"]) - int(sold["atoms"])
    assert await chain.token_balance(carols, mint) == held
    fees = int(bought["network_fee"]) + int(sold["network_fee"])
    rent = FIRST_SOL - int(bought["lamports"]) + int(sold["lamports"]) - fees - await chain.balance(carols)
    (account,) = (
        await app.rpc.call("getTokenAccountsByOwner", carols, {"mint": mint}, {"encoding": "base64"})
    )["value"]
    assert rent == account["account"]["lamports"], "all that is missing is her token account's rent"

    bobs = await wallet(app, "discord", bob)
    (his,) = await fills(app, "discord", bob)
    assert await chain.token_balance(bobs, mint) == his["atoms"]

    state = await chain.curve(mint)
    assert state is not None
    assert state.tokens_sold == held + his["atoms"]
    paid = int(bought["lamports"]) + his["lamports"] - int(sold["lamports"])
    assert state.real_sol + state.protocol_fees + state.creator_fees == paid
    curve = str(ids.curve(Pubkey.from_string(mint)))
    deposit = await app.rpc.call("getMinimumBalanceForRentExemption", 200)
    assert await chain.balance(curve) == deposit + paid
