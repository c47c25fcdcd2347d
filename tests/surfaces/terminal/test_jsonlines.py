"""The JSON interface, record by record, as docs/terminal.md promises it."""

from __future__ import annotations

from typing import Any

import pytest

from core.commands.incoming import Invocation, Line, Press, Submit
from core.reply import Button, Form, FormField, Kind, Media, Message, Reply, Style, Visibility, t
from tests.surfaces.terminal.conftest import Bench

KEYS = ["re", "msg", "kind", "to", "chat", "text", "buttons", "media", "data"]


def card(title: str, **parts: Any) -> Message:
    return Message(t("value", value=title), **parts)


def echo(invocation: Invocation) -> Reply:
    what = invocation.what
    said = what.text if isinstance(what, Line) else type(what).__name__
    return Reply(card(f"{invocation.caller.user_id} {invocation.caller.chat_id} {said}"))


async def test_a_line_is_answered_with_all_keys(bench: Bench) -> None:
    async with bench.terminal(echo) as terminal:
        [record] = await terminal.say({"id": 1, "as": "user-1", "chat": "chat-1", "text": "/help"})
    assert list(record) == KEYS
    assert record | {"msg": ""} == {
        "re": 1,
        "msg": "",
        "kind": "reply",
        "to": "user-1",
        "chat": "chat-1",
        "text": "user-1 chat-1 /help",
        "buttons": [],
        "media": [],
        "data": {},
    }
    assert record["msg"]


async def test_who_and_where_have_defaults(bench: Bench) -> None:
    async with bench.terminal(echo) as terminal:
        [record] = await terminal.say({"text": "hi"})
    assert (record["re"], record["to"], record["chat"]) == (None, "you", None)


async def test_buttons_media_form_and_great_numbers(bench: Bench) -> None:
    form = Form(
        t("value", value="Buy"), (FormField("sol", t("value", value="How much?"), presets=("1",)),), "buy"
    )
    message = card(
        "Box",
        buttons=(
            (
                Button(t("value", value="Go"), press=("buy", {})),
                Button(t("value", value="See"), url="https://x.y"),
            ),
        ),
        media=Media("image/webp", "i/a.webp", "k", t("value", value="a cat")),
        form=form,
        data={"fill": {"atoms": 2**60, "fee": 5, "deep": [2**53 + 1, True]}},
    )
    async with bench.terminal(lambda _: Reply(message)) as terminal:
        [record] = await terminal.say({"id": "a", "text": "x"})
    assert [button["label"] for button in record["buttons"]] == ["Go"]
    assert "See: https://x.y" in record["text"]
    assert record["media"][0]["type"] == "image/webp"
    assert record["media"][0]["path"].startswith("/")
    assert record["data"]["fill"] == {"atoms": str(2**60), "fee": 5, "deep": [str(2**53 + 1), True]}
    assert record["data"]["form"]["fields"] == [
        {"name": "sol", "label": "How much?", "presets": ["1"], "value": ""}
    ]


@pytest.mark.parametrize(
    ("line", "code", "re"),
    [
        (b"nonsense", "line-not-json", None),
        (b'{"id": 7, "text": "x', "line-not-json", None),
        (b"[1]", "line-not-object", None),
        (b'{"id": 7}', "line-field", 7),
        (b'{"id": 7, "text": 5}', "line-field", 7),
        (b'{"id": 7, "text": "a", "press": "b"}', "line-field", 7),
        (b'{"id": 7, "as": "", "text": "a"}', "line-field", 7),
        (b'{"id": 7, "chat": ["c"], "text": "a"}', "line-field", 7),
        (b'{"id": 7, "form": "f"}', "line-field", 7),
        (b'{"id": 7, "form": "f", "fields": {"a": 1}}', "line-field", 7),
        (b'{"id": NaN, "text": "a"}', "line-not-json", None),
        (b"[" * 60_000, "line-not-json", None),
        (b'"' + b"x" * 70_000 + b'"', "line-too-big", None),
    ],
)
async def test_a_bad_line_gets_an_error_and_the_next_one_an_answer(
    bench: Bench, line: bytes, code: str, re: object
) -> None:
    async with bench.terminal(echo) as terminal:
        bad, good = await terminal.say(line, {"id": 2, "text": "still here"})
    assert bad["kind"] == "error"
    assert bad["re"] == re
    assert bad["data"]["error"]["code"] == code
    assert bad["data"]["error"]["next"]
    assert (good["re"], good["kind"]) == (2, "reply")


