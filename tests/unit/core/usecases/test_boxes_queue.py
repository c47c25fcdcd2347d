"""Boxes stand in one queue; one person's can't fill it."""

from __future__ import annotations

import pytest

from core.domain.errors import UserError
from core.usecases.open_box import WAITING
from tests.fakes.house import House, Process


async def test_one_persons_boxes_keep_others_waiting_for_a_few_at_most(home: House, process: Process) -> None:
    first = await process.boxes.seal("cats", await home.asker("ann"))
    home.passes(1)
    for _ in range(WAITING - 1):
        await process.boxes.seal("cats", await home.asker("ann"))
    with pytest.raises(UserError, match="boxes-waiting"):
        await process.boxes.seal("cats", await home.asker("ann"))
    bobs = await process.boxes.seal("dogs", await home.asker("bob"))

    assert await process.prepare.next()
    assert (await home.box(first.id)).state == "opened"
    last = await process.boxes.seal("cats", await home.asker("ann"))
    with pytest.raises(UserError, match="boxes-waiting"):  # a reroll stands in the queue too
        await process.boxes.reroll(first.id, first.person_id, 0)
    await process.boxes.cancel(last.id, first.person_id)
    assert (await process.boxes.reroll(first.id, first.person_id, 0)).state == "sealed"
    assert (await home.box(bobs.id)).state == "sealed"


async def test_an_update_that_comes_again_meets_its_box_however_many_wait(
    home: House, process: Process
) -> None:
    asker = await home.asker("ann")
    box = await process.boxes.seal("cats", asker)
    for _ in range(WAITING - 1):
        await process.boxes.seal("cats", await home.asker("ann"))
    assert (await process.boxes.seal("cats", asker)).id == box.id


async def test_who_never_launches_comes_to_an_end(
    home: House, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.usecases.open_box.OPEN", 5)  # filling fifty takes seconds
    for _ in range(5):
        await process.boxes.seal("cats", await home.asker("ann"))
        assert await process.prepare.next()
    with pytest.raises(UserError, match="boxes-open"):
        await process.boxes.seal("cats", await home.asker("ann"))


async def test_a_box_that_gets_into_a_log_does_not_give_its_seed_away(home: House, process: Process) -> None:
    box = await process.boxes.seal("cats", await home.asker("ann"))
    assert box.commitment in repr(box)
    assert box.seed not in repr(box)
