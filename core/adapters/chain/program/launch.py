"""launch: a coin at the address that its creator, seed commitment and content decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, ProgramIds
from core.adapters.chain.program.layout import discriminator, string, u64
from core.domain.box import box_id


@dataclass(frozen=True, slots=True)
class Launch:
    """The whole supply goes to the curve; the creator's first buy is a `Buy` in the same transaction."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("global", "launch")

    creator: Pubkey  # signs and pays
    config_version: int  # the one seen; a change in between refuses the launch (ConfigChanged)
    seed_commitment: bytes
    name: bytes
    symbol: bytes
    uri: bytes

    def data(self) -> bytes:
        """The instruction's data."""
        return b"".join(
            (
                self.DISCRIMINATOR,
                u64(self.config_version),
                self.seed_commitment,
                string(self.name),
                string(self.symbol),
                string(self.uri),
            )
        )

    def mint(self, ids: ProgramIds) -> Pubkey:
        """The coin's address. Raises ValueError where the program would refuse the content."""
        box = box_id(bytes(self.creator), self.seed_commitment, self.name, self.symbol, self.uri)
        return ids.mint(box)

    def build(self, ids: ProgramIds) -> Instruction:
        """The instruction for one installation. Raises ValueError as `mint` does."""
        mint = self.mint(ids)
        return Instruction(
            ids.program,
            self.data(),
            [
                AccountMeta(self.creator, is_signer=True, is_writable=True),
                AccountMeta(ids.config, is_signer=False, is_writable=False),
                AccountMeta(mint, is_signer=False, is_writable=True),
                AccountMeta(ids.curve(mint), is_signer=False, is_writable=True),
                AccountMeta(ids.vault(mint), is_signer=False, is_writable=True),
                AccountMeta(TOKEN_2022_PROGRAM, is_signer=False, is_writable=False),
                AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
            ],
        )
