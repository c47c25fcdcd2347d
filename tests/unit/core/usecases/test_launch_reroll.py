"""A press on Launch is for what the box showed then."""

from __future__ import annotations

import pytest

from core.domain.errors import UserError
from core.domain.order import OrderState
from tests.fakes.house import House, Process
from tests.fakes.mortal import Killed


async def test_a_launch_that_comes_again_after_a_reroll_does_not_launch_the_old_contents(
    home: House, process: Process
) -> None:
    box = await process.boxes.seal("cats", await home.asker("ann"))
    assert await process.prepare.next()
    press = await home.asker("ann")
    left = 0
    while True:  # killed later and later, until the order is there
        crashing = home.process()
        crashing.fuse.set(left)
        with pytest.raises(Killed):
            await crashing.launch(box.id, press)
        if await process.orders.find(press.row_id) is not None:
            break
        left += 1

    await process.boxes.reroll(box.id, box.person_id, 0)
    assert await process.prepare.next()
    shown = await home.box(box.id)
    assert shown.state == "opened"

    with pytest.raises(UserError, match="box-closed"):
        await process.launch(box.id, press)  # the press of before, handled again
    assert home.chain.sent == []
    assert (await home.box(box.id)).state == "opened"

    sent = await process.launch(box.id, await home.asker("ann"))
    assert sent.state is OrderState.SENT
    assert sent.intent["uri"] == shown.uri
