"""claim: who is paid what, by whomever's hand, and only once."""

from __future__ import annotations

import hashlib

import pytest
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.instruction import AccountMeta
from solders.message import Message
from solders.pubkey import Pubkey
from solders.rent import Rent

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import RewardClaimed
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.adapters.chain.transactions import size
from core.domain.merkle import LEAVES_A_PAGE, PADS, Leaf, Tree, leaf_hash
from core.domain.money import Lamports
from tests.program.harness import RENT_OF_A_WALLET, SLOT, SOL, Chain, events, landed, refused
from tests.program.reward import (
    CLAIMS_FROM,
    EXPIRES_AT,
    OPENED_AT,
    RENT,
    Rewards,
    opened,
    other_addresses,
    prepared,
    some_leaves,
    with_account,
)

FEE = 5_000


@pytest.fixture
def rewards(chain: Chain) -> Rewards:
    """Five leaves of wallets that hold nothing; claims have started."""
    return opened(chain, some_leaves(chain, 5))


def recipient(rewards: Rewards, index: int) -> Pubkey:
    """Whose leaf it is."""
    return Pubkey.from_bytes(rewards.leaves[index].recipient)


def test_anyone_has_a_leaf_paid_to_its_recipient(chain: Chain, rewards: Rewards) -> None:
    stranger = chain.wallet()
    before = chain.lamports(stranger.pubkey())
    result = landed(rewards.claim(3, stranger))
    amount = rewards.leaves[3].amount
    assert chain.lamports(recipient(rewards, 3)) == amount
    assert chain.lamports(rewards.address) == RENT + rewards.total - amount
    assert before - chain.lamports(stranger.pubkey()) == RENT + FEE, "the submitter pays for the page"
    state, page = rewards.state(), rewards.page(3)
    assert (state.paid, state.sequence) == (amount, 2)
    assert (page.epoch, page.number, page.payer) == (0, 0, stranger.pubkey())
    assert [page.has(index) for index in range(5)] == [False, False, False, True, False]
    assert events(result) == [
        RewardClaimed(
            epoch=0,
            sequence=2,
            index=3,
            recipient=recipient(rewards, 3),
            amount=Lamports(amount),
            paid=Lamports(amount),
        )
    ]


def test_the_recipient_may_submit_and_the_next_pays_for_no_page(chain: Chain) -> None:
    wallets = [chain.wallet(SOL), chain.wallet(SOL)]
    rewards = opened(chain, [Leaf(bytes(wallet.pubkey()), 2 * SOL) for wallet in wallets])
    for index, wallet in enumerate(wallets):
        landed(rewards.claim(index, wallet))
    assert [chain.lamports(wallet.pubkey()) for wallet in wallets] == [3 * SOL - RENT - FEE, 3 * SOL - FEE]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9])
def test_every_leaf_of_any_tree_is_paid_to_the_last_lamport(chain: Chain, count: int) -> None:
    rewards = opened(chain, some_leaves(chain, count))
    submitter = chain.wallet()
    for index in reversed(range(count)):
        landed(rewards.claim(index, submitter))
    assert rewards.state().paid == rewards.total
    assert chain.lamports(rewards.address) == RENT


def test_leaves_of_two_pages_share_nothing(chain: Chain) -> None:
    """1,024 leaves a page: the same bit of the next page is another leaf's."""
    rewards = opened(chain, some_leaves(chain, LEAVES_A_PAGE + 1))
    submitter = chain.wallet()
    for index in (0, LEAVES_A_PAGE - 1, LEAVES_A_PAGE):
        landed(rewards.claim(index, submitter))
    assert (rewards.page(0).number, rewards.page(LEAVES_A_PAGE).number) == (0, 1)
    assert sum(byte.bit_count() for byte in rewards.page(0).claimed) == 2
    refused(rewards.claim(LEAVES_A_PAGE, submitter), ProgramErrorCode.AlreadyClaimed)


# -- the named adversaries


def test_claim_twice(chain: Chain, rewards: Rewards) -> None:
    """Adversary list: claim twice, by the same hand or another's, in one transaction or two."""
    one, other = chain.wallet(), chain.wallet()
    landed(rewards.claim(2, one))
    for submitter in (one, other):
        refused(rewards.claim(2, submitter), ProgramErrorCode.AlreadyClaimed)
    twice = [rewards.claim_args(1, one).build(chain.ids)] * 2
    refused(chain.send(twice, one), ProgramErrorCode.AlreadyClaimed)
    assert rewards.state().paid == rewards.leaves[2].amount


