"""What the signer refuses to sign, whoever asks: its own limits, so that a core gone wrong can't lift them."""

from __future__ import annotations

from dataclasses import dataclass

from solders.compute_budget import ID as COMPUTE_BUDGET
from solders.pubkey import Pubkey

from core.domain.errors import UserError
from core.domain.intent import (
    BuyIntent,
    ClaimIntent,
    GraduateIntent,
    LaunchIntent,
    PoolBuyIntent,
    PoolSellIntent,
    SellIntent,
    SweepIntent,
    WithdrawIntent,
)
from core.domain.money import Lamports
from core.ports.chain import Compute
from workers.signer.requests import Sign

DAY = 24 * 60 * 60  # seconds
BLOCKHASH_BLOCKS = 150  # how long a blockhash lives
MICRO = 1_000_000  # compute prices are in micro-lamports
TOKEN_ACCOUNT_RENT = 2_074_080  # lamports that a first account of a coin takes, at the dearest rent there was
SIGNATURE_FEE = 5_000  # lamports: the chain's base fee of a transaction with one signature

# Addresses that belong to the chain itself: what is sent there is lost. Sysvars and precompiles too.
_ADDRESSES = """
11111111111111111111111111111111
TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA
TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb
ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL
MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr
Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo
metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s
Stake11111111111111111111111111111111111111
StakeConfig11111111111111111111111111111111
Vote111111111111111111111111111111111111111
Config1111111111111111111111111111111111111
Feature111111111111111111111111111111111111
AddressLookupTab1e1111111111111111111111111
NativeLoader1111111111111111111111111111111
BPFLoader1111111111111111111111111111111111
BPFLoader2111111111111111111111111111111111
BPFLoaderUpgradeab1e11111111111111111111111
LoaderV411111111111111111111111111111111111
Ed25519SigVerify111111111111111111111111111
KeccakSecp256k11111111111111111111111111111
Secp256r1SigVerify1111111111111111111111111
ZkE1Gama1Proof11111111111111111111111111111
So11111111111111111111111111111111111111112
1nc1nerator11111111111111111111111111111111
Sysvar1111111111111111111111111111111111111
SysvarC1ock11111111111111111111111111111111
SysvarEpochSchedu1e111111111111111111111111
SysvarEpochRewards1111111111111111111111111
SysvarFees111111111111111111111111111111111
Sysvar1nstructions1111111111111111111111111
SysvarLastRestartS1ot1111111111111111111111
SysvarRecentB1ockHashes11111111111111111111
SysvarRent111111111111111111111111111111111
SysvarRewards111111111111111111111111111111
SysvarS1otHashes111111111111111111111111111
SysvarS1otHistory11111111111111111111111111
SysvarStakeHistory1111111111111111111111111
"""
_CHAINS_OWN = frozenset(_ADDRESSES.split()) | {str(COMPUTE_BUDGET)}


@dataclass(frozen=True, slots=True)
class Limits:
    """Lamports. trade: spent by one order; withdraw: out of one wallet in any 24 hours; keeper: what all that is
    signed for the keeper's wallet in any 24 hours may cost it; priority: what one transaction may pay above the base
    fee; program_id: ours, to which nothing can be withdrawn."""

    trade: int
    withdraw: int
    keeper: int
    program_id: str
    priority: int = 10_000_000

    def check(self, request: Sign, counted: int, *, keeper: bool) -> None:
        """Raises `UserError` if the order may not be signed.

        counted: the sum of `counts` of what was signed for this wallet in the last 24 hours.
        keeper: whether the wallet is the keeper's, which does what nobody else may and nothing else.
        """
        self._check_priority(request.compute)
        match request.intent:
            case SweepIntent() | GraduateIntent():
                if not keeper:
                    raise UserError("keeper-only")
                self._check_budget(counts(request), counted)
            case _ if keeper:
                raise UserError("keeper-wallet")
            case BuyIntent(max_in=spend, deadline_slot=deadline):
                self._check_spend(spend)
                _check_deadline(deadline, request.blockhash.last_valid_block_height)
            case PoolBuyIntent(lamports=spend):
                self._check_spend(spend)  # a swap has no deadline but its blockhash's
            case PoolSellIntent():
                pass
            case SellIntent(deadline_slot=deadline):
                _check_deadline(deadline, request.blockhash.last_valid_block_height)
            case LaunchIntent(first_buy=spend):
                self._check_spend(spend)
            case WithdrawIntent() as withdrawal:
                self._check_destination(withdrawal.destination, request.wallet)
                self._check_withdrawal(withdrawal.lamports, counted)
            case ClaimIntent():
                pass  # pays the wallet itself; it costs the rent of a page at most, which comes back

    def _check_priority(self, compute: Compute) -> None:
        if compute.unit_limit * compute.unit_price > self.priority * MICRO:
            raise UserError("network-fee-limit", limit=Lamports(self.priority).sol())

    def _check_budget(self, lamports: int, spent: int) -> None:
        left = max(0, self.keeper - spent)
        if lamports > left:
            budget, rest = Lamports(self.keeper).sol(), Lamports(left).sol()
            raise UserError("keeper-budget", budget=budget, left=rest)

    def _check_spend(self, lamports: int) -> None:
        if lamports > self.trade:
            raise UserError("trade-limit", limit=Lamports(self.trade).sol())

    def _check_destination(self, destination: str, wallet: str) -> None:
        try:
            address = str(Pubkey.from_string(destination))
        except ValueError:
            raise UserError("withdraw-address") from None
        if address == wallet:
            raise UserError("withdraw-to-self")
        if address in _CHAINS_OWN or address == self.program_id:
            raise UserError("withdraw-to-program")

    def _check_withdrawal(self, lamports: int, withdrawn: int) -> None:
        left = max(0, self.withdraw - withdrawn)
        if lamports > left:
            limit, rest = Lamports(self.withdraw).sol(), Lamports(left).sol()
            raise UserError("withdraw-limit", limit=limit, left=rest)


def counts(request: Sign) -> int:
    """Lamports of the wallet's limit of 24 hours that an order takes: what is withdrawn, or the most that an order
    of the keeper's can cost, network fee included. 0 for what has a limit an order."""
    match request.intent:
        case WithdrawIntent(lamports=lamports):
            return lamports
        case SweepIntent():
            return _network_fee(request.compute)
        case GraduateIntent(max_top_up=top_up, finish=finish, finish_max_in=price):
            account = TOKEN_ACCOUNT_RENT if finish else 0
            return _network_fee(request.compute) + top_up + price + account
        case _:
            return 0


def _network_fee(compute: Compute) -> int:
    """Lamports, rounded up as the chain does."""
    return SIGNATURE_FEE + -(-compute.unit_limit * compute.unit_price // MICRO)


def _check_deadline(deadline_slot: int, last_valid_block_height: int) -> None:
    """The signer has no chain to ask, but a slot number is never below the block height. A deadline before
    the blockhash was made is over already; the upper end needs no limit, as the blockhash dies first."""
    if deadline_slot < last_valid_block_height - BLOCKHASH_BLOCKS:
        raise UserError("order-stale")
