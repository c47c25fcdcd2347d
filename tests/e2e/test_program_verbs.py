"""The program's operators at work, by their verbs alone: deployed, traded on, replaced by the council's decision."""

from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from core.adapters.chain import loader
from core.adapters.chain.buffer import address_of, write_buffer
from core.adapters.chain.program.action import ReplaceCode
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.propose import Propose
from core.adapters.chain.program.token_account import create_token_account
from core.adapters.chain.rpc import Rpc
from core.adapters.chain.sender import Sender, TransactionFailed
from core.bootstrap import embedded
from core.domain.governance import DAY, HOUR
from core.domain.money import U64_MAX, Lamports, TokenAtoms
from pumpbox.program import upgrade as verb
from pumpbox.program.approve import approve
from pumpbox.program.cancel import cancel
from pumpbox.program.config import config
from pumpbox.program.execute import execute
from pumpbox.program.pause import pause
from pumpbox.program.proposals import proposals
from pumpbox.program.signing import Signing
from pumpbox.program.upgrade import upgrade
from pumpbox.program.verify import verify
from pumpbox.refused import Refused
from tests.fakes.cluster import SOL
from tests.fakes.operators import BINARY, Desk, operators

NEWER = BINARY + b"a newer version"  # the loader reads what the headers point to, and this lies behind it


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of operators whose program is in place; a newer binary is in it too."""
    folder = tmp_path_factory.mktemp("deployed")
    with operators(folder) as opened:
        assert opened.deploy() == 0
    (folder / "newer.so").write_bytes(NEWER)
    return folder


@pytest.fixture
def desk(deployed: Path, tmp_path: Path) -> Iterator[Desk]:
    """A copy of them, and of their chain."""
    with operators(copytree(deployed, tmp_path / "desk")) as opened:
        opened.chain.pay(opened.payer.pubkey(), 5 * SOL)
        yield opened


@pytest.fixture(scope="module")
def quiet(deployed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One copy, for tests that leave it as it is."""
    with operators(copytree(deployed, tmp_path_factory.mktemp("quiet") / "desk")) as opened:
        yield opened
        assert opened.chain.landed == []


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """What was printed since the last look."""
    capsys.readouterr()
    return lambda: capsys.readouterr().out


def upgrade_to(desk: Desk, binary: Path, **changes: Any) -> int:
    given: dict[str, Any] = {"member": desk.folder / "first.json", "signing": desk.by("payer")}
    return upgrade(**{**given, "binary": binary, "where": desk.where, **changes})


def listed(desk: Desk, said: Any) -> list[dict[str, Any]]:
    said()
    assert proposals(where=desk.where, json=True) == 0
    found: list[dict[str, Any]] = json.loads(said())
    return found


def trade(desk: Desk, version: int, name: bytes = b"Space Cats") -> None:
    """A launch with a first buy, of whoever comes."""
    trader = Keypair()
    desk.chain.pay(trader.pubkey(), 2 * SOL)
    launch = Launch(trader.pubkey(), version, bytes(32), name, b"CATS", b"https://example.org/1")
    mint = launch.mint(desk.ids)
    buy = Buy(trader.pubkey(), mint, Lamports(SOL), TokenAtoms(1), U64_MAX)
    account = create_token_account(trader.pubkey(), trader.pubkey(), mint)
    desk.send([launch.build(desk.ids), account, buy.build(desk.ids)], trader)


