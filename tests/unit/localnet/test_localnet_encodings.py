"""Base58 and Zstandard, held against what the chain's own libraries read and write."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.account import Account
from solders.pubkey import Pubkey
from solders.rpc.responses import GetAccountInfoResp

from core.domain import base58
from workers.localnet import encode, tokens


@given(st.binary(max_size=300))
def test_base58_gives_back_what_it_took(data: bytes) -> None:
    assert base58.decode(base58.encode(data)) == data


@given(st.binary(min_size=32, max_size=32))
def test_base58_agrees_with_solders(key: bytes) -> None:
    assert base58.encode(key) == str(Pubkey(key))


@pytest.mark.parametrize("text", ["0", "O", "I", "l", " ", "é", "abc!"])
def test_base58_refuses_other_letters(text: str) -> None:
    with pytest.raises(ValueError, match="base58"):
        base58.decode(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"xx",
        bytes(5_000),
        bytes(range(256)) * 10,
        bytes(128 * 1024),
        bytes(128 * 1024) + b"tail" * 9,
    ],
    ids=["empty", "one", "two", "zeros", "mixed", "a whole block", "two blocks"],
)
def test_zstd_frames_are_read_by_solders(data: bytes) -> None:
    owner = Pubkey.new_unique()
    shown = encode.account(Account(1, data, owner), "base64+zstd", None, lambda _: None)
    answer = {"jsonrpc": "2.0", "id": 1, "result": {"context": {"slot": 1}, "value": shown}}
    read = GetAccountInfoResp.from_json(json.dumps(answer))
    assert isinstance(read, GetAccountInfoResp)
    assert read.value is not None
    assert read.value.data == data


@pytest.mark.parametrize(
    ("atoms", "decimals", "text"),
    [
        (0, 6, "0"),
        (1, 6, "0.000001"),
        (1_500_000, 6, "1.5"),
        (100, 0, "100"),
        (2**64 - 1, 9, "18446744073.709551615"),
    ],
)
def test_token_amounts_in_words(atoms: int, decimals: int, text: str) -> None:
    shown = tokens.ui_amount(atoms, decimals)
    assert shown["uiAmountString"] == text
    assert shown["amount"] == str(atoms)
