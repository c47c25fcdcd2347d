"""Launches a coin, buys and sells it with anchorpy and our IDL:  python anchorpy_client.py [RPC_URL] [PROGRAM_ID]

Ends with exit code 0 only if balances, accounts, events and errors are what docs/program.md says, to the lamport.
"""

import asyncio
import hashlib
import json
import secrets
import sys
from pathlib import Path

from anchorpy import Context, EventParser, Idl, Program, Provider, Wallet
from anchorpy.error import ProgramError
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed
from solana.rpc.types import MemcmpOpts, TxOpts
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature
from spl.token.instructions import create_idempotent_associated_token_account, get_associated_token_address

EMBEDDED = "4WcSEXPRTLm7QX7VBHUphTiGsyMh4VxGykfVMhv5aWpy"  # where every embedded chain has the program
IDL = Path(__file__).parents[1] / "idl" / "pumpbox.json"
SYSTEM = Pubkey.from_string("11111111111111111111111111111111")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
SOL = 1_000_000_000
FEE = 5_000  # lamports a signature
NAME, SYMBOL, URI = "Interop Snake", "ISNAKE", "https://example.invalid/isnake.json"
CREATOR_OFFSET = 8 + 128  # of a Curve's bytes


class Trader:
    """A wallet at one installation's program."""

    def __init__(self, client: AsyncClient, program_id: str) -> None:
        self.client = client
        self.wallet = Wallet(Keypair())
        self.me = self.wallet.public_key
        self.idl = json.loads(IDL.read_text()) | {"address": program_id}  # every installation has its own
        provider = Provider(
            client, self.wallet, TxOpts(skip_confirmation=False, preflight_commitment=Confirmed)
        )
        program_key = Pubkey.from_string(program_id)
        self.program = Program(Idl.from_json(json.dumps(self.idl)), program_key, provider)
        self.config = self.derived(b"config")

    def derived(self, *seeds: bytes) -> Pubkey:
        return Pubkey.find_program_address(list(seeds), self.program.program_id)[0]

    def accounts(self, mint: Pubkey, **more: Pubkey) -> dict[str, Pubkey]:
        """What every instruction on a coin names, and `more`."""
        return more | {
            "config": self.config,
            "mint": mint,
            "curve": self.derived(b"curve", bytes(mint)),
            "vault": self.derived(b"vault", bytes(mint)),
            "token_program": TOKEN_2022,
            "system_program": SYSTEM,
        }

    async def balance(self, key: Pubkey) -> int:
        return (await self.client.get_balance(key)).value

    async def events(self, signature: Signature) -> list:
        """The program's events in a transaction, from its logs."""
        seen: list = []
        landed = (await self.client.get_transaction(signature, max_supported_transaction_version=0)).value
        parser = EventParser(self.program.program_id, self.program.coder)
        parser.parse_logs(landed.transaction.meta.log_messages, seen.append)
        return seen


