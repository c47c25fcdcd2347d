"""What we believe of a pool's transactions: Raydium's own calls about this pool, and the transfers that it made."""

from __future__ import annotations

from typing import Any

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.pool_log import pool_calls_of
from core.adapters.chain.program.layout import discriminator, u64
from core.adapters.chain.raydium.addresses import MAINNET, TOKEN_PROGRAM, WSOL, PoolKeys, wsol_account
from core.adapters.chain.raydium.swap import Side, SwapBaseInput, pool_buy
from core.adapters.chain.swaps import pool_fill_of
from core.adapters.chain.trace import NotTold
from core.domain.base58 import encode
from core.domain.money import Lamports, TokenAtoms
from core.domain.pool import Rates
from core.domain.pool_calls import Poured, Swapped

RATES = Rates(trade=2_500, protocol=120_000, fund=40_000)
TRADER, ROUTER = Pubkey(bytes([7] * 32)), Pubkey(bytes([8] * 32))
COIN = Pubkey(bytes([9] * 32))
KEYS = PoolKeys(MAINNET, Pubkey(bytes([10] * 32)), COIN)
OTHER = PoolKeys(MAINNET, Pubkey(bytes([11] * 32)), Pubkey(bytes([12] * 32)))
TOKENS = Pubkey(bytes([13] * 32))


def transaction(*outer: tuple[Instruction, list[Instruction]], fee: int = 5_000) -> dict[str, Any]:
    """As getTransaction tells it: each instruction with those that were called below it."""
    listed = [one for top, inner in outer for one in (top, *inner)]
    metas = (meta.pubkey for one in listed for meta in one.accounts)
    keys = list(dict.fromkeys(map(str, (TRADER, *metas, *(one.program_id for one in listed)))))

    def compiled(one: Instruction) -> dict[str, Any]:
        return {
            "programIdIndex": keys.index(str(one.program_id)),
            "accounts": [keys.index(str(meta.pubkey)) for meta in one.accounts],
            "data": encode(bytes(one.data)),
        }

    inner = [
        {"index": index, "instructions": [compiled(one) for one in called]}
        for index, (_, called) in enumerate(outer)
    ]
    balances = [10**9] * len(keys)
    return {
        "slot": 5,
        "blockTime": 6,
        "transaction": {
            "message": {"accountKeys": keys, "instructions": [compiled(top) for top, _ in outer]}
        },
        "meta": {
            "err": None,
            "fee": fee,
            "innerInstructions": inner,
            "preBalances": balances,
            "postBalances": balances,
        },
    }


def moved(source: Pubkey, to: Pubkey, amount: int) -> Instruction:
    keys = (source, WSOL, to, TRADER)
    metas = [AccountMeta(key, is_signer=False, is_writable=True) for key in keys]
    return Instruction(TOKEN_PROGRAM, b"\x0c" + u64(amount) + b"\x09", metas)


def swap(side: Side, paid: int, got: int, keys: PoolKeys = KEYS) -> tuple[Instruction, list[Instruction]]:
    """A swap with the two transfers that Raydium makes."""
    given, taken = (keys.wsol_vault, keys.coin_vault) if side == "buy" else (keys.coin_vault, keys.wsol_vault)
    built = SwapBaseInput(TRADER, keys, side, paid, 0).build()
    return built, [moved(wsol_account(TRADER), given, paid), moved(taken, TOKENS, got)]


def routed(*called: Instruction) -> tuple[Instruction, list[Instruction]]:
    """Another program called these."""
    return Instruction(ROUTER, b"", []), list(called)


def calls(*outer: tuple[Instruction, list[Instruction]]) -> list[Any]:
    return pool_calls_of(transaction(*outer), KEYS, RATES)


BUY = Swapped(str(TRADER), "buy", 1_000_000, 777, 1_000_000 - 300 - 100, -777)


def test_swaps_of_both_sides_with_what_the_pool_keeps() -> None:
    sell = Swapped(str(TRADER), "sell", 555, 1_000_000, -555, 1_000_000 - 300 - 100)
    assert calls(swap("buy", 1_000_000, 777), swap("sell", 1_000_000, 555)) == [BUY, sell]


def test_called_by_a_router_it_is_the_same_and_what_the_router_moves_is_not_the_swaps() -> None:
    """A gift to the vault right behind a swap must neither change it nor stop the index."""
    built, transfers = swap("buy", 1_000_000, 777)
    gift = moved(wsol_account(TRADER), KEYS.wsol_vault, 5)
    taken = moved(KEYS.coin_vault, TOKENS, 5)
    assert calls(routed(built, *transfers, gift, taken)) == [BUY]
    assert calls(routed(gift, built, *transfers, built, *transfers)) == [BUY, BUY]


def test_another_pools_swap_that_names_ours_is_not_ours() -> None:
    built, transfers = swap("buy", 1_000_000, 777, OTHER)
    named = AccountMeta(KEYS.pool, is_signer=False, is_writable=True)
    with_ours = Instruction(built.program_id, built.data, [*built.accounts, named])
    assert calls((with_ours, transfers)) == []


def test_another_program_that_speaks_as_raydium_is_not_raydium() -> None:
    built, transfers = swap("buy", 1_000_000, 777)
    assert calls((Instruction(ROUTER, built.data, built.accounts), transfers)) == []


@pytest.mark.parametrize(("name", "sign"), [("deposit", 1), ("withdraw", -1)])
def test_liquidity_that_comes_or_goes_is_no_trade(name: str, sign: int) -> None:
    keys = (TRADER, MAINNET.authority, KEYS.pool)
    metas = [AccountMeta(key, is_signer=False, is_writable=True) for key in keys]
    call = Instruction(MAINNET.program, discriminator("global", name) + u64(1), metas)
    ends = [(TOKENS, KEYS.wsol_vault), (TOKENS, KEYS.coin_vault)]
    transfers = [
        moved(*(pair if sign > 0 else pair[::-1]), n) for pair, n in zip(ends, (30, 70), strict=True)
    ]
    assert calls((call, transfers)) == [Poured(sign * 30, sign * 70)]


def test_rather_no_answer_than_a_wrong_one() -> None:
    built, transfers = swap("buy", 1_000_000, 777)
    with pytest.raises(NotTold):
        calls((built, transfers[:1]))
    hidden = transaction(swap("buy", 1_000_000, 777))
    hidden["meta"]["innerInstructions"] = None
    with pytest.raises(NotTold):
        pool_calls_of(hidden, KEYS, RATES)


class TestFill:
    def test_our_swap_among_what_wraps_it(self) -> None:
        wrapping = pool_buy(TRADER, KEYS, Lamports(1_000_000), TokenAtoms(1))
        outer = [(one, list[Instruction]()) for one in wrapping]
        outer[-2] = swap("buy", 1_000_000, 777)
        fill = pool_fill_of(transaction(*outer), "sig", str(TRADER), KEYS, RATES)
        assert (fill.lamports, fill.atoms, fill.fee, fill.fee_atoms) == (1_000_000, 777, 2_500, 0)

    def test_two_swaps_or_none_or_anothers_are_not_read(self) -> None:
        one = swap("buy", 1_000_000, 777)
        for found in (transaction(one, one), transaction(routed())):
            with pytest.raises(NotTold):
                pool_fill_of(found, "sig", str(TRADER), KEYS, RATES)
        with pytest.raises(NotTold):
            pool_fill_of(transaction(one), "sig", str(ROUTER), KEYS, RATES)
