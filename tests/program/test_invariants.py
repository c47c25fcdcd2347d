"""docs/program.md's invariants over random lives of a coin: many actors, every instruction, every magnitude."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.ids import token_account
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.domain import curve, graduation
from core.domain.curve import FINAL_TOKENS, SUPPLY, CurveError, CurveState, Fill
from core.domain.governance import HOUR
from core.domain.money import Bps, Lamports
from tests.program.council import TERMS as CHANGED
from tests.program.council import Council
from tests.program.forge import magnitudes
from tests.program.graduation import Graduand, graduated
from tests.program.harness import SLOT, SOL, Chain, Terms, landed, refused

ACTORS = 3
ACTS = [*["buy"] * 4, *["sell"] * 3, "sweep", "donate", "name", "pause", "change", "graduate"]
Result = TransactionMetadata | FailedTransactionMetadata


@dataclass(frozen=True, slots=True)
class Step:
    """One actor's act; `size` is lamports to a buyer, a part of 2^20 of what is held to a seller."""

    actor: int
    act: str
    size: int
    slots: int


STEPS = st.lists(
    st.builds(
        Step,
        actor=st.integers(0, ACTORS - 1),
        act=st.sampled_from(ACTS),
        size=magnitudes(200 * SOL),
        slots=st.integers(0, 30),
    ),
    min_size=25,
    max_size=60,
)
TERMS = st.builds(
    Terms,
    initial_sol=st.integers(5 * SOL, 100 * SOL).map(Lamports),
    fee=st.sampled_from([0, 100, 500]).map(Bps),
    creator_fee=st.just(Bps(0)),
    schedule_fee=st.just(Bps(5_000)),
    schedule_slots=st.integers(1, 100),
)


