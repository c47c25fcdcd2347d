"""Tickers and names: their form, and which can't live side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import UserError
from core.domain.ticker import (
    check_name,
    check_ticker,
    name_key,
    near_ticker,
    near_well_known,
    ticker_key,
)

TICKERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=3, max_size=6)


@pytest.mark.parametrize(("raw", "ticker"), [("cats", "CATS"), (" $Cat9 ", "CAT9"), ("ABC", "ABC")])
def test_a_ticker_is_written_in_capitals(raw: str, ticker: str) -> None:
    assert check_ticker(raw) == ticker


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "AB",
        "ABCDEFG",
        "CA TS",
        "CÄTS",
        "cats\n!",
        "\u0421\u0410\u0422S",
        "ﬁsh",
        "\u0131ce",
        "🐱🐱🐱",
        "$$CAT",
    ],
)
def test_what_is_no_ticker_is_refused(raw: str) -> None:
    with pytest.raises(UserError) as caught:
        check_ticker(raw)
    assert caught.value.code == "ticker-form"


@pytest.mark.parametrize("raw", ["NAZI", "N4Z1", "KKK"])
def test_hate_is_refused(raw: str) -> None:
    with pytest.raises(UserError) as caught:
        check_ticker(raw)
    assert caught.value.code == "ticker-hate"


@pytest.mark.parametrize(
    ("one", "two"),
    [("CAT0", "CATO"), ("B1T", "BIT"), ("BLT", "BIT"), ("S0L", "5OL"), ("RNOO", "MOO"), ("VVOW", "WOW")],
)
def test_what_looks_alike_has_one_key(one: str, two: str) -> None:
    assert ticker_key(one) == ticker_key(two)


@pytest.mark.parametrize("near", ["CATS", "cat5", "CATSS", "CATZ", "CTAS", "XCATS"])
def test_one_slip_of_the_finger_is_too_near(near: str) -> None:
    assert near_ticker(near, {ticker_key("CATS")}) == ticker_key("CATS")


@pytest.mark.parametrize("far", ["DOGS", "CATNIP", "CAT", "CUTS9"])
def test_two_slips_are_another_ticker(far: str) -> None:
    assert near_ticker(far, {ticker_key("CATS")}) is None


def test_three_letters_clash_only_when_they_look_the_same() -> None:
    assert near_ticker("CAT", {ticker_key("BAT")}) is None
    assert near_ticker("C47", {ticker_key("C4T")}) == ticker_key("C4T")


@given(TICKERS, st.sets(TICKERS, max_size=8))
def test_a_taken_ticker_is_always_found(ticker: str, others: set[str]) -> None:
    keys = {ticker_key(other) for other in others | {ticker}}
    assert near_ticker(ticker, keys) == ticker_key(ticker)


@pytest.mark.parametrize("ticker", ["SOL", "S0L", "USDC", "USDCC", "B0NK", "PEPPE", "8TC"])
def test_nobody_can_pose_as_a_known_token(ticker: str) -> None:
    assert near_well_known(ticker) is not None


def test_an_ordinary_ticker_is_near_no_known_token() -> None:
    assert near_well_known("CATNIP") is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Space Cats", "space-cats!"),
        ("Space Cats", "S\u0440\u0430ce \u0421\u0430ts"),
        ("Café", "CAFE"),
        ("Cat\u2019s", "Cats"),
    ],
)
def test_names_that_read_alike_have_one_key(one: str, two: str) -> None:
    assert name_key(one) == name_key(two)


@pytest.mark.parametrize(
    "name", ["", "n" * 33, "é" * 17, "two\nlines", "a\u202eb", "a\u200bb", "...", "\x00"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UserError) as caught:
        check_name(name)
    assert caught.value.code == "name-form"


def test_a_good_name_stays_as_it_is() -> None:
    assert check_name("Café Zürich 9000") == "Café Zürich 9000"
