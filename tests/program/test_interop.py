"""Other people's clients, unmodified, on the embedded chain: the scripts of programs/pumpbox/interop.

web3.js and @solana/kit have their ordinary day; Anchor's TypeScript client and anchorpy launch, buy and sell
through the committed IDL. Each script checks itself to the lamport; here its figures are held against core.domain,
and it is shown that a script doesn't pass on a chain that is wrong.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from core.adapters.chain.program.accounts import Curve
from core.adapters.chain.program.action import digest
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.propose import Propose
from core.adapters.chain.rpc import Rpc
from core.adapters.chain.setup import initialize
from core.bootstrap import embedded
from core.domain import curve
from pumpbox.bodies import localnet_config
from tests.fakes.installation import settings_of
from tests.program.council import ONE_OF_EACH, TERMS
from workers.localnet.main import LocalNode
from workers.localnet.node import Node
from workers.localnet.rpc import dispatch
from workers.localnet.rpc.params import Params

SCRIPTS = Path(__file__).parents[2] / "programs" / "pumpbox" / "interop"
BIN = SCRIPTS / ".venv" / "bin"
COMMANDS = {
    "web3.js": ("node", "web3js.js"),
    "kit": ("node", "kit.js"),
    "anchor": ("node", "anchor.js"),
    "anchorpy": ("python", "anchorpy_client.py"),
}
READERS = {"anchor": ("node", "proposals.js"), "anchorpy": ("python", "proposals.py")}
IDS = ProgramIds(Pubkey.from_string(embedded.program_id()))
PATIENCE = 60.0  # seconds; a script takes one to three


@dataclass(frozen=True, slots=True)
class Run:
    """How a script ended."""

    code: int | None
    out: str
    err: str


async def run(client: str, url: str, commands: dict[str, tuple[str, str]] = COMMANDS) -> Run:
    """Runs a client's script as its reader would, against `url`."""
    program, script = commands[client]
    for needed in (BIN / "node", SCRIPTS / "node_modules"):
        assert needed.exists(), f"{needed} is missing: 'make interop' installs other people's clients"
    process = await asyncio.create_subprocess_exec(
        BIN / program, SCRIPTS / script, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Run(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[LocalNode]:
    """A chain with the program, and no Config."""
    settings = settings_of(tmp_path)
    settings.data_dir.mkdir(parents=True)
    async with LocalNode.start(localnet_config(settings)) as running:
        yield running


@pytest.fixture
async def chain(bare: LocalNode) -> LocalNode:
    """A chain as `pumpbox run` has it."""
    async with Rpc(bare.url) as rpc:
        await initialize(
            rpc,
            embedded.program_id(),
            authority=embedded.keypair("authority"),
            treasury=embedded.keypair("treasury").pubkey(),
            guardian=embedded.keypair("guardian").pubkey(),
            rewards=embedded.keypair("rewards").pubkey(),
            council=(embedded.keypair("council-1").pubkey(),),
            cents_per_sol=15_000,
        )
    return bare


@pytest.mark.parametrize("client", ["web3.js", "kit"])
async def test_the_ordinary_day_of_a_javascript_client(client: str, bare: LocalNode) -> None:
    ended = await run(client, bare.url)
    assert ended.code == 0, ended
    assert ended.out.endswith(f"{client}: all as on a cluster\n")


@pytest.mark.parametrize("client", ["anchor", "anchorpy"])
async def test_the_program_through_its_idl(client: str, chain: LocalNode) -> None:
    ended = await run(client, chain.url)
    assert ended.code == 0, ended
    figures = json.loads(ended.out.splitlines()[-1])
    account = chain.node.engine.get(IDS.curve(Pubkey.from_string(figures["mint"])))
    assert account is not None
    after = Curve.decode(account.data).state
    launched = curve.CurveState.launch(
        initial_sol=after.initial_sol,
        fee=after.fee,
        creator_fee=after.creator_fee,
        launch_slot=after.launch_slot,
    )
    held, bought = curve.buy(launched, int(figures["maxIn"]), 0, after.launch_slot)
    ended_at, sold = curve.sell(held, int(figures["sold"]), 0)
    assert (bought.atoms, sold.paid) == (int(figures["bought"]), int(figures["paid"]))
    assert ended_at == after


@pytest.mark.parametrize("client", COMMANDS)
async def test_no_script_passes_on_a_chain_that_is_a_lamport_out(
    client: str, chain: LocalNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = dispatch.METHODS["getBalance"]
    calls = 0

    def off_by_one(node: Node, params: Params) -> object:
        nonlocal calls
        calls += 1
        answer = honest(node, params)
        assert isinstance(answer, dict)
        return answer | {"value": answer["value"] + calls % 2}  # a constant error would cancel out

    monkeypatch.setitem(dispatch.METHODS, "getBalance", off_by_one)
    ended = await run(client, chain.url)
    assert ended.code == 1, ended
    assert "AssertionError" in ended.err


@pytest.mark.parametrize("client", ["anchor", "anchorpy"])
async def test_a_script_says_what_an_installation_lacks(client: str, bare: LocalNode) -> None:
    ended = await run(client, bare.url)
    assert ended.code == 1, ended
    assert f"{IDS.config}" in ended.err


@pytest.mark.parametrize("client", READERS)
async def test_proposals_are_read_and_written_through_the_idl(client: str, chain: LocalNode) -> None:
    """Every kind of action, as another client makes it: the same bytes, and so the digest that is approved."""
    member = embedded.keypair("council-1")
    async with Rpc(chain.url) as rpc:
        await rpc.call("requestAirdrop", str(member.pubkey()), 10**9)
        for number, action in enumerate(ONE_OF_EACH):
            propose = Propose(member.pubkey(), member.pubkey(), number, 1, action).build(IDS)
            await send(rpc, member, propose)
    ended = await run(client, chain.url, READERS)
    assert ended.code == 0, ended
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert [(line["number"], line["approvals"]) for line in lines] == [
        (n, "1") for n in range(len(ONE_OF_EACH))
    ]
    assert f"{TERMS.initial_sol}" in ended.out
    for number, action in enumerate(ONE_OF_EACH):
        assert lines[number]["digest"] == digest(1, action).hex()
        assert lines[number]["data"] == Propose(IDS.program, IDS.program, number, 1, action).data().hex()


async def send(rpc: Rpc, payer: Keypair, built: Instruction) -> None:
    """One transaction, which must land."""
    blockhash = Hash.from_string((await rpc.call("getLatestBlockhash"))["value"]["blockhash"])
    message = Message.new_with_blockhash([built], payer.pubkey(), blockhash)
    raw = b64encode(bytes(Transaction([payer], message, blockhash))).decode()
    await rpc.call("sendTransaction", raw, {"encoding": "base64"})
