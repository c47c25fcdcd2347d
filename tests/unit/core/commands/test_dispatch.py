"""The one way through: who may press what, how often, and what is said when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from core.adapters.queue.limiter import LocalLimiter
from core.bootstrap.app import load_commands
from core.cards.links import Links
from core.commands.dispatch import MAX_LINE, REMEMBERED, Dispatcher
from core.commands.incoming import Call, Caller, Invocation, Line, Press, Submit
from core.domain.address import short
from core.domain.errors import UserError
from core.domain.order import OrderState
from core.ports.store import StoreAway
from core.reply import Kind, Reply, Visibility
from core.usecases.cancel import CancelAll
from core.usecases.home import Homes
from tests.fakes.house import PLATFORM, House, Process
from tests.fakes.installation import button, words
from tests.fakes.rows import a_coin

ANN = Caller(PLATFORM, "ann", "Ann")
EVE = Caller(PLATFORM, "eve", "Eve")
OTHER_MINT = "So11111111111111111111111111111111111111112"
WEEK = 7 * 86_400


class Talk:
    """A dispatcher on the house's use cases, and short ways to speak to it."""

    def __init__(
        self, home: House, process: Process, traders: frozenset[str] | None = None, **needs: Any
    ) -> None:
        given: Mapping[str, Any] = {
            "boxes": process.boxes,
            "cancel_all": CancelAll(home.store, home.bell, home.clock),
            "chain": home.chain,
            "coins": process.coins,
            "homes": Homes(home.store),
            "launch_coin": process.launch,
            "links": Links("localnet", "http://127.0.0.1:1"),
            "orders": process.orders,
            "portfolios": process.portfolios,
            "quotes": process.quotes,
            "wallets": process.wallets,
        }
        suggestions = {"coins": process.coins.suggest}
        self.dispatcher = Dispatcher(
            load_commands(), {**given, **needs}, suggestions, home.store, LocalLimiter(), home.clock, traders
        )
        self._events = 0

    async def maybe(self, what: Any, caller: Caller = ANN, event: str | None = None) -> Reply | None:
        self._events += 1
        return await self.dispatcher.dispatch(Invocation(event or f"event-{self._events}", caller, what))

    async def __call__(self, what: Any, caller: Caller = ANN, event: str | None = None) -> Reply:
        reply = await self.maybe(Line(what) if isinstance(what, str) else what, caller, event)
        assert reply is not None
        return reply

    async def refused(self, what: Any, caller: Caller = ANN, event: str | None = None) -> str:
        """The code of the error that it answers with; each says what is wrong and what to do."""
        reply = await self(what, caller, event)
        assert reply.kind is Kind.ERROR
        assert len(words(reply.message).splitlines()) >= 2
        code: str = reply.message.data["error"]["code"]
        return code


@pytest.fixture
def talk(home: House, process: Process) -> Talk:
    return Talk(home, process)


async def test_a_line_a_slash_command_and_a_form_are_the_same(talk: Talk) -> None:
    line = await talk("/buy CATS 1")
    call = await talk(Call("buy", {"coin": "CATS", "sol": "1"}))
    asked = await talk("/buy CATS")
    assert asked.message.form is not None
    form = await talk(Submit(asked.message.form.token or "", {"sol": "1"}))
    assert {r.message.data["quote"]["atoms"] for r in (line, call, form)} == {
        line.message.data["quote"]["atoms"]
    }


@pytest.mark.parametrize(
    "line", ["/BUY cats 1", "/buy@our_bot CATS 1", "/buy\nCATS\t1", "  /buy  $CATS   1  "]
)
async def test_how_people_type(talk: Talk, line: str) -> None:
    assert (await talk(line)).kind is Kind.REPLY


async def test_only_listed_people_launch_and_buy_but_everybody_gets_out(
    home: House, process: Process
) -> None:
    talk = Talk(home, process, traders=frozenset({f"{ANN.platform}:{ANN.user_id}"}))
    stranger = replace(ANN, user_id="stranger")
    assert (await talk("/buy CATS 1")).kind is Kind.REPLY
    assert await talk.refused("/buy CATS 1", stranger) == "not-a-trader"
    assert await talk.refused("/launch space cats", stranger) == "not-a-trader"
    assert (await talk("/coin CATS", stranger)).kind is Kind.REPLY
    assert await talk.refused("/sell CATS all", stranger) == "holding-none"  # let in, with nothing to sell
    assert (await talk("/withdraw", stranger)).message.form is not None


