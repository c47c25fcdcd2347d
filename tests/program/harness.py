"""The program in an embedded chain: one LiteSVM with Config made, and short ways to act on it.

Every action returns the transaction's result; `refused` asserts that one fails and how.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from solders.account import Account
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from core.adapters.chain.program.accounts import Config, Curve
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.events import Event, decode_event
from core.adapters.chain.program.genesis import genesis_accounts
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, ProgramIds, token_account
from core.adapters.chain.program.initialize import RAYDIUM_MAINNET, Initialize
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.program.token_account import create_token_account
from core.adapters.chain.raydium.addresses import MAINNET
from core.adapters.chain.raydium.genesis import raydium_accounts
from core.domain.curve import r0_for
from core.domain.money import Bps, Lamports, TokenAtoms

Result = TransactionMetadata | FailedTransactionMetadata
PROGRAMS = Path(__file__).resolve().parents[2] / "programs"
ARTIFACTS = PROGRAMS / "pumpbox/artifacts"
STANDIN = PROGRAMS / "raydium_standin/artifacts/raydium_standin.so"
SOL = 10**9
FOREVER = 2**64 - 1
SLOT = 1_000
RENT_OF_A_WALLET = 890_880  # lamports that an account without data must hold, or none


@cache
def program_bytes() -> bytes:
    """The committed binary, or the one that PUMPBOX_SO names: a mutant, say."""
    return Path(os.environ.get("PUMPBOX_SO") or ARTIFACTS / "pumpbox.so").read_bytes()


@cache
def cpmm_bytes() -> bytes:
    """Raydium's CPMM: the binary that RAYDIUM_CPMM_SO names, else the stand-in."""
    return Path(os.environ.get("RAYDIUM_CPMM_SO") or STANDIN).read_bytes()


def key(seed: int) -> Keypair:
    """A keypair that is the same in every run, so that bumps and compute units are too."""
    return Keypair.from_seed(seed.to_bytes(32, "little"))