def test_claimed_again_when_everything_was_paid_is_still_told_apart(chain: Chain) -> None:
    """Who presses twice hears that it is paid, not that the epoch ran dry."""
    rewards = opened(chain, some_leaves(chain, 1))
    submitter = chain.wallet()
    landed(rewards.claim(0, submitter))
    refused(rewards.claim(0, submitter), ProgramErrorCode.AlreadyClaimed)


def test_a_node_as_a_leaf(chain: Chain, rewards: Rewards) -> None:
    """Second preimage: without a tag, 64 bytes of two hashes would pass for a leaf with a shorter proof."""
    submitter = chain.wallet()
    proof = rewards.tree.proof(0)
    for short in (proof[1:], proof[:-1], []):
        sent = rewards.claim(0, submitter, proof=tuple(short))
        refused(sent, ProgramErrorCode.InvalidProof)
    # What the node above leaves 0 and 1 would have to be taken for: its preimage cut into a leaf's fields.
    left, right = leaf_hash(0, 0, rewards.leaves[0]), leaf_hash(0, 1, rewards.leaves[1])
    preimage = left + right
    forged = rewards.claim(
        0,
        submitter,
        recipient=Pubkey.from_bytes(preimage[16:48]),
        amount=Lamports(int.from_bytes(preimage[48:56], "little")),
        proof=tuple(proof[1:]),
    )
    refused(forged, ProgramErrorCode.InvalidProof)


def test_a_proof_that_is_too_long(chain: Chain, rewards: Rewards) -> None:
    sent = rewards.claim(0, chain.wallet(), proof=(*rewards.tree.proof(0), PADS[0]))
    refused(sent, ProgramErrorCode.InvalidProof)


@pytest.mark.parametrize("index", [5, 6, 7, 8, 13, 2**32 + 3, 2**64 - 1])
def test_a_pad_or_an_index_beyond_the_leaves(chain: Chain, rewards: Rewards, index: int) -> None:
    """Index bits beyond the tree's height name the same path as the leaf that they alias."""
    proof = tuple(rewards.tree.proof(index % 8 % 5))
    refused(rewards.claim(index % 5, chain.wallet(), index=index, proof=proof), ProgramErrorCode.InvalidProof)


def test_for_another(chain: Chain, rewards: Rewards) -> None:
    """Adversary list: for another. The thief's own address in place of the recipient's."""
    thief = chain.wallet()
    refused(rewards.claim(0, thief, recipient=thief.pubkey()), ProgramErrorCode.InvalidProof)
    refused(rewards.claim(0, thief, recipient=recipient(rewards, 1)), ProgramErrorCode.InvalidProof)


@pytest.mark.parametrize("more", [-1, 1, SOL])
def test_another_amount(chain: Chain, rewards: Rewards, more: int) -> None:
    amount = Lamports(rewards.leaves[0].amount + more)
    refused(rewards.claim(0, chain.wallet(), amount=amount), ProgramErrorCode.InvalidProof)


def test_another_index_or_sibling(chain: Chain, rewards: Rewards) -> None:
    submitter = chain.wallet()
    refused(rewards.claim(0, submitter, index=1), ProgramErrorCode.InvalidProof)
    wrong = (hashlib.sha256(b"?").digest(), *rewards.tree.proof(0)[1:])
    refused(rewards.claim(0, submitter, proof=wrong), ProgramErrorCode.InvalidProof)


def test_beyond_total(chain: Chain) -> None:
    """Adversary list: beyond total. Leaves that promise more than was paid in: the first come are served."""
    leaves = some_leaves(chain, 3, amount=SOL)
    rewards = opened(chain, leaves, total=Lamports(2 * SOL + 1))
    submitter = chain.wallet()
    landed(rewards.claim(0, submitter))
    landed(rewards.claim(1, submitter))
    refused(rewards.claim(2, submitter), ProgramErrorCode.ExceedsTotal)
    assert chain.lamports(rewards.address) == RENT