async def test_only_who_manages_a_chat_says_where_its_coins_are_at_home(talk: Talk) -> None:
    async def asked() -> bool:
        return True

    group = replace(ANN, chat_id="group")

    async def home(line: str, caller: Caller = group) -> Reply:
        reply = await talk.dispatcher.dispatch(Invocation(line, caller, Line(line), manages=asked))
        assert reply is not None
        return reply

    assert await talk.refused("/home here", group) == "not-an-admin"
    assert (await home("/home")).message.data == {"home": None}
    assert (await home("/home here")).message.data == {"home": "here"}
    assert (await home("/home <#123456>")).message.data == {"home": "123456"}
    assert (await home("/home")).message.data == {"home": "123456"}
    assert (await home("/home kitchen")).message.data["error"]["code"] == "home-wrong"
    assert (await home("/home off")).message.data == {"home": None}
    assert (await home("/home here", ANN)).message.data["error"]["code"] == "home-private"


async def test_who_spoke_a_moment_ago_is_not_looked_up_again(home: House, talk: Talk) -> None:
    group = replace(ANN, chat_id="group", chat_title="Cats")
    await talk("/new", group)
    async with home.store.begin() as work:
        await work.chats.set_active(PLATFORM, "group", False)
    await talk("/new", group)
    assert not await active(home, "group")  # remembered: nothing was asked of the database
    await talk("/new", replace(group, name="Ann Smith"))  # a new name is written at once
    async with home.store.read() as work:
        account = await work.accounts.get(PLATFORM, "ann")
    assert account is not None
    assert account.name == "Ann Smith"
    async with home.store.begin() as work:
        await work.chats.set_active(PLATFORM, "group", False)
    home.clock.seconds += REMEMBERED
    await talk("/new", replace(group, name="Ann Smith"))
    assert await active(home, "group")


async def active(home: House, chat_id: str) -> bool:
    async with home.store.read() as work:
        chat = await work.chats.get(PLATFORM, chat_id)
    return chat is not None and chat.active


async def test_an_unknown_command_suggests_a_near_one(talk: Talk) -> None:
    assert await talk.refused("/lunch space cats") == "unknown-command"
    assert "/launch" in words((await talk("/lunch")).message)
    for line in (
        "/",
        "/confirm x",
        "/" + "🚀" * 50,
        "/../../x",
        "/%00",
    ):  # hidden ones are reached by buttons only
        assert await talk.refused(line) == "unknown-command"


async def test_plain_text_is_answered_in_private_only(talk: Talk, home: House) -> None:
    assert await talk.refused("hello") == "not-a-command"
    group = replace(ANN, chat_id="group")
    assert await talk.maybe(Line("hello"), group) is None
    assert (await talk(f"look: {home.mint}", group)).message.data["coin"]["mint"] == home.mint
    assert await talk.refused("x" * (MAX_LINE + 1)) == "line-too-long"


