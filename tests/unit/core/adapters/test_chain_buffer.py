"""A binary on its way to a cluster: nodes that throttle, drop and forget; blockhashes that expire; earlier attempts."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st
from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey

from core.adapters.chain import loader
from core.adapters.chain.buffer import address_of, missing, piece_size, read_buffer, write_buffer
from core.adapters.chain.program.ids import UPGRADEABLE_LOADER
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.chain.sender import Sender, TransactionFailed, with_budget
from core.adapters.chain.transactions import MAX_TRANSACTION, size
from core.ports.chain import ChainAway
from tests.fakes.cluster import SOL, Clock
from workers.localnet.config import LocalnetConfig
from workers.localnet.main import LocalNode

PROGRAM = Pubkey.new_unique()
BINARY = bytes(range(1, 256)) * 40  # 10,200 bytes: eleven pieces, none of zeros


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """Tries come at once."""
    with stamina.set_testing(True, attempts=1_000):
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def node(tmp_path: Path, clock: Clock) -> AsyncIterator[LocalNode]:
    async with LocalNode.start(LocalnetConfig(tmp_path / "ledger.db", now=clock)) as running:
        yield running


class Moody(Rpc):
    """A node with moods. `sent`: transactions that it took. `before`: told each method; may raise, or lose it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.sent = 0
        self.asked: list[str] = []

    def mood(self, method: str) -> bool:
        """Whether what is sent gets through. May raise."""
        return True

    async def call(self, method: str, *params: Any) -> Any:
        self.asked.append(method)
        if not self.mood(method) and method == "sendTransaction":
            return "lost"
        self.sent += method == "sendTransaction"
        return await super().call(method, *params)


async def sender_of(rpc: Moody, node: LocalNode) -> Sender:
    payer = Keypair()
    node.node.airdrop(payer.pubkey(), 10 * SOL)
    return Sender(rpc, payer)


def quiet(done: int, total: int) -> None:
    """Nobody looks."""


async def test_what_is_written_is_the_binary_and_a_second_time_writes_nothing(node: LocalNode) -> None:
    seen: list[tuple[int, int]] = []
    async with Moody(node.url) as rpc:
        sender = await sender_of(rpc, node)
        address = await write_buffer(sender, PROGRAM, BINARY, lambda done, total: seen.append((done, total)))
        assert address == address_of(sender.address, PROGRAM, BINARY)
        buffer = await read_buffer(sender.ask, address)
        assert buffer is not None
        assert (buffer.code, buffer.authority) == (BINARY, sender.address)
        assert rpc.sent == 1 + 11  # the account, and its pieces
        assert seen[-1] == (11, 11)
        assert await write_buffer(sender, PROGRAM, BINARY, quiet) == address
        assert rpc.sent == 12


async def test_only_what_differs_is_written(node: LocalNode, clock: Clock) -> None:
    async with Moody(node.url) as rpc:
        sender = await sender_of(rpc, node)
        address = await write_buffer(sender, PROGRAM, BINARY, quiet)
        await sender.send([loader.write(address, sender.address, 5_000, b"spoilt")])
        before = rpc.sent
        clock.pass_seconds(1)  # the same bytes on the same blockhash would be the same transaction
        await write_buffer(sender, PROGRAM, BINARY, quiet)
        assert rpc.sent == before + 1
        buffer = await read_buffer(sender.ask, address)
        assert buffer is not None
        assert buffer.code == BINARY


async def test_an_address_that_somebody_paid_into_first(node: LocalNode) -> None:
    async with Moody(node.url) as rpc:
        sender = await sender_of(rpc, node)
        node.node.airdrop(address_of(sender.address, PROGRAM, BINARY), 890_880)
        await write_buffer(sender, PROGRAM, BINARY, quiet)


async def test_a_node_that_throttles_and_breaks_off(node: LocalNode) -> None:
    class Throttled(Moody):
        def mood(self, method: str) -> bool:
            turn = len(self.asked) % 4
            if turn == 1:
                raise RpcRefused(429, "too many requests", None)
            if turn == 2:
                raise ChainAway("no answer")
            return True

    async with Throttled(node.url) as rpc:
        sender = await sender_of(rpc, node)
        await write_buffer(sender, PROGRAM, BINARY, quiet)


async def test_what_a_node_lost_until_its_blockhash_died_is_sent_anew(node: LocalNode, clock: Clock) -> None:
    class Forgetful(Moody):
        """Takes every second write of the first round for nothing; then a minute has passed."""

        lost = 0

        def mood(self, method: str) -> bool:
            if method != "sendTransaction" or self.asked.count("sendTransaction") < 2 or self.lost == 5:
                return True
            if self.asked.count("sendTransaction") % 2:
                return True
            self.lost += 1
            if self.lost == 5:
                clock.pass_seconds(90)
            return False

    async with Forgetful(node.url) as rpc:
        sender, landed = await sender_of(rpc, node), list[str]()
        node.node.listeners.append(lambda one: landed.append(one.signature))
        await write_buffer(sender, PROGRAM, BINARY, quiet)
        assert rpc.lost == 5
        assert len(landed) == 1 + 11  # what had landed was not written again


