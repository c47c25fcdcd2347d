"""The whole story, as chats see it and as the chain has it: launch, buy, sell, withdraw, to the lamport."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain.program.ids import ProgramIds, token_account
from core.bootstrap import places
from core.domain import curve
from core.domain.curve import CurveState
from tests.fakes.installation import Home, button, installation, words

SOL = 10**9
FIRST = 10 * SOL  # what the embedded chain gives a new wallet
SIGNATURE = 5_000  # lamports that the chain takes for one signature
COLD = str(Keypair.from_seed(bytes(31) + b"\1").pubkey())


async def test_a_coin_is_launched_bought_sold_and_the_sol_withdrawn(tmp_path: Path) -> None:
    async with installation(tmp_path) as home:
        ledger = Ledger(home)

        # Ann, in a group, opens a box. It is sealed at once, opens by itself, and one press launches it.
        sealed = await home.say("ann", "/launch space cats", chat="group")
        assert "sealed" in words(sealed.message)
        opened = await home.outcome(sealed.subject)
        box = opened.data["box"]
        assert box["commitment"] == sealed.message.data["box"]["commitment"]
        pressed = await home.press("ann", button(opened, "Launch"), chat="group")
        assert (pressed.subject, pressed.edit) == (sealed.subject, True)  # the box's message shows it all
        launched = await home.outcome(sealed.subject)
        mint, ticker = launched.data["coin"]["mint"], launched.data["coin"]["ticker"]
        assert (ticker, launched.data["fill"]["state"]) == (box["ticker"], "landed")

        # She paid the rent of the coin's three accounts and one signature, no more.
        rents = sum([await ledger.lamports(a) for a in (mint, ledger.curve(mint), ledger.vault(mint))])
        assert await ledger.of("ann") == FIRST - rents - SIGNATURE
        assert int(launched.data["fill"]["lamports"]) == rents
        market = await ledger.market(mint)

        # Bob buys for 1.5 SOL. The quote is what the chain does, to the atom and the lamport.
        await home.until(lambda: home.has_coin(mint))
        quote = await home.say("bob", f"/buy ${ticker} 1.5")
        await home.press("bob", button(quote.message, "Confirm buy"))
        bought = (await home.outcome(quote.subject)).data
        market, fill = curve.buy(market, 3 * SOL // 2, 0, market.launch_slot)
        atoms = int(bought["fill"]["atoms"])
        assert atoms == int(quote.message.data["quote"]["atoms"]) == fill.atoms
        assert await ledger.atoms("bob", mint) == atoms
        account = await ledger.lamports(ledger.holding(await home.wallet("bob"), mint))
        left = FIRST - 3 * SOL // 2 - account - SIGNATURE
        assert await ledger.of("bob") == left

        # He sells half.
        await ledger.indexed(mint, trades=1)
        quote = await home.say("bob", f"/sell {mint} 50%")
        await home.press("bob", button(quote.message, "Confirm sale"))
        sold = (await home.outcome(quote.subject)).data
        market, fill = curve.sell(market, atoms // 2, 0)
        assert int(sold["fill"]["lamports"]) == fill.paid
        assert await ledger.atoms("bob", mint) == atoms - atoms // 2
        left += fill.paid - SIGNATURE
        assert await ledger.of("bob") == left

        # And takes half a SOL home.
        quote = await home.say("bob", f"/withdraw {COLD} 0.5")
        await home.press("bob", button(quote.message, "Confirm withdrawal"))
        await home.outcome(quote.subject)
        assert await ledger.lamports(COLD) == SOL // 2
        left -= SOL // 2 + SIGNATURE
        assert await ledger.of("bob") == left

        # The curve's account holds its deposit, the reserve and the fees: nothing was made or lost.
        await ledger.indexed(mint, trades=2)
        assert await ledger.market(mint) == market
        assert (
            await ledger.held_by_curve(mint) == market.real_sol + market.protocol_fees + market.creator_fees
        )
        await _what_the_index_says(home, mint, atoms)
        await _what_bob_sees(home, mint, atoms - atoms // 2, left)


async def _what_the_index_says(home: Home, mint: str, atoms: int) -> None:
    async with home.app.store.read() as work:
        coin, fills = await work.coins.get(mint), await work.coins.fills(mint, 10)
        holders = await work.coins.holders(mint, 10)
    bob = await home.wallet("bob")
    assert coin is not None
    assert (coin.sequence, coin.holders, coin.creator) == (3, 1, await home.wallet("ann"))
    assert sorted((f.sequence, f.side, f.trader, f.atoms) for f in fills) == [
        (2, "buy", bob, atoms),
        (3, "sell", bob, atoms // 2),
    ]
    assert holders == [(bob, atoms - atoms // 2)]


async def _what_bob_sees(home: Home, mint: str, atoms: int, lamports: int) -> None:
    shown: Any = (await home.say("bob", "/portfolio")).message.data
    assert shown["wallet"] == {"address": await home.wallet("bob"), "lamports": lamports}
    assert [(h["mint"], int(h["atoms"])) for h in shown["holdings"]] == [(mint, atoms)]
    coin = (await home.say("ann", f"what about {mint}?")).message.data["coin"]  # a pasted address will do
    assert (coin["mint"], coin["holders"]) == (mint, 1)


class Ledger:
    """Questions to the chain, by people and coins."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._ids = ProgramIds(Pubkey.from_string(places.program_id(home.settings)))

    async def lamports(self, address: str) -> int:
        return await self._home.app.chain.balance(address)

    async def of(self, user: str) -> int:
        return await self.lamports(await self._home.wallet(user))

    async def atoms(self, user: str, mint: str) -> int:
        return await self._home.app.chain.token_balance(await self._home.wallet(user), mint)

    async def market(self, mint: str) -> CurveState:
        state = await self._home.app.chain.curve(mint)
        assert state is not None
        return state

    async def held_by_curve(self, mint: str) -> int:
        """Lamports of the curve's account beyond the deposit that keeps it."""
        rent = await self._home.app.rpc.call("getMinimumBalanceForRentExemption", 200)
        return await self.lamports(self.curve(mint)) - int(rent)

    async def indexed(self, mint: str, trades: int) -> None:
        async def done() -> bool:
            async with self._home.app.store.read() as work:
                return len(await work.coins.fills(mint, 10)) == trades

        await self._home.until(done)

    def curve(self, mint: str) -> str:
        return str(self._ids.curve(Pubkey.from_string(mint)))

    def vault(self, mint: str) -> str:
        return str(self._ids.vault(Pubkey.from_string(mint)))

    def holding(self, owner: str, mint: str) -> str:
        return str(token_account(Pubkey.from_string(owner), Pubkey.from_string(mint)))
