"""The grammar: varied, speakable, on theme, and recomputable from the seed."""

import re

import pytest

from core.adapters.ai.offline_namer import STRAINED, OfflineNamer, singular
from core.adapters.ai.words import load_words
from core.domain.box import derive
from core.domain.theme import Theme, check_theme
from core.domain.ticker import name_key, near_well_known, ticker_key

GOLDEN = ("Nebulamint", "NEBUL", "offline:1")


@pytest.fixture(scope="module")
def namer() -> OfflineNamer:
    return OfflineNamer()


def seeds(count: int) -> list[bytes]:
    return [derive(bytes(32), str(index)) for index in range(count)]


async def test_no_two_of_ten_thousand_coins_on_one_theme_are_alike(namer: OfflineNamer) -> None:
    theme = check_theme("space cats")
    names: set[str] = set()
    tickers: set[str] = set()

    async def is_taken(name: str, ticker: str) -> bool:
        return name_key(name) in names or ticker_key(ticker) in tickers

    for seed in seeds(10_000):
        coin = await namer.propose(theme, seed, is_taken)
        names.add(name_key(coin.name))
        tickers.add(ticker_key(coin.ticker))
    assert len(names) == len(tickers) == 10_000


def test_names_are_varied_before_anything_is_taken(namer: OfflineNamer) -> None:
    theme = check_theme("space cats")
    firsts = [namer.candidate(theme, seed, 0).name for seed in seeds(1_000)]
    assert len(set(firsts)) > 950


def _on_theme(theme: Theme, name: str, hints: set[str]) -> bool:
    return any(hint in name.lower() for hint in hints)


def test_most_names_are_on_theme(namer: OfflineNamer) -> None:
    theme = check_theme("space cats")
    words = load_words()
    hints = {link.lower()[:4] for key in ("space", "cat") for link in words.associations[key]} | {
        "cat",
        "spac",
    }
    found = [_on_theme(theme, namer.candidate(theme, seed, 0).name, hints) for seed in seeds(500)]
    assert sum(found) > 0.8 * len(found)


def test_names_can_be_spoken(namer: OfflineNamer) -> None:
    for seed in seeds(500):
        name = namer.candidate(check_theme("strange rhythms"), seed, 0).name
        assert all(re.search(r"[aeiouy]", word.lower()) for word in name.split()), name
        assert not re.search(r"(.)\1\1", name.lower()), name


def test_a_verifier_recomputes_any_attempt_without_knowing_what_was_taken(namer: OfflineNamer) -> None:
    theme = check_theme("lazy frogs")
    made = [namer.candidate(theme, bytes(32), attempt) for attempt in range(5)]
    assert [OfflineNamer().candidate(theme, bytes(32), attempt) for attempt in range(5)] == made
    assert len({coin.name for coin in made}) == 5


def test_one_box_stays_the_same_for_ever(namer: OfflineNamer) -> None:
    """If this fails, lists or rules changed: raise SOURCE, so that old boxes keep their version."""
    coin = namer.candidate(check_theme("space cats"), bytes(32), 0)
    assert (coin.name, coin.ticker, coin.source) == GOLDEN


def test_late_attempts_still_give_new_tickers(namer: OfflineNamer) -> None:
    theme = check_theme("cats")
    tickers = {namer.candidate(theme, bytes(32), STRAINED + index).ticker for index in range(50)}
    assert len(tickers) > 45


def test_no_coin_is_named_like_a_known_token(namer: OfflineNamer) -> None:
    for seed in seeds(300):
        assert near_well_known(namer.candidate(check_theme("bonk pepe doge"), seed, 0).ticker) is None


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("cats", "cat"),
        ("ponies", "pony"),
        ("foxes", "fox"),
        ("mice", "mouse"),
        ("glass", "glass"),
        ("bus", "bus"),
        ("is", "is"),
    ],
)
def test_plurals_lose_their_ending(word: str, one: str) -> None:
    assert singular(word) == one
