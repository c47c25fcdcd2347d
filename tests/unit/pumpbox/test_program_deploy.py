"""`pumpbox program deploy`, `verify` and `config` on a cluster with nothing on it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from solders.account import Account
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain import deploy as chain
from core.adapters.chain import loader
from core.adapters.chain.buffer import address_of, piece_size
from core.adapters.chain.program.ids import UPGRADEABLE_LOADER, ProgramIds
from core.adapters.chain.sender import Sender
from core.bootstrap import embedded
from core.domain.money import Lamports
from pumpbox.checks import chain as checks
from pumpbox.program import deploy as verb
from pumpbox.program.config import config
from pumpbox.program.keyfile import read_keypair
from pumpbox.program.place import Place
from pumpbox.program.verify import verify
from pumpbox.refused import Refused
from tests.fakes.cluster import ROOT, SOL, write_key, write_terms
from tests.fakes.operators import BINARY, Desk, operators
from workers.localnet.node import Landed


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with operators(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """For tests that leave it as it is: with nothing on it."""
    with operators(tmp_path_factory.mktemp("empty")) as opened:
        yield opened
        assert opened.chain.landed == []


def shown(capsys: pytest.CaptureFixture[str], read: Callable[..., int], **given: Any) -> tuple[int, Any]:
    """Exit code and JSON."""
    capsys.readouterr()
    code = read(json=True, **given)
    return code, json.loads(capsys.readouterr().out)


def test_from_nothing_to_verified_and_again_nothing_to_do(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.deploy() == 0
    said = capsys.readouterr().out
    assert "All is well" in said
    assert f"PUMPBOX_PROGRAM_ID={desk.ids.program}" in said
    assert "2 of 3 decide" in said  # what was set was shown before
    code, found = shown(capsys, verify, where=desk.where)
    assert (code, found["passed"]) == (0, True)
    assert found["config"]["council"] == [str(desk.keys[n].pubkey()) for n in ("first", "second", "third")]
    _, terms = shown(capsys, config, where=desk.where)
    assert (terms["fee_bps"], terms["time_lock_seconds"], terms["initial_sol_lamports"]) == (
        100,
        172_800,
        28_307_692_307,
    )
    assert config(where=desk.where) == 0
    assert "1 % (100 bps)" in capsys.readouterr().out
    before = len(desk.chain.landed)
    assert desk.deploy(terms=None) == 0
    assert len(desk.chain.landed) == before


def test_terms_that_come_too_late_are_not_passed_over(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.deploy() == 0
    assert "says otherwise" not in capsys.readouterr().out
    late = desk.folder / "late.toml"
    late.write_text(desk.terms.read_text().replace("fee_bps = 100 ", "fee_bps = 200 "))
    assert desk.deploy(terms=late) == 0
    said = capsys.readouterr().out
    assert "1 % (100 bps) of each trade" in said
    assert "(the file: fee             2 % (200 bps) of each trade" in said
    assert "guardian" not in said


def test_the_price_is_what_was_said(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.chain.pay(desk.payer.pubkey(), 10 * SOL)
    assert desk.deploy() == 0
    spent = 10 * SOL - desk.chain.lamports(desk.payer.pubkey())
    said = capsys.readouterr().out
    accounts = 36, 45 + 3 * len(BINARY) // 2, 512  # the program, its code with room, Config
    rent = sum((128 + size) * 6_960 for size in accounts)
    fees = (-(-len(BINARY) // piece_size(desk.payer.pubkey())) + 6) * 5_000
    assert f"{Lamports(rent).sol()} SOL of rent and about {Lamports(fees).sol()} SOL of fees" in said
    assert rent < spent <= rent + fees


def test_at_no_moment_could_one_key_replace_a_program_that_is_set_up(desk: Desk) -> None:
    seen: list[tuple[bool, str]] = []

    def heard(landed: Landed) -> None:
        node = desk.chain._node
        data, made = node.engine.get(desk.ids.program_data), node.engine.get(desk.ids.config)
        if data is not None:
            seen.append((made is not None, str(Pubkey.from_bytes(data.data[13:45]))))

    desk.chain.on_landed = heard
    assert desk.deploy() == 0
    me, own = str(desk.payer.pubkey()), str(desk.ids.upgrade_authority)
    assert seen == [(False, me), (True, own)]


def killed(desk: Desk, when: Callable[[Landed], bool]) -> None:
    """A deploy of its own process that gets `kill -9` in the moment in which a transaction lands, before it hears."""
    command = [sys.executable, "-m", "pumpbox", "program", "deploy", "--yes", "--url", desk.chain.url]
    for option, name in (("keypair", "payer.json"), ("terms", "terms.toml"), ("data", "data")):
        command += [f"--{option}", str(desk.folder / name)]
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    process = subprocess.Popen(
        command, cwd=ROOT, env=kept, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )

    def heard(landed: Landed) -> None:
        if when(landed):
            process.send_signal(signal.SIGKILL)

    desk.chain.on_landed = heard
    _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, said
    desk.chain.on_landed = lambda _: None
    desk.chain.inside(lambda node: None)  # what was on its way has arrived


def test_killed_at_any_step_it_goes_on_and_does_nothing_twice(desk: Desk) -> None:
    pieces = -(-len(BINARY) // piece_size(desk.payer.pubkey()))
    killed(desk, lambda landed: UPGRADEABLE_LOADER in landed.keys)  # the buffer is made
    killed(desk, lambda _: desk.writes() == 20)
    assert 20 <= desk.writes() < pieces
    assert verify(where=desk.where) == 1  # nothing is there yet, and it says so
    killed(desk, lambda landed: desk.ids.program_data in landed.keys)  # deployed, and not set up
    assert verify(where=desk.where) == 1
    assert desk.deploy() == 0
    assert desk.writes() == pieces
    assert sum(desk.ids.program_data in landed.keys for landed in desk.chain.landed) == 2


def test_what_is_needed_is_said_before_anything_is_spent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A faucet that gives nothing, as devnet's most of the time; and mainnet, which is not even asked."""
    genesis = desk.chain.inside(lambda node: str(node.clock.blockhash(0)))
    desk.chain.pay(desk.payer.pubkey(), SOL // 2)
    before = len(desk.chain.landed)
    monkeypatch.setattr("workers.localnet.node.AIRDROP_CAP", 0)
    with pytest.raises(
        Refused, match=rf"send \d\.\d+ SOL more to {desk.payer.pubkey()} .*faucet.*Nothing was spent"
    ):
        desk.deploy()
    monkeypatch.setitem(checks.GENESIS, "mainnet", str(genesis))
    monkeypatch.setattr(verb, "_airdrop", None)
    monkeypatch.setattr(verb, "agreed", None)
    with pytest.raises(Refused, match=r"send .* more"):
        desk.deploy()
    assert len(desk.chain.landed) == before


def test_nobody_to_ask_is_a_no(empty: Desk) -> None:
    with pytest.raises(Refused, match="--yes"):
        empty.deploy(yes=False)


def test_a_cluster_that_takes_only_newer_formats(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.needs_sbpf_v3()
    old = desk.folder / "old.so"
    old.write_bytes(BINARY[:48] + bytes(4) + BINARY[52:])
    with monkeypatch.context() as patched:
        patched.setattr(embedded, "ARTIFACT", old)
        with pytest.raises(Refused, match="SBPF v0"):
            desk.deploy()
    assert desk.chain.landed == []
    assert desk.deploy() == 0


def test_an_address_that_can_hold_no_program(desk: Desk) -> None:
    file = desk.folder / "taken.json"
    taken = ProgramIds(write_key(file).pubkey())
    desk.chain.pay(taken.program_data, SOL)  # anybody may, who knows the address beforehand
    with pytest.raises(Refused, match="take another --program-keypair"):
        desk.deploy(program_keypair=file)
    paid = desk.folder / "paid.json"
    desk.chain.pay(write_key(paid).pubkey(), SOL)  # this does no harm
    assert desk.deploy(program_keypair=paid) == 0


def test_terms_are_needed_once(empty: Desk) -> None:
    with pytest.raises(Refused, match="--terms"):
        empty.deploy(terms=None)


class TestAnothersProgram:
    """Programs that somebody put there before, as `solana program deploy` leaves them."""

    def put(self, desk: Desk, who: Keypair, code: bytes = BINARY) -> None:
        desk.deploy(room=2 * len(BINARY))
        ids = desk.ids
        made = desk.chain.inside(lambda node: node.engine.get(ids.program_data))
        assert isinstance(made, Account)
        data = made.data[:13] + bytes(who.pubkey()) + code.ljust(2 * len(BINARY), b"\0")
        desk.chain.inside(
            lambda node: node.engine.load([(ids.program_data, Account(made.lamports, data, made.owner))])
        )

    def test_the_deployers_key_is_not_left_in_silence(
        self, desk: Desk, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.put(desk, desk.payer)
        assert verify(where=desk.where) == 1
        assert f"{desk.payer.pubkey()} can replace the program alone" in capsys.readouterr().out
        assert desk.deploy(terms=None) == 0  # hands it over, which is all that is left to do
        assert verify(where=desk.where) == 0

    def test_another_key_is_named(self, desk: Desk) -> None:
        other = Keypair()
        self.put(desk, other)
        with pytest.raises(Refused, match=str(other.pubkey())):
            desk.deploy()

    def test_another_binary_of_ours_is_replaced(self, desk: Desk) -> None:
        self.put(desk, desk.payer, BINARY[:-1] + bytes([BINARY[-1] ^ 1]))
        assert verify(where=desk.where) == 1
        assert desk.deploy() == 0

    def test_another_binary_behind_proposals_is_for_the_council(self, desk: Desk) -> None:
        desk.deploy()
        other = desk.folder / "other.so"
        other.write_bytes(BINARY[:-1] + bytes([BINARY[-1] ^ 1]))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(embedded, "ARTIFACT", other)
            with pytest.raises(Refused, match="pumpbox program upgrade"):
                desk.deploy()
        assert verify(where=desk.where, binary=other) == 1


def test_a_buffer_left_by_another_version_costs_nothing_but_itself(desk: Desk) -> None:
    ids = ProgramIds(Pubkey.new_unique())
    one = address_of(desk.payer.pubkey(), ids.program, BINARY)
    assert one != address_of(desk.payer.pubkey(), ids.program, BINARY + b"1")


async def test_an_extension_is_never_less_than_the_loader_takes() -> None:
    assert chain.missing_room(100, 100) == 0
    assert chain.missing_room(100, 101) == loader.MIN_EXTENSION
    assert chain.missing_room(100, 100_000) == 99_900


def test_what_is_in_the_buffer_already_need_not_be_there_again() -> None:
    costs = chain.Costs(stays=100, returns=70, peak=100, fees=5)
    assert costs.needed(in_buffer=0, floor=10) == 115
    assert costs.needed(in_buffer=70, floor=10) == 45
    assert costs.needed(in_buffer=500, floor=10) == 15  # somebody paid into it: that pays no fees


def test_a_key_that_others_read_is_said_and_a_wrong_one_shows_nothing(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = desk.folder / "payer.json"
    file.chmod(0o644)
    read_keypair(file)
    assert "chmod 600" in capsys.readouterr().err
    for text in (
        "[1, 2, 3]",
        "hidden",
        "{}",
        json.dumps([7] * 64),
        "[" * 100_000,
        json.dumps(["hidden"] * 64),
    ):
        file.write_text(text)
        with pytest.raises(Refused) as refused:
            desk.deploy()
        assert "hidden" not in str(refused.value)
        assert "no keypair" in str(refused.value)
    with pytest.raises(Refused, match="No such file"):
        desk.deploy(keypair=desk.folder / "none.json")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("fee_bps = 501", "fee_bps"),
        ("creator_fee_bps = 101", "part of fee_bps"),
        ("cents_per_sol = 15000\ninitial_sol = '30'", "one of them"),
        ("cents_per_sol = 0", "cents_per_sol"),
        ("schedule_slots = 10", "schedule_fee_bps"),
        ("schedule_fee_bps = 200", "without schedule_slots"),
        ("graduation_cap_sol = '1.1'", "at most 1"),
        ("graduation_cap_sol = 0.5", "string"),
        ("threshold = 4", "more than the council"),
        ("time_lock_hours = 47", "48"),
        ("guardian = 'nobody'", "no address"),
        ("fee = 1", "fee: Extra"),
        ("this is no toml", "no TOML"),
    ],
)
def test_terms_that_cannot_be(empty: Desk, tmp_path: Path, line: str, words: str) -> None:
    changed = {part.split("=")[0].strip() for part in line.split("\n")}
    kept = [old for old in empty.terms.read_text().split("\n") if old.split("=")[0].strip() not in changed]
    terms = tmp_path / "terms.toml"
    terms.write_text("\n".join([line, *kept]))
    with pytest.raises(Refused, match=words):
        empty.deploy(terms=terms)


def test_terms_name_a_member_once(empty: Desk, tmp_path: Path) -> None:
    keys = {name: key.pubkey() for name, key in empty.keys.items()}
    terms = write_terms(tmp_path / "terms.toml", {**keys, "second": keys["first"]})
    with pytest.raises(Refused, match="twice"):
        empty.deploy(terms=terms)


def test_the_example_is_refused_until_it_is_filled_in(empty: Desk) -> None:
    with pytest.raises(Refused, match="REPLACE"):
        empty.deploy(terms=ROOT / "deploy" / "terms.toml")


def test_reading_verbs_say_what_is_missing(empty: Desk, tmp_path: Path) -> None:
    fresh = Place(data=tmp_path, url=empty.chain.url)
    with pytest.raises(Refused, match="--program-id"):
        config(where=fresh)
    nobody = Place(data=tmp_path, url=empty.chain.url, program_id=str(Pubkey.new_unique()))
    with pytest.raises(Refused, match="never set up"):
        config(where=nobody)
    with pytest.raises(Refused, match="no address"):
        config(where=Place(data=tmp_path, url=empty.chain.url, program_id="0O"))
    with pytest.raises(Refused, match="no chain runs"):
        config(where=Place(data=tmp_path))
    with pytest.raises(Refused, match="does not answer") as refused:
        config(where=Place(data=tmp_path, url="http://127.0.0.1:1/?api-key=hidden"))
    assert "hidden" not in str(refused.value)


def test_a_sender_is_not_shown_with_its_key() -> None:
    payer = Keypair()
    assert str(payer) not in repr(Sender(None, payer))  # type: ignore[arg-type]  # nothing is sent
