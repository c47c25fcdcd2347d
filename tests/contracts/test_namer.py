"""What every Namer does."""

import pytest

from core.adapters.ai.offline_namer import OfflineNamer
from core.domain.box import NAME_BYTES, derive
from core.domain.errors import UserError
from core.domain.theme import check_theme
from core.domain.ticker import check_name, check_ticker
from core.ports.namer import Namer
from tests.fakes.namer import FakeNamer

THEMES = ["space cats", "日本の猫", "🐱🚀", "42", "x" * 64, "an elephant in the room", "Supercalifragilistic"]


@pytest.fixture(params=[FakeNamer, OfflineNamer])
def namer(request: pytest.FixtureRequest) -> Namer:
    made: Namer = request.param()
    return made


async def nothing_is_taken(name: str, ticker: str) -> bool:
    return False


async def everything_is_taken(name: str, ticker: str) -> bool:
    return True


@pytest.mark.parametrize("theme", THEMES)
async def test_a_proposal_fits_the_mint(namer: Namer, theme: str) -> None:
    for index in range(20):
        proposal = await namer.propose(check_theme(theme), derive(bytes(32), str(index)), nothing_is_taken)
        assert check_name(proposal.name) == proposal.name
        assert len(proposal.name.encode()) <= NAME_BYTES
        assert check_ticker(proposal.ticker) == proposal.ticker
        assert proposal.description
        assert proposal.attempt == 0


async def test_equal_seeds_propose_the_same_and_others_something_else(namer: Namer) -> None:
    theme = check_theme("space cats")
    one, again, other = [await namer.propose(theme, bytes([i]) * 32, nothing_is_taken) for i in (1, 1, 2)]
    assert one == again
    assert one.name != other.name


async def test_what_is_taken_is_not_proposed(namer: Namer) -> None:
    theme = check_theme("space cats")
    first = await namer.propose(theme, bytes(32), nothing_is_taken)

    async def first_is_taken(name: str, ticker: str) -> bool:
        return name == first.name or ticker == first.ticker

    second = await namer.propose(theme, bytes(32), first_is_taken)
    assert second.attempt > 0
    assert (second.name, second.ticker) != (first.name, first.ticker)


async def test_a_namer_gives_up_rather_than_ask_for_ever(namer: Namer) -> None:
    with pytest.raises(UserError) as caught:
        await namer.propose(check_theme("space cats"), bytes(32), everything_is_taken)
    assert caught.value.code == "names-exhausted"
