"""The chain, as the product uses it. Addresses and signatures are base58 text, amounts whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.curve import CurveState
from core.domain.intent import Intent
from core.domain.pool import PoolState


class ChainAway(Exception):
    """The RPC did not answer, or answered with something that is no answer. Nothing is known."""


@dataclass(frozen=True, slots=True)
class Blockhash:
    hash: str
    last_valid_block_height: int


@dataclass(frozen=True, slots=True)
class ConfigState:
    """What the program's Config account holds that a client needs. treasury: base58. next_epoch: number of the next
    epoch of rewards."""

    config_version: int
    launch_paused: bool
    buy_paused: bool
    fee_bps: int
    treasury: str
    raydium_set: int
    next_epoch: int


@dataclass(frozen=True, slots=True)
class CoinAccount:
    """A coin on chain: its market, and who gets the creator's share of its fees, base58."""

    state: CurveState
    fee_recipient: str


@dataclass(frozen=True, slots=True)
class RewardState:
    """An open epoch of rewards. root: hex. Times are unix seconds: claims are paid from `claims_from` to before
    `expires_at`."""

    root: str
    count: int
    total: int
    paid: int
    claims_from: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class CoinPool:
    """A graduated coin's market on Raydium. raydium_set: the deployment that it is of, as intents name it."""

    state: PoolState
    raydium_set: int


@dataclass(frozen=True, slots=True)
class Compute:
    """Compute unit limit, and price in micro-lamports a unit."""

    unit_limit: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """error: code of a `UserError` (with arguments) if the chain would refuse it, else None."""

    units: int
    error: str | None = None
    error_args: dict[str, str | int] | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A signature on chain. error: code of a `UserError` (with arguments) if it ran and failed."""

    slot: int
    confirmed: bool
    finalized: bool
    error: str | None = None
    error_args: dict[str, str | int] | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """What a landed transaction did, plus the fee the wallet paid the chain.

    lamports: spent by a buy (fee included), received by a sell (fee taken) or a claim, sent by a withdrawal, paid in
    rent and fees by a launch. atoms: bought or sold. fee: of the program or the pool, lamports; None where what
    moved leaves two possible and no log decides: the index knows. fee_atoms: instead, where a pool took its fee
    from the coins that were sold. deposit: lamports that a buyer's first account of a coin took, beside what the
    buy spent; or that the page of a claim took, which come back when it closes.
    """

    signature: str
    slot: int
    lamports: int
    atoms: int
    fee: int | None
    network_fee: int
    partial: bool = False
    deposit: int = 0
    fee_atoms: int = 0


class Chain(Protocol):
    """Every method raises `ChainAway` when the chain can't be asked."""

    async def slot(self) -> int: ...
    async def block_height(self) -> int:
        """Of the finalized chain: what decides that a blockhash is dead."""
        ...

    async def latest_blockhash(self) -> Blockhash: ...
    async def config(self) -> ConfigState | None:
        """None if the program is not initialized on this chain."""
        ...

    async def curve(self, mint: str) -> CurveState | None:
        """None if there is no coin of ours with that mint."""
        ...

    async def coins(self, mints: Sequence[str]) -> dict[str, CoinAccount]:
        """Those that are coins of ours, by mint, in as few questions as a node takes."""
        ...

    async def reward_epochs(self, numbers: Sequence[int]) -> dict[int, RewardState]:
        """Those that are open, by number, in as few questions as a node takes: not before they are opened, nor once
        they were voided or closed."""
        ...

    async def rewards_claimed(self, leaves: Sequence[tuple[int, int]]) -> list[bool | None]:
        """Whether each leaf (epoch, index) was paid, as few questions. None: no, nor any other of its page, whose
        rent the first pays."""
        ...

    async def pool(self, mint: str) -> CoinPool | None:
        """None if the coin has no pool: it has not graduated."""
        ...

    async def balance(self, address: str) -> int: ...
    async def balances(self, addresses: Sequence[str]) -> dict[str, int]:
        """Lamports by address, in as few questions as a node takes; 0 where nothing is."""
        ...

    async def is_wallet(self, address: str) -> bool:
        """Whether SOL sent there can be somebody's: nothing is there yet, or an account that no program owns."""
        ...

    async def token_balance(self, owner: str, mint: str) -> int:
        """Atoms in the owner's associated token account; 0 if there is none."""
        ...

    async def token_balances(self, owner: str) -> dict[str, int]:
        """Mint to atoms, of every Token-2022 account of the owner that holds something."""
        ...

    async def simulate(self, intent: Intent, wallet: str) -> Simulation:
        """Runs the intent's transaction without signing it."""
        ...

    async def priority_price(self) -> int:
        """Micro-lamports a compute unit that recent blocks asked for; 0 on an idle chain."""
        ...

    async def send(self, raw: bytes) -> None:
        """Hands the signed transaction to the cluster; a known one is fine. Raises `ChainAway`."""
        ...

    async def statuses(self, signatures: Sequence[str]) -> list[Status | None]:
        """None: the chain does not have it. Raises `ChainAway` too if who answers is behind the last
        `block_height`: then what is missing may have landed all the same."""
        ...

    async def fill(self, signature: str, intent: Intent, wallet: str) -> Fill | None:
        """What the landed transaction did; None if the chain does not have it. Raises `ChainAway` too for an
        answer that does not say what it did."""
        ...

    def mint_address(self, creator: str, intent: Intent) -> str:
        """The mint that a launch will create: pure."""
        ...

    async def rent_minimum(self) -> int:
        """Lamports that an empty account must keep."""
        ...


class Faucet(Protocol):
    """Test money, on the embedded chain only."""

    async def drip(self, address: str, lamports: int) -> None:
        """First money for an address; nothing for one that the chain has seen already, so that it is safe to
        repeat, one after the other. Raises `ChainAway`."""
        ...
