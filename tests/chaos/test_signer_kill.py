"""kill -9 under load: no order is signed twice differently, no wallet made twice, the log is whole."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from solders.hash import Hash

from core.adapters.keys.client import SocketSigner
from core.domain.errors import UserError
from core.domain.intent import WithdrawIntent
from core.ports.chain import Blockhash, Compute
from core.ports.signer import SignerAway
from tests.fakes.signer import WITHDRAW_LIMIT
from tests.fakes.signer_process import SignerProcess, signer_process
from workers.signer.audit import verify

KILLS = 4
WORKERS = 8
ORDERS = 10  # that each of them asks for, over and over, between two kills
OUTSIDE = "DRpbCBMxVnDK7maPM5tGv6MvB3v1sRMC86PZ8okm21hy"


class Load:
    """Workers that ask for the same few orders, each time with another blockhash and amount, as a core that
    retries after every crash would. Keeps every answer."""

    def __init__(self, process: SignerProcess) -> None:
        self.client = SocketSigner(process.socket, timeout=10.0)
        self.signed: dict[str, set[bytes]] = defaultdict(set)
        self.wallets: dict[str, set[str]] = defaultdict(set)
        self.progress = asyncio.Condition()
        self.answers = 0
        self.away = 0

    async def work(self, worker: int, life: int) -> None:
        """Until the signer is killed under it."""
        turn = 0
        while True:
            turn += 1
            order = f"order-{life}-{turn % ORDERS}"  # the workers share the orders
            try:
                await self._ask(f"person-{worker % 3}-{life}", order, lamports=worker + turn)
            except SignerAway:
                self.away += 1
                return
            async with self.progress:
                self.answers += 1
                self.progress.notify_all()

    async def _ask(self, person: str, order: str, lamports: int) -> None:
        wallet = await self.client.create_wallet(person)
        self.wallets[person].add(wallet)
        at = Blockhash(str(Hash.new_unique()), 1_000)
        intent = WithdrawIntent(OUTSIDE, lamports)
        signed = await self.client.sign(order, wallet, intent, at, Compute(1_000, lamports))
        self.signed[order].add(signed.raw)

    async def until(self, answers: int) -> None:
        async with self.progress:
            await self.progress.wait_for(lambda: self.answers >= answers)


async def test_killed_under_load_it_signs_every_order_once(tmp_path: Path) -> None:
    with signer_process(tmp_path) as process:
        load = Load(process)
        for life in range(KILLS):
            workers = [asyncio.create_task(load.work(number, life)) for number in range(WORKERS)]
            await load.until(load.answers + 15 * (life + 1))
            process.kill()
            await asyncio.gather(*workers)
            assert verify(process.database) > 0  # as the kill left it
            assert await asyncio.to_thread(process.start)
        assert load.away == KILLS * WORKERS
        await _everything_is_asked_again(load)
        await load.client.close()
        _nothing_was_done_twice(process.database, load)


async def _everything_is_asked_again(load: Load) -> None:
    """After the last restart: also for what nobody got an answer to."""
    for life in range(KILLS):
        for number in range(ORDERS):
            await load._ask(f"person-0-{life}", f"order-{life}-{number}", lamports=99)


def _nothing_was_done_twice(database: Path, load: Load) -> None:
    assert {len(answers) for answers in load.signed.values()} == {1}
    assert {len(addresses) for addresses in load.wallets.values()} == {1}
    with closing(sqlite3.connect(database)) as connection:
        rows = dict(connection.execute("SELECT order_id, raw FROM signatures").fetchall())
        (wallets,) = connection.execute("SELECT count(*) FROM wallets").fetchone()
        (withdrawn,) = connection.execute("SELECT sum(withdrawn) FROM signatures").fetchone()
    assert rows == {order: next(iter(answers)) for order, answers in load.signed.items()}
    assert wallets == len(load.wallets)
    assert verify(database) >= len(rows) + wallets + KILLS + 1
    assert 0 < withdrawn < WITHDRAW_LIMIT


async def test_the_daily_limit_survives_the_kill(tmp_path: Path) -> None:
    with signer_process(tmp_path) as process:
        client = SocketSigner(process.socket)
        wallet = await client.create_wallet("ann")
        at, compute = Blockhash(str(Hash.new_unique()), 1_000), Compute(1_000, 0)
        first = await client.sign("w1", wallet, WithdrawIntent(OUTSIDE, WITHDRAW_LIMIT), at, compute)
        process.kill()
        assert process.start()
        # the same client: it connects again by itself
        assert await client.withdrawn_today(wallet) == (WITHDRAW_LIMIT, WITHDRAW_LIMIT)
        assert await client.sign("w1", wallet, WithdrawIntent(OUTSIDE, 1), at, compute) == first
        with pytest.raises(UserError, match="withdraw-limit"):
            await client.sign("w2", wallet, WithdrawIntent(OUTSIDE, 1), at, compute)
        await client.close()