def test_a_donation_does_not_pay_beyond_the_total(chain: Chain) -> None:
    rewards = opened(chain, some_leaves(chain, 3, amount=SOL), total=Lamports(2 * SOL + 1))
    account = chain.account(rewards.address)
    chain.put(rewards.address, account.lamports + 10 * SOL, account.data, account.owner)
    submitter = chain.wallet()
    landed(rewards.claim(0, submitter))
    landed(rewards.claim(1, submitter))
    refused(rewards.claim(2, submitter), ProgramErrorCode.ExceedsTotal)


def test_a_leaf_of_another_epoch(chain: Chain) -> None:
    """Replay: the same recipient, index and amount, but the number is in the leaf."""
    leaves = some_leaves(chain, 4)
    first, second = opened(chain, leaves), opened(chain, leaves, number=1)
    submitter = chain.wallet()
    sent = second.claim(0, submitter, proof=tuple(first.tree.proof(0)))
    refused(sent, ProgramErrorCode.InvalidProof)
    landed(first.claim(0, submitter))
    landed(second.claim(0, submitter))


# -- time


def test_claims_are_paid_from_their_start_to_before_the_expiry(chain: Chain, rewards: Rewards) -> None:
    submitter = chain.wallet()
    for time in (OPENED_AT, CLAIMS_FROM - 1):
        chain.warp(SLOT, time)
        refused(rewards.claim(0, submitter), ProgramErrorCode.ClaimsNotStarted)
    chain.warp(SLOT, CLAIMS_FROM)
    landed(rewards.claim(0, submitter))
    chain.warp(SLOT, EXPIRES_AT - 1)
    landed(rewards.claim(1, submitter))
    for time in (EXPIRES_AT, 2**62):
        chain.warp(SLOT, time)
        refused(rewards.claim(2, submitter), ProgramErrorCode.ClaimsEnded)


def test_neither_pause_nor_other_keys_stop_a_claim(chain: Chain, rewards: Rewards) -> None:
    """Pause stops launches and buys only; who may open epochs has no say about one that is open."""
    chain.edit(chain.ids.config, 48, (2**40).to_bytes(8, "little"))
    chain.edit(chain.ids.config, 192, bytes(range(32)))
    landed(rewards.claim(0, chain.wallet()))


@pytest.mark.parametrize("per_byte", [1, 6_960 * 10], ids=["down", "up"])
def test_rent_repriced_mid_life_neither_frees_nor_freezes_rewards(
    chain: Chain, rewards: Rewards, per_byte: int
) -> None:
    submitter = chain.wallet()
    landed(rewards.claim(0, submitter))
    chain.svm.set_rent(Rent(per_byte, 1.0, 50))
    chain.put(recipient(rewards, 1), SOL, b"", SYSTEM_PROGRAM)
    account = chain.account(rewards.address)
    chain.put(rewards.address, account.lamports + 50 * SOL, account.data, account.owner)  # what "up" asks
    landed(rewards.claim(1, submitter))
    assert rewards.state().rent_deposit == RENT


# -- recipients


def test_a_leaf_that_an_empty_account_could_not_keep_is_refused(chain: Chain) -> None:
    leaves = [Leaf(leaf.recipient, RENT_OF_A_WALLET - 1 + n) for n, leaf in enumerate(some_leaves(chain, 2))]
    rewards = opened(chain, leaves, total=Lamports(SOL))
    submitter = chain.wallet()
    refused(rewards.claim(0, submitter), ProgramErrorCode.LeafTooSmall)
    landed(rewards.claim(1, submitter))
    assert chain.lamports(recipient(rewards, 1)) == RENT_OF_A_WALLET


def to_one(chain: Chain, address: Pubkey) -> Rewards:
    """An epoch with one leaf, for this address."""
    return opened(chain, [Leaf(bytes(address), SOL)])


@pytest.mark.parametrize("which", ["epoch", "page", "config", "curve", "program"])
def test_accounts_that_would_keep_it_or_give_it_to_others_are_not_paid(chain: Chain, which: str) -> None:
    """A leaf for an account of ours would be its closer's or stuck: it stays for the funder instead."""
    curve = chain.ids.curve(chain.launch(chain.wallet()))
    address, code = {
        "epoch": (chain.ids.epoch(0), ProgramErrorCode.InvalidRecipient),
        "page": (chain.ids.claim_page(0, 0), ProgramErrorCode.AliasedAccounts),
        "config": (chain.ids.config, ProgramErrorCode.InvalidRecipient),
        "curve": (curve, ProgramErrorCode.InvalidRecipient),
        "program": (chain.ids.program, ProgramErrorCode.InvalidRecipient),
    }[which]
    rewards = to_one(chain, address)
    refused(rewards.claim(0, chain.wallet()), code)


