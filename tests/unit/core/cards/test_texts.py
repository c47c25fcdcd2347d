"""Every word that the source can say exists, and every refusal says what to do next."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from fluent.syntax import FluentParser
from fluent.syntax.ast import Message as FluentMessage
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.raydium.addresses import MAINNET
from core.adapters.chain.refusals import FAULTS, RAYDIUM_ERRORS, USER_ERRORS, failed_program, user_error
from core.domain.address import short
from core.localize import LOCALES, UnknownText, available, clean, has, text
from core.reply import T, t

RAYDIUM = str(MAINNET.program)
OURS = "PumpBoxTest11111111111111111111111111111111"
THEIRS = "So11111111111111111111111111111111111111112"
ROOT = Path(__file__).parents[4]
SOURCES = [
    path for room in ("core", "bots", "workers/signer", "pumpbox") for path in (ROOT / room).rglob("*.py")
]


def calls(*names: str) -> Iterator[tuple[str, str]]:
    """(first argument, where) of each call of one of these functions with a constant text."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called not in names:
                continue
            for first in _constants(node.args[0]):
                yield first, f"{path.relative_to(ROOT)}:{node.lineno}"


def _constants(node: ast.expr) -> Iterator[str]:
    """The texts that an argument can be: a constant, or one of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def messages() -> list[FluentMessage]:
    files = sorted((LOCALES / "en").glob("*.ftl"))
    entries = [entry for file in files for entry in FluentParser().parse(file.read_text()).body]
    return [entry for entry in entries if isinstance(entry, FluentMessage)]


def test_every_text_that_the_source_names_exists() -> None:
    named = list(calls("t", "T"))
    assert len(named) > 100
    assert [(name, where) for name, where in named if not has(name.split(".")[0])] == []


def test_every_refusal_says_what_is_wrong_and_what_to_do() -> None:
    codes = {code for code, _ in calls("UserError", "Simulation")} | {
        *USER_ERRORS.values(),
        *RAYDIUM_ERRORS.values(),
        "chain-refused",
        "program-fault",
    }
    assert len(codes) > 50
    known = {message.id.name: message for message in messages()}
    lacking = []
    for code in sorted(codes):
        message = known.get(f"error-{code}")
        if message is None or [a.id.name for a in message.attributes] != ["next"] or message.value is None:
            lacking.append(code)
    assert lacking == []


def test_no_text_is_said_twice() -> None:
    names = [message.id.name for message in messages()]
    assert sorted(names) == sorted(set(names))


def test_every_error_of_the_program_is_said_or_called_a_fault_of_ours() -> None:
    assert set(USER_ERRORS) | FAULTS == set(ProgramErrorCode)
    assert set(USER_ERRORS) & FAULTS == set()


@pytest.mark.parametrize(
    ("err", "failed", "code"),
    [
        ({"InstructionError": [2, {"Custom": 6019}]}, OURS, "slippage"),
        ({"InstructionError": [2, {"Custom": 6019}]}, THEIRS, "chain-refused"),
        ({"InstructionError": [2, {"Custom": 6019}]}, None, "chain-refused"),
        ({"InstructionError": [5, {"Custom": 6005}]}, RAYDIUM, "slippage"),
        ({"InstructionError": [2, {"Custom": 6005}]}, OURS, "program-fault"),  # our WrongOwner
        ({"InstructionError": [5, {"Custom": 6000}]}, RAYDIUM, "pool-closed"),
        ({"InstructionError": [5, {"Custom": 2505}]}, RAYDIUM, "amount-dust"),
        ({"InstructionError": [5, {"Custom": 6019}]}, RAYDIUM, "chain-refused"),
        ({"InstructionError": [0, {"Custom": 1}]}, None, "balance-short"),
        ({"InstructionError": [2, {"Custom": 6025}]}, OURS, "program-fault"),
        ({"InstructionError": [2, {"Custom": 77}]}, OURS, "chain-refused"),
        ({"InstructionError": [2, "ProgramFailedToComplete"]}, OURS, "chain-refused"),
        ({"InsufficientFundsForRent": {"account_index": 0}}, None, "balance-short"),
        ("AccountNotFound", None, "balance-short"),
        ("BlockhashNotFound", None, "quote-expired"),
        ("SomethingNew" * 50, None, "chain-refused"),
        ({}, None, "chain-refused"),
        (None, None, "chain-refused"),
        (7, None, "chain-refused"),
        ({"InstructionError": "nonsense"}, None, "chain-refused"),
    ],
)
def test_whatever_a_node_answers_can_be_said(err: object, failed: str | None, code: str) -> None:
    found, arguments = user_error(err, failed, OURS)
    assert found == code
    assert text(T(f"error-{found}", arguments))
    assert text(T(f"error-{found}.next", arguments))


class TestWhichProgramFailed:
    ERR: ClassVar = {"InstructionError": [1, {"Custom": 6005}]}

    def test_it_is_the_innermost_as_all_above_hand_its_error_on(self) -> None:
        logs = [
            f"Program {OURS} invoke [1]",
            f"Program {RAYDIUM} invoke [2]",
            f"Program {RAYDIUM} failed: custom program error: 0x1775",
            f"Program {OURS} failed: custom program error: 0x1775",
        ]
        assert failed_program(self.ERR, [THEIRS, OURS], logs) == RAYDIUM

    def test_without_its_log_it_is_that_of_the_instruction(self) -> None:
        assert failed_program(self.ERR, [THEIRS, OURS], ["Log truncated"]) == OURS
        assert failed_program(self.ERR, [THEIRS], []) is None
        assert failed_program("AccountNotFound", [THEIRS], []) is None

    def test_the_words_of_a_program_say_nothing(self) -> None:
        logs = [f"Program log: Program {RAYDIUM} failed: custom program error: 0x1775"]
        assert failed_program(self.ERR, [THEIRS, OURS], logs) == OURS


class TestText:
    def test_words_attributes_and_arguments(self) -> None:
        assert text(t("coin-title", name="Space Cats", ticker="CATS")) == "Space Cats ($CATS)"
        assert text(T("error-too-fast.next", {"seconds": 3})) == "Wait 3 seconds and try again."
        assert text(t("cancel-done", count=1)) != text(t("cancel-done", count=2))

    @pytest.mark.parametrize("wrong", [t("no-such-text"), t("error-internal.nothing"), t("coin-title")])
    def test_a_text_that_is_not_there_is_a_fault_of_ours(self, wrong: T) -> None:
        with pytest.raises(UnknownText):
            text(wrong)

    def test_arguments_are_escaped_and_our_own_words_are_not(self) -> None:
        said = text(
            t("coin-title", name="*bold*", ticker="X"), escape=lambda value: value.replace("*", r"\*")
        )
        assert said == r"\*bold\* ($X)"

    @pytest.mark.parametrize(
        ("hostile", "shown"),
        [
            ("a\u202eb", "ab"),  # right-to-left override
            ("a\u2066b\u2069", "ab"),
            ("a\u200bb\ufeff", "ab"),  # invisible
            ("a\nb\tc\r", "a b c "),
            ("a\0b\x1b[31m", "ab[31m"),
            ("\ud800", ""),
            ("👩\u200d🚀", "👩\u200d🚀"),  # one emoji
        ],
    )
    def test_what_could_forge_a_layout_is_gone(self, hostile: str, shown: str) -> None:
        assert clean(hostile) == shown

    @given(st.text(max_size=3_000))
    def test_any_name_can_be_shown(self, name: str) -> None:
        assert text(t("coin-title", name=name, ticker="X")).endswith("($X)")

    @pytest.mark.parametrize("locale", [None, "", "en", "en-GB", "en_US", "xx", "../../etc", "de-DE", "😀"])
    def test_a_language_that_we_do_not_speak_is_english(self, locale: str | None) -> None:
        assert available(locale) == "en"


def test_a_long_address_is_shown_short() -> None:
    assert short("9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin") == "9xQe…VFin"
    assert short("tiny") == "tiny"
