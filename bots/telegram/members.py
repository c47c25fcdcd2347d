"""Who manages a group, by Telegram's own word."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import structlog
import telegram
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

from bots.desk import Desk
from core.commands.incoming import Caller, Invocation
from core.reply import Reply

log = structlog.get_logger()

KNOWN = {True: 60.0, False: 5.0}  # seconds: who has just been made an administrator tries again at once
MANAGERS = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)
REMEMBERED = 10_000  # answers


class Members:
    """Asks Telegram, and remembers the answer for a moment. `clock`: monotonic seconds."""

    def __init__(self, bot: telegram.Bot, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot, self._clock = bot, clock
        self._known: dict[tuple[str, str], tuple[bool, float]] = {}  # and until when

    async def manages(self, caller: Caller) -> bool:
        """Whether the caller is an administrator of the group. In private they are the only one there is.
        No answer is a no."""
        if caller.chat_id is None:
            return True
        asked = (caller.chat_id, caller.user_id)
        known, until = self._known.get(asked, (False, 0.0))
        if self._clock() < until:
            return known
        try:
            member = await self._bot.get_chat_member(int(caller.chat_id), int(caller.user_id))
        except TelegramError as refused:
            log.warning("telegram.member_unknown", error=str(refused), chat=caller.chat_id)
            return False
        manages = member.status in MANAGERS
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[asked] = (manages, self._clock() + KNOWN[manages])
        return manages


@dataclass(frozen=True, kw_only=True)
class ManagedDesk(Desk):
    """The desk, with somebody to ask who manages a chat."""

    members: Members

    @classmethod
    def over(cls, desk: Desk, members: Members) -> ManagedDesk:
        return cls(**vars(desk), members=members)

    async def dispatch(self, invocation: Invocation) -> Reply | None:
        """See `Desk.dispatch`."""
        asking = partial(self.members.manages, invocation.caller)
        return await super().dispatch(replace(invocation, manages=asking))