def test_an_account_that_the_chain_keeps_read_only_is_not_paid(chain: Chain) -> None:
    clock = Pubkey.from_string("SysvarC1ock11111111111111111111111111111111")
    rewards = to_one(chain, clock)
    refused(rewards.claim(0, chain.wallet()), "ReadonlyLamportChange")


def test_another_programs_account_is_paid(chain: Chain) -> None:
    """A multisig's vault or a token account may be somebody's address: the leaf says so."""
    tokens = chain.open_tokens(owner := chain.wallet(), chain.launch(owner))
    before = chain.lamports(tokens)
    landed(to_one(chain, tokens).claim(0, chain.wallet()))
    assert chain.lamports(tokens) == before + SOL


# -- forged and missing accounts


def test_a_forged_epoch_is_refused(chain: Chain, rewards: Rewards) -> None:
    """Fake owner: an epoch of the thief's, whose only leaf is the thief's."""
    thief, fake = chain.wallet(), chain.wallet(0).pubkey()
    leaf = Leaf(bytes(thief.pubkey()), rewards.total)
    data = bytearray(chain.account(rewards.address).data)
    data[24:32] = (1).to_bytes(8, "little")
    data[80:112] = leaf_hash(0, 0, leaf)
    chain.put(fake, SOL, bytes(data), SYSTEM_PROGRAM)
    args = rewards.claim_args(0, thief, recipient=thief.pubkey(), amount=Lamports(leaf.amount), proof=())
    built = with_account(args.build(chain.ids), 1, AccountMeta(fake, is_signer=False, is_writable=True))
    refused(chain.send(built, thief), ProgramErrorCode.WrongOwner)
    other = AccountMeta(chain.ids.config, is_signer=False, is_writable=True)
    refused(
        chain.send(with_account(built, 1, other), thief),
        ProgramErrorCode.WrongAccountKind,
    )


def test_a_page_elsewhere_is_refused(chain: Chain, rewards: Rewards) -> None:
    """A fresh page would have no bit set: made at another bump, of another epoch, another thousand."""
    submitter = chain.wallet()
    landed(rewards.claim(0, submitter))
    built = rewards.claim_args(0, submitter).build(chain.ids)
    elsewhere = [chain.ids.claim_page(0, LEAVES_A_PAGE), chain.ids.claim_page(1, 0), chain.wallet(0).pubkey()]
    elsewhere += other_addresses(chain, b"claims", bytes(rewards.address), bytes(8))
    for address in elsewhere:
        meta = AccountMeta(address, is_signer=False, is_writable=True)
        refused(chain.send(with_account(built, 2, meta), submitter), ProgramErrorCode.WrongAddress)


def test_an_existing_page_of_another_place_is_refused(chain: Chain) -> None:
    first, second = (
        opened(chain, some_leaves(chain, LEAVES_A_PAGE + 1)),
        opened(chain, some_leaves(chain, 2), 1),
    )
    submitter = chain.wallet()
    for sent in (
        first.claim(0, submitter),
        first.claim(LEAVES_A_PAGE, submitter),
        second.claim(0, submitter),
    ):
        landed(sent)
    built = first.claim_args(0, submitter).build(chain.ids)
    for address in (chain.ids.claim_page(0, LEAVES_A_PAGE), chain.ids.claim_page(1, 0)):
        meta = AccountMeta(address, is_signer=False, is_writable=True)
        refused(chain.send(with_account(built, 2, meta), submitter), ProgramErrorCode.WrongAddress)


def test_a_forged_page_is_refused(chain: Chain, rewards: Rewards) -> None:
    """Fake owner, and an account of ours of another kind that happens to have the same size."""
    submitter = chain.wallet()
    landed(rewards.claim(0, submitter))
    account = chain.account(chain.ids.claim_page(0, 0))
    fake = chain.wallet(0).pubkey()
    chain.put(fake, SOL, account.data[:48] + bytes(128), Pubkey.new_unique())
    built = rewards.claim_args(0, submitter).build(chain.ids)
    forged = with_account(built, 2, AccountMeta(fake, is_signer=False, is_writable=True))
    refused(chain.send(forged, submitter), ProgramErrorCode.WrongOwner)
    aliased = with_account(built, 2, AccountMeta(rewards.address, is_signer=False, is_writable=True))
    refused(chain.send(aliased, submitter), ProgramErrorCode.WrongAccountKind)


