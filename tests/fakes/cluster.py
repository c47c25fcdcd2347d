"""A cluster for operators' verbs: the embedded chain with nothing on it, in a thread of its own, whose time moves on by
itself and as far as a test says."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from workers.localnet.config import LocalnetConfig
from workers.localnet.main import LocalNode
from workers.localnet.node import Landed, Node

ROOT = Path(__file__).parents[2]
SOL = 10**9


class Clock:
    """Real time, and what was added to it."""

    def __init__(self) -> None:
        self._added = 0.0

    def __call__(self) -> float:
        return time.time() + self._added

    def pass_seconds(self, seconds: float) -> None:
        self._added += seconds


class Cluster:
    """`landed`: every transaction that landed, in order. `on_landed` is called for each in the chain's own thread,
    before whoever sent it is answered."""

    def __init__(self, node: LocalNode, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self.url, self.clock, self._node, self._loop = node.url, clock, node.node, loop
        self.landed: list[Landed] = []
        self.on_landed: Callable[[Landed], None] = lambda _: None
        self._node.listeners.append(self._heard)

    def _heard(self, landed: Landed) -> None:
        self.landed.append(landed)
        self.on_landed(landed)

    def inside(self, work: Callable[[Node], object]) -> object:
        """What `work` gives, done in the chain's thread."""

        async def call() -> object:
            return work(self._node)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(30)

    def pay(self, to: Pubkey, lamports: int) -> None:
        self.inside(lambda node: node.airdrop(to, lamports))

    def lamports(self, key: Pubkey) -> int:
        found = self.inside(lambda node: node.engine.get(key))
        return 0 if found is None else found.lamports  # type: ignore[attr-defined]  # an Account


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Runs one; its ledger is in `folder`."""
    clock, stop, started = Clock(), asyncio.Event(), threading.Event()
    running: list[Cluster] = []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with LocalNode.start(LocalnetConfig(folder / "ledger.db", now=clock)) as node:
            running.append(Cluster(node, clock, loop))
            started.set()
            await stop.wait()

    def body() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            started.set()
            loop.close()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    assert started.wait(30)
    assert running, "the chain did not start"
    try:
        yield running[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)


def write_key(file: Path) -> Keypair:
    """A new keypair in a file, as solana-keygen writes it."""
    made = Keypair()
    file.write_text(json.dumps(list(bytes(made))))
    file.chmod(0o600)
    return made


def write_terms(file: Path, keys: dict[str, Pubkey]) -> Path:
    """deploy/terms.toml with these addresses in it: first, second, third, guardian, treasury, rewards."""
    text = (ROOT / "deploy" / "terms.toml").read_text()
    for name in ("first", "second", "third"):
        text = text.replace(f"REPLACE-WITH-THE-{name.upper()}-MEMBER", str(keys[name]))
    for name in ("guardian", "treasury", "rewards"):
        text = text.replace(f'{name} = "REPLACE"', f'{name} = "{keys[name]}"')
    file.write_text(text)
    return file
