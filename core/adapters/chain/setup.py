"""Setting up the program on a chain of our own: its Config, and its code in the council's hands; each once."""

from __future__ import annotations

from base64 import b64encode

from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from core.adapters.chain import loader
from core.adapters.chain.deployed import deployed
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.initialize import RAYDIUM_MAINNET, Initialize
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
    """Config with the house's terms, and the upgrade authority to the program itself, in one transaction: whoever
    can use the program is never at one key's mercy. Paid by airdrop. Raises `ChainAway`, `RpcRefused`."""
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
        raydium_set=RAYDIUM_MAINNET,
    ).build(ids)
    await _send(rpc, authority, instruction, _hand_over(ids, authority))


async def hand_over(rpc: Rpc, program_id: str, *, authority: Keypair) -> None:
    """The upgrade authority to the program itself, if `authority` still has it: on a chain that was set up before
    the program could hold it. Paid by airdrop. Raises `ChainAway`, `RpcRefused`."""
    found = await deployed(rpc, program_id)
    if found is None or found.upgrade_authority != str(authority.pubkey()):
        return
    await rpc.call("requestAirdrop", str(authority.pubkey()), PURSE)
    await _send(rpc, authority, _hand_over(ProgramIds(Pubkey.from_string(program_id)), authority))


def _hand_over(ids: ProgramIds, authority: Keypair) -> Instruction:
    return loader.set_authority(ids.program_data, authority.pubkey(), ids.upgrade_authority)


async def _send(rpc: Rpc, payer: Keypair, *instructions: Instruction) -> None:
    latest = (await rpc.call("getLatestBlockhash"))["value"]["blockhash"]
    blockhash = Hash.from_string(latest)
    message = Message.new_with_blockhash(instructions, payer.pubkey(), blockhash)
    raw = bytes(Transaction([payer], message, blockhash))
    signature = await rpc.call("sendTransaction", b64encode(raw).decode(), {"encoding": "base64"})
    status = (await rpc.call("getSignatureStatuses", [signature]))["value"][0]
    if status is None or status["err"] is not None:
        raise ChainAway("the chain's setup did not land")
