"""Rows for tests, with everything that a test doesn't talk about filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.domain.order import Order, OrderKind, OrderState
from core.ports.rows import BoxRow, Coin, Delivery, FillRow, LiveMessage, StoredButton, Wallet
from core.ports.store import Work


async def a_person(work: Work, user_id: str = "u1", platform: str = "terminal") -> str:
    """The id of a person whom the store knows."""
    return (await work.accounts.ensure(platform, user_id, f"name of {user_id}", None)).person_id


def a_wallet(person_id: str, **changes: Any) -> Wallet:
    return replace(Wallet(address=f"wallet-{person_id}", person_id=person_id, created_at=1), **changes)


def a_button(token: str, **changes: Any) -> StoredButton:
    button = StoredButton(
        token=token,
        command="buy",
        arguments={"coin": "CAT", "sol": "0.5"},
        open=False,
        platform="terminal",
        user_id="u1",
        chat_id="c1",
        subject="order:1",
        created_at=1,
        expires_at=100,
    )
    return replace(button, **changes)


def a_message(message_id: str, **changes: Any) -> LiveMessage:
    message = LiveMessage(
        subject="box:1",
        platform="terminal",
        chat_id="c1",
        thread_id=None,
        message_id=message_id,
        user_id="u1",
    )
    return replace(message, **changes)


def a_box(box_id: str, person_id: str, **changes: Any) -> BoxRow:
    box = BoxRow(
        id=box_id,
        person_id=person_id,
        platform="terminal",
        chat_id="c1",
        thread_id=None,
        user_id="u1",
        theme="space cats",
        state="sealed",
        seed="aa" * 32,
        commitment="bb" * 32,
        step="name",
    )
    return replace(box, **changes)


def an_order(order_id: str, person_id: str, **changes: Any) -> Order:
    order = Order(
        id=order_id,
        kind=OrderKind.BUY,
        person_id=person_id,
        wallet="wallet",
        mint="mint",
        box_id=None,
        intent={"lamports": 1},
        quote={"atoms": 2},
        state=OrderState.QUOTED,
        platform="terminal",
        chat_id="c1",
        thread_id=None,
        user_id="u1",
        created_at=1,
        quote_expires_at=30,
    )
    return replace(order, **changes)


def a_coin(mint: str, **changes: Any) -> Coin:
    coin = Coin(
        mint=mint,
        name="Space Cats",
        ticker="CATS",
        uri="http://localhost/1.json",
        creator="creator",
        image=None,
        launched_at=1,
        launch_slot=1,
        sequence=0,
        virtual_sol=30,
        virtual_tokens=1_000,
        initial_virtual_sol=30,
        real_sol=0,
        volume=0,
        holders=0,
        complete=False,
    )
    return replace(coin, **changes)


def a_fill(mint: str, sequence: int, **changes: Any) -> FillRow:
    fill = FillRow(
        mint=mint,
        sequence=sequence,
        signature=f"signature-{mint}-{sequence}",
        slot=sequence,
        time=sequence,
        trader="trader",
        side="buy",
        lamports=1,
        atoms=1,
        fee=0,
        virtual_sol=31,
        virtual_tokens=999,
    )
    return replace(fill, **changes)


def a_delivery(key: str, **changes: Any) -> Delivery:
    delivery = Delivery(
        id=0,
        key=key,
        platform="terminal",
        kind="notice",
        chat_id="c1",
        thread_id=None,
        user_id=None,
        subject=None,
        visibility="public",
        message="{}",
        version=1,
        created_at=1,
    )
    return replace(delivery, **changes)
