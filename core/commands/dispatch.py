"""The one way through: an `Invocation` becomes one command's call, and its `Reply`.

Order of things: who is it, what do they want, may they, with which arguments, how often; then the
handler. Every refusal is a reply with the next step; every fault is logged under a reference that the
user sees. Buttons and forms of the reply are turned into opaque tokens that live in the database.
"""

from __future__ import annotations

import difflib
import re
import time
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

from core.cards.coin import coin_card
from core.cards.error import error_card
from core.cards.form import form_card
from core.cards.tokens import tokenized
from core.commands.incoming import Call, Caller, Invocation, Line, Press, Submit
from core.commands.spec import Access, Context, Rate, Spec, missing, parse, split_line
from core.domain.address import find_address, short
from core.domain.errors import UserError
from core.localize import clean
from core.ports.chain import ChainAway
from core.ports.ids import Clock, reference
from core.ports.limiter import Limiter
from core.ports.meter import SILENT, Meter
from core.ports.rows import Account, Chat, StoredButton
from core.ports.signer import SignerAway
from core.ports.store import Store, StoreAway
from core.reply import Kind, Message, Reply, Visibility, narrower
from core.usecases.coins import Coins

log = structlog.get_logger()

MAX_LINE = 4_000  # characters of a line that we look at
LOOKED_AT = 256  # of what is typed to find a coin: a link with a mint in it fits
REMEMBERED, PEOPLE = 30, 10_000  # seconds that we remember who somebody is; how many we remember
REFUSALS = Rate(5, per=60)  # said to one person in one group in answer to lines

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")

Suggest = Callable[[str], Awaitable[list[tuple[str, str]]]]


