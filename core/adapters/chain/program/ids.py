"""Addresses: well-known programs, and those derived from an installation's program id."""

from __future__ import annotations

from dataclasses import dataclass

from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import u64
from core.domain.merkle import LEAVES_A_PAGE

SYSTEM_PROGRAM = Pubkey.from_string("11111111111111111111111111111111")
TOKEN_2022_PROGRAM = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ATA_PROGRAM = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
UPGRADEABLE_LOADER = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")


@dataclass(frozen=True, slots=True)
class ProgramIds:
    """An installation's program and everything whose address follows from its id.

    The id is the installation's own: the same binary runs under any.
    """

    program: Pubkey

    @property
    def config(self) -> Pubkey:
        """The installation's one Config."""
        return self._derive(b"config")

    @property
    def program_data(self) -> Pubkey:
        """The loader's account with the code and the upgrade authority."""
        return Pubkey.find_program_address([bytes(self.program)], UPGRADEABLE_LOADER)[0]

    @property
    def upgrade_authority(self) -> Pubkey:
        """Whom the loader lets replace the code: an address of the program's own, which signs `upgrade` only."""
        return self._derive(b"upgrade")

    def proposal(self, number: int) -> Pubkey:
        """The council's proposal of this number, the first being 0."""
        return self._derive(b"proposal", u64(number))

    def mint(self, box_id: bytes) -> Pubkey:
        """The coin that this box becomes; `core.domain.box.box_id` makes the 32 bytes."""
        return self._derive(b"mint", box_id)

    def curve(self, mint: Pubkey) -> Pubkey:
        """The coin's market, which holds its SOL."""
        return self._derive(b"curve", bytes(mint))

    def vault(self, mint: Pubkey) -> Pubkey:
        """The token account with the coins that the curve has not sold."""
        return self._derive(b"vault", bytes(mint))

    def pool(self, mint: Pubkey) -> Pubkey:
        """The coin's Raydium pool. An address of our program's, so that nobody can take it first."""
        return self._derive(b"pool", bytes(mint))

    def pool_creator(self, mint: Pubkey) -> Pubkey:
        """Makes the coin's pool and holds, while it does, what goes into it."""
        return self._derive(b"pool_creator", bytes(mint))

    def epoch(self, number: int) -> Pubkey:
        """The distribution of rewards with this number, which holds their SOL."""
        return self._derive(b"epoch", number.to_bytes(8, "little"))

    def claim_page(self, epoch: int, index: int) -> Pubkey:
        """Where it is noted whether the leaf `index` of an epoch has been paid."""
        page = index // LEAVES_A_PAGE
        return self._derive(b"claims", bytes(self.epoch(epoch)), page.to_bytes(8, "little"))

    def _derive(self, *seeds: bytes) -> Pubkey:
        return Pubkey.find_program_address(list(seeds), self.program)[0]


def token_account(owner: Pubkey, mint: Pubkey) -> Pubkey:
    """The associated token account of `owner` for one of our coins."""
    seeds = [bytes(owner), bytes(TOKEN_2022_PROGRAM), bytes(mint)]
    return Pubkey.find_program_address(seeds, ATA_PROGRAM)[0]