def test_from_a_first_deployment_to_an_upgrade_by_the_council(desk: Desk, said: Any) -> None:
    newer = desk.folder / "newer.so"
    trade(desk, 1)
    assert upgrade_to(desk, newer) == 0
    assert "pumpbox program approve 0" in said()
    assert upgrade_to(desk, newer) == 0  # again: nothing is left to do
    assert "Proposal 0 is about this binary: 1 of 2 approvals" in said()

    with pytest.raises(Refused, match="is not the binary that came with this version"):
        approve(0, where=desk.where, signing=desk.by("second"))
    with pytest.raises(Refused, match="no member"):
        approve(0, binary=newer, where=desk.where, signing=desk.by("guardian"))
    assert approve(0, binary=newer, where=desk.where, signing=desk.by("second")) == 0
    text = said()
    assert "hashed just now" in text
    assert f"it is {newer}, byte by byte" in text
    assert "to be executed from" in text
    assert "in 2 days" in text
    with pytest.raises(Refused, match="has approved it already"):
        approve(0, binary=newer, where=desk.where, signing=desk.by("second"))

    with pytest.raises(Refused, match=r"to be executed from .*in 2 days"):
        execute(0, where=desk.where, signing=desk.by("third"))
    desk.chain.clock.pass_seconds(48 * HOUR + 1)
    assert [p["state"] for p in listed(desk, said)] == ["ready"]
    assert execute(0, where=desk.where, signing=desk.by("third")) == 0
    assert "The program runs sha256" in said()
    assert verify(where=desk.where, binary=newer) == 0
    assert verify(where=desk.where) == 1
    trade(desk, 2, b"Moon Dogs")
    assert listed(desk, said) == []
    with pytest.raises(Refused, match="there is no proposal 0"):
        execute(0, where=desk.where, signing=desk.by("third"))