class Dispatcher:
    """Runs invocations. `needs`: what handlers name as keyword arguments, given by bootstrap. `traders`:
    `platform:user id` of those who may launch and buy; None: everybody."""

    def __init__(
        self,
        specs: Mapping[str, Spec],
        needs: Mapping[str, Any],
        suggestions: Mapping[str, Suggest],
        store: Store,
        limiter: Limiter,
        clock: Clock,
        traders: frozenset[str] | None = None,
        meter: Meter = SILENT,
    ) -> None:
        lacking = {name for spec in specs.values() for name in spec.needs} - set(needs)
        if lacking:
            raise LookupError(f"bootstrap gives no {sorted(lacking)}")
        self._specs, self._needs, self._suggestions = specs, needs, suggestions
        self._store, self._limiter, self._clock, self._traders = store, limiter, clock, traders
        self._meter = meter
        self._known: dict[tuple[str, str, str | None], tuple[Account, int]] = {}  # with when it was looked up

    async def dispatch(self, invocation: Invocation) -> Reply | None:
        """The reply, or None for text that is none of our business. Raises nothing but cancellation.

        Every line that is logged meanwhile carries `ref`, the reference that an internal error shows.
        """
        begun, ref = time.perf_counter(), reference(invocation.caller.platform, invocation.event_id)
        with bound_contextvars(ref=ref, command="other"):
            reply, outcome = await self._outcome(invocation, ref)
            if outcome is not None:
                command = get_contextvars()["command"]
                self._meter.dispatched(command, outcome, time.perf_counter() - begun)
        return reply

    async def _outcome(self, invocation: Invocation, ref: str) -> tuple[Reply | None, str | None]:
        """With how it went, as `Meter.dispatched` names it; None for what was nothing to us."""
        try:
            reply = await self._answer(invocation)
            if reply is None:
                return None, None
            return await self._with_tokens(reply, invocation.caller), "answered"
        except Exception as error:  # noqa: BLE001 - the one place: `_as_user_error` logs what it does not know
            refusal = _as_user_error(error, ref)
            outcome = "failed" if refusal.code == "internal" else "refused"
            self._meter.refused(refusal.code)
            if await self._heard(invocation):
                return None, outcome
            return await self._refused(refusal, invocation.caller), outcome

    async def suggest(self, command: str, argument: str, typed: str) -> list[tuple[str, str]]:
        """Typeahead for an argument: (value, label) pairs, at most 25, no two of which look alike; empty where
        there is nothing to offer."""
        spec = self._specs.get(command)
        found = next((a for a in spec.args if a.name == argument), None) if spec else None
        if found is None:
            return []
        if found.suggest is None:
            return [(preset, preset) for preset in found.presets if preset.startswith(typed)]
        try:
            return _told_apart((await self._suggestions[found.suggest](typed[:64]))[:25])
        except StoreAway:
            return []

    async def glance(self, typed: str, limit: int) -> list[Message]:
        """Cards of the coins that begin with what was typed, for places where we are not ourselves.

        Nobody has called, so their buttons have no tokens. Raises `StoreAway`.
        """
        coins: Coins = self._needs["coins"]
        return [coin_card(coin) for coin in await coins.matching(typed[:LOOKED_AT], limit)]

    async def _answer(self, invocation: Invocation) -> Reply | None:
        caller, what = invocation.caller, invocation.what
        button: StoredButton | None = None
        if isinstance(what, Press | Submit):
            button = await self._button(what.token, caller, invocation.event_id)
            given = {**button.arguments, **(what.fields if isinstance(what, Submit) else {})}
            spec = self._specs[button.command]
        else:
            named = self._named(what, caller)
            if named is None:
                return None
            spec, given = named
        bind_contextvars(command=spec.name)
        account = await self._account(caller)
        context = Context(caller, account.person_id, invocation.event_id, button.subject if button else None)
        await self._may(spec, invocation)
        reply = await self._run(spec, given, context)
        asks = reply.message.form is not None  # a form that is closed unanswered can be opened again
        if button is not None and not button.open and reply.kind is Kind.REPLY and not asks:
            await self._used(button, invocation.event_id)
        return reply

    async def _used(self, button: StoredButton, event_id: str) -> None:
        """What the button does is done; a database that is away now must not make the answer a refusal."""
        try:
            async with self._store.begin() as work:
                await work.buttons.use(button.token, event_id)
        except StoreAway as away:
            # A second press finds the order or box as it is: they guard themselves.
            log.warning("dispatch.use_not_noted", token_of=button.command, error=str(away))

    async def _run(self, spec: Spec, given: Mapping[str, str], context: Context) -> Reply:
        form = missing(spec, given)
        cmd = parse(spec, given) if form is None else None
        # What is wrong with an argument is said first, however often: waiting would not mend it.
        await self._within_rate(spec, context.person_id)
        if form is not None:
            return Reply(form_card(form, spec.usage), visibility=narrower(spec.visibility, Visibility.QUIET))
        needs = {name: self._needs[name] for name in spec.needs}
        try:
            reply = await spec.handle(cmd, context, **needs)
        except UserError as refusal:
            refusal.private |= spec.private
            raise
        # A handler may narrow what its command declares, never widen it.
        return replace(reply, visibility=narrower(spec.visibility, reply.visibility))

    async def _may(self, spec: Spec, invocation: Invocation) -> None:
        """A platform that can't be asked whether the caller manages the chat is a no."""
        caller = invocation.caller
        listed = self._traders is None or f"{caller.platform}:{caller.user_id}" in self._traders
        if spec.access is Access.TRADER and not listed:
            raise UserError("not-a-trader", user=f"{caller.platform}:{caller.user_id}")
        if spec.access is Access.ADMIN and not await invocation.manages():
            raise UserError("not-an-admin")

    def _named(self, what: Line | Call, caller: Caller) -> tuple[Spec, dict[str, str]] | None:
        if isinstance(what, Call):
            return self._spec(what.command), dict(what.arguments)
        text = what.text.strip()
        if len(text) > MAX_LINE:
            raise UserError("line-too-long", limit=MAX_LINE)
        if text.startswith("/"):
            name, *rest = text[1:].split() or [""]
            spec = self._spec(name.split("@")[0].lower())
            return spec, split_line(spec, " ".join(rest))
        address = find_address(text)
        if address is not None:
            return self._specs["coin"], {"coin": address}
        if caller.chat_id is None:
            raise UserError("not-a-command", again=("help", {}))
        return None

    def _spec(self, name: str) -> Spec:
        visible = {n: s for n, s in self._specs.items() if not s.hidden}
        if name in visible:
            return visible[name]
        near = difflib.get_close_matches(name[:32], visible, n=1, cutoff=0.6)
        raise UserError("unknown-command", near=len(near), suggestion=f"/{near[0]}" if near else "/help")

    async def _button(self, token: str, caller: Caller, event_id: str) -> StoredButton:
        async with self._store.read() as work:
            button = await work.buttons.get(token) if _TOKEN.fullmatch(token) else None
        if button is None or button.platform != caller.platform or button.command not in self._specs:
            raise UserError("button-unknown")
        if button.expires_at < self._clock.now():
            raise UserError("button-expired")
        if button.open:
            return button
        if button.user_id != caller.user_id:
            raise UserError("button-not-yours")
        # None: a private answer to a group's line may have moved to the private chat.
        if caller.chat_id not in (button.chat_id, None):
            raise UserError("button-elsewhere")
        if button.used_by not in (None, event_id):
            raise UserError("button-used")
        return button

    async def _account(self, caller: Caller) -> Account:
        """Who it is; who spoke a moment ago is remembered."""
        key = (caller.platform, caller.user_id, caller.chat_id)
        account, since = self._known.get(key, (None, 0))
        if account is None or account.name != caller.name or self._clock.now() - since >= REMEMBERED:
            account, since = await self._looked_up(caller), self._clock.now()
            if len(self._known) >= PEOPLE:
                self._known.pop(next(iter(self._known)))
            self._known[key] = account, since
        return account

    async def _looked_up(self, caller: Caller) -> Account:
        async with self._store.read() as work:
            account = await work.accounts.get(caller.platform, caller.user_id)
            chat = await work.chats.get(caller.platform, caller.chat_id) if caller.chat_id else None
        chat_known = caller.chat_id is None or (chat is not None and chat.active)
        if account is not None and account.name == caller.name and chat_known:
            return account
        async with self._store.begin() as work:
            if caller.chat_id is not None:
                await work.chats.ensure(Chat(caller.platform, caller.chat_id, "group", caller.chat_title))
                await work.chats.set_active(caller.platform, caller.chat_id, True)
            return await work.accounts.ensure(caller.platform, caller.user_id, caller.name, caller.locale)

    async def _within_rate(self, spec: Spec, person_id: str) -> None:
        wait = await self._limiter.hit(f"{spec.name}:{person_id}", spec.rate.times, spec.rate.per)
        if wait:
            raise UserError("too-fast", seconds=wait)

    async def _heard(self, invocation: Invocation) -> bool:
        """Whether the person has been refused so often in this group that we are silent: a platform lets us
        say little in a group, and wrong lines of one would use up what is for all. A press is always answered."""
        caller = invocation.caller
        if caller.chat_id is None or invocation.always_answered or not isinstance(invocation.what, Line):
            return False
        key = f"refused:{caller.platform}:{caller.chat_id}:{caller.user_id}"
        return await self._limiter.hit(key, REFUSALS.times, REFUSALS.per) > 0

    async def _refused(self, error: UserError, caller: Caller) -> Reply:
        log.info("dispatch.refused", code=error.code, platform=caller.platform)
        visibility = Visibility.PRIVATE if error.private else Visibility.QUIET
        reply = Reply(error_card(error), kind=Kind.ERROR, visibility=visibility)
        try:
            return await self._with_tokens(reply, caller)
        except StoreAway:
            return replace(reply, message=replace(reply.message, buttons=()))

    async def _with_tokens(self, reply: Reply, caller: Caller) -> Reply:
        message, stored = tokenized(
            reply.message,
            platform=caller.platform,
            user_id=caller.user_id,
            chat_id=caller.chat_id,
            subject=reply.subject,
            now=self._clock.now(),
        )
        if stored:
            async with self._store.begin() as work:
                await work.buttons.add(stored)
        return replace(reply, message=message)


def _told_apart(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Labels as they are seen, for anybody may name a coin as another is named; such ones end with the address."""
    looks = [unicodedata.normalize("NFKC", clean(label)).casefold() for _, label in found]
    return [
        (value, clean(label) if looks.count(look) == 1 else f"{clean(label)} ({short(value)})")
        for (value, label), look in zip(found, looks, strict=True)
    ]


_AWAY = {StoreAway: "store-away", ChainAway: "chain-away", SignerAway: "signer-away"}


def _as_user_error(error: Exception, ref: str) -> UserError:
    """What the user is told. A fault of ours is logged, and named by a reference that they can quote."""
    if isinstance(error, UserError):
        return error
    for kind, code in _AWAY.items():
        if isinstance(error, kind):
            log.warning("dispatch.away", error=str(error))  # a signer that failed names its own log's line
            return UserError(code)
    log.error("dispatch.failed", exc_info=error)
    return UserError("internal", reference=ref)