def test_a_prefunded_page_is_no_obstacle(chain: Chain, rewards: Rewards) -> None:
    """Pump Science H-01: a lamport at every page's address must not stop the claims of a thousand people."""
    chain.put(chain.ids.claim_page(0, 0), 1, b"", SYSTEM_PROGRAM)
    landed(rewards.claim(0, chain.wallet()))
    assert chain.lamports(chain.ids.claim_page(0, 0)) == RENT


def test_who_does_not_sign_pays_for_no_page(chain: Chain, rewards: Rewards) -> None:
    victim = AccountMeta(chain.wallet().pubkey(), is_signer=False, is_writable=True)
    submitter = chain.wallet()
    built = with_account(rewards.claim_args(0, submitter).build(chain.ids), 0, victim)
    refused(chain.send(built, submitter), "PrivilegeEscalation")


@pytest.mark.parametrize("index", [1, 2, 3], ids=["epoch", "page", "recipient"])
def test_accounts_that_change_must_be_writable(chain: Chain, rewards: Rewards, index: int) -> None:
    submitter = chain.wallet()
    landed(rewards.claim(4, submitter))
    built = rewards.claim_args(0, submitter).build(chain.ids)
    readonly = AccountMeta(built.accounts[index].pubkey, is_signer=False, is_writable=False)
    wanted = {1: ProgramErrorCode.NotWritable, 2: ProgramErrorCode.NotWritable, 3: "ReadonlyLamportChange"}
    refused(chain.send(with_account(built, index, readonly), submitter), wanted[index])


def test_an_epoch_that_owes_more_than_it_has_pays_nothing(chain: Chain, rewards: Rewards) -> None:
    """The invariant is asserted: were a bug to lose lamports, claims stop instead of eating the rent."""
    account = chain.account(rewards.address)
    chain.put(rewards.address, account.lamports - 1, account.data, account.owner)
    refused(rewards.claim(0, chain.wallet()), ProgramErrorCode.Insolvent)


def test_sums_that_are_full_refuse_instead_of_wrapping(chain: Chain, rewards: Rewards) -> None:
    """u64::MAX in a stored sum."""
    chain.edit(rewards.address, 40, (2**64 - 1).to_bytes(8, "little"))
    assert rewards.state().paid == 2**64 - 1
    refused(rewards.claim(0, chain.wallet()), ProgramErrorCode.MathOverflow)


def test_a_million_leaves_fit_one_transaction(chain: Chain) -> None:
    """20 levels, with a compute budget, and somebody else paying: 1,063 bytes at most."""
    proof = tuple(hashlib.sha256(bytes([level])).digest() for level in range(20))
    leaf = Leaf(bytes(chain.wallet(0).pubkey()), SOL)
    submitter = chain.wallet()
    rewards = Rewards(chain, 0, (leaf,), Tree([leaf_hash(0, 0, leaf)]), chain.wallet())
    root = leaf_hash(0, 2**20 - 1, leaf)
    for sibling in proof:
        root = hashlib.sha256(b"\x01" + sibling + root).digest()
    landed(rewards.open(count=2**20, root=root, total=Lamports(2**20 * RENT_OF_A_WALLET)))
    chain.warp(SLOT, CLAIMS_FROM)
    args = rewards.claim_args(0, submitter, index=2**20 - 1, proof=proof)
    budget = [set_compute_unit_limit(100_000), set_compute_unit_price(1_000)]
    instructions = [*budget, args.build(chain.ids)]
    assert size(Message(instructions, submitter.pubkey())) <= 1_063
    landed(chain.send(instructions, submitter))
    assert chain.lamports(Pubkey.from_bytes(leaf.recipient)) == SOL


def test_a_proof_is_made_for_a_leaf_that_was_prepared(chain: Chain) -> None:
    """Only what is open can be claimed from: the account is not there before."""
    rewards = prepared(chain, some_leaves(chain, 2))
    refused(rewards.claim(0, chain.wallet()), ProgramErrorCode.WrongOwner)
