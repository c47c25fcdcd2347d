"""Raydium's stand-in on the embedded chain: what an installation's chain has, and gets if it began without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from solders.instruction import Instruction
from solders.keypair import Keypair

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.raydium.accounts import AmmConfig
from core.adapters.chain.raydium.addresses import DEVNET, MAINNET, TOKEN_PROGRAM, WSOL, Cpmm
from core.adapters.chain.raydium.genesis import TIER_0
from pumpbox.bodies import localnet_config
from tests.fakes.chain_builders import SOL, signed
from tests.fakes.installation import settings_of
from tests.unit.localnet.conftest import Open
from workers.localnet.errors import RpcError
from workers.localnet.genesis import Genesis
from workers.localnet.node import Node


@pytest.fixture
def genesis(tmp_path: Path) -> Genesis:
    """What `pumpbox run` starts its chain with."""
    return localnet_config(settings_of(tmp_path / "home")).genesis


@pytest.fixture(params=["new", "begun before"])
def node(request: pytest.FixtureRequest, open_node: Open, genesis: Genesis) -> Iterator[Node]:
    """A chain that just began; and one that began with our program alone, on which somebody has sent lamports to
    Raydium's addresses."""
    if request.param == "begun before":
        before = open_node(Genesis(programs=genesis.programs[:1]))
        code = ProgramIds(DEVNET.program).program_data
        for address in (MAINNET.config(), MAINNET.fee_receiver, MAINNET.program, WSOL, code):
            before.airdrop(address, SOL)
    return open_node(genesis)


@pytest.mark.parametrize("cpmm", [MAINNET, DEVNET], ids=["mainnet", "devnet"])
def test_raydium_is_there(node: Node, cpmm: Cpmm) -> None:
    tier = node.engine.get(cpmm.config())
    assert tier is not None
    assert (AmmConfig.decode(tier.data), tier.owner) == (TIER_0, cpmm.program)
    for address in (WSOL, cpmm.fee_receiver):
        account = node.engine.get(address)
        assert account is not None
        assert account.owner == TOKEN_PROGRAM
    payer = Keypair()
    node.airdrop(payer.pubkey(), SOL)
    unknown = signed([Instruction(cpmm.program, bytes(8), [])], node.latest_blockhash(), payer)
    with pytest.raises(RpcError, match="custom program error: 0x65"):  # 101: it runs, and knows no such thing
        node.send(bytes(unknown))


def test_what_happened_to_its_accounts_stays(open_node: Open, genesis: Genesis) -> None:
    """A restart gives no account anew that was given before."""
    payer = Keypair()
    node = open_node(genesis)
    node.airdrop(payer.pubkey(), SOL)
    node.airdrop(MAINNET.fee_receiver, SOL)
    before = node.engine.get(MAINNET.fee_receiver)
    after = open_node(genesis).engine.get(MAINNET.fee_receiver)
    assert before is not None
    assert after == before
    assert after.lamports > SOL