def test_the_payer_of_an_upgrade_gets_the_buffers_money_back(desk: Desk) -> None:
    before = desk.chain.lamports(desk.payer.pubkey())
    upgrade_to(desk, desk.folder / "newer.so")
    approve(0, binary=desk.folder / "newer.so", where=desk.where, signing=desk.by("second"))
    desk.chain.clock.pass_seconds(48 * HOUR + 1)
    execute(0, where=desk.where, signing=desk.by("third"))
    fees = before - desk.chain.lamports(desk.payer.pubkey())
    assert 0 < fees < (len(NEWER) // 900 + 6) * 5_000  # of the transactions alone


def test_a_binary_without_room_gets_it_before_it_is_proposed(desk: Desk, said: Any) -> None:
    large = desk.folder / "large.so"
    large.write_bytes(BINARY.ljust(3 * len(BINARY) // 2 + 5, b"\1"))
    assert upgrade_to(desk, large) == 0
    assert "10,240 bytes more" in said()
    approve(0, binary=large, where=desk.where, signing=desk.by("second"))
    desk.chain.clock.pass_seconds(48 * HOUR + 1)
    assert execute(0, where=desk.where, signing=desk.by("third")) == 0
    assert verify(where=desk.where, binary=large) == 0


def test_an_upgrade_that_was_stopped_or_cancelled_writes_nothing_again(
    desk: Desk, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = desk.folder / "newer.so"
    with monkeypatch.context() as patched:
        patched.setattr(verb, "_propose", None)  # the buffer is the program's by then, and nothing proposed
        with pytest.raises(TypeError):
            upgrade_to(desk, newer)
    before = desk.writes()
    assert upgrade_to(desk, newer) == 0
    cancel(0, where=desk.where, signing=desk.by("first"))
    assert upgrade_to(desk, newer) == 0
    assert [p["number"] for p in listed(desk, said)] == [1]
    assert desk.writes() == before


def test_a_cluster_that_takes_only_newer_formats_says_so_first(desk: Desk) -> None:
    desk.needs_sbpf_v3()
    old = desk.folder / "old.so"
    old.write_bytes(NEWER[:48] + bytes(4) + NEWER[52:])
    before = len(desk.chain.landed)
    with pytest.raises(Refused, match="SBPF v0"):
        upgrade_to(desk, old)
    assert len(desk.chain.landed) == before
    assert upgrade_to(desk, desk.folder / "newer.so") == 0


def test_a_buffer_that_holds_something_else_is_not_approved(desk: Desk, said: Any) -> None:
    """A member proposes one hash, and writes another binary."""
    evil = desk.payer.pubkey()
    spoilt = NEWER[:-1] + b"!"
    desk.chain.pay(evil, 5 * SOL)
    (desk.folder / "spoilt.so").write_bytes(spoilt)
    upgrade_to(desk, desk.folder / "spoilt.so")
    buffer = address_of(evil, desk.ids.program, spoilt)
    action = ReplaceCode(buffer, hashlib.sha256(NEWER).digest())
    first = desk.keys["first"]
    desk.send([Propose(first.pubkey(), first.pubkey(), 1, 1, action).build(desk.ids)], first)
    with pytest.raises(Refused, match="SOMETHING ELSE"):
        approve(1, binary=desk.folder / "newer.so", where=desk.where, signing=desk.by("second"))
    said()
    proposals(where=desk.where)
    assert "THE BUFFER HOLDS SOMETHING ELSE" in said()


def test_a_buffer_that_somebody_can_still_change_is_not_approved(desk: Desk) -> None:
    async def write() -> Pubkey:
        async with Rpc(desk.chain.url) as rpc:
            return await write_buffer(Sender(rpc, desk.payer), desk.ids.program, NEWER, lambda _a, _b: None)

    action = ReplaceCode(asyncio.run(write()), hashlib.sha256(NEWER).digest())
    first = desk.keys["first"]
    desk.send([Propose(first.pubkey(), first.pubkey(), 0, 1, action).build(desk.ids)], first)
    with pytest.raises(Refused, match="can still change it"):
        approve(0, binary=desk.folder / "newer.so", where=desk.where, signing=desk.by("second"))
    with pytest.raises(TransactionFailed):  # nor would the program take it
        desk.send(
            [loader.upgrade(desk.ids.program, desk.payer.pubkey(), action.buffer, first.pubkey())], desk.payer
        )


class TestTerms:
    """`config --set`, each kind of change, to its end."""

    @pytest.mark.parametrize(
        ("pairs", "days", "shown"),
        [
            (["fee_bps=50", "creator_fee_bps=10"], 2, {"fee_bps": 50, "creator_fee_bps": 10}),
            (["cents_per_sol=20000"], 2, {"initial_sol_lamports": 21_230_769_230}),
            (["time_lock_hours=72"], 3, {"time_lock_seconds": 72 * HOUR}),
            (["threshold=3"], 2, {"threshold": 3}),
        ],
    )
    def test_a_change_is_proposed_approved_and_carried_out(
        self, desk: Desk, said: Any, pairs: list[str], days: int, shown: dict[str, int]
    ) -> None:
        assert config(set_=pairs, where=desk.where, signing=desk.by("first")) == 0
        assert "->" in said()
        assert approve(0, where=desk.where, signing=desk.by("second")) == 0
        desk.chain.clock.pass_seconds(days * DAY + 1)
        assert execute(0, where=desk.where, signing=desk.by("payer")) == 0
        said()
        config(where=desk.where, json=True)
        found = json.loads(said())
        assert {name: found[name] for name in shown} == shown
        assert found["config_version"] == 2

    def test_keys_council_and_guardian(self, desk: Desk, said: Any) -> None:
        new = {name: str(Keypair().pubkey()) for name in ("treasury", "member", "guardian")}
        council = ",".join(str(desk.address(name)) for name in ("first", "second")) + f",{new['member']}"
        changes = [
            (f"treasury={new['treasury']}", 2, "treasury", new["treasury"]),
            (f"council={council}", 2, "council", council.split(",")),
            (f"guardian={new['guardian']}", 4, "guardian", new["guardian"]),
        ]
        for number, (pair, days, name, value) in enumerate(changes):
            config(set_=[pair], where=desk.where, signing=desk.by("first"))
            approve(number, where=desk.where, signing=desk.by("second"))
            desk.chain.clock.pass_seconds(days * DAY + 1)
            execute(number, where=desk.where, signing=desk.by("payer"))
            said()
            config(where=desk.where, json=True)
            assert json.loads(said())[name] == value

    @pytest.mark.parametrize(
        ("pairs", "words"),
        [
            (["fee_bps=501"], "fee_bps"),
            (["creator_fee_bps=101"], "part of fee_bps"),
            (["fee_bps=50", "treasury=x"], "one of these groups"),
            (["fee_bps=x"], "whole number"),
            (["nonsense=1"], "NAME=VALUE"),
            (["fee_bps"], "NAME=VALUE"),
            (["guardian=0O"], "no address"),
            (["paused=yes"], "pumpbox program pause"),
            (["threshold=4"], "more than the council"),
        ],
    )
    def test_what_the_program_would_refuse_is_not_proposed(
        self, quiet: Desk, pairs: list[str], words: str
    ) -> None:
        with pytest.raises(Refused, match=words):
            config(set_=pairs, where=quiet.where, signing=quiet.by("first"))

    def test_who_may_not_propose_is_told(self, quiet: Desk) -> None:
        with pytest.raises(Refused, match="no member"):
            config(set_=["fee_bps=50"], where=quiet.where, signing=quiet.by("guardian"))
        with pytest.raises(Refused, match="--keypair"):
            config(set_=["fee_bps=50"], where=quiet.where)


class TestCancelAndPause:
    def test_the_guardian_pauses_and_the_council_ends_it(self, desk: Desk, said: Any) -> None:
        with pytest.raises(Refused, match="only the guardian"):
            pause(where=desk.where, signing=desk.by("first"))
        assert pause(where=desk.where, signing=desk.by("guardian")) == 0
        with pytest.raises(TransactionFailed, match="Paused"):
            trade(desk, 1)
        with pytest.raises(Refused, match="the next pause is possible"):
            pause(where=desk.where, signing=desk.by("guardian"))
        config(where=desk.where)
        assert "selling goes on" in said()
        config(set_=["paused=no"], where=desk.where, signing=desk.by("first"))
        approve(0, where=desk.where, signing=desk.by("second"))
        assert execute(0, where=desk.where, signing=desk.by("payer")) == 0  # without a lock
        trade(desk, 1)

    def test_a_veto_and_a_proposer_who_thinks_again(self, desk: Desk, said: Any) -> None:
        config(set_=["fee_bps=50"], where=desk.where, signing=desk.by("first"))
        with pytest.raises(Refused, match="only the guardian"):
            cancel(0, where=desk.where, signing=desk.by("second"))
        assert cancel(0, where=desk.where, signing=desk.by("first")) == 0
        config(set_=["fee_bps=60"], where=desk.where, signing=desk.by("first"))
        approve(1, where=desk.where, signing=desk.by("second"))
        with pytest.raises(Refused, match="can't take it back"):
            cancel(1, where=desk.where, signing=desk.by("first"))
        assert cancel(1, where=desk.where, signing=desk.by("guardian")) == 0
        assert listed(desk, said) == []

    def test_the_guardian_cannot_veto_its_own_removal(self, desk: Desk) -> None:
        pair = f"guardian={desk.address('treasury')}"
        config(set_=[pair], where=desk.where, signing=desk.by("first"))
        with pytest.raises(Refused, match="own power"):
            cancel(0, where=desk.where, signing=desk.by("guardian"))

    def test_what_is_void_or_over_is_for_anybody_to_clear_away(self, desk: Desk, said: Any) -> None:
        for fee in (50, 60, 70):
            config(set_=[f"fee_bps={fee}"], where=desk.where, signing=desk.by("first"))
        for number in (0, 1):
            approve(number, where=desk.where, signing=desk.by("second"))
        desk.chain.clock.pass_seconds(48 * HOUR + 1)
        execute(0, where=desk.where, signing=desk.by("payer"))
        assert [(p["number"], p["state"]) for p in listed(desk, said)] == [(1, "void"), (2, "void")]
        with pytest.raises(Refused, match="version"):
            approve(2, where=desk.where, signing=desk.by("second"))
        for number in (1, 2):
            assert cancel(number, where=desk.where, signing=desk.by("payer")) == 0
        config(set_=["fee_bps=80"], where=desk.where, signing=desk.by("first"))
        approve(3, where=desk.where, signing=desk.by("second"))
        desk.chain.clock.pass_seconds(9 * DAY + 1)
        with pytest.raises(Refused, match="could be executed until"):
            execute(3, where=desk.where, signing=desk.by("payer"))
        assert [p["state"] for p in listed(desk, said)] == ["over"]
        assert cancel(3, where=desk.where, signing=desk.by("payer")) == 0


class TestWalletsElsewhere:
    """Multisigs and hardware wallets get the transaction to sign."""

    def signed(self, desk: Desk, text: str, who: Keypair) -> str:
        """What such a wallet does: reads the message, puts a fresh blockhash, signs, sends."""
        message = Transaction.from_bytes(b64decode(text.strip().split("\n")[-1])).message
        latest = desk.chain.inside(lambda node: node.latest_blockhash())
        assert isinstance(latest, Hash)
        signed = Transaction([who], message, latest)
        return str(desk.chain.inside(lambda node: node.send(bytes(signed))))

    def test_a_member_approves_and_another_proposes_by_wallet(self, desk: Desk, said: Any) -> None:
        def elsewhere(name: str) -> Signing:
            return Signing(address=str(desk.address(name)), print_transaction=True)

        config(set_=["fee_bps=50"], where=desk.where, signing=elsewhere("first"))
        self.signed(desk, said(), desk.keys["first"])
        approve(0, where=desk.where, signing=elsewhere("second"))
        self.signed(desk, said(), desk.keys["second"])
        assert [p["state"] for p in listed(desk, said)] == ["locked"]

    def test_an_upgrade_is_written_here_and_proposed_there(self, desk: Desk, said: Any) -> None:
        newer = desk.folder / "newer.so"
        by = desk.by("payer", address=str(desk.address("first")), print_transaction=True)
        assert upgrade_to(desk, newer, member=None, signing=by) == 0
        self.signed(desk, said(), desk.keys["first"])
        assert [p["kind"] for p in listed(desk, said)] == ["ReplaceCode"]

    def test_who_signs_must_be_clear(self, quiet: Desk) -> None:
        somebody = str(Pubkey.new_unique())
        for signing, words in (
            (Signing(), "--keypair"),
            (Signing(address=somebody), "--print-transaction"),
            (Signing(address="0O", print_transaction=True), "no address"),
            (quiet.by("first", address=somebody), "--keypair"),
            (Signing(address=somebody, print_transaction=True), "no member"),
        ):
            with pytest.raises(Refused, match=words):
                config(set_=["fee_bps=50"], where=quiet.where, signing=signing)

    def test_an_upgrade_that_nobody_could_propose_costs_nothing(self, quiet: Desk) -> None:
        somebody = str(Pubkey.new_unique())
        newer = quiet.folder / "newer.so"
        for member, signing, words in (
            (None, quiet.by("payer"), "no member"),
            (None, Signing(), "--keypair"),
            (None, quiet.by("payer", address=somebody), "--print-transaction"),
            (None, quiet.by("payer", print_transaction=True), "--address"),
            (None, quiet.by("payer", address=somebody, print_transaction=True), "no member"),
            (quiet.folder / "first.json", quiet.by("payer"), "send .* more"),
        ):
            with pytest.raises(Refused, match=words):
                upgrade_to(quiet, newer, member=member, signing=signing)
        with pytest.raises(Refused, match="ELF"):
            upgrade_to(quiet, quiet.terms)
        with pytest.raises(Refused, match="No such file"):
            upgrade_to(quiet, quiet.folder / "none.so")
        assert upgrade_to(quiet, embedded.ARTIFACT) == 0  # it runs already


def test_a_proposal_about_what_is_no_buffer_hides_no_other_and_can_be_vetoed(desk: Desk, said: Any) -> None:
    """One member alone can write a proposal that names any account, of the loader's too."""
    first = desk.keys["first"]
    action = ReplaceCode(desk.ids.program_data, hashlib.sha256(NEWER).digest())
    desk.send([Propose(first.pubkey(), first.pubkey(), 0, 1, action).build(desk.ids)], first)
    config(set_=["fee_bps=50"], where=desk.where, signing=desk.by("second"))
    said()
    assert proposals(where=desk.where) == 0
    text = said()
    assert "Proposal 0: another binary" in text
    assert "is no buffer" in text
    assert "Proposal 1: terms of new coins" in text
    with pytest.raises(Refused, match="is no buffer"):
        approve(0, binary=desk.folder / "newer.so", where=desk.where, signing=desk.by("second"))
    assert cancel(0, where=desk.where, signing=desk.by("guardian")) == 0
    assert [p["number"] for p in listed(desk, said)] == [1]
