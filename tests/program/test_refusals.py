"""Every error code is met, by a direct call and by one from inside another program, and nothing is done then."""

from __future__ import annotations

import pytest

from core.adapters.chain.program.errors import ProgramErrorCode
from tests.program import forwarder
from tests.program.every import CALLS, FIRST, Call
from tests.program.harness import landed, refused
from tests.program.refusals import REFUSALS


def state_of(call: Call) -> list[object]:
    """What the call names, as it is."""
    return [call.chain.svm.get_account(meta.pubkey) for meta in call.instruction.accounts]


def test_no_code_is_left_out() -> None:
    """A refusal that nobody has seen may not exist."""
    assert list(REFUSALS) == list(ProgramErrorCode)


@pytest.mark.parametrize("code", REFUSALS, ids=lambda code: code.name)
def test_a_refused_call_changes_nothing(code: ProgramErrorCode) -> None:
    call = REFUSALS[code]()
    before = state_of(call)
    refused(call.send(call.chain.wallet()), code)
    assert state_of(call) == before


@pytest.mark.parametrize("code", REFUSALS, ids=lambda code: code.name)
def test_a_call_from_another_program_meets_the_same_guard(code: ProgramErrorCode) -> None:
    """Meteora's swap2: a guard at one way in, none at another. Here a CPI is no other way in."""
    call = REFUSALS[code]()
    forwarder.install(call.chain)
    before = state_of(call)
    refused(call.sign(call.chain.wallet(), forwarder.forwarded(call.instruction)), code)
    assert state_of(call) == before


@pytest.mark.parametrize("name", FIRST)
def test_a_call_from_another_program_does_the_same(name: str) -> None:
    """Multisigs and other people's contracts are callers as good as any."""
    direct, by_call = CALLS[name](), CALLS[name]()
    forwarder.install(by_call.chain)
    landed(direct.send(direct.chain.wallet()))
    landed(by_call.sign(by_call.chain.wallet(), forwarder.forwarded(by_call.instruction)))
    assert state_of(by_call) == state_of(direct)
