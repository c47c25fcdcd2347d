"""Press to transaction sent, beside a bare client's simulate + send, in the same run on the same chain.

`make bench-trade` prints a table, then one line of JSON. A whole installation runs in its usual processes;
200 users press Confirm on quotes of theirs at 50 a second in all, through the inbox and `dispatch`. The bare
client simulates, signs and sends buys of the same coin from wallets of its own at the same pace. Target: our
p99 at most 50 ms above the bare one's.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from bots.desk import Desk
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.transactions import build
from core.bootstrap import places
from core.bootstrap.app import App, open_app
from core.commands.incoming import Caller, Invocation, Line, Press
from core.domain.intent import BuyIntent
from core.ports.chain import Compute
from core.ports.ids import new_id
from core.ports.rows import InboxItem
from core.reply import Kind, Reply
from core.settings import Settings, load_settings
from core.usecases.asker import Asker
from pumpbox.logs import configure
from pumpbox.state import attached
from pumpbox.supervisor import Supervisor

USERS = int(os.environ.get("BENCH_USERS", "200"))
PRESSES = int(os.environ.get("BENCH_PRESSES", "1000"))
PER_SECOND = 50
TARGET_MS = 50.0
PLATFORM = "terminal"
COMPUTE = Compute(unit_limit=100_000, unit_price=0)
LAMPORTS = 500_000


async def paced(count: int, act: Callable[[int], Awaitable[None]]) -> None:
    """Begins `act(n)` for n = 0, 1, ... at `PER_SECOND`, whether or not earlier ones have ended."""
    begun, tasks = time.perf_counter(), []
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(act(number)))
    await asyncio.gather(*tasks)


class Users:
    """People at a surface: each line and press goes through the inbox, as a surface's does."""

    def __init__(self, app: App) -> None:
        self._desk = Desk.of(app, PLATFORM)
        self._clock = app.clock

    async def do(self, user: str, what: Line | Press) -> Reply:
        event = new_id()
        item = InboxItem(PLATFORM, event, {"user": user}, self._clock.now())
        await self._desk.accept([item])
        reply = await self._desk.dispatch(Invocation(event, Caller(PLATFORM, user, user), what))
        await self._desk.done([item])
        assert reply is not None, f"no answer to {what}"
        if reply.kind is Kind.ERROR:
            raise AssertionError(f"{what}: {reply.message.data}")
        return reply


async def launched(app: App, users: Users) -> str:
    """A coin, launched by the first user; its mint."""
    sealed = await users.do("user-0", Line("/launch bench"))
    box_id = sealed.message.data["box"]["id"]
    while True:
        async with app.store.read() as work:
            box = await work.boxes.get(box_id)
        if box is not None and box.state == "opened":
            break
        await asyncio.sleep(0.05)
    launch = app.dispatcher._needs["launch_coin"]  # the Launch button's use case
    order = await launch(box_id, Asker(box.person_id, PLATFORM, "user-0", None, None, new_id()))
    while True:
        async with app.store.read() as work:
            if await work.coins.get(order.mint) is not None:
                return str(order.mint)
        await asyncio.sleep(0.05)


async def ours(app: App, users: Users, wallets: Sequence[str], mint: str) -> list[float]:
    """Milliseconds from a press to its transaction sent. Quotes are made just before, unmeasured."""
    taken: list[float] = []
    pressed: dict[str, float] = {}  # wallet -> when its press came
    send = app.chain.send

    async def timed(raw: bytes) -> None:
        await send(raw)
        payer = str(Transaction.from_bytes(raw).message.account_keys[0])
        if payer in pressed:
            taken.append((time.perf_counter() - pressed.pop(payer)) * 1_000)

    app.chain.send = timed  # type: ignore[method-assign]  # the moment that is measured
    batch = USERS
    for start in range(0, PRESSES, batch):
        count = min(batch, PRESSES - start)
        quotes: list[Reply] = []
        for n in range(count):
            quotes.append(await users.do(f"user-{n}", Line(f"/buy {mint} 0.0005")))

        async def press(n: int, quotes: Sequence[Reply] = quotes) -> None:
            token = quotes[n].message.buttons[0][0].token or ""
            pressed[wallets[n]] = time.perf_counter()
            reply = await users.do(f"user-{n}", Press(token))
            state = reply.message.data["order"]["state"]
            assert state in ("sent", "landed"), f"an order ended as {state}"

        await paced(count, press)
    return taken


