"""Who sees an answer, and whether it takes the place of what was pressed: the same on every platform. Pure."""

from __future__ import annotations

from core.ports.rows import Delivery
from core.reply import Kind, Reply, Visibility, narrower


def audience(reply: Reply, *, group: bool) -> Visibility:
    """Who sees the reply to what was asked in a group, or not in one: PUBLIC is all who are there, QUIET is who
    asked as far as the platform can do that, PRIVATE is who asked and in their private chat."""
    if not group:
        return Visibility.PUBLIC
    return narrower(reply.visibility, Visibility.QUIET) if reply.kind is Kind.ERROR else reply.visibility


def becomes(reply: Reply, seen_by: Visibility, *, shows: bool) -> bool:
    """Whether the pressed message becomes the reply. seen_by: its audience. shows: the message shows the
    reply's subject."""
    return seen_by is not Visibility.PRIVATE and (reply.edit or shows)


def in_private(delivery: Delivery) -> bool:
    """Whether the delivery is for the private chat with its user."""
    return delivery.chat_id is None or delivery.visibility == Visibility.PRIVATE
