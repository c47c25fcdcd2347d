"""What is called live can be traded by its ticker at once, however far behind the index is."""

from __future__ import annotations

from core.domain.money import Lamports
from core.ports.rows import Coin
from tests.fakes.house import House, Process


async def launched(home: House, process: Process) -> Coin:
    box = await process.boxes.seal("space cats", await home.asker("ann"))
    assert await process.prepare.next()
    order = await process.launch(box.id, await home.asker("ann"))
    await process.keeper.round()
    assert (await home.box(box.id)).state == "launched"
    box = await home.box(box.id)
    found = await process.coins.find(box.ticker or "")
    assert (found.mint, found.name, found.uri) == (order.mint, box.name, box.uri)
    assert (found.image, found.creator) == (box.image, order.wallet)
    return found


async def test_a_launched_coin_has_a_price_before_the_index_knows_it(home: House, process: Process) -> None:
    coin = await launched(home, process)
    quote = await process.quotes.buy(coin.ticker, Lamports(10**8), await home.asker("bob"))
    assert quote.mint == coin.mint


async def test_the_index_has_the_last_word(home: House, process: Process) -> None:
    coin = await launched(home, process)
    await home.index(coin.mint)
    async with home.store.begin() as work:
        await work.coins.put(coin)  # as a launch that took its time to be written down
    assert (await process.coins.find(coin.mint)).sequence == 1
