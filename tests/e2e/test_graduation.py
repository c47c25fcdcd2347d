"""A coin's whole way: launched, bought up, moved to Raydium by the keeper, and traded on in the same chat."""

from __future__ import annotations

from pathlib import Path

from core.domain import pool
from core.domain.intent import from_json
from core.domain.money import Lamports, TokenAtoms
from core.ports.rows import Coin
from core.reply import Message, decode
from tests.fakes.installation import Home, button, installation, words

CHAT = "cats-group"
SOL = 10**9


async def traded(home: Home, user: str, line: str, confirm: str) -> Message:
    """The result of a line's quote, confirmed."""
    quote = await home.say(user, line)
    await home.press(user, button(quote.message, confirm))
    return await home.outcome(quote.subject)


async def indexed(home: Home, mint: str) -> Coin:
    async with home.app.store.read() as work:
        coin = await work.coins.get(mint)
    assert coin is not None
    return coin


async def launched(home: Home, user: str) -> dict[str, str]:
    """A coin of the group's."""
    sealed = await home.say(user, "/launch space cats", CHAT)
    opened = await home.outcome(sealed.subject)
    await home.press(user, button(opened, "Launch"), CHAT)
    coin: dict[str, str] = (await home.outcome(sealed.subject)).data["coin"]
    await home.until(lambda: home.has_coin(coin["mint"]))
    return coin


async def test_a_coin_goes_on_in_the_chat_after_it_moved_to_raydium(tmp_path: Path) -> None:
    async with installation(tmp_path, valkey=False, cents_per_sol=100_000) as home:
        coin, chain = await launched(home, "ann"), home.app.chain
        mint, ticker = coin["mint"], coin["ticker"]
        await traded(home, "bob", f"/buy {ticker} 9", "Confirm buy")
        early = await home.say("dave", f"/buy {ticker} 0.5")  # a quote that waits while the coin moves away
        await traded(home, "carol", f"/buy {ticker} 9", "Confirm buy")

        async def moved() -> bool:
            return (await indexed(home, mint)).pool is not None

        await home.until(moved)
        found = await chain.pool(mint)
        assert found is not None
        coin_now = await indexed(home, mint)
        assert (coin_now.virtual_sol, coin_now.virtual_tokens) == (found.state.sol, found.state.tokens)

        async def told() -> bool:
            return any("is on Raydium" in words(decode(d.message)) for d in home.delivered)

        await home.until(told)
        (news,) = [d for d in home.delivered if "is on Raydium" in words(decode(d.message))]
        assert (news.kind, news.chat_id) == ("notice", CHAT)

        # Who was late gets a new quote by one press, and it is the pool's.
        refused = await home.press("dave", button(early.message, "Confirm buy"))
        assert "moved to Raydium" in words(refused.message)
        quote = await home.press("dave", button(refused.message, "New quote"))
        assert "Raydium pool" in words(quote.message)

        order = quote.message.data["order"]["id"]

        async def open_now() -> bool:
            """The pool opens in the second after it was made."""
            waiting = await home.app.orders.find(order)
            assert waiting is not None
            return (await chain.simulate(from_json(waiting.intent), waiting.wallet)).error is None

        await home.until(open_now)
        await home.press("dave", button(quote.message, "Confirm buy"))
        bought = await home.outcome(quote.subject)
        expected = pool.quote_buy(found.state, SOL // 2)
        fill = bought.data["fill"]
        assert (fill["lamports"], fill["atoms"], fill["fee"]) == (SOL // 2, expected.atoms, expected.fee)
        assert await chain.token_balance(await home.wallet("dave"), mint) == expected.atoms

        sold = await traded(home, "dave", f"/sell {ticker} all", "Confirm sale")
        assert sold.data["fill"]["atoms"] == expected.atoms
        assert await chain.token_balance(await home.wallet("dave"), mint) == 0

        # Price, volume and holders go on.
        now = await chain.pool(mint)
        assert now is not None

        async def caught_up() -> bool:
            seen = await indexed(home, mint)
            return (seen.virtual_sol, seen.virtual_tokens) == (now.state.sol, now.state.tokens)

        await home.until(caught_up)
        seen = await indexed(home, mint)
        assert seen.volume == coin_now.volume + SOL // 2 + sold.data["fill"]["lamports"]
        assert seen.holders == 2  # bob and carol; dave has left
        card = (await home.say("ann", f"/coin {ticker}")).message
        assert "Raydium pool" in words(card)
        assert card.data["coin"]["market_cap"] == now.state.market_cap
        held = (await home.say("bob", "/portfolio")).message.data["holdings"]
        worth = Lamports(held[0]["worth"])
        atoms = TokenAtoms(held[0]["atoms"])
        assert worth == now.state.sol * atoms // (now.state.tokens + atoms)