async def main(url: str, program_id: str) -> None:
    async with AsyncClient(url, commitment=Confirmed) as client:
        trader = Trader(client, program_id)

        step("a wallet with 10 SOL")
        airdrop = await client.request_airdrop(trader.me, 10 * SOL)
        await client.confirm_transaction(airdrop.value)

        mint = await launch(trader)
        bought = await buy(trader, mint, SOL)
        sold, paid = await sell(trader, mint, bought // 2)
        await look_back(trader, mint)
        await refusal(trader, mint)

    print("anchorpy: launched, bought and sold as docs/program.md says")
    print(
        json.dumps(
            {
                "mint": str(mint),
                "maxIn": str(SOL),
                "bought": str(bought),
                "sold": str(sold),
                "paid": str(paid),
            }
        )
    )


async def launch(trader: Trader) -> Pubkey:
    step("Config: the terms of new coins")
    config = await trader.program.account["Config"].fetch(trader.config)

    step("launch")
    commitment = secrets.token_bytes(32)  # what pumpbox shows before a box is opened; here any 32 bytes
    mint = trader.derived(b"mint", box_id(trader.me, commitment))
    context = Context(accounts=trader.accounts(mint, creator=trader.me))
    arguments = (config.config_version, list(commitment), NAME, SYMBOL, URI)
    signature = await trader.program.rpc["launch"](*arguments, ctx=context)
    curve = await fetch_curve(trader, mint)
    assert (curve.mint, curve.creator, curve.fee_recipient) == (mint, trader.me, trader.me)
    assert curve.virtual_sol == config.initial_sol
    assert [event.name for event in await trader.events(signature)] == ["Launched"]
    return mint


async def buy(trader: Trader, mint: Pubkey, max_in: int) -> int:
    step(f"buy for {max_in / SOL} SOL")
    atoms, sol = quote_buy(await fetch_curve(trader, mint), max_in)
    tokens = get_associated_token_address(trader.me, mint, TOKEN_2022)
    make_account = create_idempotent_associated_token_account(trader.me, trader.me, mint, TOKEN_2022)
    context = Context(
        accounts=trader.accounts(mint, buyer=trader.me, buyer_tokens=tokens), pre_instructions=[make_account]
    )
    before = await trader.balance(trader.me)
    signature = await trader.program.rpc["buy"](max_in, atoms, await deadline(trader), ctx=context)
    held = int((await trader.client.get_token_account_balance(tokens)).value.amount)
    assert held == atoms
    assert before - await trader.balance(trader.me) == max_in + await trader.balance(tokens) + FEE
    (traded,) = await trader.events(signature)
    assert (traded.name, traded.data.is_buy, traded.data.trader) == ("Traded", True, trader.me)
    assert (traded.data.atoms, traded.data.sol) == (atoms, sol)
    assert traded.data.protocol_fee + traded.data.creator_fee == max_in - sol
    return held


async def sell(trader: Trader, mint: Pubkey, atoms: int) -> tuple[int, int]:
    step("sell half of it")
    sol, paid = quote_sell(await fetch_curve(trader, mint), atoms)
    tokens = get_associated_token_address(trader.me, mint, TOKEN_2022)
    context = Context(accounts=trader.accounts(mint, seller=trader.me, seller_tokens=tokens))
    before = await trader.balance(trader.me)
    signature = await trader.program.rpc["sell"](atoms, paid, await deadline(trader), ctx=context)
    assert await trader.balance(trader.me) - before == paid - FEE
    (traded,) = await trader.events(signature)
    assert (traded.data.is_buy, traded.data.atoms, traded.data.sol) == (False, atoms, sol)
    return atoms, paid


async def look_back(trader: Trader, mint: Pubkey) -> None:
    step("every coin of a creator, by getProgramAccounts")
    by_creator = MemcmpOpts(offset=CREATOR_OFFSET, bytes=str(trader.me))
    (coin,) = await trader.program.account["Curve"].all(filters=[by_creator])
    assert coin.public_key == trader.derived(b"curve", bytes(mint))
    assert coin.account.sequence == 3  # launch, buy, sell


async def refusal(trader: Trader, mint: Pubkey) -> None:
    step("a refusal, by name: asking for an atom more than 1 SOL buys")
    atoms, _ = quote_buy(await fetch_curve(trader, mint), SOL)
    tokens = get_associated_token_address(trader.me, mint, TOKEN_2022)
    context = Context(accounts=trader.accounts(mint, buyer=trader.me, buyer_tokens=tokens))
    refused = None
    try:
        await trader.program.rpc["buy"](SOL, atoms + 1, await deadline(trader), ctx=context)
    except ProgramError as error:
        refused = error
    assert refused is not None, "it landed"
    named = next(entry for entry in trader.idl["errors"] if entry["code"] == refused.code)
    assert (named["name"], named["msg"]) == ("SlippageExceeded", refused.msg)


async def fetch_curve(trader: Trader, mint: Pubkey):
    return await trader.program.account["Curve"].fetch(trader.derived(b"curve", bytes(mint)))


async def deadline(trader: Trader) -> int:
    """The last slot in which a trade may land: a minute from now."""
    return (await trader.client.get_slot()).value + 150


def box_id(creator: Pubkey, commitment: bytes) -> bytes:
    """["mint", box_id] is the mint's address: a retry can't make a second coin, nobody else can take the place."""
    strings = (text.encode() for text in (NAME, SYMBOL, URI))
    content = hashlib.sha256(b"".join(len(text).to_bytes(4, "little") + text for text in strings)).digest()
    return hashlib.sha256(b"pumpbox:box:1" + bytes(creator) + commitment + content).digest()


# The formulas of docs/program.md, for a curve without a launch schedule and far from complete.


def quote_buy(curve, max_in: int) -> tuple[int, int]:
    """Atoms out, and the lamports of `max_in` that reach the curve."""
    sol = max_in - ceil_div(max_in * curve.fee, 10_000)
    return curve.virtual_tokens * sol // (curve.virtual_sol + sol), sol


def quote_sell(curve, atoms: int) -> tuple[int, int]:
    """Lamports that leave the curve, and what the seller gets of them."""
    sol = curve.virtual_sol * atoms // (curve.virtual_tokens + atoms)
    return sol, sol - ceil_div(sol * curve.fee, 10_000)


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def step(text: str) -> None:
    print(f"- {text}")


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    asyncio.run(main(given.get(1, "http://127.0.0.1:8899"), given.get(2, EMBEDDED)))
