"""A chain in a temporary folder whose time the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.fakes.chain_builders import SOL
from workers.localnet.config import LocalnetConfig
from workers.localnet.errors import RpcError
from workers.localnet.genesis import Genesis
from workers.localnet.node import Node


class Time:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def pass_slots(self, slots: int) -> None:
        """Moves on by whole slots, and a little, so that rounding can't take one away."""
        self.seconds += slots * 0.4 + 0.001


@pytest.fixture
def time() -> Time:
    return Time()


Open = Callable[..., Node]


@pytest.fixture
def open_node(tmp_path: Path, time: Time) -> Iterator[Open]:
    """Opens the chain of this test; opening it again is a restart."""
    opened: list[Node] = []

    def make(genesis: Genesis | None = None) -> Node:
        for node in opened:
            node.close()
        opened[:] = [Node(LocalnetConfig(tmp_path / "ledger.db", genesis=genesis or Genesis(), now=time))]
        return opened[0]

    yield make
    for node in opened:
        node.close()


@pytest.fixture
def node(open_node: Open) -> Node:
    return open_node()


@pytest.fixture
def alice(node: Node) -> Keypair:
    """A wallet with ten SOL."""
    wallet = Keypair()
    node.airdrop(wallet.pubkey(), 10 * SOL)
    return wallet


def lamports(node: Node, key: Pubkey) -> int:
    account = node.engine.get(key)
    return account.lamports if account else 0


def refused(node: Node, raw: bytes, code: int) -> RpcError:
    count = node.ledger.count()
    with pytest.raises(RpcError) as error:
        node.send(raw)
    assert error.value.code == code, error.value.message
    assert node.ledger.count() == count
    return error.value


def err_of(error: RpcError) -> object:
    assert error.data is not None
    assert set(error.data) == {"err", "logs", "unitsConsumed", "accounts", "returnData", "innerInstructions"}
    return error.data["err"]
