"""Where an answer is shown does not depend on the platform."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.place import audience, becomes, in_private
from core.ports.rows import Delivery
from core.reply import Kind, Message, Reply, Visibility, t

PUBLIC, QUIET, PRIVATE = Visibility.PUBLIC, Visibility.QUIET, Visibility.PRIVATE
CARD = Message(t("start-title"))


@pytest.mark.parametrize("asked_for", Visibility)
def test_in_a_private_chat_nothing_is_hidden(asked_for: Visibility) -> None:
    assert audience(Reply(CARD, visibility=asked_for), group=False) is PUBLIC


@pytest.mark.parametrize("asked_for", Visibility)
def test_a_group_sees_what_is_for_it(asked_for: Visibility) -> None:
    assert audience(Reply(CARD, visibility=asked_for), group=True) is asked_for


@pytest.mark.parametrize(("asked_for", "seen_by"), [(PUBLIC, QUIET), (QUIET, QUIET), (PRIVATE, PRIVATE)])
def test_a_fault_is_shown_to_who_asked(asked_for: Visibility, seen_by: Visibility) -> None:
    assert audience(Reply(CARD, kind=Kind.ERROR, visibility=asked_for), group=True) is seen_by


@pytest.mark.parametrize("seen_by", [PUBLIC, QUIET])
def test_the_pressed_message_becomes_its_new_look_and_nothing_else(seen_by: Visibility) -> None:
    reply = Reply(CARD, subject="order:1")
    assert becomes(reply, seen_by, shows=True)
    assert not becomes(reply, seen_by, shows=False)
    assert becomes(replace(reply, edit=True), seen_by, shows=False)


def test_what_is_private_never_becomes_a_message_that_a_group_sees() -> None:
    assert not becomes(Reply(CARD, edit=True), PRIVATE, shows=True)


@pytest.mark.parametrize(
    ("chat_id", "visibility", "private"),
    [("group", PUBLIC, False), ("group", QUIET, False), ("group", PRIVATE, True), (None, PUBLIC, True)],
)
def test_a_delivery_without_a_chat_or_for_one_alone_goes_to_the_private_chat(
    chat_id: str | None, visibility: Visibility, private: bool
) -> None:
    delivery = Delivery(1, "key", "test", "notice", chat_id, None, "ada", None, visibility.value, "", 0, 0)
    assert in_private(delivery) is private
