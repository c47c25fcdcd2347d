"""Where Raydium's CPMM lives on each cluster, and the addresses that follow from a pool's."""

from __future__ import annotations

from dataclasses import dataclass

from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ATA_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.program.initialize import RAYDIUM_DEVNET, RAYDIUM_MAINNET

TOKEN_PROGRAM = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
WSOL = Pubkey.from_string("So11111111111111111111111111111111111111112")
RENT_SYSVAR = Pubkey.from_string("SysvarRent111111111111111111111111111111111")


@dataclass(frozen=True, slots=True)
class Cpmm:
    """One deployment. `fee_receiver` is the WSOL account that takes the fee for a new pool."""

    program: Pubkey
    fee_receiver: Pubkey

    @property
    def authority(self) -> Pubkey:
        """Owns every vault and mints every LP token; no account exists there."""
        return self._derive(b"vault_and_lp_mint_auth_seed")

    def config(self, index: int = 0) -> Pubkey:
        """A fee tier. Our pools are made on tier 0: a trade costs 0.25 %."""
        return self._derive(b"amm_config", index.to_bytes(2, "big"))

    def lp_mint(self, pool: Pubkey) -> Pubkey:
        """The mint of a pool's shares, under SPL Token."""
        return self._derive(b"pool_lp_mint", bytes(pool))

    def vault(self, pool: Pubkey, mint: Pubkey) -> Pubkey:
        """The pool's token account for one of its mints."""
        return self._derive(b"pool_vault", bytes(pool), bytes(mint))

    def observation(self, pool: Pubkey) -> Pubkey:
        """The pool's price history."""
        return self._derive(b"observation", bytes(pool))

    def _derive(self, *seeds: bytes) -> Pubkey:
        return Pubkey.find_program_address(list(seeds), self.program)[0]


# Both pairs are constants of the program's source, github.com/raydium-io/raydium-cp-swap,
# programs/cp-swap/src/lib.rs: declare_id! and create_pool_fee_reveiver, without and with its feature "devnet".
MAINNET = Cpmm(
    Pubkey.from_string("CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C"),
    Pubkey.from_string("DNXgeM9EiiaAbaWvwjHj9fQQLAX5ZsfHyvmYUNRAdNC8"),
)
DEVNET = Cpmm(
    Pubkey.from_string("DRaycpLY18LhpbydsBWbVJtxpNv9oXPgjRSfpF2bWpYb"),
    Pubkey.from_string("3oE58BKVt8KuYkGxx8zBojugnymWmBiyafWgMrnb6eYy"),
)
BY_SET = {RAYDIUM_MAINNET: MAINNET, RAYDIUM_DEVNET: DEVNET}
"""Config's `raydium_set` to the deployment that it names."""


@dataclass(frozen=True, slots=True)
class PoolKeys:
    """A pool of a coin and WSOL, and everything whose address follows from its own."""

    cpmm: Cpmm
    pool: Pubkey
    coin: Pubkey
    coin_program: Pubkey = TOKEN_2022_PROGRAM

    @property
    def wsol_first(self) -> bool:
        """Whether WSOL is token 0: mints are in the order of their bytes, and few keys are below WSOL's."""
        return bytes(WSOL) < bytes(self.coin)

    @property
    def mints(self) -> tuple[Pubkey, Pubkey]:
        """Token 0 and token 1."""
        return (WSOL, self.coin) if self.wsol_first else (self.coin, WSOL)

    @property
    def token_programs(self) -> tuple[Pubkey, Pubkey]:
        """Of token 0 and token 1."""
        wsol, coin = TOKEN_PROGRAM, self.coin_program
        return (wsol, coin) if self.wsol_first else (coin, wsol)

    @property
    def lp_mint(self) -> Pubkey:
        """The mint of the pool's shares."""
        return self.cpmm.lp_mint(self.pool)

    @property
    def coin_vault(self) -> Pubkey:
        """The pool's coins."""
        return self.cpmm.vault(self.pool, self.coin)

    @property
    def wsol_vault(self) -> Pubkey:
        """The pool's SOL."""
        return self.cpmm.vault(self.pool, WSOL)

    @property
    def vaults(self) -> tuple[Pubkey, Pubkey]:
        """Of token 0 and token 1."""
        return self.cpmm.vault(self.pool, self.mints[0]), self.cpmm.vault(self.pool, self.mints[1])

    @property
    def observation(self) -> Pubkey:
        """The pool's price history."""
        return self.cpmm.observation(self.pool)


def associated_account(owner: Pubkey, mint: Pubkey, token_program: Pubkey) -> Pubkey:
    """The associated token account of `owner` for a mint of either token program."""
    seeds = [bytes(owner), bytes(token_program), bytes(mint)]
    return Pubkey.find_program_address(seeds, ATA_PROGRAM)[0]


def wsol_account(owner: Pubkey) -> Pubkey:
    """Where `owner` holds wrapped SOL."""
    return associated_account(owner, WSOL, TOKEN_PROGRAM)
