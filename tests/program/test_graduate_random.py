"""graduate on any complete curve, whatever lies around: the domain's numbers are the chain's, and the
invariants hold. Every lamport is accounted for."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.rent import Rent

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.raydium.addresses import MAINNET, TOKEN_PROGRAM
from core.domain import graduation
from core.domain.curve import FINAL_TOKENS, INITIAL_TOKENS, SUPPLY, CurveState
from core.domain.money import Bps, Lamports, TokenAtoms
from tests.program.forge import magnitudes, put_state
from tests.program.graduation import NETWORK_FEE, Graduand, graduated
from tests.program.harness import SLOT, SOL, Chain, landed, refused

PER_BYTE = 6_960


@dataclass(frozen=True, slots=True)
class World:
    """What may be found at graduation: a market, Raydium's fee, and gifts at every address."""

    state: CurveState
    cap: int
    fee: int
    coins: int  # atoms given to the vault
    gifts: dict[str, int]  # lamports by address


GIFTED = (
    "pool_creator",
    "pool",
    "lp_mint",
    "creator_lp",
    "creator_wsol",
    "pool_coins",
    "pool_wsol",
    "observation",
    "vault",
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any R0, fees and cap in bounds; at most 5 % of the raised SOL sold back since it was complete."""
    initial = draw(st.sampled_from([5 * SOL, 500 * SOL]) | st.integers(5 * SOL, 500 * SOL))
    sold_back = draw(magnitudes((INITIAL_TOKENS - FINAL_TOKENS) // 100))
    tokens = FINAL_TOKENS + sold_back
    sol = -(-initial * INITIAL_TOKENS // tokens) + draw(st.integers(0, 1_000))
    real = sol - initial
    state = CurveState(
        initial_sol=Lamports(initial),
        virtual_sol=Lamports(sol),
        virtual_tokens=TokenAtoms(tokens),
        real_sol=Lamports(real),
        protocol_fees=Lamports(draw(magnitudes(10**12))),
        creator_fees=Lamports(draw(magnitudes(10**12))),
        completed_sol=Lamports(real * 100 // draw(st.integers(95, 100))),
        fee=Bps(100),
        creator_fee=Bps(30),
        schedule_fee=Bps(0),
        schedule_slots=0,
        launch_slot=SLOT,
    )
    return World(
        state=state,
        cap=draw(st.sampled_from([0, SOL]) | st.integers(0, SOL)),
        fee=draw(st.sampled_from([0, 150_000_000]) | magnitudes(5 * SOL)),
        coins=draw(st.just(0) | magnitudes(10**12)),
        gifts={name: draw(st.just(0) | magnitudes(700 * SOL)) for name in GIFTED},
    )


class Scene:
    """One chain; each example launches a coin on it and puts it into the example's world."""

    def __init__(self) -> None:
        self.chain = Chain()
        landed(self.chain.initialize())
        self.creator, self.trader = self.chain.wallet(), self.chain.wallet()
        self.number = 0

    def prepare(self, world: World) -> Graduand:
        """The coin, and everything that was sent around beforehand."""
        self.number += 1
        chain = self.chain
        coin = Graduand(chain, chain.launch(self.creator, self.number), self.creator, self.trader)
        chain.put(self.creator.pubkey(), 1_000 * SOL, b"", chain.account(self.creator.pubkey()).owner)
        chain.open_tokens(self.trader, coin.mint)
        put_state(chain, coin.mint, world.state, self.trader.pubkey(), coin.tokens)
        chain.edit(coin.curve, 80, world.cap.to_bytes(4, "little"))
        held = chain.atoms(coin.vault)
        given = min(world.coins, chain.atoms(coin.tokens))
        chain.edit(coin.vault, 64, (held + given).to_bytes(8, "little"))
        chain.edit(coin.tokens, 64, (chain.atoms(coin.tokens) - given).to_bytes(8, "little"))
        coin.raydium_sets(create_pool_fee=world.fee)
        for name, lamports in world.gifts.items():
            if lamports:
                coin.give(coin.derivable[name], lamports)
        return coin


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Shared: making a chain costs more than an example."""
    return Scene()


def left(coin: Graduand, world: World, split: graduation.Split) -> int:
    """What pool_creator holds at the end: all that came in, less what the pool, Raydium and rents took."""
    gifts = world.gifts
    paid = {"pool": 637, "observation": 4_075, "lp_mint": 82, "pool_coins": 165, "pool_wsol": 165}
    rents = sum(max(0, graduation.rent(size, PER_BYTE) - gifts[name]) for name, size in paid.items())
    came = (
        world.state.real_sol
        + split.top_up
        + gifts["pool_creator"]
        + gifts["creator_wsol"]
        + gifts["creator_lp"]
    )
    return came + coin.chain.lamports(coin.vault) - split.deposit - world.fee - rents


@settings(max_examples=150, deadline=None)
@given(world=worlds())
def test_any_complete_curve_graduates_as_the_domain_says(scene: Scene, world: World) -> None:
    coin, chain = scene.prepare(world), scene.chain
    before, split = chain.curve(coin.mint), coin.split()
    held = chain.lamports(coin.curve)
    if split.top_up:
        refused(coin.graduate(coin.trader, split.top_up - 1), ProgramErrorCode.CostAboveCap)
    remains = left(coin, world, split)
    bounty, rest = graduation.share(remains)
    wealth, raydiums = chain.lamports(coin.trader.pubkey()), chain.lamports(MAINNET.fee_receiver)

    event = graduated(landed(coin.graduate(coin.trader, split.top_up)))

    after = chain.curve(coin.mint)
    assert after.state == graduation.graduate(before.state, rest), "invariant 6: the domain equals the chain"
    assert after.sequence == before.sequence + 1
    assert chain.lamports(coin.curve) == held - before.state.real_sol + rest, "invariant 3"
    owed = after.rent_deposit + after.state.protocol_fees + after.state.creator_fees
    assert chain.lamports(coin.curve) == owed, "invariant 1"
    assert coin.reserves() == (split.sol, split.tokens)
    assert chain.lamports(coin.trader.pubkey()) == wealth - split.top_up + bounty - NETWORK_FEE
    assert chain.lamports(MAINNET.fee_receiver) == raydiums + world.fee
    for gone in (coin.pool_creator, coin.vault, coin.wsol, coin.lp):
        assert chain.svm.get_account(gone) is None
    assert int.from_bytes(chain.account(coin.keys.lp_mint).data[36:44], "little") == 0
    supply = int.from_bytes(chain.account(coin.mint).data[36:44], "little")
    assert supply == SUPPLY - split.burnt == chain.atoms(coin.tokens) + split.tokens
    assert (event.top_up, event.bounty, event.protocol_fees) == (split.top_up, bounty, rest)
    assert_price_is_continuous(before.state, split, world)


def assert_price_is_continuous(state: CurveState, split: graduation.Split, world: World) -> None:
    """The pool's SOL an atom is R / T but for one unit of either; unless somebody gave more than was raised."""
    if split.deposit == 0:
        return
    over = split.sol * state.virtual_tokens - split.tokens * state.virtual_sol
    assert -state.virtual_tokens < over < state.virtual_sol


RENTS = st.sampled_from([696, 5_080, PER_BYTE]) | st.integers(500, 200_000)


@settings(max_examples=60, deadline=None)
@given(world=worlds(), launched=RENTS, now=RENTS, sweep=st.booleans())
def test_any_price_of_rent_lets_it_graduate(
    scene: Scene, world: World, launched: int, now: int, *, sweep: bool
) -> None:
    """Rent may fall or rise between launch and graduation; a curve without fees must outlive it."""
    chain = scene.chain
    try:
        chain.svm.set_rent(Rent(launched, 1.0, 50))
        coin = scene.prepare(world)
        if sweep:
            chain.sweep(coin.trader, coin.mint)
        chain.svm.set_rent(Rent(now, 1.0, 50))
        # Raydium's account holds thousands of fees; here it must outlive a rise of rent, too.
        chain.put(MAINNET.fee_receiver, SOL, chain.account(MAINNET.fee_receiver).data, TOKEN_PROGRAM)
        split = coin.split()
        landed(coin.graduate(coin.trader, split.top_up))
    finally:
        chain.svm.set_rent(Rent(PER_BYTE, 1.0, 50))
    assert coin.reserves() == (split.sol, split.tokens)
    assert chain.svm.get_account(coin.pool_creator) is None
    assert chain.lamports(coin.curve) >= graduation.rent(200, now)
