"""What a landed transaction did is read from instructions and balances: no log can hide or change it.

The transactions are real ones, which the program ran in the embedded chain; their answers are made worse.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.adapters.chain.chain import RpcFaucet, SolanaChain
from core.adapters.chain.fills import fill_of
from core.adapters.chain.rpc import Rpc
from core.adapters.chain.trace import NotTold
from core.bootstrap import embedded
from core.domain import curve
from core.domain.curve import CurveState
from core.domain.intent import BuyIntent, Intent, LaunchIntent, SellIntent
from core.ports.chain import Compute, Fill
from core.ports.ids import new_id
from tests.fakes.live_chain import Transaction, cut_off, forged, live_chain, relayed, without_logs
from tests.fakes.signer import FakeSigner

SOL = 10**9
FOREVER = 2**64 - 1
LAUNCH = LaunchIntent("Space Cats", "CATS", "http://localhost/m.json", "ab" * 32, 1, first_buy=SOL // 2)
COMPUTE = Compute(unit_limit=300_000, unit_price=0)
WORSE = (without_logs, cut_off, forged)


@dataclass(frozen=True)
class Landed:
    """A transaction as the node tells it, and what the domain says that it did."""

    intent: Intent
    transaction: Transaction
    lamports: int
    atoms: int
    fee: int


@dataclass(frozen=True)
class Recorded:
    wallet: str
    terms: CurveState
    launch: Transaction
    first: curve.Fill
    buy: Landed
    clamped: Landed
    sell: Landed
    even: Landed  # a sell whose payment two gross amounts share

    def read(self, intent: Intent, transaction: Transaction) -> Fill:
        return fill_of(transaction, "sig", intent, self.wallet, embedded.program_id(), self.terms)


async def _record(folder: Path) -> Recorded:
    async with live_chain(folder) as rpc:
        signer = FakeSigner(folder, embedded.program_id(), trade_limit=10**15)
        chain = SolanaChain(rpc, embedded.program_id())
        wallet = await signer.create_wallet("ann")
        await RpcFaucet(rpc).drip(wallet, 1_000 * SOL)

        async def land(intent: Intent) -> Transaction:
            signed = await signer.sign(new_id(), wallet, intent, await chain.latest_blockhash(), COMPUTE)
            await chain.send(signed.raw)
            return await _told(rpc, signed.signature)

        mint = chain.mint_address(wallet, LAUNCH)
        launch = await land(LAUNCH)
        after = await chain.curve(mint)
        assert after is not None
        terms = CurveState.launch(
            initial_sol=after.initial_sol, fee=after.fee, creator_fee=after.creator_fee, launch_slot=0
        )
        state, first = curve.buy(terms, LAUNCH.first_buy, 0, 0)

        async def buys(lamports: int) -> Landed:
            nonlocal state
            intent = BuyIntent(mint, lamports, 1, FOREVER)
            state, fill = curve.buy(state, lamports, 0, 0)
            return Landed(intent, await land(intent), fill.spent, fill.atoms, fill.fee)

        async def sells(atoms: int) -> Landed:
            nonlocal state
            intent = SellIntent(mint, atoms, 1, FOREVER)
            state, fill = curve.sell(state, atoms, 0)
            return Landed(intent, await land(intent), fill.paid, fill.atoms, fill.fee)

        bought = await buys(3 * SOL)
        sold = await sells(7 * 10**12)
        even = await sells(next(a for a in range(10**9, 10**12, 10**7) if _ambiguous(state, a)))
        clamped = await buys(200 * SOL)
        signer.close()
        return Recorded(wallet, terms, launch, first, bought, clamped, sold, even)


def _ambiguous(state: CurveState, atoms: int) -> bool:
    paid = curve.quote_sell(state, atoms).paid
    return paid % 99 == 0  # at 1 %


async def _told(rpc: Rpc, signature: str) -> Transaction:
    options = {"encoding": "json", "maxSupportedTransactionVersion": 0}
    found: Transaction = await rpc.call("getTransaction", signature, options)
    assert found["meta"]["err"] is None
    return found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return asyncio.run(_record(tmp_path_factory.mktemp("chain")))


@pytest.mark.parametrize("worse", [copy.deepcopy, *WORSE])
@pytest.mark.parametrize("which", ["buy", "clamped", "sell"])
def test_a_trade_is_read_to_the_lamport_whatever_the_logs_say(
    recorded: Recorded, which: str, worse: Callable[[Transaction], Transaction]
) -> None:
    landed: Landed = getattr(recorded, which)
    with capture_logs() as logs:
        fill = recorded.read(landed.intent, worse(landed.transaction))
    assert (fill.lamports, fill.atoms, fill.fee) == (landed.lamports, landed.atoms, landed.fee)
    assert fill.partial == (which == "clamped")
    assert (fill.deposit, fill.network_fee) == (0, 5_000)
    assert logs == []


@pytest.mark.parametrize("worse", WORSE)
def test_called_by_another_program_it_is_read_alike(
    recorded: Recorded, worse: Callable[[Transaction], Transaction]
) -> None:
    for landed in (recorded.buy, recorded.sell):
        fill = recorded.read(landed.intent, worse(relayed(landed.transaction)))
        assert (fill.lamports, fill.atoms, fill.fee) == (landed.lamports, landed.atoms, landed.fee)


@pytest.mark.parametrize("worse", [copy.deepcopy, *WORSE])
def test_a_launch_with_its_first_buy(recorded: Recorded, worse: Callable[[Transaction], Transaction]) -> None:
    fill = recorded.read(LAUNCH, worse(recorded.launch))
    assert fill.atoms == recorded.first.atoms
    meta = recorded.launch["meta"]
    assert fill.lamports + fill.network_fee == meta["preBalances"][0] - meta["postBalances"][0]


def test_a_fee_that_can_not_be_told_apart_is_the_events_or_nobodys(recorded: Recorded) -> None:
    even = recorded.even
    assert recorded.read(even.intent, even.transaction).fee == even.fee
    for worse in WORSE:
        fill = recorded.read(even.intent, worse(even.transaction))
        assert (fill.lamports, fill.atoms, fill.fee) == (even.lamports, even.atoms, None)


def test_an_event_that_contradicts_what_moved_is_not_believed_and_is_said(recorded: Recorded) -> None:
    """Can't come from our program; would come from a client that is not of its version."""
    strange = copy.deepcopy(recorded.buy.transaction)
    event = next(line for line in recorded.clamped.transaction["meta"]["logMessages"] if "data:" in line)
    logs = strange["meta"]["logMessages"]
    strange["meta"]["logMessages"] = [event if line.startswith("Program data: ") else line for line in logs]
    with capture_logs() as said:
        fill = recorded.read(recorded.buy.intent, strange)
    assert [entry["event"] for entry in said] == ["chain.event_differs"]
    assert (fill.lamports, fill.fee) == (recorded.buy.lamports, recorded.buy.fee)


def _twice(transaction: Transaction) -> Transaction:
    made = copy.deepcopy(transaction)
    made["transaction"]["message"]["instructions"].append(made["transaction"]["message"]["instructions"][-1])
    return made


def _no_inner(transaction: Transaction) -> Transaction:
    made = copy.deepcopy(transaction)
    made["meta"]["innerInstructions"] = None
    return made


def _inner_lost(transaction: Transaction) -> Transaction:
    made = copy.deepcopy(transaction)
    made["meta"]["innerInstructions"] = []
    return made


@pytest.mark.parametrize("worse", [_twice, _no_inner, _inner_lost])
def test_rather_no_answer_than_a_wrong_one(
    recorded: Recorded, worse: Callable[[Transaction], Transaction]
) -> None:
    for landed in (recorded.buy, recorded.sell):
        with pytest.raises(NotTold):
            recorded.read(landed.intent, worse(landed.transaction))


def test_another_wallets_transaction_is_not_ours(recorded: Recorded) -> None:
    with pytest.raises(NotTold):
        replace(recorded, wallet=embedded.program_id()).read(recorded.buy.intent, recorded.buy.transaction)