class TestButtons:
    async def confirm(self, talk: Talk, caller: Caller = ANN) -> str:
        return button((await talk("/buy CATS 1", caller)).message, "Confirm buy")

    async def test_a_used_button_stays_used_but_a_repeated_event_is_the_same(self, talk: Talk) -> None:
        token = await self.confirm(talk)
        first = await talk(Press(token), event="the press")
        again = await talk(Press(token), event="the press")  # the platform delivers it twice
        assert again.message.data["order"]["id"] == first.message.data["order"]["id"]
        assert await talk.refused(Press(token)) == "button-used"

    async def test_a_foreign_button(self, talk: Talk, home: House) -> None:
        token = await self.confirm(talk)
        assert await talk.refused(Press(token), EVE) == "button-not-yours"
        assert await talk.refused(Press(token), replace(ANN, platform="discord")) == "button-unknown"
        assert home.chain.sent == []
        assert (await talk(Press(token))).kind is Kind.REPLY  # and it is still Ann's

    async def test_a_button_of_another_chat(self, talk: Talk) -> None:
        group, other = replace(ANN, chat_id="group"), replace(ANN, chat_id="other")
        token = await self.confirm(talk, group)
        assert await talk.refused(Press(token), other) == "button-elsewhere"
        assert (await talk(Press(token), ANN)).kind is Kind.REPLY  # the answer had moved to the private chat

    async def test_an_old_button(self, talk: Talk, home: House) -> None:
        token = await self.confirm(talk)
        home.passes(WEEK + 1)
        assert await talk.refused(Press(token)) == "button-expired"

    @pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 65, "' OR 1=1 --", "🚀", "\0"])
    async def test_a_forged_button(self, talk: Talk, token: str) -> None:
        await self.confirm(talk)
        assert await talk.refused(Press(token)) == "button-unknown"
        assert await talk.refused(Submit(token, {"order": "0" * 26})) == "button-unknown"

    async def test_a_form_can_not_smuggle_other_arguments_into_a_button(
        self, talk: Talk, home: House
    ) -> None:
        mine, other = await talk("/buy CATS 1"), await talk("/buy CATS 1", EVE)
        theirs = other.message.data["order"]["id"]
        token = button(mine.message, "Confirm buy")
        assert await talk.refused(Submit(token, {"order": theirs})) == "order-unknown"
        assert (await home.order(theirs)).state is OrderState.QUOTED

    async def test_an_open_button_gives_whoever_presses_a_quote_of_their_own(
        self, talk: Talk, home: House
    ) -> None:
        token = button((await talk(f"/coin {home.mint}")).message, "Buy 0.5")
        quotes = [await talk(Press(token), caller) for caller in (ANN, EVE, ANN)]
        owners = [(await home.order(q.message.data["order"]["id"])).user_id for q in quotes]
        assert owners == ["ann", "eve", "ann"]
        assert home.chain.sent == []  # it never moves money

    async def test_a_form_closed_unanswered_opens_again(self, talk: Talk) -> None:
        withdraw = button((await talk("/wallet")).message, "Withdraw")
        for _ in range(2):
            assert (await talk(Press(withdraw))).message.form is not None


class TestLimits:
    async def test_too_fast_says_how_long_to_wait(self, talk: Talk) -> None:
        for _ in range(6):
            await talk("/launch cats")
        reply = await talk("/launch cats")
        assert reply.message.data["error"]["code"] == "too-fast"
        assert "Wait" in words(reply.message)
        assert (await talk("/launch cats", EVE)).kind is Kind.REPLY  # each for themselves
        assert (await talk("/new")).kind is Kind.REPLY  # and each command


class TestPrivacy:
    async def test_what_somebody_has_never_shows_in_a_group(self, talk: Talk) -> None:
        group = replace(ANN, chat_id="group")
        for line in ("/wallet", "/portfolio", "/withdraw"):
            assert (await talk(line, group)).visibility is Visibility.PRIVATE
        for line, code in (("/buy CATS 100", "balance-too-low"), ("/sell CATS 1", "holding-none")):
            reply = await talk(line, group)
            assert reply.message.data["error"]["code"] == code
            assert reply.visibility is Visibility.PRIVATE
        assert (await talk("/buy CATS x", group)).visibility is Visibility.QUIET


