"""A command is declared once, and a wrong declaration or argument says so at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bootstrap.app import load_commands
from core.commands.spec import REGISTRY, Spec, WrongDeclaration, arg, command, missing, parse, split_line
from core.commands.values import PARSERS, Address, CoinRef, Count, RowId
from core.domain.errors import UserError
from core.domain.money import BPS, Lamports
from core.domain.portion import Portion
from core.localize import text

MINT = "So11111111111111111111111111111111111111112"
SPECS = load_commands()
HOSTILE = [
    "0",
    "-1",
    "1e99",
    "NaN",
    "inf",
    "all",
    "0x10",
    "1,000",
    "1_000",
    "½",
    "\uff11.\uff15",  # full-width digits: 1.5
    "\u0663",  # an Arabic three
    "🚀",
    "\u202e1.5",  # right-to-left override: reads 5.1
    "1\u200b.5",  # a zero-width space inside
    "9" * 5_000,
    "1" + "0" * 30,
    "0.0000000001",
    "1.5 SOL",
    "' OR 1=1",
]


@pytest.fixture
def _registry() -> Iterator[None]:
    """What a test declares is gone after it."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def parsed(name: str, **given: str) -> object:
    return parse(SPECS[name], given)


def refused(name: str, **given: str) -> str:
    with pytest.raises(UserError) as error:
        parse(SPECS[name], given)
    return error.value.code


class Odd:
    """A type that nobody parses."""


@pytest.mark.usefixtures("_registry")
class TestDeclarations:
    @pytest.mark.parametrize("name", ["Buy", "", "9lives", "with space", "a" * 33, "käse"])
    def test_a_name_that_some_platform_could_not_show(self, name: str) -> None:
        with pytest.raises(WrongDeclaration, match="a name is"):
            command(name, hidden=True)(type("Empty", (), {}))

    def test_the_same_name_twice(self) -> None:
        with pytest.raises(WrongDeclaration, match="declared twice"):
            command("buy", hidden=True)(type("Empty", (), {}))

    def test_a_type_that_nobody_parses(self) -> None:
        class Strange:
            what: Odd = arg()

        with pytest.raises(WrongDeclaration, match="no parser"):
            command("strange", hidden=True)(Strange)

    def test_more_arguments_than_a_form_holds(self) -> None:
        fields = dict.fromkeys("abcdef", str)
        many = type("Many", (), {"__annotations__": fields, **{name: arg() for name in fields}})
        with pytest.raises(WrongDeclaration, match="at most five"):
            command("many", hidden=True)(many)

    def test_only_the_last_takes_the_rest_of_the_line(self) -> None:
        class Greedy:
            first: str = arg(rest=True)
            second: str = arg()

        with pytest.raises(WrongDeclaration, match="only the last"):
            command("greedy", hidden=True)(Greedy)

    def test_more_presets_than_a_platform_shows(self) -> None:
        class Generous:
            sol: Lamports = arg(presets=tuple(str(n) for n in range(26)))

        with pytest.raises(WrongDeclaration, match="at most 25"):
            command("generous", hidden=True)(Generous)

    def test_a_command_of_the_menu_without_its_texts(self) -> None:
        with pytest.raises(WrongDeclaration, match="no text 'command-mute-help'"):
            command("mute")(type("Mute", (), {}))


@pytest.mark.parametrize("spec", [s for s in SPECS.values() if not s.hidden], ids=lambda s: s.name)
def test_every_command_of_the_menu_can_be_shown_everywhere(spec: Spec) -> None:
    assert len(text(spec.help)) <= 100  # what Discord's menu holds
    for argument in spec.args:
        assert 0 < len(text(argument.help)) <= 100
    assert spec.usage.startswith(f"/{spec.name}")
    assert len(spec.presets if hasattr(spec, "presets") else ()) <= 25


class TestLines:
    def test_words_in_order_and_the_rest(self) -> None:
        assert split_line(SPECS["buy"], "CATS 0.5") == {"coin": "CATS", "sol": "0.5"}
        assert split_line(SPECS["launch"], "space cats in hats") == {"theme": "space cats in hats"}
        assert split_line(SPECS["buy"], "  CATS   0.5 ") == {"coin": "CATS", "sol": "0.5"}
        assert split_line(SPECS["buy"], "") == {}

    def test_one_word_too_many(self) -> None:
        with pytest.raises(UserError) as error:
            split_line(SPECS["buy"], "CATS 0.5 please")
        assert (error.value.code, error.value.arguments) == (
            "too-many-arguments",
            {"usage": "/buy <coin> <sol>"},
        )

    def test_what_is_missing_is_asked_for_and_the_rest_kept(self) -> None:
        form = missing(SPECS["buy"], {"coin": "CATS"})
        assert form is not None
        assert [field.name for field in form.fields] == ["sol"]
        assert form.fields[0].presets == ("0.1", "0.5", "1")
        assert (form.command, form.arguments) == ("buy", {"coin": "CATS"})
        assert missing(SPECS["buy"], {"coin": "CATS", "sol": "1"}) is None
        assert missing(SPECS["launch"], {}) is None  # a theme need not be given

    @given(st.text(max_size=300))
    def test_any_line_is_split_or_refused(self, line: str) -> None:
        for spec in SPECS.values():
            try:
                given = split_line(spec, line)
                if missing(spec, given) is None:
                    parse(spec, given)
            except UserError:
                continue  # said, with what to do


