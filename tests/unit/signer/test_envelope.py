"""A ciphertext opens only whole, under its own key, in its own place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.keys.envelope import EnvelopeBroken, new_key, seal, unseal

KEY = new_key()


@given(st.binary(max_size=200), st.binary(max_size=80))
def test_opens_to_what_was_sealed_and_never_looks_the_same_twice(plain: bytes, associated: bytes) -> None:
    first, second = seal(plain, KEY, associated), seal(plain, KEY, associated)
    assert unseal(first, KEY, associated) == unseal(second, KEY, associated) == plain
    assert first != second


@given(st.integers(0, 24 + 32 + 16 - 1), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_noticed(position: int, change: int) -> None:
    sealed = bytearray(seal(bytes(32), KEY, b"here"))
    sealed[position] ^= change
    with pytest.raises(EnvelopeBroken):
        unseal(bytes(sealed), KEY, b"here")


@pytest.mark.parametrize("length", [0, 1, 23, 24, 39, 40])
def test_a_cut_ciphertext_is_noticed(length: int) -> None:
    with pytest.raises(EnvelopeBroken):
        unseal(seal(b"x", KEY, b"")[:length], KEY, b"")


def test_another_key_or_place_does_not_open_it() -> None:
    sealed = seal(b"seed", KEY, b"seed of ann")
    for key, associated in ((new_key(), b"seed of ann"), (KEY, b"seed of bob"), (KEY, b"")):
        with pytest.raises(EnvelopeBroken):
            unseal(sealed, key, associated)
