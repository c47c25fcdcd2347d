"""An epoch of rewards on the embedded chain, and short ways to act on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from core.adapters.chain.program.accounts import ClaimPage, RewardEpoch
from core.adapters.chain.program.claim import Claim
from core.adapters.chain.program.close_epoch import CloseEpoch
from core.adapters.chain.program.close_page import ClosePage
from core.adapters.chain.program.open_epoch import OpenEpoch
from core.adapters.chain.program.void_epoch import VoidEpoch
from core.domain.merkle import Leaf, Tree, leaf_tree
from core.domain.money import Lamports
from tests.program.harness import SLOT, Chain, landed

Result = TransactionMetadata | FailedTransactionMetadata
DAY = 86_400
MONTH = 30 * DAY
OPENED_AT = SLOT * 2 // 5
CLAIMS_FROM = OPENED_AT + DAY
EXPIRES_AT = CLAIMS_FROM + MONTH
RENT = (128 + 176) * 6_960
"""Of an epoch's account, and of a page."""


@dataclass(frozen=True, slots=True)
class Rewards:
    """One epoch, its leaves and who paid."""

    chain: Chain
    number: int
    leaves: tuple[Leaf, ...]
    tree: Tree
    funder: Keypair

    @property
    def address(self) -> Pubkey:
        """The epoch's account."""
        return self.chain.ids.epoch(self.number)

    @property
    def total(self) -> int:
        """Lamports of all leaves."""
        return sum(leaf.amount for leaf in self.leaves)

    def state(self) -> RewardEpoch:
        """As the client reads it."""
        return RewardEpoch.decode(self.chain.account(self.address).data)

    def page(self, index: int) -> ClaimPage:
        """The page of a leaf, as the client reads it."""
        return ClaimPage.decode(self.chain.account(self.chain.ids.claim_page(self.number, index)).data)

    def open_args(self, **changes: object) -> OpenEpoch:
        """What opens it, with some arguments changed."""
        args = OpenEpoch(
            authority=self.chain.rewards.pubkey(),
            funder=self.funder.pubkey(),
            epoch=self.number,
            root=self.tree.root,
            leaves_sha256=bytes(range(32)),
            count=len(self.leaves),
            total=Lamports(self.total),
            claim_time=MONTH,
        )
        return replace(args, **changes)  # type: ignore[arg-type]  # a test names any field

    def open(self, **changes: object) -> Result:
        """Opens it; the funder pays the fee too."""
        built = self.open_args(**changes).build(self.chain.ids)
        return self.chain.send(built, self.funder, self.chain.rewards)

    def claim_args(self, index: int, submitter: Keypair, /, **changes: object) -> Claim:
        """The claim of a leaf, with some arguments changed."""
        leaf = self.leaves[index]
        args = Claim(
            submitter=submitter.pubkey(),
            epoch=self.number,
            index=index,
            recipient=Pubkey.from_bytes(leaf.recipient),
            amount=Lamports(leaf.amount),
            proof=tuple(self.tree.proof(index)),
        )
        return replace(args, **changes)  # type: ignore[arg-type]  # a test names any field

    def claim(self, index: int, submitter: Keypair, /, **changes: object) -> Result:
        """Has a leaf paid."""
        return self.chain.send(self.claim_args(index, submitter, **changes).build(self.chain.ids), submitter)

    def void(self, guardian: Keypair, payer: Keypair) -> Result:
        """Voids it; the payer pays the fee."""
        args = VoidEpoch(guardian.pubkey(), self.number, self.funder.pubkey())
        return self.chain.send(args.build(self.chain.ids), payer, guardian)

    def close(self, by: Keypair) -> Result:
        """Sends the rest back."""
        return self.chain.send(CloseEpoch(self.number, self.funder.pubkey()).build(self.chain.ids), by)

    def close_page(self, index: int, payer: Pubkey, by: Keypair) -> Result:
        """Closes the page of a leaf."""
        return self.chain.send(ClosePage(self.number, index, payer).build(self.chain.ids), by)


def prepared(chain: Chain, leaves: Sequence[Leaf], number: int = 0) -> Rewards:
    """An epoch that is not open yet; its funder has what it takes."""
    funder = chain.wallet(sum(leaf.amount for leaf in leaves) + 1_000 * 10**9)
    return Rewards(chain, number, tuple(leaves), leaf_tree(number, leaves), funder)


def opened(chain: Chain, leaves: Sequence[Leaf], number: int = 0, **changes: object) -> Rewards:
    """An open epoch whose claims have started."""
    chain.warp(SLOT)
    rewards = prepared(chain, leaves, number)
    landed(rewards.open(**changes))
    chain.warp(SLOT + 1, CLAIMS_FROM)
    return rewards


def some_leaves(chain: Chain, count: int, amount: int = 10**9) -> list[Leaf]:
    """Leaves of new wallets that hold nothing, each of another amount."""
    return [Leaf(bytes(chain.wallet(0).pubkey()), amount + number) for number in range(count)]


def with_account(built: Instruction, index: int, meta: AccountMeta) -> Instruction:
    """The instruction with one account replaced."""
    metas = list(built.accounts)
    metas[index] = meta
    return Instruction(built.program_id, built.data, metas)


def other_addresses(chain: Chain, *seeds: bytes) -> list[Pubkey]:
    """Every address that these seeds give at a bump that is not canonical."""
    canonical = Pubkey.find_program_address(list(seeds), chain.ids.program)[0]
    tail = bytes(chain.ids.program) + b"ProgramDerivedAddress"
    hashes = [sha256(b"".join(seeds) + bytes([bump]) + tail).digest() for bump in range(256)]
    found = [address for address in map(Pubkey.from_bytes, hashes) if not address.is_on_curve()]
    assert canonical in found
    return [address for address in found if address != canonical]
