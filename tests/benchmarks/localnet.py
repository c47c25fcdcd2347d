"""The embedded chain through HTTP beside LiteSVM called directly, in the same run on the same machine.

`python -m tests.benchmarks.localnet` prints a table, then one line of JSON. The clients and the node run in
processes of their own, so two idle cores are what the figures need; on a busy machine read the ratios.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from aiohttp import ClientSession
from solders.account import Account
from solders.hash import Hash
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from tests.fakes.chain_builders import SOL, pay, signed
from workers.localnet.ledger import Change, Ledger, TxRow

CLIENTS = 50
TRANSFERS = int(os.environ.get("BENCH_TRANSFERS", "10000"))
READS = int(os.environ.get("BENCH_READS", "30000"))
ACCOUNTS = 100_000
TARGETS = {"transfers_per_s": 2_300, "reads_per_s": 12_000}
CHILD = """
import asyncio, sys
from functools import partial
from pathlib import Path
from workers.localnet.config import LocalnetConfig
from workers.localnet.main import serve
asyncio.run(serve(LocalnetConfig(Path(sys.argv[1])), ready=lambda url: print(url, flush=True), stop=asyncio.Event()))
"""


class Child:
    """A node in a process of its own."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger

    def cpu_seconds(self) -> float:
        """Processor time that the node has used: what it needs even when the machine is busy with others."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def __aenter__(self) -> str:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, str(self._ledger), stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()

    async def __aexit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


async def ask(session: ClientSession, url: str, body: bytes) -> bytes:
    async with session.post(url, data=body) as answer:
        return await answer.read()


def call(method: str, *params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


class Wrk(asyncio.Protocol):
    """One connection that sends the next request when an answer has come. A full client would be the
    bottleneck: this one costs a fraction of the node's time."""

    def __init__(self, host: str, bodies: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self._head = f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: ".encode()
        self._bodies, self._done = bodies, done
        self._buffer, self._sent_at = b"", 0.0
        self.latencies: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        body = next(self._bodies, None)
        if body is None:
            self._transport.close()
            self._done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.partition(b"Content-Length: ")[2].split(b"\r\n", 1)[0]):
            return
        self.latencies.append((time.perf_counter() - self._sent_at) * 1_000)
        self._buffer = b""
        if b'"error"' in body:
            self._done.set_exception(RuntimeError(body.decode()))
        else:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionResetError("the node hung up"))


def _same(client: Wrk) -> Wrk:
    return client


async def storm(url: str, bodies: list[bytes]) -> tuple[float, list[float]]:
    """Sends everything with `CLIENTS` at once; answers a second, and each answer's milliseconds, sorted."""
    loop, waiting = asyncio.get_running_loop(), iter(bodies)
    host = url.removeprefix("http://")
    name, port = host.split(":")
    done = [loop.create_future() for _ in range(CLIENTS)]
    clients = [Wrk(host, waiting, future) for future in done]
    begin = time.perf_counter()
    for client in clients:
        await loop.create_connection(partial(_same, client), name, int(port))
    await asyncio.gather(*done)
    rate = len(bodies) / (time.perf_counter() - begin)
    return rate, sorted(ms for client in clients for ms in client.latencies)


def transfers(wallets: list[Keypair], blockhash: Hash, count: int) -> list[VersionedTransaction]:
    receivers = [Pubkey.new_unique() for _ in range(200)]
    return [
        signed(
            [pay(wallets[n % len(wallets)], receivers[n % 200], 890_880 + n)],
            blockhash,
            wallets[n % len(wallets)],
        )
        for n in range(count)
    ]


def direct(wallets: list[Keypair], count: int) -> float:
    """Transfers a second of LiteSVM alone: no HTTP, no ledger, no checks of ours."""
    svm = LiteSVM().with_blockhash_check(False).with_transaction_history(0)
    for wallet in wallets:
        svm.set_account(wallet.pubkey(), Account(1_000 * SOL, b"", Pubkey.default()))
    made = transfers(wallets, Hash.new_unique(), count)
    return rate_of(lambda: [svm.send_transaction(tx) for tx in made], count)


def direct_reads(count: int) -> float:
    """Accounts a second from LiteSVM alone."""
    svm = LiteSVM()
    key = Pubkey.new_unique()
    svm.set_account(key, Account(SOL, bytes(165), Pubkey.default()))
    return rate_of(lambda: [svm.get_account(key) for _ in range(count)], count)


def rate_of(work: Callable[[], object], count: int) -> float:
    begin = time.perf_counter()
    work()
    return count / (time.perf_counter() - begin)