class Life:
    """A coin's life, and what core.domain says it should be."""

    def __init__(self, terms: Terms) -> None:
        self.chain = Chain(terms)
        landed(self.chain.initialize())
        self.actors: list[Keypair] = [self.chain.wallet(10_000 * SOL) for _ in range(ACTORS)]
        self.mint: Pubkey = self.chain.launch(self.actors[0])
        for actor in self.actors:
            self.chain.open_tokens(actor, self.mint)
        self.address = self.chain.ids.curve(self.mint)
        self.state: CurveState = self.chain.curve(self.mint).state
        self.council = Council(self.chain)
        self.coin = Graduand(self.chain, self.mint, self.actors[0], self.actors[0])
        self.sequence, self.slot, self.donated, self.burnt = 1, SLOT, 0, 0

    def held(self, actor: Keypair) -> int:
        """Atoms of an actor."""
        return self.chain.atoms(token_account(actor.pubkey(), self.mint))

    def take(self, step: Step) -> None:
        """Acts on the chain, replays in the domain, checks everything."""
        self.slot += step.slots
        self.council.now += step.slots * HOUR  # so that pauses end, too
        self.chain.warp(self.slot, self.council.now)
        product = self.state.virtual_sol * self.state.virtual_tokens
        getattr(self, step.act)(self.actors[step.actor], step.size)
        seen = self.chain.curve(self.mint)
        assert seen.state == self.state, "invariant 6: the domain equals the chain"
        assert seen.sequence == self.sequence, "events have no gap"
        owed = seen.rent_deposit + seen.state.real_sol + seen.state.protocol_fees + seen.state.creator_fees
        assert self.chain.lamports(self.address) == owed + self.donated, "invariant 1: solvent"
        assert seen.state.virtual_sol * seen.state.virtual_tokens >= product, "invariant 2: R * T never falls"
        vault, pool = self.chain.atoms(self.coin.vault), self.coin.reserves()[1]
        unsold = SUPPLY - seen.state.tokens_sold
        assert vault == (0 if seen.state.graduated else unsold), (
            "invariant 4: the vault holds what is not sold"
        )
        assert vault + pool + self.burnt + sum(map(self.held, self.actors)) == SUPPLY

    @property
    def paused(self) -> bool:
        """Whether the guardian's pause is on."""
        return self.council.now < self.chain.config().paused_until

    def buy(self, actor: Keypair, size: int) -> None:
        """A buy of `size` lamports."""
        result = self.chain.buy(actor, self.mint, size)
        if self.paused:
            refused(result, ProgramErrorCode.Paused)
            return
        self._trade(result, lambda: curve.buy(self.state, size, 0, self.slot))

    def sell(self, actor: Keypair, size: int) -> None:
        """A sell of a part of what the actor holds."""
        self._sell_atoms(actor, self.held(actor) * (size % 2**20) >> 20)

    def _sell_atoms(self, actor: Keypair, atoms: int) -> None:
        result = self.chain.sell(actor, self.mint, atoms)
        self._trade(result, lambda: curve.sell(self.state, atoms, 0))

    def _trade(self, result: Result, replay: Callable[[], tuple[CurveState, Fill]]) -> None:
        try:
            after, _ = replay()
        except CurveError as error:
            refused(result, ProgramErrorCode[error.code.value])
            return
        landed(result)
        self.state = after
        self.sequence += 1

    def sweep(self, actor: Keypair, _: int) -> None:
        """Anybody's sweep; the treasury may be too poor for it."""
        result = self.chain.sweep(actor, self.mint)
        if isinstance(result, FailedTransactionMetadata):
            refused(result, ProgramErrorCode.NothingToSweep)
            return
        after = self.chain.curve(self.mint).state
        self.state = curve.sweep(
            self.state,
            self.state.protocol_fees - after.protocol_fees,
            self.state.creator_fees - after.creator_fees,
        )
        self.sequence += 1

    def graduate(self, actor: Keypair, _: int) -> None:
        """Anybody's try: it lands once, while the curve is complete."""
        try:
            expected = self.coin.split()
        except graduation.NotComplete:
            code = ProgramErrorCode.Graduated if self.state.graduated else ProgramErrorCode.NotComplete
            refused(self.coin.graduate(actor), code)
            return
        event = graduated(landed(self.coin.graduate(actor)))
        assert self.coin.reserves() == (expected.sol, expected.tokens)
        self.burnt = expected.burnt
        self.state = graduation.graduate(self.state, event.protocol_fees)
        self.sequence += 1

    def name(self, actor: Keypair, _: int) -> None:
        """The creator, or a stranger, names who gets the creator's share."""
        args = SetFeeRecipient(actor.pubkey(), self.mint, self.actors[2].pubkey())
        result = self.chain.send(args.build(self.chain.ids), actor)
        if actor != self.actors[0]:
            refused(result, ProgramErrorCode.Unauthorized)
            return
        landed(result)
        self.sequence += 1

    def pause(self, _: Keypair, __: int) -> None:
        """The guardian's pause, which may be too soon after the last."""
        too_soon = self.council.now < self.chain.config().pause_allowed_at
        result = self.council.pause()
        if too_soon:
            refused(result, ProgramErrorCode.PauseTooSoon)
            return
        landed(result)

    def change(self, _: Keypair, size: int) -> None:
        """The council changes the terms of coins to come: this one keeps what it copied."""
        self.council.executed(replace(CHANGED, fee=Bps(size % 501), creator_fee=Bps(0)))

    def donate(self, _: Keypair, size: int) -> None:
        """Lamports sent to the curve, which belong to nobody."""
        account = self.chain.account(self.address)
        self.chain.put(self.address, account.lamports + size, account.data, account.owner)
        self.donated += size

    def end(self) -> None:
        """Invariant 5: it can still be completed, and then everyone can still get out, unless it has graduated."""
        if self.state.graduated:
            for actor in self.actors:
                self._sell_atoms(actor, self.held(actor))  # refused: the coin trades on its pool
            return
        for actor in self.actors[1:]:
            self._sell_atoms(actor, self.held(actor) // 2)  # a pause doesn't stop it
        self.council.now = max(self.council.now, self.chain.config().paused_until)
        self.chain.warp(self.slot, self.council.now)
        if self.state.virtual_tokens > FINAL_TOKENS:
            self.buy(self.chain.wallet_of(self.actors[0], 10**15), 10**14)
        assert self.state.virtual_tokens == FINAL_TOKENS
        for actor in self.actors:
            self._sell_atoms(actor, self.held(actor))
            assert self.held(actor) * self.state.virtual_sol < 3 * self.state.virtual_tokens, (
                "worth a lamport"
            )
        assert self.chain.curve(self.mint).state == self.state


@settings(max_examples=80, deadline=None)
@given(terms=TERMS, steps=STEPS)
def test_a_coins_life_keeps_every_invariant(terms: Terms, steps: list[Step]) -> None:
    life = Life(terms)
    for step in steps:
        life.take(step)
    life.end()


@settings(max_examples=20, deadline=None)
@given(terms=TERMS, steps=STEPS, actor=st.integers(0, ACTORS - 1))
def test_and_so_does_a_life_after_graduation(terms: Terms, steps: list[Step], actor: int) -> None:
    """The same, of a coin that one actor buys out at once: few random lives come so far."""
    life = Life(terms)
    rich = life.chain.wallet_of(life.actors[actor], 10**15)
    life.buy(rich, 10**14)
    first = [step for step in steps[:3] if step.act != "pause"]
    for step in [*first, Step(actor, "buy", 10**14, 0), Step(actor, "graduate", 0, 0), *steps[3:]]:
        life.take(step)
    assert life.state.graduated
    life.end()
