"""Rich messages: an optional form, with the ordinary one as its equal, and never what money hangs on."""

from __future__ import annotations

from typing import Any

import pytest
from telegram.error import BadRequest, EndPointNotFound

from bots.telegram.optional import AGAIN, Optional
from bots.telegram.rich import rich
from core.reply import Button, Item, Media, Message, Reply, Row, Style, T, Tone, t
from tests.fakes.telegram_rules import check_rich
from tests.surfaces.telegram.conftest import Running, card

MINT = "So11111111111111111111111111111111111111112"


def v(value: str) -> T:
    return t("value", value=value)


def press(style: Style = Style.SECONDARY, **more: Any) -> Button:
    return Button(v("Do"), press=("x", {}), token="tok", style=style, **more)


HOLDINGS = Message(
    title=v("Your portfolio"),
    body=(v("All of it."),),
    rows=(Row(v("SOL"), v("1.5 SOL")), Row(v("Mint"), v(MINT))),
    items=(Item(v("12 CATS"), v("worth 1 SOL")), Item(v("<b>5 DOGS</b>"))),
    progress=40,
    footer=v("Before the fee."),
    tone=Tone.GOOD,
)


def test_rows_are_a_table_and_entries_a_list() -> None:
    html = rich(HOLDINGS, "en")
    assert html == (
        "<h4>✅ Your portfolio</h4>"
        "<p>All of it.</p>"
        '<table><tr><td>SOL</td><td align="right">1.5 SOL</td></tr>'
        f'<tr><td>Mint</td><td align="right"><code>{MINT}</code></td></tr></table>'
        "<ul><li><b>12 CATS</b> · worth 1 SOL</li><li><b>&lt;b&gt;5 DOGS&lt;/b&gt;</b></li></ul>"
        "<p>▓▓▓▓░░░░░░ 40 %</p>"
        "<footer>Before the fee.</footer>"
    )
    check_rich(html)


@pytest.mark.parametrize(
    "message",
    [
        card("No rows"),
        card("A picture", rows=HOLDINGS.rows, media=Media("image/png", "x", "x", v("x"))),
        card("Confirm?", rows=HOLDINGS.rows, buttons=((press(Style.SUCCESS),),)),
        card("Cancel?", rows=HOLDINGS.rows, buttons=((press(Style.DANGER),),)),
        card("Confirm one?", items=(Item(v("x"), button=press(Style.SUCCESS)),)),
        card("Spelled out", rows=HOLDINGS.rows, buttons=((Button(v("Local"), url="http://localhost/"),),)),
        card("Long", rows=(Row(v("x"), v("y")),) * 401),
    ],
    ids=lambda message: str(message.title.args["value"]),
)
def test_what_keeps_its_ordinary_form(message: Message) -> None:
    assert rich(message, "en") is None


def test_an_open_button_that_buys_opens_a_quote_and_settles_nothing() -> None:
    assert rich(card("Sold", rows=HOLDINGS.rows, buttons=((press(Style.SUCCESS, open=True),),)), "en")


async def test_off_unless_it_is_wanted(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/portfolio", Reply(HOLDINGS))
    async with running.process():
        await running.telegram.say(ada, "/portfolio")
        shown = await running.telegram.shown(ada, "Your portfolio")
    assert not shown.rich


async def test_sent_and_edited_in_place(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.more["telegram_rich"] = True
    again = card("Your portfolio", rows=HOLDINGS.rows, buttons=((press(),),))
    running.core.on("/portfolio", Reply(again, subject="portfolio:1"))
    running.core.on("tok", Reply(HOLDINGS, edit=True))
    async with running.process():
        await running.telegram.say(ada, "/portfolio")
        shown = await running.telegram.shown(ada, "Your portfolio")
        assert shown.rich
        assert shown.labels == ["Do"]
        await running.telegram.press(ada, shown, "Do")
        await running.telegram.shown(ada, "All of it.")
        assert shown.rich
        plain = card("Nothing left")
        await running.deliver(plain, kind="result", subject="portfolio:1", user_id="7")
        await running.telegram.shown(ada, "Nothing left")
    assert not shown.rich
    assert len(running.telegram.messages(ada)) == 1


async def test_a_server_that_does_not_know_it_is_asked_once(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.more["telegram_rich"] = True
    running.telegram.api = (10, 0)
    running.core.on("/portfolio", Reply(HOLDINGS))
    async with running.process():
        for count in (1, 2):
            await running.telegram.say(ada, "/portfolio")
            await running.telegram.until(lambda n=count: len(running.telegram.messages(ada)) == n)
    assert running.telegram.methods().count("sendRichMessage") == 1
    assert [m.rich for m in running.telegram.messages(ada)] == [False, False]
    assert "1.5 SOL" in running.telegram.messages(ada)[0].text


async def test_a_refused_edit_leaves_the_ordinary_form(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.more["telegram_rich"] = True
    running.core.on("/portfolio", Reply(card("Look", buttons=((press(),),))))
    running.core.on("tok", Reply(HOLDINGS, edit=True))
    running.telegram.fail("editMessageText", 400, "Bad Request: RICH_MESSAGE_INVALID")
    async with running.process():
        await running.telegram.say(ada, "/portfolio")
        shown = await running.telegram.shown(ada, "Look")
        await running.telegram.press(ada, shown, "Do")
        await running.telegram.shown(ada, "All of it.")
    assert (shown.rich, len(running.telegram.messages(ada))) == (False, 1)


def test_a_refusal_is_remembered_where_it_was_for_a_while() -> None:
    now = [0.0]
    form = Optional("rich", True, lambda: now[0])
    assert form.usable(1)
    form.refused(1, BadRequest("no"))
    assert (form.usable(1), form.usable(2)) == (False, True)
    now[0] = AGAIN
    assert form.usable(1)
    form.refused(1, EndPointNotFound("no such method"))
    now[0] = 10 * AGAIN
    assert (form.usable(1), form.usable(2)) == (False, False)
