"""A mystery box: sealed before anybody knows, the same whatever happens meanwhile, launched once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from core.adapters.ai.offline_namer import OfflineNamer
from core.domain import box as fair
from core.domain.errors import UserError
from core.domain.order import OrderState
from core.ports.namer import IsTaken, Proposal
from core.ports.rows import BoxRow
from core.ports.store import StoreAway
from core.usecases.open_box import MAX_REROLLS
from core.usecases.prepare_box import LEASE, PrepareBox, box_seed
from tests.fakes.house import House, Process
from tests.fakes.mortal import Killed
from tests.fakes.namer import FakeNamer

SHOWN = ("name", "ticker", "description", "rarity", "image_uri", "uri")


def contents(box: BoxRow) -> tuple[object, ...]:
    return tuple(getattr(box, name) for name in SHOWN)


async def sealed(home: House, process: Process, user: str = "ann", theme: str = "space cats") -> BoxRow:
    return await process.boxes.seal(theme, await home.asker(user, "group"))


async def opened(home: House, process: Process, user: str = "ann") -> BoxRow:
    box = await sealed(home, process, user)
    assert await process.prepare.next()
    return await home.box(box.id)


async def test_a_box_is_committed_to_before_it_is_filled(home: House, process: Process) -> None:
    before = await sealed(home, process)
    assert (before.state, before.name, before.image) == ("sealed", None, None)
    assert await process.prepare.next()
    after = await home.box(before.id)
    assert after.state == "opened"
    assert after.commitment == before.commitment
    assert fair.opens(bytes.fromhex(after.seed), bytes.fromhex(before.commitment))
    assert after.rarity == fair.rarity(box_seed(before))
    assert await home.events() == ["box.progress", "box.progress", "box.progress", "box.opened"]
    assert not await process.prepare.next()


async def test_what_the_mint_will_name_is_published_and_says_the_same(home: House, process: Process) -> None:
    box = await opened(home, process)
    metadata = json.loads(home.publisher.blobs[box.uri or ""])
    assert (metadata["name"], metadata["symbol"], metadata["image"]) == (box.name, box.ticker, box.image_uri)
    assert box.image_uri in home.publisher.blobs
    assert {"trait_type": "Commitment", "value": box.commitment} in metadata["attributes"]
    assert box.seed not in json.dumps(metadata)


async def test_the_opener_has_a_part_in_what_comes_out(home: House, process: Process) -> None:
    box = await sealed(home, process)
    assert box_seed(box) != box_seed(replace(box, user_id="eve"))
    assert box_seed(box) != box_seed(replace(box, theme="space dogs"))
    assert box_seed(box) != box_seed(replace(box, cause="another message"))


async def test_killed_at_any_step_the_outcome_is_the_same(home: House, process: Process) -> None:
    box = await sealed(home, process)
    async with home.store.begin() as work:
        await work.boxes.update(box.id, ("sealed",), state="cancelled")  # only its look is wanted here
    outcomes: set[tuple[object, ...]] = set()
    step = 0
    while True:
        async with home.store.begin() as work:
            again = {"state": "sealed", "step": "name", "name": None, "ticker": None, "lease_until": 0}
            await work.boxes.update(box.id, ("cancelled", "opened"), **again)
        victim = home.process()
        victim.fuse.set(step)
        killed = False
        try:
            await victim.prepare.next()
        except Killed:
            killed = True
            home.passes(LEASE + 1)  # its lease runs out, and another takes it up
            await home.process().prepare.next()
        outcomes.add(contents(await home.box(box.id)))
        if not killed:
            break
        step += 1
    assert step > 10
    assert len(outcomes) == 1


async def test_two_boxes_never_get_the_same_name(home: House) -> None:
    class Stubborn:
        """Wants the same words for everybody, until they are taken."""

        async def propose(self, theme: object, seed: bytes, is_taken: IsTaken) -> Proposal:
            for name in ("Same Cat", "Other Cat"):
                if not await is_taken(name, name[:5].upper().strip()):
                    return Proposal(name, name[:5].upper().strip(), "A cat.", "stubborn:1", 0)
            raise UserError("names-exhausted")

    first, second = home.process(), home.process()
    boxes = [await sealed(home, first), await sealed(home, first), await sealed(home, first)]
    workers = []
    for process in (first, second):
        p = process.prepare
        workers.append(
            PrepareBox(p.store, Stubborn(), p.renderer, p.stage, p.publisher, p.bell, p.clock, p.owner)
        )
    for _ in range(3):
        await asyncio.gather(*(worker.next() for worker in workers))
    ended = [await home.box(box.id) for box in boxes]
    assert sorted(str(box.name) for box in ended if box.state == "opened") == ["Other Cat", "Same Cat"]
    (failed,) = [box for box in ended if box.state == "failed"]
    assert failed.step == "names-exhausted"


async def test_a_reroll_comes_from_the_same_seed_and_can_not_be_covered_by_a_slow_worker(
    home: House, process: Process
) -> None:
    drawing, go = asyncio.Event(), asyncio.Event()

    class Slow(FakeNamer):
        async def propose(self, theme: object, seed: bytes, is_taken: IsTaken) -> Proposal:
            drawing.set()
            await go.wait()
            return await super().propose(theme, seed, is_taken)  # type: ignore[arg-type]  # as it came

    box = await sealed(home, process)
    p = home.process().prepare
    slow = PrepareBox(p.store, Slow(), p.renderer, p.stage, p.publisher, p.bell, p.clock, p.owner)
    late = asyncio.create_task(slow.next())
    await drawing.wait()
    home.passes(LEASE + 1)
    assert await process.prepare.next()  # another worker thinks that it died
    first = await home.box(box.id)
    await process.boxes.reroll(box.id, box.person_id, 0)
    go.set()
    await late
    assert (await home.box(box.id)).state == "sealed"
    home.passes(LEASE + 1)
    assert await process.prepare.next()
    second = await home.box(box.id)
    assert (second.state, second.rerolls, second.commitment) == ("opened", 1, first.commitment)
    assert contents(second) != contents(first)
    assert second.rarity == fair.rarity(fair.box_seed(bytes.fromhex(box.seed), _entropy(box), 1))


def _entropy(box: BoxRow) -> bytes:
    return fair.user_entropy(box.platform, box.user_id, box.cause or "", box.theme)


async def test_rerolls_end(home: House, process: Process) -> None:
    box = await opened(home, process)
    for number in range(MAX_REROLLS):
        await process.boxes.reroll(box.id, box.person_id, number)
        await process.prepare.next()
    with pytest.raises(UserError, match="reroll-limit"):
        await process.boxes.reroll(box.id, box.person_id, MAX_REROLLS)


async def test_only_the_opener_acts_on_a_box(home: House, process: Process) -> None:
    box, eve = await opened(home, process), await home.asker("eve")
    for attempt in (
        process.boxes.reroll(box.id, eve.person_id, 0),
        process.boxes.cancel(box.id, eve.person_id),
        process.boxes.get("0" * 26, eve.person_id),
        process.launch(box.id, eve),
    ):
        with pytest.raises(UserError, match="box-unknown"):
            await attempt


async def test_an_absent_database_fails_no_box(home: House, process: Process) -> None:
    box = await sealed(home, process)

    class Unplugs(FakeNamer):
        async def propose(self, theme: object, seed: bytes, is_taken: IsTaken) -> Proposal:
            home.store.away = True
            return await super().propose(theme, seed, is_taken)  # type: ignore[arg-type]  # as it came

    p = process.prepare
    worker = PrepareBox(p.store, Unplugs(), p.renderer, p.stage, p.publisher, p.bell, p.clock, p.owner)
    with pytest.raises(StoreAway):
        await worker.next()
    home.store.away = False
    assert (await home.box(box.id)).state == "sealed"
    home.passes(LEASE + 1)
    assert await process.prepare.next()
    assert (await home.box(box.id)).state == "opened"


async def test_a_fault_while_drawing_is_said_and_can_be_tried_again(home: House, process: Process) -> None:
    class Broken(FakeNamer):
        async def propose(self, theme: object, seed: bytes, is_taken: IsTaken) -> Proposal:
            raise ZeroDivisionError

    box, p = await sealed(home, process), process.prepare
    worker = PrepareBox(p.store, Broken(), p.renderer, p.stage, p.publisher, p.bell, p.clock, p.owner)
    assert await worker.next()
    assert (await home.box(box.id)).state == "failed"
    assert (await home.events())[-1] == "box.failed"
    await process.boxes.reroll(box.id, box.person_id, 0)
    assert await process.prepare.next()
    assert (await home.box(box.id)).state == "opened"


class TestLaunch:
    async def test_a_press_makes_one_coin_of_what_the_box_held(self, home: House, process: Process) -> None:
        box = await opened(home, process)
        order = await process.launch(box.id, await home.asker("ann"))
        assert order.state is OrderState.SENT
        assert (await home.box(box.id)).state == "launching"
        await home.index(order.mint)  # what is called live can be traded by its ticker
        await process.keeper.round()
        done = await home.box(box.id)
        assert (done.state, done.mint) == ("launched", order.mint)
        assert await home.chain.curve(order.mint or "") is not None

    async def test_two_presses_at_once_are_one_coin(self, home: House, process: Process) -> None:
        box = await opened(home, process)
        askers = [await home.asker("ann") for _ in range(3)]
        results = await asyncio.gather(
            *(process.launch(box.id, asker) for asker in askers), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, UserError)]
        assert len(refused) == 2
        assert {refusal.code for refusal in refused} <= {"box-closed", "already-launched"}
        assert len(set(home.chain.sent)) == 1
        with pytest.raises(UserError, match="box-closed"):
            await process.boxes.cancel(box.id, box.person_id)

    async def test_a_launch_that_certainly_failed_opens_the_box_again(
        self, home: House, process: Process
    ) -> None:
        box = await opened(home, process)
        home.chain.holds = True
        await process.launch(box.id, await home.asker("ann"))
        home.chain.lose()
        home.passes(70)
        await process.keeper.round()
        assert (await home.box(box.id)).state == "opened"
        home.chain.holds = False
        order = await process.launch(box.id, await home.asker("ann"))
        await home.index(order.mint)
        await process.keeper.round()
        assert (await home.box(box.id)).state == "launched"
        assert len(home.chain.landed) == 1

    @pytest.mark.parametrize(
        ("spoil", "code"),
        [
            (lambda home: setattr(home.publisher, "down", True), "metadata-away"),
            (lambda home: setattr(home.chain, "set_up", False), "program-missing"),
            (lambda home: setattr(home.chain, "launch_paused", True), "launch-paused"),
            (lambda home: setattr(home, "funded", False), "balance-too-low"),
        ],
    )
    async def test_what_stands_in_the_way_is_said_before_anything_is_signed(
        self, home: House, spoil: object, code: str
    ) -> None:
        box = await opened(home, home.process())
        spoil(home)  # type: ignore[operator]  # it is a function
        with pytest.raises(UserError, match=code):
            await home.process().launch(box.id, await home.asker("ann"))
        assert (await home.box(box.id)).state == "opened"
        assert home.chain.sent == []

    @pytest.mark.parametrize("state", ["sealed", "cancelled"])
    async def test_a_box_that_is_not_open_is_not_launched(
        self, home: House, process: Process, state: str
    ) -> None:
        box = await sealed(home, process)
        if state == "cancelled":
            await process.boxes.cancel(box.id, box.person_id)
            assert not await process.prepare.next()  # and nobody fills it any more
        with pytest.raises(UserError, match="box-closed"):
            await process.launch(box.id, await home.asker("ann"))


async def test_the_real_namer_makes_the_same_words_again(home: House, process: Process) -> None:
    box, p = await sealed(home, process), process.prepare
    names = set()
    for _ in range(2):
        async with home.store.begin() as work:
            again = {"state": "sealed", "name": None, "ticker": None, "lease_until": 0}
            await work.boxes.update(box.id, ("sealed", "opened"), **again)
        namer = OfflineNamer()
        await PrepareBox(p.store, namer, p.renderer, p.stage, p.publisher, p.bell, p.clock, p.owner).next()
        done = await home.box(box.id)
        names.add((done.name, done.ticker))
    assert len(names) == 1