async def bare(app: App, settings: Settings, mint: str) -> list[float]:
    """Milliseconds of simulate + sign + send by a client that does nothing else."""
    rpc, ids = app.rpc, ProgramIds(Pubkey.from_string(places.program_id(settings)))
    wallets = [Keypair() for _ in range(USERS)]
    for wallet in wallets:
        await rpc.call("requestAirdrop", str(wallet.pubkey()), 1_000_000_000)
    taken: list[float] = []

    async def trade(number: int) -> None:
        wallet = wallets[number % USERS]
        begun = time.perf_counter()
        latest = (await rpc.call("getLatestBlockhash"))["value"]["blockhash"]
        # The amount makes each transaction another: equal ones in one slot would be one.
        intent = BuyIntent(mint, LAMPORTS + number, 1, 2**63)
        message = build(intent, str(wallet.pubkey()), latest, COMPUTE, ids)
        raw = b64encode(bytes(Transaction([wallet], message, Hash.from_string(latest)))).decode()
        simulated = await rpc.call("simulateTransaction", raw, {"encoding": "base64"})
        assert simulated["value"]["err"] is None, simulated["value"]
        await rpc.call("sendTransaction", raw, {"encoding": "base64", "skipPreflight": True})
        taken.append((time.perf_counter() - begun) * 1_000)

    await paced(PRESSES, trade)
    return taken


def figures(taken: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(taken, n=100)
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)}


async def measure(settings: Settings) -> dict[str, Any]:
    async with open_app(settings) as app:
        users = Users(app)
        cards = [await users.do(f"user-{n}", Line("/wallet")) for n in range(USERS)]
        wallets = [card.message.data["wallet"]["address"] for card in cards]
        mint = await launched(app, users)
        plain = figures(await bare(app, settings, mint))
        product = figures(await ours(app, users, wallets, mint))
    over = round(product["p99"] - plain["p99"], 1)
    return {
        "users": USERS,
        "presses": PRESSES,
        "per_second": PER_SECOND,
        "bare_ms": plain,
        "pumpbox_ms": product,
        "p99_over_bare_ms": over,
        "p99_ratio": round(product["p99"] / plain["p99"], 2),
        "target_ms": TARGET_MS,
        "met": over <= TARGET_MS,
    }


async def main() -> None:
    configure("ERROR")
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        settings = load_settings(Path(folder) / "data")
        stop, changed = asyncio.Event(), asyncio.Event()
        supervisor = Supervisor(settings, log=log, on_change=lambda _: changed.set())
        running = asyncio.create_task(supervisor.run(stop))
        while not supervisor.ready:
            changed.clear()
            await asyncio.wait_for(changed.wait(), 60)
        try:
            found = await measure(attached(settings))
        finally:
            stop.set()
            await running
    print(f"{'press to sent, ms':<28}{'p50':>8}{'p95':>8}{'p99':>8}")
    for name, key in (("bare simulate + send", "bare_ms"), ("pumpbox", "pumpbox_ms")):
        row = found[key]
        print(f"{name:<28}{row['p50']:>8}{row['p95']:>8}{row['p99']:>8}")
    print(f"{'p99 above bare':<28}{found['p99_over_bare_ms']:>24}  (target: at most {TARGET_MS:.0f})")
    print(json.dumps({"bench": "trade", **found}))


if __name__ == "__main__":
    asyncio.run(main())
