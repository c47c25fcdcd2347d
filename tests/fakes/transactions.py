"""Reading a signed transaction of ours back into what it was built from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from solders.pubkey import Pubkey
from solders.transaction import Transaction

from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.claim import Claim
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, ProgramIds
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.layout import Reader
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.raydium.addresses import BY_SET, WSOL, wsol_account
from core.adapters.chain.raydium.swap import SwapBaseInput
from core.domain.intent import (
    BuyIntent,
    ClaimIntent,
    GraduateIntent,
    Intent,
    LaunchIntent,
    PoolBuyIntent,
    PoolSellIntent,
    SellIntent,
    SweepIntent,
    WithdrawIntent,
)
from core.ports.chain import Compute

EPOCHS = 10
"""Epochs of rewards that there may be: their numbers are found by their addresses."""
_DEPLOYMENTS = {cpmm.program: number for number, cpmm in BY_SET.items()}
_COMPUTE_BUDGET = Pubkey.from_string("ComputeBudget111111111111111111111111111111")


@dataclass(frozen=True, slots=True)
class Sent:
    """A signed transaction, as the chain reads it. Launches here have no first buy."""

    signature: str
    wallet: str
    blockhash: str
    compute: Compute
    intent: Intent


def read(raw: bytes, ids: ProgramIds, mints: Collection[str] = ()) -> Sent:
    """mints: the coins that there are; some instructions name a coin by its curve.

    Raises `ValueError` for bytes that are no transaction of ours, or whose signature is wrong.
    """
    transaction = Transaction.from_bytes(raw)
    transaction.verify()
    message = transaction.message
    keys = message.account_keys
    limit = price = burnt = 0
    intents: list[Intent] = []
    for instruction in message.instructions:
        program, data = keys[instruction.program_id_index], bytes(instruction.data)
        accounts = [str(keys[index]) for index in instruction.accounts]
        if program == _COMPUTE_BUDGET:
            number = int.from_bytes(data[1:], "little")
            limit, price = (number, price) if data[0] == 2 else (limit, number)
        elif program == TOKEN_2022_PROGRAM:
            burnt = int.from_bytes(data[1:], "little")
        elif program in _DEPLOYMENTS:
            intents.append(_swap(data, accounts, _DEPLOYMENTS[program]))
        elif program == SYSTEM_PROGRAM and accounts[1] != str(wsol_account(keys[0])):  # what a swap wraps
            intents.append(WithdrawIntent(accounts[1], int.from_bytes(data[4:12], "little")))
        elif program == ids.program:
            coins = {ids.curve(Pubkey.from_string(m)): m for m in mints}
            intents.append(_intent(data, accounts, coins, ids))
    intent, *graduate = intents
    if graduate:
        assert isinstance(intent, BuyIntent)
        assert isinstance(graduate[0], GraduateIntent)
        intent = replace(graduate[0], finish=burnt, finish_max_in=intent.max_in)
    return Sent(
        str(transaction.signatures[0]),
        str(keys[0]),
        str(message.recent_blockhash),
        Compute(limit, price),
        intent,
    )


def _swap(data: bytes, accounts: list[str], raydium_set: int) -> Intent:
    reader = Reader(data, SwapBaseInput.DISCRIMINATOR)
    given, least = reader.uint(8), reader.uint(8)
    if accounts[10] == str(WSOL):
        return PoolBuyIntent(accounts[11], given, least, raydium_set)
    return PoolSellIntent(accounts[10], given, least, raydium_set)


def _intent(data: bytes, accounts: list[str], coins: Mapping[Pubkey, str], ids: ProgramIds) -> Intent:
    kind = data[:8]
    reader = Reader(data, kind)
    if kind == Launch.DISCRIMINATOR:
        version, commitment = reader.uint(8), reader.take(32).hex()
        name, symbol, uri = (reader.string().decode() for _ in range(3))
        return LaunchIntent(name, symbol, uri, commitment, version)
    if kind == SweepFees.DISCRIMINATOR:
        return SweepIntent(coins[Pubkey.from_string(accounts[0])], accounts[2], accounts[3])
    if kind == Graduate.DISCRIMINATOR:
        sets = {str(cpmm.program): number for number, cpmm in BY_SET.items()}
        (raydium,) = (sets[account] for account in accounts if account in sets)
        return GraduateIntent(accounts[3], raydium, reader.uint(8))
    if kind == Claim.DISCRIMINATOR:
        index, amount = reader.uint(8), reader.uint(8)
        epoch = next(number for number in range(EPOCHS) if str(ids.epoch(number)) == accounts[1])
        return ClaimIntent(epoch, index, amount, reader.take(32 * reader.uint(4)).hex())
    first, second, deadline = (reader.uint(8) for _ in range(3))
    if kind == Buy.DISCRIMINATOR:
        return BuyIntent(accounts[3], first, second, deadline)
    assert kind == Sell.DISCRIMINATOR
    return SellIntent(accounts[2], first, second, deadline)