async def measure_http(ledger: Path, wallets: list[Keypair]) -> dict[str, float]:
    node = Child(ledger)
    async with node as url, ClientSession() as session:
        for wallet in wallets:
            await ask(session, url, call("requestAirdrop", str(wallet.pubkey()), 1_000 * SOL))
        latest = json.loads(await ask(session, url, call("getLatestBlockhash")))
        made = transfers(wallets, Hash.from_string(latest["result"]["value"]["blockhash"]), TRANSFERS)
        encoding = {"encoding": "base64"}
        sends = [call("sendTransaction", base64.b64encode(bytes(tx)).decode(), encoding) for tx in made]
        begin = node.cpu_seconds()
        sent, sent_ms = await storm(url, sends)
        between = node.cpu_seconds()
        reads = [
            call("getAccountInfo", str(wallets[n % len(wallets)].pubkey()), encoding) for n in range(READS)
        ]
        between_reads = node.cpu_seconds()
        read, read_ms = await storm(url, reads)
        end = node.cpu_seconds()
    return {
        "transfers_per_s": sent,
        "transfer_p50_ms": sent_ms[len(sent_ms) // 2],
        "transfer_p99_ms": sent_ms[len(sent_ms) * 99 // 100],
        "reads_per_s": read,
        "read_p50_ms": read_ms[len(read_ms) // 2],
        "transfer_node_cpu_us": (between - begin) / TRANSFERS * 1e6,
        "read_node_cpu_us": (end - between_reads) / READS * 1e6,
        "read_p99_ms": read_ms[len(read_ms) * 99 // 100],
    }


async def measure_restart(ledger: Path) -> dict[str, float]:
    """From nothing to the first answer with 100,000 token accounts in the ledger."""
    fill(ledger)
    begin = time.perf_counter()
    async with Child(ledger) as url, ClientSession() as session:
        answer = json.loads(await ask(session, url, call("getHealth")))
        if answer.get("result") != "ok":
            raise RuntimeError(str(answer))
        took = time.perf_counter() - begin
    with sqlite3.connect(ledger) as db:
        (count,) = db.execute("SELECT count(*) FROM account").fetchone()
        (size,) = db.execute(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        ).fetchone()
    db.close()
    return {"restart_accounts": count, "restart_s": took, "ledger_mb": size / 1e6}


def fill(path: Path) -> None:
    """Writes token accounts of 1,000 wallets and one mint straight into a ledger."""
    token = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
    mint, wallets = Pubkey.new_unique(), [Pubkey.new_unique() for _ in range(1_000)]
    ledger = Ledger(path, time.time())
    changes = []
    for n in range(ACCOUNTS):
        data = (
            bytes(mint)
            + bytes(wallets[n % 1_000])
            + n.to_bytes(8, "little")
            + bytes(36)
            + b"\x01"
            + bytes(56)
        )
        changes.append(Change(Pubkey.new_unique(), None, Account(2_039_280, data, token)))
    ledger.record(TxRow(1, bytes(64), 1_000, 0, b"", b"", None, None), [], changes)
    ledger.close()


async def main() -> None:
    wallets = [Keypair() for _ in range(CLIENTS)]
    alone, alone_reads = direct(wallets, min(TRANSFERS, 5_000)), direct_reads(READS)
    with tempfile.TemporaryDirectory() as folder:
        figures = await measure_http(Path(folder) / "ledger.db", wallets)
        figures |= await measure_restart(Path(folder) / "big.db")
    figures |= {
        "clients": CLIENTS,
        "litesvm_transfers_per_s": alone,
        "litesvm_reads_per_s": alone_reads,
        "transfers_to_litesvm": figures["transfers_per_s"] / alone,
        "load_average": os.getloadavg()[0],
        "cores": os.cpu_count() or 0,
    }
    print(f"{'transfers, LiteSVM called directly':44}{alone:>12,.0f} /s")
    print(f"{f'transfers, HTTP, {CLIENTS} clients':44}{figures['transfers_per_s']:>12,.0f} /s")
    print(f"{'  of LiteSVM alone':44}{figures['transfers_to_litesvm']:>12.2f}")
    print(f"{'  p50, p99':44}{figures['transfer_p50_ms']:>7.1f}, {figures['transfer_p99_ms']:.1f} ms")
    print(f"{f'reads, HTTP, {CLIENTS} clients':44}{figures['reads_per_s']:>12,.0f} /s")
    print(f"{'  p50, p99':44}{figures['read_p50_ms']:>7.1f}, {figures['read_p99_ms']:.1f} ms")
    print(
        f"{'node CPU a transfer, a read':44}{figures['transfer_node_cpu_us']:>8.0f}, {figures['read_node_cpu_us']:.0f} us"
    )
    print(f"{'restart with 100,000 accounts':44}{figures['restart_s']:>12.2f} s")
    for name, target in TARGETS.items():
        print(
            f"{f'target on 2 idle cores: {name}':44}{target:>12,} {'met' if figures[name] >= target else 'missed'}"
        )
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    asyncio.run(main())
