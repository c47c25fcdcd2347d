"""Any sequence of requests, repeats, restarts and days: the promises of the signer hold after every step."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.domain.errors import UserError
from core.ports.signer import KEEPER
from tests.fakes.signer import KEEPER_LIMIT, WITHDRAW_LIMIT
from tests.unit.signer.desk import OUTSIDE, Desk, sign_params
from workers.signer.audit import verify
from workers.signer.limits import DAY, SIGNATURE_FEE

PEOPLE = st.sampled_from(["ann", "bob"])
ORDERS = st.integers(0, 12).map("order-{}".format)
SHARES = st.sampled_from([1, WITHDRAW_LIMIT // 3, WITHDRAW_LIMIT // 2, WITHDRAW_LIMIT, WITHDRAW_LIMIT + 1])

TOP_UPS = st.sampled_from([0, KEEPER_LIMIT // 3, KEEPER_LIMIT - SIGNATURE_FEE, KEEPER_LIMIT])


class Signing(RuleBasedStateMachine):
    """The model remembers what was answered and when; the service must never contradict it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="signer-")
        self.desk = Desk(Path(self.folder.name))
        self.answers: dict[str, dict[str, Any]] = {}
        self.wallets: dict[str, str] = {}
        self.sent: list[tuple[str, float, int]] = []

    def teardown(self) -> None:
        self.desk.service.close()
        self.folder.cleanup()

    @rule(person=PEOPLE, order=ORDERS, lamports=SHARES)
    def withdraw(self, person: str, order: str, lamports: int) -> None:
        wallet = self._wallet(person)
        if order not in self.answers and self._sum(wallet) + lamports > WITHDRAW_LIMIT:
            with pytest.raises(UserError, match="withdraw-limit"):
                self.desk.withdraw(order, wallet, lamports)
            return
        answer = self.desk.withdraw(order, wallet, lamports)  # a signed order is never refused
        if order not in self.answers:
            self.sent.append((wallet, self.desk.now, lamports))
        assert self.answers.setdefault(order, answer) == answer

    @rule(person=PEOPLE, order=ORDERS)
    def buy(self, person: str, order: str) -> None:
        intent = {"kind": "buy", "mint": OUTSIDE, "max_in": 5, "min_out": 1, "deadline_slot": 1_000}
        params = sign_params(order, self._wallet(person), intent)
        answer = self.desk.service.handle({"method": "sign", "params": params})
        assert self.answers.setdefault(order, answer) == answer

    @rule(order=ORDERS, top_up=TOP_UPS)
    def graduate(self, order: str, top_up: int) -> None:
        wallet, cost = self._wallet(KEEPER), top_up + SIGNATURE_FEE
        intent = {"kind": "graduate", "mint": OUTSIDE, "raydium_set": 1, "max_top_up": top_up}
        free = {"unit_limit": 1, "unit_price": 0}
        if order not in self.answers and self._sum(wallet) + cost > KEEPER_LIMIT:
            with pytest.raises(UserError, match="keeper-budget"):
                self.desk.sign(order, wallet, intent, compute=free)
            return
        answer = self.desk.sign(order, wallet, intent, compute=free)
        if order not in self.answers:
            self.sent.append((wallet, self.desk.now, cost))
        assert self.answers.setdefault(order, answer) == answer

    @rule(seconds=st.sampled_from([1, DAY // 2, DAY - 1, DAY]))
    def wait(self, seconds: int) -> None:
        self.desk.now += seconds

    @rule()
    def restart(self) -> None:
        self.desk.restart()

    @invariant()
    def the_total_is_what_was_signed_in_a_day(self) -> None:
        for person, wallet in self.wallets.items():
            asked = {"method": "withdrawn_today", "params": {"wallet": wallet}}
            limit = KEEPER_LIMIT if person == KEEPER else WITHDRAW_LIMIT
            assert self.desk.service.handle(asked) == {"lamports": self._sum(wallet), "limit": limit}
            assert self._sum(wallet) <= limit

    @invariant()
    def the_log_is_whole(self) -> None:
        assert verify(self.desk.database) >= len(self.answers) + len(self.wallets)

    def _wallet(self, person: str) -> str:
        address = self.desk.wallet(person)
        assert self.wallets.setdefault(person, address) == address
        return address

    def _sum(self, wallet: str) -> int:
        since = self.desk.now - DAY
        return sum(lamports for owner, at, lamports in self.sent if owner == wallet and at > since)


TestSigning = Signing.TestCase
TestSigning.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
