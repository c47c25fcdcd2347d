"""Whatever goes wrong on the way, an answer is seen once by its caller, and a private one by nobody else."""

from __future__ import annotations

import itertools
from functools import partial

import pytest

from bots.discord import surface
from core.commands.incoming import Invocation
from core.reply import Button, Message, Reply, Visibility, t
from tests.fakes.discord import FakeDiscord, text
from tests.fakes.discord_world import Channel, User
from tests.surfaces.discord.parts import Script, Serving

CARD = Message(t("discord-news"), buttons=((Button(t("discord-open-form"), press=("x", {}), token="tok"),),))
FAULTS = ("none", "fail", "lose", "late")


@pytest.mark.parametrize("patience", [0.0, 1.5], ids=["deferred", "at once"])
@pytest.mark.parametrize("pressed", [False, True], ids=["command", "press"])
async def test_an_answer_is_seen_once_and_by_whom_it_is_for(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    monkeypatch: pytest.MonkeyPatch,
    patience: float,
    pressed: bool,
) -> None:
    monkeypatch.setattr(surface, "DEFER_AFTER", patience)
    monkeypatch.setattr("bots.discord.wire.OUTAGE", 0.0)
    ann, bob = discord.acquainted("ann"), discord.user("bob")
    cases = list(itertools.product(Visibility, (False, True), FAULTS))
    rooms = [discord.room() for _ in cases]

    def copies(case: int, channel: Channel, who: User) -> int:
        return sum(f"answer {case}." in text(m) for m in discord.seen_by(who, channel))

    replies: dict[str, Reply] = {}

    async def act(invocation: Invocation) -> Reply:
        """As the core does: the same event, the same reply."""
        return replies.get(invocation.event_id, Reply(CARD))

    script.act = act
    async with serving():
        for case, (visibility, edit, fault) in enumerate(cases):
            if pressed:
                card = await discord.answered(await discord.slash(ann, rooms[case], "coin"))
                asked = discord.make_press(ann, card.message, "Fill in")
            else:
                asked = discord.make(ann, rooms[case], "coin")
            said = Message(t("value", value=f"answer {case}."))
            replies[asked.id] = Reply(said, visibility=visibility, edit=edit and pressed)
            break_it(discord, fault)
            await discord.deliver(asked)
            seen = partial(
                lambda case: copies(case, rooms[case], ann) + copies(case, discord.dm(ann), ann) > 0, case
            )
            await discord.until(seen)

    assert discord.faults == discord.losses == []
    for case, (visibility, edit, fault) in enumerate(cases):
        what = (visibility.value, edit, fault)
        assert copies(case, rooms[case], ann) + copies(case, discord.dm(ann), ann) == 1, what
        in_place = edit and pressed and visibility is not Visibility.PRIVATE
        open_to_all = visibility is Visibility.PUBLIC or in_place
        assert copies(case, rooms[case], bob) == (1 if open_to_all else 0), what


def break_it(discord: FakeDiscord, fault: str) -> None:
    """The next first response: refused by an outage, its receipt lost, or too late."""
    if fault == "fail":
        discord.fail("POST /interactions", 503)
    elif fault == "lose":
        discord.lose("POST /interactions")
    elif fault == "late":
        discord.later(5)
