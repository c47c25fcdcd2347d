"""Strangers' names, before they are put into a text of ours."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.localize import clean


@pytest.mark.parametrize(
    "kept",
    ["Space Cats", "Кошки", "猫", "café", "e\u0301\u0323", "👩‍🚀", "🏳️‍🌈", "👍🏽", "❤️‍🔥", "क्‍ष"],
)
def test_what_people_write_stays(kept: str) -> None:
    assert clean(kept) == kept


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("SPA\u200dCE", "SPACE"),  # a joiner between letters only makes two names of one
        ("\u200dSPACE", "SPACE"),
        ("SP\u200bA\u2060C\ufeffE", "SPACE"),
        ("\u3164", ""),
        ("a\u115f\u1160\uffa0\u2800\u034fb", "ab"),
        ("\u202eECAPS", "ECAPS"),
        ("a\U000e0041b", "ab"),
        ("a" + "\u0301" * 30, "a" + "\u0301" * 3),
        ("two\r\nlines", "two  lines"),
        ("\x1b[31mred", "[31mred"),
    ],
)
def test_what_only_deceives_goes(given_: str, shown: str) -> None:
    assert clean(given_) == shown


@given(st.text())
def test_cleaned_once_is_clean(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not {unicodedata.category(c) for c in once if c != "\u200d"} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