class TestValues:
    @pytest.mark.parametrize("amount", HOSTILE)
    def test_a_hostile_amount_is_refused_by_name(self, amount: str) -> None:
        code = refused("buy", coin="CATS", sol=amount)
        expected = {
            "0": "amount-zero",
            "0.0000000001": "amount-too-precise",
            "1" + "0" * 30: "amount-not-a-number",
        }
        long = "argument-too-long" if len(amount) > 120 else "amount-not-a-number"
        assert code == expected.get(amount, long)

    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            ("99999999999999999999", "amount-too-large"),
            ("0.00001", "amount-too-small"),
            ("1.0000000001", "amount-too-precise"),
        ],
    )
    def test_amounts_out_of_bounds(self, amount: str, code: str) -> None:
        assert refused("buy", coin="CATS", sol=amount) == code

    @pytest.mark.parametrize(("typed", "lamports"), [("1", 10**9), (".5", 5 * 10**8), ("007.50", 75 * 10**8)])
    def test_plain_amounts(self, typed: str, lamports: int) -> None:
        assert PARSERS[Lamports](typed) == lamports

    @pytest.mark.parametrize(
        ("typed", "of_a_million"),
        [
            ("all", 10**6),
            ("MAX", 10**6),
            ("50%", 500_000),
            ("0.01%", 100),
            ("33.33 %", 333_300),
            ("0.5", 500_000),
        ],
    )
    def test_portions(self, typed: str, of_a_million: int) -> None:
        assert PARSERS[Portion](typed).of(10**6) == of_a_million

    @pytest.mark.parametrize(
        "typed", ["0%", "101%", "100.01%", "0.001%", "-5%", "%", "5%%", "\u0665%", "NaN%", "0", "half"]
    )
    def test_no_portions(self, typed: str) -> None:
        with pytest.raises(UserError) as error:
            PARSERS[Portion](typed)
        assert error.value.code in ("percent-wrong", "amount-not-a-number", "amount-zero")

    @given(st.integers(1, BPS), st.integers(0, 2**64 - 1))
    def test_a_share_is_never_more_than_what_is_held(self, bps: int, held: int) -> None:
        share = PARSERS[Portion](f"{bps // 100}.{bps % 100:02d}%").of(held)
        assert share <= held
        assert share == held * bps // BPS

    @pytest.mark.parametrize(
        ("typed", "coin"),
        [
            ("cats", "CATS"),
            ("$cats", "CATS"),
            (f"https://example.org/coin/{MINT}?x=1", MINT),
            (MINT, MINT),
            ("x" * 100, "X" * 16),
        ],
    )
    def test_coins_by_ticker_mint_or_link(self, typed: str, coin: str) -> None:
        assert PARSERS[CoinRef](typed) == coin

    @pytest.mark.parametrize("typed", ["", "me", MINT[:-1], MINT + "1", "0" * 40, "🚀" * 35, MINT[:-1] + "l"])
    def test_no_addresses(self, typed: str) -> None:
        with pytest.raises(UserError, match="address-wrong"):
            PARSERS[Address](typed)

    @pytest.mark.parametrize("typed", ["", "1" * 25, "1" * 27, "../../etc/passwd000000000", "é" * 26])
    def test_ids_that_we_did_not_make(self, typed: str) -> None:
        with pytest.raises(UserError, match="button-unknown"):
            PARSERS[RowId](typed)

    @pytest.mark.parametrize("typed", ["-1", "10001", "999999", "1.5", "٣", "x"])
    def test_no_pages(self, typed: str) -> None:
        with pytest.raises(UserError, match="page-wrong"):
            PARSERS[Count](typed)

    def test_what_is_parsed_can_not_be_changed(self) -> None:
        buy = parsed("buy", coin="cats", sol="1")
        with pytest.raises(FrozenInstanceError):
            buy.sol = Lamports(2)  # type: ignore[attr-defined]  # that is what is refused