_R0, _CAP = r0_for(15_000), Lamports(SOL // 2)
_FEE, _CREATOR_FEE, _NO_FEE = Bps(100), Bps(30), Bps(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What Config is made with; the defaults are a plausible installation."""

    initial_sol: Lamports = _R0
    graduation_cap: Lamports = _CAP
    fee: Bps = _FEE
    creator_fee: Bps = _CREATOR_FEE
    schedule_fee: Bps = _NO_FEE
    schedule_slots: int = 0


@dataclass(repr=False)
class Chain:
    """A chain with the program installed, and Raydium's CPMM with all that it needs at its mainnet addresses.

    Keys below 100 are the installation's, wallets above.
    """

    terms: Terms = field(default_factory=Terms)
    ids: ProgramIds = field(default_factory=lambda: ProgramIds(key(1).pubkey()))
    authority: Keypair = field(default_factory=lambda: key(2))
    guardian: Keypair = field(default_factory=lambda: key(3))
    treasury: Pubkey = field(default_factory=lambda: key(4).pubkey())
    rewards: Keypair = field(default_factory=lambda: key(5))
    council: tuple[Keypair, ...] = field(default_factory=lambda: tuple(map(key, (10, 11, 12))))
    svm: LiteSVM = field(default_factory=LiteSVM)
    _wallets: int = 100

    def __post_init__(self) -> None:
        self.svm.with_transaction_history(0)
        authority = self.authority.pubkey()
        for accounts in (
            genesis_accounts(self.ids.program, program_bytes(), authority),
            genesis_accounts(MAINNET.program, cpmm_bytes(), authority),
            raydium_accounts(MAINNET),
        ):
            for address, account in accounts.items():
                self.svm.set_account(address, account)
        self.svm.airdrop(self.authority.pubkey(), 100 * SOL)
        self.warp(SLOT)

    # -- acting

    def initialize(self, **changes: object) -> Result:
        """Makes Config, with some arguments changed."""
        return self.send(self.initialize_args(**changes).build(self.ids), self.authority)

    def initialize_args(self, **changes: object) -> Initialize:
        """What `initialize` sends."""
        args = Initialize(
            payer=self.authority.pubkey(),
            authority=self.authority.pubkey(),
            time_lock=172_800,
            initial_sol=self.terms.initial_sol,
            graduation_cap=self.terms.graduation_cap,
            fee=self.terms.fee,
            creator_fee=self.terms.creator_fee,
            schedule_fee=self.terms.schedule_fee,
            schedule_slots=self.terms.schedule_slots,
            guardian=self.guardian.pubkey(),
            treasury=self.treasury,
            rewards=self.rewards.pubkey(),
            council=tuple(member.pubkey() for member in self.council),
            threshold=2,
            raydium_set=RAYDIUM_MAINNET,
        )
        return replace(args, **changes)  # type: ignore[arg-type]  # a test names any field

    def wallet(self, lamports: int = 1_000 * SOL) -> Keypair:
        """A new funded wallet."""
        self._wallets += 1
        wallet = key(self._wallets)
        if lamports:
            self.svm.airdrop(wallet.pubkey(), lamports)
        return wallet

    def wallet_of(self, wallet: Keypair, lamports: int) -> Keypair:
        """The same wallet with another balance."""
        self.put(wallet.pubkey(), lamports, b"", SYSTEM_PROGRAM)
        return wallet

    def launch(self, creator: Keypair, number: int = 0, **changes: object) -> Pubkey:
        """A coin of `creator`'s; `number` tells several apart. Returns its mint."""
        args = launch_args(creator.pubkey(), number, **changes)
        landed(self.send(args.build(self.ids), creator))
        return args.mint(self.ids)

    def open_tokens(self, owner: Keypair, mint: Pubkey) -> Pubkey:
        """The owner's token account for the coin, made if need be."""
        landed(self.send(create_token_account(owner.pubkey(), owner.pubkey(), mint), owner))
        return token_account(owner.pubkey(), mint)

    def buy(
        self, buyer: Keypair, mint: Pubkey, max_in: int, min_out: int = 0, deadline: int = FOREVER
    ) -> Result:
        """A buy into the buyer's existing token account."""
        args = Buy(buyer.pubkey(), mint, Lamports(max_in), TokenAtoms(min_out), deadline)
        return self.send(args.build(self.ids), buyer)

    def sell(
        self, seller: Keypair, mint: Pubkey, amount: int, min_out: int = 0, deadline: int = FOREVER
    ) -> Result:
        """A sell from the seller's token account."""
        args = Sell(seller.pubkey(), mint, TokenAtoms(amount), Lamports(min_out), deadline)
        return self.send(args.build(self.ids), seller)

    def sweep(self, by: Keypair, mint: Pubkey) -> Result:
        """Sweeps a coin's fees to whom they belong now."""
        args = SweepFees(mint, self.treasury, self.curve(mint).fee_recipient)
        return self.send(args.build(self.ids), by)

    def send(self, instructions: Instruction | Sequence[Instruction], *signers: Keypair) -> Result:
        """One transaction, paid by the first signer."""
        listed = [instructions] if isinstance(instructions, Instruction) else list(instructions)
        self.svm.expire_blockhash()
        message = Message(listed, signers[0].pubkey())
        return self.svm.send_transaction(Transaction(signers, message, self.svm.latest_blockhash()))

    def warp(self, slot: int, unix_timestamp: int | None = None) -> None:
        """Sets the chain's clock."""
        clock = self.svm.get_clock()
        clock.slot = slot
        clock.unix_timestamp = slot * 2 // 5 if unix_timestamp is None else unix_timestamp
        self.svm.set_clock(clock)

    # -- looking

    def account(self, address: Pubkey) -> Account:
        """An account that must exist."""
        account = self.svm.get_account(address)
        assert account is not None, f"no account at {address}"
        return account

    def config(self) -> Config:
        """Config as the client reads it."""
        return Config.decode(self.account(self.ids.config).data)

    def curve(self, mint: Pubkey) -> Curve:
        """A coin's curve as the client reads it."""
        return Curve.decode(self.account(self.ids.curve(mint)).data)

    def lamports(self, address: Pubkey) -> int:
        """A balance; 0 for what does not exist."""
        return self.svm.get_balance(address) or 0

    def atoms(self, tokens: Pubkey) -> int:
        """A token account's amount; 0 for what does not exist."""
        account = self.svm.get_account(tokens)
        return int.from_bytes(account.data[64:72], "little") if account else 0

    # -- forging: states that would take too long to reach

    def edit(self, address: Pubkey, offset: int, data: bytes) -> None:
        """Overwrites bytes of an account."""
        account = self.account(address)
        edited = account.data[:offset] + data + account.data[offset + len(data) :]
        self.put(address, account.lamports, edited, account.owner)

    def put(self, address: Pubkey, lamports: int, data: bytes, owner: Pubkey) -> None:
        """Sets an account."""
        self.svm.set_account(address, Account(lamports, data, owner))


def launch_args(creator: Pubkey, number: int = 0, **changes: object) -> Launch:
    """A box of `creator`'s; its strings have 122 bytes together, as a typical coin's."""
    args = Launch(
        creator=creator,
        config_version=1,
        seed_commitment=number.to_bytes(32, "little"),
        name=b"Space Cats",
        symbol=b"CATS",
        uri=b"https://example.org/".ljust(108, b"x"),
    )
    return replace(args, **changes)  # type: ignore[arg-type]  # a test names any field


def landed(result: Result) -> TransactionMetadata:
    """The transaction must have succeeded."""
    if isinstance(result, FailedTransactionMetadata):
        raise AssertionError(f"{result.err()}\n" + "\n".join(result.meta().logs()))
    return result


def refused(result: Result, code: ProgramErrorCode | str) -> None:
    """The transaction must have failed, with this code of ours or an error whose text holds `code`."""
    assert isinstance(result, FailedTransactionMetadata), "it was accepted"
    wanted = f"Custom({code.value})" if isinstance(code, ProgramErrorCode) else code
    shown = f"{result.err()}".replace("InstructionErrorCustom", "Custom")
    assert wanted in shown, f"wanted {code!r}, got {shown}\n" + "\n".join(result.meta().logs())


def events(result: TransactionMetadata) -> list[Event]:
    """The program's events of a transaction in which nothing else logs data."""
    return [decode_event(line) for line in log_data(result)]


def log_data(result: TransactionMetadata) -> list[bytes]:
    """What was logged as data, by whom ever."""
    start = "Program data: "
    return [base64.b64decode(line.removeprefix(start)) for line in result.logs() if line.startswith(start)]
