"""Complete coins for the tests of graduation, and what everybody holds before and after."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property

from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from core.adapters.chain.program.events import Graduated
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.program.initialize import RAYDIUM_MAINNET
from core.adapters.chain.raydium.accounts import AmmConfig, Pool
from core.adapters.chain.raydium.addresses import (
    MAINNET,
    TOKEN_PROGRAM,
    WSOL,
    PoolKeys,
    associated_account,
    wsol_account,
)
from core.domain import graduation
from core.domain.curve import CurveState
from core.domain.graduation import Split
from core.domain.money import Lamports
from tests.program.harness import PROGRAMS, SOL, Chain, events, landed, launch_args

FEE = 150_000_000  # Raydium's for a pool
COST = 194_196_000  # with rents and float; docs/program.md adds it up
NETWORK_FEE = 5_000  # of a transaction with one signature
BOUNTY = graduation.MAX_BOUNTY
IDL = json.loads((PROGRAMS / "pumpbox/idl/pumpbox.json").read_text())
ACCOUNTS = [
    account["name"]
    for instruction in IDL["instructions"]
    if instruction["name"] == "graduate"
    for account in instruction["accounts"]
]


@dataclass(repr=False)
class Graduand:
    """A coin, complete unless a test says otherwise, and everything that its graduation touches."""

    chain: Chain
    mint: Pubkey
    creator: Keypair
    trader: Keypair

    @cached_property
    def tokens(self) -> Pubkey:
        """The trader's coins."""
        return associated_account(self.trader.pubkey(), self.mint, TOKEN_2022_PROGRAM)

    @cached_property
    def curve(self) -> Pubkey:
        """The coin's market until it graduates."""
        return self.chain.ids.curve(self.mint)

    @cached_property
    def vault(self) -> Pubkey:
        """The coin's unsold atoms."""
        return self.chain.ids.vault(self.mint)

    @cached_property
    def pool_creator(self) -> Pubkey:
        """Makes the pool."""
        return self.chain.ids.pool_creator(self.mint)

    @cached_property
    def keys(self) -> PoolKeys:
        """The pool's addresses."""
        return PoolKeys(MAINNET, self.chain.ids.pool(self.mint), self.mint)

    @cached_property
    def wsol(self) -> Pubkey:
        """pool_creator's WSOL account."""
        return wsol_account(self.pool_creator)

    @cached_property
    def lp(self) -> Pubkey:
        """pool_creator's account of liquidity tokens."""
        return associated_account(self.pool_creator, self.keys.lp_mint, TOKEN_PROGRAM)

    @property
    def derivable(self) -> dict[str, Pubkey]:
        """Every address that anyone can compute, and send lamports to, before it graduates."""
        return {
            "pool_creator": self.pool_creator,
            "pool": self.keys.pool,
            "lp_mint": self.keys.lp_mint,
            "creator_lp": self.lp,
            "creator_wsol": self.wsol,
            "pool_coins": self.keys.coin_vault,
            "pool_wsol": self.keys.wsol_vault,
            "observation": self.keys.observation,
            "vault": self.vault,
            "curve": self.curve,
        }

    @property
    def state(self) -> CurveState:
        """The curve's market as the chain has it."""
        return self.chain.curve(self.mint).state

    def instruction(self, caller: Keypair, max_top_up: int = 0) -> Instruction:
        """What the client builds."""
        args = Graduate(caller.pubkey(), self.mint, RAYDIUM_MAINNET, Lamports(max_top_up))
        return args.build(self.chain.ids)

    def graduate(
        self, caller: Keypair, max_top_up: int = 0
    ) -> TransactionMetadata | FailedTransactionMetadata:
        """Sends it."""
        return self.chain.send(self.instruction(caller, max_top_up), caller)

    def split(self) -> Split:
        """What core.domain says will happen, from the chain as it is."""
        config = AmmConfig.decode(self.chain.account(MAINNET.config()).data)
        per_byte = self.chain.svm.get_rent().lamports_per_byte
        return graduation.split(
            self.state,
            self.chain.atoms(self.vault),
            graduation.cost(config.create_pool_fee, per_byte),
            self.chain.curve(self.mint).graduation_cap,
            graduation.donated(self.chain.lamports(self.keys.wsol_vault), per_byte),
        )

    def pool(self) -> Pool:
        """Raydium's pool as its client reads it."""
        return Pool.decode(self.chain.account(self.keys.pool).data)

    def reserves(self) -> tuple[int, int]:
        """SOL and atoms in the pool's vaults."""
        return self.chain.atoms(self.keys.wsol_vault), self.chain.atoms(self.keys.coin_vault)

    def give(self, address: Pubkey, lamports: int) -> None:
        """Somebody sends lamports to any address, used or not."""
        account = self.chain.svm.get_account(address)
        if account is None:
            self.chain.put(address, lamports, b"", SYSTEM_PROGRAM)
        else:
            self.chain.put(address, account.lamports + lamports, account.data, account.owner)

    def raydium_sets(self, **changes: int | bool) -> None:
        """Raydium changes its fee tier."""
        config = AmmConfig.decode(self.chain.account(MAINNET.config()).data)
        self.chain.edit(MAINNET.config(), 0, replace(config, **changes).encode())  # type: ignore[arg-type]  # a test names any field


def complete(chain: Chain, number: int = 0, creator: Keypair | None = None) -> Graduand:
    """A coin of which everything has just been sold."""
    creator, trader = creator or chain.wallet(), chain.wallet()
    coin = Graduand(chain, chain.launch(creator, number), creator, trader)
    chain.open_tokens(trader, coin.mint)
    landed(chain.buy(trader, coin.mint, 500 * SOL))
    return coin


def complete_on_side(chain: Chain, *, wsol_first: bool) -> Graduand:
    """The same, of a coin whose key is above WSOL's, as of 39 in 40, or below."""
    creator = chain.wallet()
    boxes = ((number, launch_args(creator.pubkey(), number).mint(chain.ids)) for number in range(1_000))
    number = next(number for number, mint in boxes if (bytes(WSOL) < bytes(mint)) is wsol_first)
    return complete(chain, number, creator)


def graduated(result: TransactionMetadata) -> Graduated:
    """The event, the only one of its transaction."""
    (event,) = events(result)
    assert isinstance(event, Graduated)
    return event
