"""A backup taken while people trade, then everything is killed, and the backup becomes an installation that
people go on with. All of it by the command line, in real processes."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from solders.keypair import Keypair
from solders.transaction import VersionedTransaction

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.rpc import Rpc
from core.adapters.db.store import SqlStore
from core.adapters.keys.client import SocketSigner
from core.bootstrap import places
from core.domain.intent import WithdrawIntent
from core.domain.order import OrderState
from core.ports.chain import Compute
from core.settings import Settings, load_settings
from pumpbox.backup import take
from pumpbox.restore import put_back
from tests.chaos.books import Books, conserved, everybody_was_told, indexed, read_books, wallet_agrees
from tests.chaos.running import KEPT, Running, until
from tests.chaos.traders import Trader
from tests.fakes.installation import Home, button, installation, settings_of
from tests.fakes.postgres import postgres

TRADERS, BACKUPS = 4, 2
COLD = str(Keypair.from_seed(bytes(31) + b"\7").pubkey())


async def test_backed_up_while_trading_killed_and_restored(tmp_path: Path) -> None:
    old, new = Running(tmp_path / "data"), Running(tmp_path / "restored")
    file, key = tmp_path / "backup.tar.gz", tmp_path / "kept" / "master.key"
    try:
        await old.start()
        await old.terminal.start()
        crowd, mints = await _crowd(old)
        for n in range(BACKUPS):  # each finds other orders half done
            await _some_orders_land(old)
            await _pumpbox("backup", str(tmp_path / f"{n}.tar.gz"), "--data", str(old.folder))
        (tmp_path / f"{BACKUPS - 1}.tar.gz").rename(file)
        await _some_orders_land(old)  # what comes after it is lost with the old installation
        await old.kill_all()
        for trader in crowd:
            trader.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        key.parent.mkdir()
        (old.folder / "signer" / "master.key").rename(key)

        restored = await _pumpbox("restore", str(file), "--data", str(new.folder), "--master-key", str(key))
        assert f"pumpbox run --data {new.folder}" in restored
        await new.start()
        await new.terminal.start()
        await _goes_on(new, mints[0])
        assert await new.terminal.finish() == 0
        books = await _checked(new)
        everybody_was_told(books, old.terminal.shown + new.terminal.shown)
        assert "all sound" in await _pumpbox("audit", "--data", str(new.folder))
        assert await new.stop() == 0
        conserved(load_settings(new.folder))
    finally:
        await old.close()
        await new.close()


async def _crowd(home: Running) -> tuple[list[asyncio.Task[None]], list[str]]:
    mints: list[str] = []
    people = [Trader(f"trader-{n}", home.terminal, mints, random.Random(n)) for n in range(TRADERS)]
    crowd = [asyncio.create_task(people[0].work(launches=True, cold=COLD))]
    await until(lambda: bool(mints), "the first coin")
    return crowd + [asyncio.create_task(p.work(launches=False, cold=COLD)) for p in people[1:]], mints


async def _some_orders_land(home: Running, count: int = 6) -> None:
    def landed() -> int:
        return sum(r["data"].get("order", {}).get("state") == "landed" for r in home.terminal.shown)

    before = landed()
    await until(lambda: landed() >= before + count, "people to trade")


async def _goes_on(home: Running, mint: str) -> None:
    """Everybody of the backup buys again."""
    crowd = [
        asyncio.create_task(
            Trader(f"trader-{n}", home.terminal, [mint], random.Random(n)).work(launches=False, cold=COLD)
        )
        for n in range(TRADERS)
    ]
    try:
        await _some_orders_land(home, 2 * TRADERS)
    finally:
        for trader in crowd:
            trader.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)


async def _checked(home: Running) -> Books:
    """Each wallet signs; the chain has what the orders say and nothing else; what coins name is there."""
    settings = home.settings
    store, signer = SqlStore(places.database_url(settings)), SocketSigner(settings.signer_socket)
    try:
        books = await read_books(store, settings)
        async with Rpc(places.rpc_url(settings)) as rpc:
            chain = SolanaChain(rpc, places.program_id(settings))
            for wallet in books.wallets:
                await wallet_agrees(rpc, chain, wallet, [o for o in books.orders if o.wallet == wallet])
                await _signs(signer, chain, wallet)
        await until(lambda: indexed(store, books.orders), "the index to have every coin and trade")
    finally:
        await signer.close()
        await store.close()
    assert len(books.wallets) == TRADERS
    assert not [
        o for o in books.orders if o.state in (OrderState.SIGNED, OrderState.SENT, OrderState.UNKNOWN)
    ]
    _published(settings)
    return books


async def _signs(signer: SocketSigner, chain: SolanaChain, wallet: str) -> None:
    intent = WithdrawIntent(COLD, 1)
    signed = await signer.sign(
        f"try-{wallet}", wallet, intent, await chain.latest_blockhash(), Compute(5_000, 0)
    )
    assert all(VersionedTransaction.from_bytes(signed.raw).verify_with_results())


def _published(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.data_dir / "pumpbox.db")) as database:
        coins = database.execute("SELECT uri, image FROM coins").fetchall()
    assert coins
    for uri, image in coins:
        assert (settings.files_dir / "m" / uri.rsplit("/", 1)[-1]).exists()
        assert (settings.files_dir / "i" / image).exists()


async def _pumpbox(*words: str) -> str:
    """What a verb that succeeds prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pumpbox", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in KEPT if name in os.environ},
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


# ---------------------------------------------------------------------- from one kind of database to the other


async def test_moves_to_postgresql_and_back(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("sqlite", "postgres", "sqlite-again"))
    key = first / "data" / "signer" / "master.key"
    with postgres() as url:
        async with installation(first) as home:
            coin = await home.coin("ann")
            await _buys(home, "bob", coin["mint"])
            wallet = await home.wallet("bob")
            await asyncio.to_thread(_back_up, home.settings, tmp_path / "1.tar")
        await _move(tmp_path / "1.tar", settings_of(second, database_url=SecretStr(url)), key)
        async with installation(second, database_url=SecretStr(url)) as home:
            home._events = 1_000  # the fake numbers its updates from 1; a platform never gives a number twice
            assert await home.wallet("bob") == wallet
            await _buys(home, "bob", coin["mint"])
            await _buys(home, "cleo", coin["mint"])
            await asyncio.to_thread(_back_up, home.settings, tmp_path / "2.tar")
        await _move(tmp_path / "2.tar", settings_of(third), key)
    async with installation(third) as home:
        home._events = 2_000
        held = await home.app.chain.token_balance(wallet, coin["mint"])
        await _buys(home, "bob", coin["mint"])
        assert await home.app.chain.token_balance(wallet, coin["mint"]) > held > 0


def _back_up(settings: Settings, file: Path) -> None:
    with file.open("wb") as out:
        take(settings, out, compressed=False)


async def _move(file: Path, settings: Settings, key: Path) -> None:
    with file.open("rb") as source:
        await asyncio.to_thread(put_back, settings, source, key)


async def _buys(home: Home, user: str, mint: str) -> None:
    quote = await home.say(user, f"/buy {mint} 0.1")
    await home.press(user, button(quote.message, "Confirm buy"))
    shown = await home.outcome(quote.subject)
    assert shown.data["order"]["state"] == "landed"


@pytest.fixture(autouse=True)
def _private_files() -> Iterator[None]:
    before = os.umask(0o077)  # as `main` does
    yield
    os.umask(before)
