"""A coin's pool is found by who owns the account at its address, and believed only if it is what it should be."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, cast

import pytest
from solders.pubkey import Pubkey

from core.adapters.chain.pool_log import RpcPoolLog
from core.adapters.chain.pools import Pools
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, ProgramIds
from core.adapters.chain.program.initialize import RAYDIUM_DEVNET
from core.adapters.chain.raydium.addresses import DEVNET, MAINNET
from core.adapters.chain.rpc import Rpc
from core.ports.chain import ChainAway
from tests.fakes.signer import PROGRAM_ID

IDS = ProgramIds(Pubkey.from_string(PROGRAM_ID))
MINT, STRAY = str(Pubkey(bytes([9] * 32))), str(Pubkey(bytes([11] * 32)))


class Node:
    """Accounts by address: owner and data. asked: the calls, by method."""

    def __init__(self, accounts: dict[str, tuple[str, bytes]]) -> None:
        self.accounts = accounts
        self.asked: list[str] = []

    async def call(self, method: str, *params: Any) -> Any:
        self.asked.append(method)
        if method == "getAccountInfo":
            return {"value": self._account(params[0], params[1])}
        return {"value": [self._account(address, params[1]) for address in params[0]]}

    def _account(self, address: str, options: dict[str, Any]) -> dict[str, Any] | None:
        if address not in self.accounts:
            return None
        owner, data = self.accounts[address]
        if (part := options.get("dataSlice")) is not None:
            data = data[part["offset"] : part["offset"] + part["length"]]
        return {"owner": owner, "data": [b64encode(data).decode(), "base64"]}


def pool_address(mint: str) -> str:
    return str(IDS.pool(Pubkey.from_string(mint)))


def node(owner: str, data: bytes = b"") -> Node:
    return Node({pool_address(MINT): (owner, data)})


async def test_lamports_that_somebody_sent_to_a_pools_address_make_no_pool() -> None:
    for found in (Node({}), node(str(SYSTEM_PROGRAM))):
        pools = Pools(cast(Rpc, found), IDS)
        assert await pools.keys(MINT) is None
        assert await pools.pool(MINT) is None
        assert await RpcPoolLog(cast(Rpc, found), PROGRAM_ID).marks([MINT]) == {}


async def test_whose_program_owns_it_says_which_deployment_it_is_of_and_is_asked_once() -> None:
    found = node(str(DEVNET.program))
    pools = Pools(cast(Rpc, found), IDS)
    for _ in range(2):
        keys = await pools.keys(MINT)
        assert keys is not None
        assert keys.cpmm == DEVNET != MAINNET
    assert found.asked == ["getAccountInfo"]
    assert pools._sets[MINT] == RAYDIUM_DEVNET


async def test_an_account_that_is_no_pool_is_no_answer() -> None:
    found = node(str(MAINNET.program), b"\0" * 637)
    keys = await Pools(cast(Rpc, found), IDS).keys(MINT)
    assert keys is not None
    for address in (keys.cpmm.config(), keys.wsol_vault, keys.coin_vault):
        found.accounts[str(address)] = (str(MAINNET.program), b"\0" * 165)
    with pytest.raises(ChainAway, match="the pool of"):
        await Pools(cast(Rpc, found), IDS).pool(MINT)
    with pytest.raises(ChainAway, match="fee tier"):
        await Pools(cast(Rpc, found), IDS).rates(keys)


async def test_one_question_marks_many_pools_by_what_their_vaults_hold() -> None:
    found = node(str(MAINNET.program))
    log = RpcPoolLog(cast(Rpc, found), PROGRAM_ID)
    keys = await Pools(cast(Rpc, found), IDS).keys(MINT)
    assert keys is not None
    seen = set()
    for sol, atoms in ((5, 7), (7, 5), (5, 8), (6, 7)):  # also where only one of them has changed
        for vault, amount in ((keys.wsol_vault, sol), (keys.coin_vault, atoms)):
            token = bytes(64) + amount.to_bytes(8, "little") + bytes(93)
            found.accounts[str(vault)] = (str(MAINNET.program), token)
        found.asked.clear()
        marks = await log.marks([MINT, STRAY])
        assert list(marks) == [MINT]
        assert await log.marks([MINT]) == marks
        assert found.asked.count("getMultipleAccounts") == 2
        seen.add(marks[MINT])
    assert len(seen) == 4
