"""A part is away: whoever presses hears what is wrong and what to do, loses nothing, and goes on with the
very same button when it is back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.adapters.db.migrate import SchemaMismatch
from core.bootstrap.app import open_app
from core.domain.order import OrderState
from core.reply import Kind, Reply
from tests.fakes.installation import Home, button, installation, settings_of

SOL = 10**9
ACCOUNT = 2_074_080  # lamports of rent for a first account of a coin


def refusal(reply: Reply) -> str:
    """The code of an error that says what to do next and keeps the button usable."""
    assert reply.kind is Kind.ERROR
    error = reply.message.data["error"]
    assert "Try again" in error["next"]
    assert "Nothing" in error["next"]  # was sent, was changed
    return str(error["code"])


async def unplug(home: Home, part: str) -> None:
    if part == "database":
        home.store.away = True
    else:
        await home.stop(part)


async def plug_in(home: Home, part: str) -> None:
    if part == "database":
        home.store.away = False
    else:
        await home.start(part)


@pytest.mark.parametrize(
    ("part", "code"), [("chain", "chain-away"), ("signer", "signer-away"), ("database", "store-away")]
)
async def test_launching_and_buying_wait_for_what_is_away(tmp_path: Path, part: str, code: str) -> None:
    async with installation(tmp_path) as home:
        coin = await home.coin("ann", "moon dogs")
        sealed = await home.say("ann", "/launch space cats")
        launch = button(await home.outcome(sealed.subject), "Launch")
        quote = await home.say("bob", f"/buy {coin['mint']} 1")
        confirm = button(quote.message, "Confirm buy")

        await unplug(home, part)
        assert refusal(await home.press("ann", launch)) == code
        assert refusal(await home.press("bob", confirm)) == code
        assert refusal(await home.press("bob", confirm)) == code  # impatience changes nothing
        if part != "signer":  # who has a wallet needs no signer for a price
            assert refusal(await home.say("bob", f"/buy {coin['mint']} 1")) == code
        if part != "chain":  # the first line of somebody new, for whom a wallet must be made
            assert refusal(await home.say("eve", "/wallet")) == code
        await plug_in(home, part)

        before = await home.app.chain.balance(await home.wallet("bob"))
        await home.press("ann", launch)
        await home.press("bob", confirm)
        assert (await home.outcome(sealed.subject)).data["order"]["state"] == "landed"
        bought = (await home.outcome(quote.subject)).data
        assert bought["order"]["state"] == "landed"
        assert int(bought["fill"]["lamports"]) == SOL
        assert before - await home.app.chain.balance(await home.wallet("bob")) == SOL + ACCOUNT + 5_000


async def test_what_was_sent_is_found_when_the_chain_is_back(tmp_path: Path) -> None:
    async with installation(tmp_path) as home:
        coin = await home.coin("ann")
        await home.stop("keeper")
        quote = await home.say("bob", f"/buy {coin['mint']} 1")
        await home.press("bob", button(quote.message, "Confirm buy"))
        await home.stop("chain")
        await home.start("keeper")  # it asks, and nobody answers
        async with home.app.store.read() as work:
            (order,) = await work.orders.of_person((await home.person("bob")), 10)
        assert order.state is OrderState.SENT

        await home.start("chain")
        bought = (await home.outcome(quote.subject)).data
        assert (bought["order"]["state"], bought["order"]["signature"]) == ("landed", order.signature)
        atoms = await home.app.chain.token_balance(await home.wallet("bob"), coin["mint"])
        assert atoms == int(bought["fill"]["atoms"])


async def test_without_valkey_all_goes_on(tmp_path: Path) -> None:
    async with installation(tmp_path) as home:
        coin = await home.coin("ann")
        await home.stop("valkey")
        quote = await home.say("bob", f"/buy {coin['mint']} 1")
        await home.press("bob", button(quote.message, "Confirm buy"))
        assert (await home.outcome(quote.subject)).data["order"]["state"] == "landed"
        for _ in range(5):
            await home.say("bob", "/launch cats")
        assert (await home.say("bob", "/launch cats")).message.data["box"]["state"] == "sealed"
        limited = await home.say("bob", "/launch cats")  # six a minute, counted here meanwhile
        assert limited.message.data["error"]["code"] == "too-fast"
        await home.start("valkey")


async def test_three_presses_at_once_are_one_order(tmp_path: Path) -> None:
    async with installation(tmp_path, valkey=False) as home:
        coin = await home.coin("ann")
        quote = await home.say("bob", f"/buy {coin['mint']} 1")
        confirm = button(quote.message, "Confirm buy")
        replies = await asyncio.gather(*(home.press("bob", confirm) for _ in range(3)))
        assert {reply.kind for reply in replies} <= {Kind.REPLY, Kind.ERROR}
        await home.outcome(quote.subject)
        late = await home.press("bob", confirm)
        assert late.message.data["error"]["code"] == "button-used"
        spent = 10 * SOL - await home.app.chain.balance(await home.wallet("bob"))
        assert spent == SOL + ACCOUNT + 5_000


async def test_no_role_works_on_a_database_of_another_version(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with pytest.raises(SchemaMismatch, match="pumpbox migrate"):
        async with open_app(settings):
            pytest.fail("it opened a database that nobody had set up")