async def test_the_error_of_a_bad_line_goes_to_who_sent_it(bench: Bench) -> None:
    async with bench.terminal(echo) as terminal:
        by_ann, by_nobody = await terminal.say(
            {"id": 1, "as": "ann", "chat": "club", "text": 5}, {"id": 2, "as": 5, "chat": "club", "text": "x"}
        )
    assert (by_ann["re"], by_ann["to"], by_ann["chat"]) == (1, "ann", "club")
    assert (by_nobody["re"], by_nobody["to"], by_nobody["chat"]) == (2, "you", "club")


async def test_a_field_that_is_null_is_missing(bench: Bench) -> None:
    async with bench.terminal(echo) as terminal:
        given = {"id": 1, "text": "/help", "press": None, "form": None}, {"id": 2, "text": None}
        by_id = {record["re"]: record for record in await terminal.say(*given)}
    assert by_id[1]["text"] == "you None /help"
    assert by_id[2]["data"]["error"]["code"] == "line-field"


async def test_what_no_database_takes_is_replaced(bench: Bench) -> None:
    async with bench.terminal(echo) as terminal:
        [record] = await terminal.say(b'{"id": "\\ud800", "as": "a\\u0000b", "text": "x\\udfffy"}')
    assert record["re"] == "\ufffd"
    assert record["to"] == "a\ufffdb"


async def test_text_that_is_nothing_to_us_still_gets_its_line(bench: Bench) -> None:
    async with bench.terminal(lambda _: None) as terminal:
        [record] = await terminal.say({"id": 1, "chat": "c", "text": "good morning"})
    assert (record["re"], record["kind"], record["text"]) == (1, "reply", "")


async def test_a_private_answer_leaves_the_group(bench: Bench) -> None:
    async with bench.terminal(lambda _: Reply(card("secret"), visibility=Visibility.PRIVATE)) as terminal:
        [record] = await terminal.say({"id": 1, "as": "u", "chat": "c", "text": "/wallet"})
    assert (record["chat"], record["to"]) == (None, "u")


async def test_a_press_edits_its_message_and_an_error_does_not(bench: Bench) -> None:
    button = Button(t("value", value="Go"), press=("go", {}), style=Style.SUCCESS)

    def answer(invocation: Invocation) -> Reply:
        if isinstance(invocation.what, Line):
            return Reply(card("before", buttons=((button,),)), subject="order:1")
        if isinstance(invocation.what, Submit):
            return Reply(card("no"), kind=Kind.ERROR, subject="order:1")
        return Reply(card("after"), subject="order:1")

    async with bench.terminal(answer) as terminal:
        [first] = await terminal.say({"id": 1, "text": "/buy"})
        token = first["buttons"][0]["id"]
        _, second = await terminal.say({"id": 2, "press": token})
        *_, third = await terminal.say({"id": 3, "form": token, "fields": {}})
    assert (second["kind"], second["re"], second["msg"]) == ("edit", 2, first["msg"])
    assert (third["kind"], third["re"]) == ("error", 3)
    assert third["msg"] != first["msg"]


async def test_a_press_edits_without_a_subject_when_the_reply_says_so(bench: Bench) -> None:
    button = Button(t("value", value="More"), press=("help", {}), open=True)

    def answer(invocation: Invocation) -> Reply:
        return Reply(card("page", buttons=((button,),)), edit=isinstance(invocation.what, Press))

    async with bench.terminal(answer) as terminal:
        [first] = await terminal.say({"id": 1, "text": "/help"})
        _, second = await terminal.say({"id": 2, "press": first["buttons"][0]["id"]})
    assert (second["kind"], second["msg"]) == ("edit", first["msg"])


async def test_what_becomes_of_a_subject_is_an_edit_caused_by_the_last_press(bench: Bench) -> None:
    button = Button(t("value", value="Go"), press=("go", {}))

    def answer(invocation: Invocation) -> Reply:
        first = isinstance(invocation.what, Line)
        return Reply(card("quoted", buttons=((button,),)) if first else card("sending"), subject="order:1")

    async with bench.terminal(answer) as terminal:
        [quoted] = await terminal.say({"id": 1, "text": "/buy"})
        await terminal.say({"id": 2, "press": quoted["buttons"][0]["id"]})
        await bench.deliver(card("bought"), "order:1")
        _, _, bought = await terminal.until(3)
        assert await terminal.terminal.finish(10)
    assert (bought["kind"], bought["re"], bought["msg"], bought["text"]) == (
        "edit",
        2,
        quoted["msg"],
        "bought",
    )


async def test_a_notice_has_no_cause(bench: Bench) -> None:
    async with bench.terminal(echo) as terminal:
        await bench.deliver(card("a coin is launched"), "coin:1", kind="notice", chat_id="c", user_id=None)
        [record] = await terminal.until(1)
    assert (record["kind"], record["re"], record["chat"], record["to"]) == ("notice", None, "c", None)
