"""Forms: modals where Discord takes one, buttons that open them where it does not."""

from __future__ import annotations

import pytest

from core.commands.incoming import Press, Submit
from core.reply import Form, FormField, Kind, Message, Reply, t
from tests.fakes.discord import FakeDiscord, button, buttons, text
from tests.surfaces.discord.parts import Script, Serving, Slow

NEWS = "## There is news"
PLAIN = Message(t("discord-news"))
FORM = Form(
    t("discord-news"),
    (FormField("sol", t("discord-open-form"), presets=("0.1", "1")),),
    "buy",
    token="form-1",
)
ASK = Message(t("discord-news"), form=FORM)


async def test_a_form_is_a_modal_and_its_fields_come_back(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(ASK), Reply(PLAIN))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE"))
        assert asked.state == "modal"
        submitted = await discord.answered(await discord.submit(asked, sol="0.25"))
    assert script.asked[1].what == Submit("form-1", {"sol": "0.25"})
    assert text(submitted.message) == NEWS


async def test_a_form_after_a_form_is_behind_a_button(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    """Discord takes no modal as the answer to a modal."""
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(ASK))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE"))
        again = await discord.answered(await discord.submit(asked, sol="lots"))
        assert button(again.message, "Fill in")["custom_id"] == "pb:form-1"
        reopened = await discord.answered(await discord.press(ann, again.message, "Fill in"))
    assert reopened.modal is not None
    assert script.asked[-1].what == Press("form-1")


async def test_a_refused_form_opens_again_with_what_was_typed(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    wrong = Message(t("discord-open-form"), data={"error": {"code": "amount-zero"}})
    script.answers(Reply(ASK), Reply(wrong, kind=Kind.ERROR), Reply(ASK))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE"))
        refused = await discord.answered(await discord.submit(asked, sol="0,1O"))
        again = await discord.answered(await discord.press(ann, refused.message, "Fill in again"))
    assert again.modal is not None
    assert again.modal["components"][0]["component"]["value"] == "0,1O"


async def test_a_form_whose_button_is_too_old_is_not_offered_again(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    old = Message(t("discord-open-form"), data={"error": {"code": "button-expired"}})
    script.answers(Reply(ASK), Reply(old, kind=Kind.ERROR))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE"))
        refused = await discord.answered(await discord.submit(asked, sol="1"))
    assert buttons(refused.message) == []


@pytest.mark.usefixtures("impatient")
async def test_a_form_that_took_long_is_behind_a_button(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    slow = script.act = Slow(Reply(ASK))
    async with serving():
        asked = await discord.slash(ann, room, "buy", coin="SPACE")
        await discord.until(lambda: asked.state == "deferred")
        slow.go.set()
        await discord.answered(asked)
        assert button(asked.message, "Fill in")
