"""What the council may do next, read with anchorpy and our IDL:  python proposals.py [RPC_URL] [PROGRAM_ID]

A line of JSON for each open proposal: its number, who approved, what it would change, and the digest and the data that
would propose the same again. To be sure what an approval is for, compute its digest yourself, as here.
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path

from anchorpy import Idl, Program, Provider, Wallet
from solana.rpc.async_api import AsyncClient
from solders.keypair import Keypair
from solders.pubkey import Pubkey

EMBEDDED = "4WcSEXPRTLm7QX7VBHUphTiGsyMh4VxGykfVMhv5aWpy"  # where every embedded chain has the program
IDL = Path(__file__).parents[1] / "idl" / "pumpbox.json"


async def main(url: str, program_id: str) -> None:
    idl = json.loads(IDL.read_text()) | {"address": program_id}  # every installation has its own
    async with AsyncClient(url) as client:
        wallet = Wallet(Keypair())  # anchorpy asks for one; nothing is signed here
        program = Program(
            Idl.from_json(json.dumps(idl)), Pubkey.from_string(program_id), Provider(client, wallet)
        )
        found = await program.account["Proposal"].all()
        for proposal in sorted((each.account for each in found), key=lambda each: each.number):
            arguments = {"config_version": proposal.config_version, "action": proposal.action}
            data = program.coder.instruction.encode("propose", arguments)
            digest = hashlib.sha256(b"pumpbox:proposal:1" + data[8:]).digest()
            assert list(digest) == list(proposal.digest)  # discriminator apart: what is approved
            line = {"number": proposal.number, "approvals": f"{proposal.approvals:b}"}
            line |= {"action": str(proposal.action), "digest": digest.hex(), "data": data.hex()}
            print(json.dumps(line))


if __name__ == "__main__":
    arguments = dict(enumerate(sys.argv))
    asyncio.run(main(arguments.get(1, "http://127.0.0.1:8899"), arguments.get(2, EMBEDDED)))