class TestFaults:
    @pytest.mark.parametrize(("part", "code"), [("chain", "chain-away"), ("signer", "signer-away")])
    async def test_a_part_that_is_away_is_named(self, home: House, talk: Talk, part: str, code: str) -> None:
        getattr(home, part).away = True
        assert await talk.refused("/buy CATS 1") == code

    async def test_without_the_database_too_there_is_an_answer(self, home: House, talk: Talk) -> None:
        home.store.away = True
        assert await talk.refused("/buy CATS 1") == "store-away"
        assert await talk.refused("hello") == "not-a-command"  # its Help button can't be stored: left out
        assert await talk.dispatcher.suggest("buy", "coin", "CA") == []
        with pytest.raises(StoreAway):
            await talk.dispatcher.glance("CA", 5)

    async def test_the_reference_of_a_fault_finds_every_line_of_that_update(
        self, home: House, process: Process
    ) -> None:
        class Broken:
            async def of(self, person_id: str) -> None:
                structlog.get_logger().info("before.it.broke")
                raise ZeroDivisionError("the secret inside")

        talk = Talk(home, process, portfolios=Broken())
        with capture_logs([structlog.contextvars.merge_contextvars]) as logs:
            reply = await talk("/portfolio")
            await talk("/nothing")
        failure = next(entry for entry in logs if entry["event"] == "dispatch.failed")
        assert failure["ref"] in words(reply.message)
        found = [entry["event"] for entry in logs if entry["ref"] == failure["ref"]]
        assert found == ["before.it.broke", "dispatch.failed", "dispatch.refused"]
        assert logs[-1]["ref"] != failure["ref"]
        assert structlog.contextvars.get_contextvars() == {}
        assert isinstance(failure["exc_info"], ZeroDivisionError)
        assert "secret" not in words(reply.message)

    async def test_a_refusal_leaves_the_button_usable(self, home: House, talk: Talk) -> None:
        token = button((await talk("/buy CATS 1")).message, "Confirm buy")
        home.chain.away = True
        assert await talk.refused(Press(token)) == "chain-away"
        home.chain.away = False
        assert (await talk(Press(token))).kind is Kind.REPLY

    def test_a_handler_whose_needs_are_not_met_is_found_at_start(self, home: House) -> None:
        with pytest.raises(LookupError, match="quotes"):
            Dispatcher(load_commands(), {}, {}, home.store, LocalLimiter(), home.clock)


async def test_suggestions(talk: Talk, home: House) -> None:
    assert await talk.dispatcher.suggest("buy", "coin", "ca") == [(home.mint, "CATS - Space Cats")]
    assert await talk.dispatcher.suggest("buy", "coin", " $Ca") == [(home.mint, "CATS - Space Cats")]
    assert await talk.dispatcher.suggest("buy", "sol", "0") == [("0.1", "0.1"), ("0.5", "0.5")]
    assert await talk.dispatcher.suggest("buy", "nothing", "0") == []
    assert await talk.dispatcher.suggest("nothing", "coin", "0") == []


@pytest.mark.parametrize("ticker", ["CATS", "cats", "CATS\u200b", "C\u202dATS", "\uff23ATS"])
async def test_no_two_suggestions_look_alike(talk: Talk, home: House, ticker: str) -> None:
    async with home.store.begin() as work:
        await work.coins.put(a_coin(OTHER_MINT, ticker=ticker))
    found = dict(await talk.dispatcher.suggest("buy", "coin", "c"))
    assert found[home.mint] == f"CATS - Space Cats ({short(home.mint)})"
    assert found[OTHER_MINT].endswith(f"({short(OTHER_MINT)})")
    assert found[OTHER_MINT].isprintable()


@pytest.mark.parametrize(
    "word", ["\0", "a\0b", "\ud800", "\u202e\u2066", "\u200b", "🚀", "%", "\\", "x" * 3_000]
)
async def test_no_word_is_a_fault_of_ours(talk: Talk, word: str) -> None:
    for name in ("start", "launch", "buy", "sell", "withdraw", "coin", "new"):
        for line in (f"/{name} {word}", f"/{name} {word} {word}", f"/{name} CATS {word}"):
            reply = await talk(line)
            if reply.kind is Kind.ERROR:
                assert reply.message.data["error"]["code"] != "internal"
    assert isinstance(await talk.dispatcher.suggest("buy", "coin", word), list)


@pytest.mark.parametrize("typed", ["", "ca", "$CATS", "space", "https://solscan.io/token/{mint}"])
async def test_a_glance_shows_the_coins_that_are_meant_to_whoever_looks(
    home: House, talk: Talk, typed: str
) -> None:
    (card,) = await talk.dispatcher.glance(typed.format(mint=home.mint), 50)
    assert card.data["coin"]["mint"] == home.mint
    assert all(button.token is None for row in card.buttons for button in row)
    assert await talk.dispatcher.glance("zebra", 50) == []


async def test_hostile_names_reach_nobody_unread(talk: Talk) -> None:
    hostile = Caller(PLATFORM, "mallory", "\u202eevil\x00" * 500, "group", "title\n" * 500)
    assert (await talk("/start", hostile)).kind is Kind.REPLY


def test_a_user_error_shows_no_more_than_it_says() -> None:
    assert repr(UserError("too-fast", seconds=3)) == "UserError('too-fast', {'seconds': 3})"
