"""What the chain in memory knows, and the numbers of the real one."""

from __future__ import annotations

from dataclasses import dataclass, field

from solders.pubkey import Pubkey

from core.domain.curve import CurveState
from core.ports.chain import CoinPool
from tests.fakes.chain_rewards import Epoch

SOL = 10**9
SIGNATURE_FEE = 5_000
WALLET_RENT = 890_880
TOKEN_ACCOUNT_RENT = 2_074_080
LAUNCH_RENT = 8_052_720
FLOAT = 4_078_560  # lamports of a pool's cost that come back
GRADUATION_CAP = 500_000_000
TREASURY = str(Pubkey.from_bytes(bytes(31) + b"\5"))
RAYDIUM_SET = 1


class Refused(Exception):
    """The chain would not do it; `code` is the `UserError`'s."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Books:
    """What the chain knows: lamports by address, atoms by (owner, mint), markets by mint."""

    lamports: dict[str, int] = field(default_factory=dict)
    atoms: dict[tuple[str, str], int] = field(default_factory=dict)
    curves: dict[str, CurveState] = field(default_factory=dict)
    creators: dict[str, str] = field(default_factory=dict)  # who gets the creator's share, by mint
    epochs: dict[int, Epoch] = field(default_factory=dict)  # of rewards, those that are open
    pools: dict[str, CoinPool] = field(default_factory=dict)

    def pay(self, address: str, lamports: int) -> None:
        self.lamports[address] = self.lamports.get(address, 0) + lamports

    def take(self, address: str, lamports: int) -> None:
        if self.lamports.get(address, 0) < lamports:
            raise Refused("balance-short")
        self.lamports[address] -= lamports
