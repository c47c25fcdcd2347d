"""Setting up the program on a chain of our own: its Config, once."""

from __future__ import annotations

from base64 import b64encode

from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.initialize import RAYDIUM_DEVNET, Initialize
from core.adapters.chain.rpc import Rpc
from core.domain.curve import r0_for
from core.domain.money import Bps, Lamports
from core.ports.chain import ChainAway

TIME_LOCK = 48 * 3_600  # seconds; the program's floor
GRADUATION_CAP = Lamports(500_000_000)
FEE = Bps(100)
CREATOR_FEE = Bps(30)
PURSE = 100_000_000_000  # lamports for the authority and for the treasury to exist


async def initialize(
    rpc: Rpc,
    program_id: str,
    *,
    authority: Keypair,
    treasury: Pubkey,
    guardian: Pubkey,
    rewards: Pubkey,
    council: tuple[Pubkey, ...],
    cents_per_sol: int,
) -> None:
    """Sends `initialize` with the house's terms, paid by airdrop. Raises `ChainAway`, `RpcRefused`."""
    ids = ProgramIds(Pubkey.from_string(program_id))
    for purse in (authority.pubkey(), treasury):
        await rpc.call("requestAirdrop", str(purse), PURSE)
    instruction = Initialize(
        payer=authority.pubkey(),
        authority=authority.pubkey(),
        time_lock=TIME_LOCK,
        initial_sol=r0_for(cents_per_sol),
        graduation_cap=GRADUATION_CAP,
        fee=FEE,
        creator_fee=CREATOR_FEE,
        guardian=guardian,
        treasury=treasury,
        rewards=rewards,
        council=council,
        threshold=(len(council) + 1) // 2,
        raydium_set=RAYDIUM_DEVNET,
    ).build(ids)
    latest = (await rpc.call("getLatestBlockhash"))["value"]["blockhash"]
    blockhash = Hash.from_string(latest)
    message = Message.new_with_blockhash([instruction], authority.pubkey(), blockhash)
    raw = bytes(Transaction([authority], message, blockhash))
    signature = await rpc.call("sendTransaction", b64encode(raw).decode(), {"encoding": "base64"})
    status = (await rpc.call("getSignatureStatuses", [signature]))["value"][0]
    if status is None or status["err"] is not None:
        raise ChainAway("initialize did not land")
