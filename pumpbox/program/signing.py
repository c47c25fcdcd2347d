"""Who signs what a verb sends: a key file here, or a wallet elsewhere that gets the transaction to sign."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter
from solders.hash import Hash
from solders.instruction import Instruction
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction

from core.adapters.chain.sender import Sender
from core.domain.address import is_address
from pumpbox.program.ask import agreed
from pumpbox.program.keyfile import read_keypair
from pumpbox.program.place import Ground, usual_price
from pumpbox.refused import Refused


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Whose signature."""

    keypair: Path | None = None
    "Who signs and pays; a file of solana-keygen's."
    address: str | None = None
    "Instead of a key file, with --print-transaction: the wallet or multisig that will sign and pay."
    print_transaction: bool = False
    "Send nothing: print the unsigned transaction in base64, for a multisig or a hardware wallet."
    priority_fee: int | None = None
    "Micro-lamports a compute unit; default what most paid lately."
    yes: bool = False
    "Don't ask."

    @property
    def signer(self) -> Pubkey:
        """Whose signature it is. Raises `Refused` unless exactly one says so."""
        if (self.keypair is None) == (self.address is None):
            raise Refused("give --keypair FILE, or --address WALLET with --print-transaction")
        if self.keypair is not None:
            return read_keypair(self.keypair).pubkey()
        assert self.address is not None  # one of the two is there
        if not self.print_transaction:
            raise Refused("--address signs nothing here: add --print-transaction, or give --keypair FILE")
        if not is_address(self.address):
            raise Refused(f"{self.address[:60]!r} is no address")
        return Pubkey.from_string(self.address)


NOBODY = Signing()


async def sender_for(ground: Ground, keypair: Path, priority_fee: int | None) -> Sender:
    """Who sends for that key. Raises `Refused`, `ChainAway`."""
    sender = Sender(ground.rpc, read_keypair(keypair), price=priority_fee or 0)
    if priority_fee is None:
        sender.price = await usual_price(sender)
    return sender


async def signed_or_printed(
    ground: Ground, signing: Signing, instructions: Sequence[Instruction], words: str, question: str
) -> bool:
    """Shows `words`, asks, and sends; or prints the transaction alone to stdout, the words to stderr. Whether it was
    sent. Raises `Refused`, `TransactionFailed`, `ChainAway`."""
    if signing.print_transaction:
        print(words, file=sys.stderr)
        print(await unsigned(ground, signing.signer, instructions))
        return False
    print(words, flush=True)
    assert signing.keypair is not None  # `signer` was asked before
    sender = await sender_for(ground, signing.keypair, signing.priority_fee)
    await sender.units(instructions)  # what would be refused is not worth a question
    agreed(question, yes=signing.yes)
    print(f"done: {await sender.send(instructions)}")
    return True


async def unsigned(ground: Ground, signer: Pubkey, instructions: Sequence[Instruction]) -> str:
    """The transaction in base64, with a blockhash that is good for about a minute; who signs may put a newer one."""
    latest = (await ground.rpc.call("getLatestBlockhash", {"commitment": "finalized"}))["value"]
    message = Message.new_with_blockhash(instructions, signer, Hash.from_string(latest["blockhash"]))
    empty = [Signature.default()] * message.header.num_required_signatures
    return b64encode(bytes(Transaction.populate(message, empty))).decode()
