"""pause: the guardian's brake on launches and buys, which lets go by itself."""

from __future__ import annotations

from core.adapters.chain.program.action import EndPause
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.governance_events import Paused
from core.domain.governance import DAY, PAUSE, PAUSE_GAP
from tests.program.conftest import Coin
from tests.program.council import NOW, TERMS, Council
from tests.program.harness import SOL, events, landed, launch_args, refused


def test_a_pause_is_told_and_dated(council: Council) -> None:
    assert events(landed(council.pause())) == [Paused(2, NOW + 7 * DAY, NOW + 14 * DAY)]
    config = council.chain.config()
    assert (config.paused_until, config.pause_allowed_at) == (NOW + 7 * DAY, NOW + 14 * DAY)
    assert config.config_version == 1, "or the guardian could void proposals and launches at will"


def test_it_stops_launches_and_buys_and_lapses_to_the_second(council: Council, coin: Coin) -> None:
    chain = council.chain
    landed(chain.buy(coin.trader, coin.mint, SOL))
    landed(council.pause())
    launch = launch_args(coin.creator.pubkey(), 1).build(chain.ids)
    for moment in (0, PAUSE - 1):
        council.at(NOW + moment)
        refused(chain.buy(coin.trader, coin.mint, SOL), ProgramErrorCode.Paused)
        refused(chain.send(launch, coin.creator), ProgramErrorCode.Paused)
    council.at(NOW + PAUSE)
    landed(chain.buy(coin.trader, coin.mint, SOL))
    landed(chain.send(launch, coin.creator))


def test_a_pause_traps_no_seller(council: Council, coin: Coin) -> None:
    """The rug that a pause usually is: holders watching while insiders choose when they may leave."""
    chain = council.chain
    landed(chain.buy(coin.trader, coin.mint, 10 * SOL))
    landed(council.pause())
    landed(chain.sell(coin.trader, coin.mint, chain.atoms(coin.tokens)))
    landed(chain.sweep(coin.trader, coin.mint))
    assert chain.atoms(coin.tokens) == 0


def test_a_pause_does_not_recur_for_7_days(council: Council) -> None:
    """Pausing again and again, before the end or right after it, would be a pause for ever."""
    landed(council.pause())
    for moment in (0, PAUSE - 1, PAUSE, PAUSE + PAUSE_GAP - 1):
        council.at(NOW + moment)
        refused(council.pause(), ProgramErrorCode.PauseTooSoon)
    council.at(NOW + PAUSE + PAUSE_GAP)
    landed(council.pause())


def test_nor_after_the_council_ended_it(council: Council) -> None:
    landed(council.pause())
    council.later(DAY)
    council.executed(EndPause())
    council.later(PAUSE_GAP - 1)
    refused(council.pause(), ProgramErrorCode.PauseTooSoon)
    council.later(1)
    landed(council.pause())


def test_only_the_guardian_pauses(council: Council) -> None:
    chain = council.chain
    for other in (*chain.council, chain.authority, chain.rewards, chain.wallet()):
        refused(council.pause(by=other), ProgramErrorCode.Unauthorized)


def test_a_pause_stops_no_proposal(council: Council) -> None:
    """The council goes on deciding, and what it approved before is executed."""
    number = council.approved(TERMS)
    landed(council.pause())
    council.later(TERMS.delay.under(council.chain.config().time_lock))
    landed(council.execute(number))
    assert council.chain.config().paused_until == NOW + PAUSE