async def test_nodes_that_have_not_seen_it_yet(node: LocalNode) -> None:
    """An address may stand for many: what one took, another shows a moment later."""

    class Behind(Moody):
        async def call(self, method: str, *params: Any) -> Any:
            found = await super().call(method, *params)
            asked = self.asked.count("getAccountInfo")
            if method == "getAccountInfo" and asked in (2, 4) and found["value"] is not None:
                data = b64encode(b64decode(found["value"]["data"][0])[:37] + bytes(len(BINARY))).decode()
                found["value"] = None if asked == 2 else {**found["value"], "data": [data, "base64"]}
            return found

    async with Behind(node.url) as rpc:
        sender, landed = await sender_of(rpc, node), list[str]()
        node.node.listeners.append(lambda one: landed.append(one.signature))
        await write_buffer(sender, PROGRAM, BINARY, quiet)
        buffer = await read_buffer(sender.ask, address_of(sender.address, PROGRAM, BINARY))
    assert buffer is not None
    assert buffer.code == BINARY


async def test_a_node_that_drops_everything_is_given_up(
    node: LocalNode, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    class Deaf(Moody):
        def mood(self, method: str) -> bool:
            made = self.sent == 1  # the buffer; the piece never gets through
            clock.pass_seconds(90 if made and method == "sendTransaction" else 0)
            return not made

    monkeypatch.setattr("core.adapters.chain.buffer.POLL", 0)
    async with Deaf(node.url) as rpc:
        with pytest.raises(ChainAway, match="does not fill"):
            await write_buffer(await sender_of(rpc, node), PROGRAM, b"short", quiet)


async def test_a_transaction_that_outlives_its_blockhash_lands_once(node: LocalNode, clock: Clock) -> None:
    class Late(Moody):
        def mood(self, method: str) -> bool:
            if method == "sendTransaction" and self.sent == 0 and self.asked.count(method) == 1:
                clock.pass_seconds(90)
                return False
            return True

    async with Late(node.url) as rpc:
        sender = await sender_of(rpc, node)
        await write_buffer(sender, PROGRAM, b"short", quiet)
        assert rpc.asked.count("getLatestBlockhash") == 3  # the account's two, and the piece's


async def test_who_cannot_pay_is_told_before_anything_is_sent(node: LocalNode) -> None:
    async with Moody(node.url) as rpc:
        # Nothing; its own rent; a fee more, but not what the account costs that it would make.
        for lamports in (None, 890_880, 900_000, 5_000_000):
            poor = Keypair()
            if lamports is not None:
                node.node.airdrop(poor.pubkey(), lamports)
            with pytest.raises(TransactionFailed, match=f"{poor.pubkey()} .* too little SOL: send it some"):
                await write_buffer(Sender(rpc, poor), PROGRAM, BINARY, quiet)
        assert rpc.sent == 0


async def test_a_buffer_that_another_writes_to_is_not_taken_over(node: LocalNode) -> None:
    async with Moody(node.url) as rpc:
        sender = await sender_of(rpc, node)
        address = await write_buffer(sender, PROGRAM, BINARY, quiet)
        await sender.send([loader.write(address, sender.address, 0, b"spoilt")])
        await sender.send([loader.set_authority(address, sender.address, Pubkey.new_unique())])
        with pytest.raises(TransactionFailed, match="incomplete"):
            await write_buffer(sender, PROGRAM, BINARY, quiet)


async def test_another_account_is_no_buffer(node: LocalNode) -> None:
    async with Moody(node.url) as rpc:
        sender = await sender_of(rpc, node)
        assert await read_buffer(sender.ask, sender.address) is None
        assert await read_buffer(sender.ask, Pubkey.new_unique()) is None


def test_a_full_piece_fills_a_packet_to_the_last_byte() -> None:
    payer, buffer = Pubkey.new_unique(), Pubkey.new_unique()
    for piece, longest in ((piece_size(payer), 0), (piece_size(payer) + 1, 1)):
        write = loader.write(buffer, payer, 2**32 - 1, bytes(piece))
        message = Message.new_with_blockhash(
            with_budget([write], 1_400_000, 2**64 - 1), payer, Hash.default()
        )
        assert size(message) == MAX_TRANSACTION + longest


@given(binary=st.binary(max_size=200), there=st.binary(max_size=200), piece=st.integers(1, 50))
def test_writing_what_is_missing_makes_it_whole(binary: bytes, there: bytes, piece: int) -> None:
    account = bytearray(there[: len(binary)].ljust(len(binary), b"\0"))
    for at in missing(binary, bytes(account), piece):
        assert account[at : at + piece] != binary[at : at + piece]  # nothing is paid for twice
        account[at : at + piece] = binary[at : at + piece]
    assert bytes(account) == binary


def test_every_binary_program_and_payer_has_a_buffer_of_its_own() -> None:
    payer, other = Pubkey.new_unique(), Pubkey.new_unique()
    addresses = {
        address_of(who, program, binary)
        for who in (payer, other)
        for program in (PROGRAM, other)
        for binary in (b"one", b"two")
    }
    assert len(addresses) == 8
    assert UPGRADEABLE_LOADER not in addresses
