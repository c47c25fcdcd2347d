"""One builder of transactions: the chain adapter simulates what it builds, the signer signs what it builds.

A transaction is a pure function of the intent, the wallet, the blockhash, the compute budget and the
program: the signer never sees bytes from anybody else. Legacy messages: every wallet and library reads
them, and without lookup tables they are two bytes shorter than v0.
"""

from __future__ import annotations

from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import Instruction
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.claim import Claim
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.program.token_account import burn, create_token_account
from core.adapters.chain.raydium.addresses import BY_SET, PoolKeys
from core.adapters.chain.raydium.swap import pool_buy, pool_sell
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
from core.domain.merkle import HASH_BYTES
from core.domain.money import U64_MAX, Lamports, TokenAtoms
from core.ports.chain import Compute

MAX_TRANSACTION = 1_232  # bytes, signatures included: what a cluster takes in one packet


def build(intent: Intent, wallet: str, blockhash: str, compute: Compute, ids: ProgramIds) -> Message:
    """The unsigned message; the wallet pays and is the only signer. `size` says how large it gets.

    Raises `ValueError` for an address, hash or deployment that is none, and for content that the program would refuse.
    """
    payer = Pubkey.from_string(wallet)
    instructions = [
        set_compute_unit_limit(compute.unit_limit),
        set_compute_unit_price(compute.unit_price),
        *_instructions(intent, payer, ids),
    ]
    return Message.new_with_blockhash(instructions, payer, Hash.from_string(blockhash))


def size(message: Message) -> int:
    """Bytes of the signed transaction. The largest, a launch with 160 bytes of text and a first buy, stays
    200 below `MAX_TRANSACTION`: room for what wallets add."""
    return 1 + 64 * message.header.num_required_signatures + len(bytes(message))


def mint_address(creator: str, intent: LaunchIntent, ids: ProgramIds) -> str:
    """The mint that a launch will create, base58. Raises `ValueError` as `build` does."""
    return str(_launch(intent, Pubkey.from_string(creator)).mint(ids))


def pool_keys(mint: str, raydium_set: int, ids: ProgramIds) -> PoolKeys:
    """The coin's pool on a deployment of Raydium's. Raises `ValueError` for one that there is none of."""
    cpmm, coin = BY_SET.get(raydium_set), Pubkey.from_string(mint)
    if cpmm is None:
        raise ValueError("no such deployment of Raydium")
    return PoolKeys(cpmm, ids.pool(coin), coin)


def _instructions(intent: Intent, wallet: Pubkey, ids: ProgramIds) -> list[Instruction]:
    match intent:
        case BuyIntent():
            buy = Buy(
                buyer=wallet,
                mint=Pubkey.from_string(intent.mint),
                max_in=Lamports(intent.max_in),
                min_out=TokenAtoms(intent.min_out),
                deadline_slot=intent.deadline_slot,
            )
            return [create_token_account(wallet, wallet, buy.mint), buy.build(ids)]
        case SellIntent():
            sell = Sell(
                seller=wallet,
                mint=Pubkey.from_string(intent.mint),
                amount=TokenAtoms(intent.amount),
                min_out=Lamports(intent.min_out),
                deadline_slot=intent.deadline_slot,
            )
            return [sell.build(ids)]
        case PoolBuyIntent():
            keys = pool_keys(intent.mint, intent.raydium_set, ids)
            return pool_buy(wallet, keys, Lamports(intent.lamports), TokenAtoms(intent.min_out))
        case PoolSellIntent():
            keys = pool_keys(intent.mint, intent.raydium_set, ids)
            return pool_sell(wallet, keys, TokenAtoms(intent.amount), Lamports(intent.min_out))
        case LaunchIntent():
            return _launch_and_first_buy(intent, wallet, ids)
        case WithdrawIntent():
            to = Pubkey.from_string(intent.destination)
            return [transfer(TransferParams(from_pubkey=wallet, to_pubkey=to, lamports=intent.lamports))]
        case SweepIntent():
            payees = Pubkey.from_string(intent.treasury), Pubkey.from_string(intent.fee_recipient)
            return [SweepFees(Pubkey.from_string(intent.mint), *payees).build(ids)]
        case GraduateIntent():
            return _finish_and_graduate(intent, wallet, ids)
        case ClaimIntent():
            return [_claim(intent, wallet).build(ids)]


def _launch_and_first_buy(intent: LaunchIntent, wallet: Pubkey, ids: ProgramIds) -> list[Instruction]:
    launch = _launch(intent, wallet)
    instructions = [launch.build(ids)]
    if intent.first_buy:
        # Nobody can trade before it, and the launch names the config it saw, so the price is known: no
        # minimum is needed. The blockhash is its deadline.
        first = Buy(
            buyer=wallet,
            mint=launch.mint(ids),
            max_in=Lamports(intent.first_buy),
            min_out=TokenAtoms(1),
            deadline_slot=U64_MAX,
        )
        instructions += [create_token_account(wallet, wallet, first.mint), first.build(ids)]
    return instructions


def _finish_and_graduate(intent: GraduateIntent, wallet: Pubkey, ids: ProgramIds) -> list[Instruction]:
    mint = Pubkey.from_string(intent.mint)
    instructions = [Graduate(wallet, mint, intent.raydium_set, Lamports(intent.max_top_up)).build(ids)]
    if intent.finish:
        # The burn holds the buy to its number: fewer atoms than that can't be burnt, more complete no curve.
        last = Buy(
            buyer=wallet,
            mint=mint,
            max_in=Lamports(intent.finish_max_in),
            min_out=TokenAtoms(1),
            deadline_slot=U64_MAX,
        )
        account = create_token_account(wallet, wallet, mint)
        instructions[:0] = [account, last.build(ids), burn(wallet, mint, TokenAtoms(intent.finish))]
    return instructions


def _claim(intent: ClaimIntent, wallet: Pubkey) -> Claim:
    proof = bytes.fromhex(intent.proof)
    siblings = tuple(proof[at : at + HASH_BYTES] for at in range(0, len(proof), HASH_BYTES))
    return Claim(
        submitter=wallet,
        epoch=intent.epoch,
        index=intent.index,
        recipient=wallet,
        amount=Lamports(intent.amount),
        proof=siblings,
    )


def _launch(intent: LaunchIntent, creator: Pubkey) -> Launch:
    return Launch(
        creator=creator,
        config_version=intent.config_version,
        seed_commitment=bytes.fromhex(intent.seed_commitment),
        name=intent.name.encode(),
        symbol=intent.symbol.encode(),
        uri=intent.uri.encode(),
    )
