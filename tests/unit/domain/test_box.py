"""The box is fair: what anybody can recompute, and what nobody can foresee."""

import hashlib
import hmac
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import box

SEED = bytes(range(32))


def test_the_commitment_opens_with_its_seed_only() -> None:
    shown = box.commitment(SEED)
    assert shown == hashlib.sha256(b"pumpbox:seed-commitment:1" + SEED).digest()
    assert box.opens(SEED, shown)
    assert not box.opens(bytes(32), shown)


def test_the_box_seed_is_a_plain_hmac_that_any_language_has() -> None:
    message = b"pumpbox:box-seed:1" + (3).to_bytes(4, "little") + b"abc" + (7).to_bytes(4, "little")
    assert box.box_seed(SEED, b"abc", 7) == hmac.new(SEED, message, hashlib.sha256).digest()


def test_the_opener_and_every_reroll_change_the_seed() -> None:
    seeds = {box.box_seed(SEED, entropy, reroll) for entropy in (b"", b"a", b"b") for reroll in range(3)}
    assert len(seeds) == 9


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_entropy_of_different_parts_differs_even_if_they_join_to_the_same_text(
    one: list[str], two: list[str]
) -> None:
    assert (box.user_entropy(*one) == box.user_entropy(*two)) == (one == two)


def test_one_purpose_tells_nothing_of_another() -> None:
    assert len({box.derive(SEED, label) for label in ("rarity", "name:0", "name:1", "art:coin")}) == 4


def test_the_published_odds_add_up() -> None:
    assert sum(row.weight for row in box.ODDS) == box.ODDS_SCALE
    assert {row.rarity for row in box.ODDS} == set(box.Rarity)


def test_rarities_come_as_often_as_published() -> None:
    count = 20_000
    seen = Counter(box.rarity(index.to_bytes(32, "little")) for index in range(count))
    for row in box.ODDS:
        expected = count * row.weight / box.ODDS_SCALE
        # Five standard deviations: fails for wrong odds, not by bad luck (and these seeds never change).
        assert abs(seen[row.rarity] - expected) < 5 * expected**0.5


def test_draws_are_uniform_and_the_same_for_ever() -> None:
    draw = box.Draw(SEED)
    first = hashlib.sha256(SEED + bytes(8)).digest()
    assert draw.u64() == int.from_bytes(first[:8], "little")
    seen = Counter(draw.below(3) for _ in range(9_000))
    assert set(seen) == {0, 1, 2}
    assert min(seen.values()) > 2_800


@given(st.integers(1, 2**64))
def test_a_draw_is_below_its_bound(bound: int) -> None:
    assert 0 <= box.Draw(SEED).below(bound) < bound


def test_a_value_that_would_favour_small_results_is_drawn_again() -> None:
    # With a bound just above 2**63 almost every second value lies beyond the last whole multiple.
    draw, plain = box.Draw(SEED), box.Draw(SEED)
    bound = 2**63 + 1
    taken = [draw.below(bound) for _ in range(20)]
    raw = [plain.u64() for _ in range(80)]
    assert taken == [value for value in raw if value < bound][:20]


CREATOR, COMMITMENT = bytes([1]) * 32, bytes([2]) * 32


def test_the_box_id_is_what_the_program_recomputes() -> None:
    content = hashlib.sha256(b"\x04\0\0\0Name\x03\0\0\0SYM\x01\0\0\0u").digest()
    expected = hashlib.sha256(b"pumpbox:box:1" + CREATOR + COMMITMENT + content).digest()
    assert box.box_id(CREATOR, COMMITMENT, b"Name", b"SYM", b"u") == expected


def test_the_box_id_binds_each_field() -> None:
    base = (CREATOR, COMMITMENT, b"Name", b"SYM", b"uri")
    ids = {box.box_id(*base)}
    for index, other in enumerate((COMMITMENT, CREATOR, b"NameS", b"YM", b"ur")):
        ids.add(box.box_id(*base[:index], other, *base[index + 1 :]))
    # A letter that moves from the symbol into the name makes another coin too.
    ids.add(box.box_id(CREATOR, COMMITMENT, b"NameS", b"YM", b"uri"))
    assert len(ids) == 7


@pytest.mark.parametrize(
    ("name", "symbol", "uri"),
    [
        (b"", b"S", b""),
        (b"n" * 33, b"S", b""),
        (b"n", b"", b""),
        (b"n", b"S" * 11, b""),
        (b"n" * 32, b"S" * 6, b"u" * 123),
    ],
)
def test_strings_that_the_program_refuses_have_no_id(name: bytes, symbol: bytes, uri: bytes) -> None:
    with pytest.raises(ValueError, match="bytes"):
        box.box_id(CREATOR, COMMITMENT, name, symbol, uri)


def test_a_wrong_seed_is_refused_without_being_named() -> None:
    with pytest.raises(ValueError, match="server_seed") as caught:
        box.commitment(b"secret!")
    assert "secret!" not in str(caught.value)


@pytest.mark.parametrize("reroll", [-1, 2**32])
def test_the_reroll_counter_is_a_u32(reroll: int) -> None:
    with pytest.raises(ValueError, match="u32"):
        box.box_seed(SEED, b"", reroll)
