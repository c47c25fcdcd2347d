"""`kill -9` of the chain under load: nothing that was answered is lost, nothing lands twice.

`LOCALNET_KILLS=100` runs more rounds than the few of an ordinary test run.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession
from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.fakes.chain_builders import SOL, pay, signed
from workers.localnet.node import FAUCET_LAMPORTS

KILLS = int(os.environ.get("LOCALNET_KILLS", "3"))
SENDERS = 8
FEE = 5_000
CHILD = """
import asyncio, sys
from pathlib import Path
from workers.localnet.config import LocalnetConfig
from workers.localnet.main import serve

def ready(url):
    print(url, flush=True)

asyncio.run(serve(LocalnetConfig(Path(sys.argv[1])), ready=ready, stop=asyncio.Event()))
"""


class Answered(Exception):
    """The node refused, in its own words."""


@dataclass
class Rpc:
    """A bare client."""

    session: ClientSession
    url: str

    async def __call__(self, method: str, *params: object) -> Any:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with self.session.post(self.url, json=call) as answer:
            body = json.loads(await answer.text())
        if "error" in body:
            raise Answered(body["error"]["message"])
        return body["result"]


@dataclass(frozen=True)
class Payment:
    """A transfer to an address that gets nothing else."""

    raw: str
    signature: str
    to: Pubkey
    lamports: int


@dataclass
class Book:
    """What the clients know: what was answered, and what was sent without an answer."""

    answered: list[Payment] = field(default_factory=list)
    in_doubt: list[Payment] = field(default_factory=list)


@asynccontextmanager
async def chain(
    ledger: Path, session: ClientSession
) -> AsyncIterator[tuple[Rpc, asyncio.subprocess.Process]]:
    """A node in a process of its own; killed at the end if it still lives."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(ledger), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        url = (await asyncio.wait_for(child.stdout.readline(), 20)).decode().strip()
        assert url, "the node ended before it answered"
        yield Rpc(session, url), child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
        await child.wait()


def payment(wallet: Keypair, blockhash: Hash, chance: random.Random) -> Payment:
    to, lamports = Pubkey(chance.randbytes(32)), chance.randint(890_880, 2_000_000)
    tx = signed([pay(wallet, to, lamports)], blockhash, wallet)
    return Payment(base64.b64encode(bytes(tx)).decode(), str(tx.signatures[0]), to, lamports)


async def send(rpc: Rpc, made: Payment) -> None:
    signature = await rpc("sendTransaction", made.raw, {"encoding": "base64"})
    assert signature == made.signature


async def load(
    rpc: Rpc, child: asyncio.subprocess.Process, wallets: list[Keypair], book: Book, chance: random.Random
) -> None:
    """Everybody pays as fast as they can until one of them, at a moment of chance, kills the node."""
    blockhash = Hash.from_string((await rpc("getLatestBlockhash"))["value"]["blockhash"])
    kill_at = len(book.answered) + chance.randint(1, 200)

    async def keep_paying(wallet: Keypair) -> None:
        while child.returncode is None:
            made = payment(wallet, blockhash, chance)
            try:
                await send(rpc, made)
            except (ClientError, ConnectionError, json.JSONDecodeError):
                book.in_doubt.append(made)
                return
            book.answered.append(made)
            if len(book.answered) == kill_at:
                child.send_signal(signal.SIGKILL)

    await asyncio.gather(*(keep_paying(wallet) for wallet in wallets))
    assert await child.wait() == -signal.SIGKILL


async def balances(rpc: Rpc, keys: list[Pubkey]) -> list[int]:
    found: list[int] = []
    for at in range(0, len(keys), 100):
        names = [str(key) for key in keys[at : at + 100]]
        accounts = (await rpc("getMultipleAccounts", names))["value"]
        found += [account["lamports"] if account else 0 for account in accounts]
    return found


async def check_answered(rpc: Rpc, paid: list[Payment]) -> None:
    """What was answered is there, once."""
    for at in range(0, len(paid), 256):
        part = paid[at : at + 256]
        statuses = (await rpc("getSignatureStatuses", [made.signature for made in part]))["value"]
        assert all(status is not None and status["err"] is None for status in statuses)
    assert await balances(rpc, [made.to for made in paid]) == [made.lamports for made in paid]


async def refusal(rpc: Rpc, made: Payment) -> str | None:
    """Why the node doesn't take a payment, None if it took it."""
    try:
        await send(rpc, made)
    except Answered as error:
        return str(error)
    return None


async def settle(rpc: Rpc, book: Book) -> None:
    """What was in doubt is sent again: it landed before, or lands now, and once either way."""
    for made in book.in_doubt:
        landed = (await balances(rpc, [made.to]))[0] == made.lamports
        refused = await refusal(rpc, made)
        assert (refused is not None) == landed
        assert refused is None or "already been processed" in refused
    book.answered += book.in_doubt
    book.in_doubt.clear()


async def check_conserved(rpc: Rpc, wallets: list[Keypair], paid: list[Payment]) -> None:
    """All lamports there are: the faucet's, the wallets', the receivers' and the fees."""
    faucet = Pubkey.from_string((await rpc("getIdentity"))["identity"])
    keys = [faucet, *(wallet.pubkey() for wallet in wallets), *(made.to for made in paid)]
    held = sum(await balances(rpc, keys))
    landed = await rpc("getTransactionCount")
    assert landed == len(paid) + len(wallets)
    assert held + landed * FEE == FAUCET_LAMPORTS


async def test_kills_under_load_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(20_260_101)
    ledger, book = tmp_path / "ledger.db", Book()
    wallets = [Keypair() for _ in range(SENDERS)]
    async with ClientSession() as session:
        async with chain(ledger, session) as (rpc, _):
            for wallet in wallets:
                await rpc("requestAirdrop", str(wallet.pubkey()), 1_000 * SOL)
        for _ in range(KILLS):
            async with chain(ledger, session) as (rpc, child):
                await load(rpc, child, wallets, book, chance)
            async with chain(ledger, session) as (rpc, _):
                await check_answered(rpc, book.answered)
                await settle(rpc, book)
                await check_answered(rpc, book.answered)
                await check_conserved(rpc, wallets, book.answered)
    assert len(book.answered) > KILLS
