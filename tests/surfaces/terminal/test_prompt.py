"""The prompt: what is printed, what a typed line means, what is completed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.output.plain_text import PlainTextOutput
from prompt_toolkit.output.vt100 import Vt100_Output

from bots.terminal.complete import Completions
from bots.terminal.prompt import follow, typed
from bots.terminal.screen import PromptScreen
from bots.terminal.surface import Shown, Terminal
from core.bootstrap.app import load_commands
from core.commands.incoming import Invocation, Line, Press, Submit
from core.domain.errors import UserError
from core.reply import Button, Form, FormField, Item, Message, Reply, Row, Style, Tone, t
from tests.surfaces.terminal.conftest import Bench, ScriptedDispatcher


def words(value: str) -> Any:
    return t("value", value=value)


def screen() -> tuple[PromptScreen, Callable[[], str]]:
    out = io.StringIO()
    return PromptScreen(plain=out, colour=False), out.getvalue


def shown(message: Message, kind: str = "reply", msg: str = "m1") -> Shown:
    return Shown(None, msg, kind, "you", None, message)


def pressable(label: str, token: str, style: Style = Style.SECONDARY) -> Button:
    return Button(words(label), token=token, style=style)


PAIR = Message(
    words("Buy?"),
    rows=(Row(words("Price"), words("1")), Row(words("Fee in all"), words("2"))),
    items=(Item(words("one"), words("more")),),
    footer=words("small print"),
    buttons=((pressable("Confirm", "yes", Style.SUCCESS), pressable("Cancel", "no", Style.DANGER)),),
)


def test_a_card_is_printed_with_its_buttons_numbered() -> None:
    face, printed = screen()
    face.show(shown(PAIR))
    assert printed() == (
        "Buy?\nPrice       1\nFee in all  2\n• one\n  more\nsmall print\n[1] Confirm  [2] Cancel  y/N\n\n"
    )


def test_numbers_and_yes_and_no_press_the_buttons_of_the_last_card() -> None:
    face, _ = screen()
    face.show(shown(PAIR))
    face.show(shown(Message(words("a notice without buttons")), "notice", "m2"))
    pressed = [typed(face, line, "you") for line in ("1", " 2 ", "y", "N", "yes")]
    assert [payload and payload["press"] for payload in pressed] == ["yes", "no", "yes", "no", "yes"]
    with pytest.raises(UserError) as refused:
        typed(face, "3", "you")
    assert refused.value.code == "no-such-number"


def test_yes_is_plain_text_where_nothing_is_to_be_confirmed() -> None:
    face, _ = screen()
    face.show(shown(Message(words("x"), buttons=((pressable("A", "a"), pressable("B", "b")),))))
    payload = typed(face, "y", "you")
    assert payload is not None
    assert payload["text"] == "y"


def test_a_form_is_asked_question_by_question_and_left_by_a_command() -> None:
    fields = (
        FormField("coin", words("Which coin?")),
        FormField("sol", words("How much?"), presets=("1", "2")),
    )
    face, _ = screen()
    face.show(shown(Message(words("Buy"), form=Form(words("Buy"), fields, "buy", token="f1"))))
    assert face.question() == "Which coin?: "
    assert typed(face, "CAT", "you") is None
    assert face.question() == "How much? (1, 2): "
    assert typed(face, "1", "you") == {
        "id": None,
        "as": "you",
        "chat": None,
        "form": "f1",
        "fields": {"coin": "CAT", "sol": "1"},
    }
    face.show(shown(Message(words("Buy"), form=Form(words("Buy"), fields, "buy", token="f2"))))
    payload = typed(face, "/help", "you")
    assert payload is not None
    assert payload["text"] == "/help"
    assert face.question() == "> "


def test_a_number_typed_into_a_form_is_an_answer_and_no_button() -> None:
    fields = (FormField("sol", words("How much?"), presets=("0.1", "1")),)
    quick = ((pressable("0.1", "press-0.1"), pressable("1", "press-1")),)
    face, printed = screen()
    face.show(shown(Message(words("Buy"), form=Form(words("Buy"), fields, "buy", token="f1"), buttons=quick)))
    assert "[1]" not in printed()
    answered = typed(face, "1", "you")
    assert answered is not None
    assert (answered["form"], answered["fields"]) == ("f1", {"sol": "1"})


async def test_a_question_completes_what_its_argument_may_be(bench: Bench) -> None:
    face, _ = screen()
    form = Form(words("Buy"), (FormField("coin", words("Which coin?")),), "buy", token="f1")
    face.show(shown(Message(words("Buy"), form=form)))
    complete = Completions(load_commands(), bench.desk(lambda _: None), face)
    event = CompleteEvent(completion_requested=True)
    assert [c.text async for c in complete.get_completions_async(Document("C"), event)] == ["CAT"]


def test_progress_stays_in_one_line_and_the_result_is_a_new_block() -> None:
    out = io.StringIO()
    face = PromptScreen(plain=None, colour=False, output=PlainTextOutput(out))

    def printed() -> str:
        return out.getvalue().replace("\r\n", "\n")

    face.show(shown(Message(words("Box"), body=(words("painting"),), progress=10)))
    before = printed()
    face.show(shown(Message(words("Box"), body=(words("painting"),), progress=50), "edit"))
    assert printed() == before
    assert [part for _, part in face.ask()] == ["⠋ painting  ██████████░░░░░░░░░░ 50 %\n", "> "]
    face.show(shown(Message(words("Opened"), tone=Tone.GOOD), "edit"))
    assert printed() == before + "Opened\n\n"
    assert [part for _, part in face.ask()] == ["> "]


def test_hostile_text_emits_no_escape_codes() -> None:
    out = io.StringIO()
    output = Vt100_Output(out, lambda: Size(24, 80))
    face = PromptScreen(plain=None, colour=False, output=output)
    hostile = "\x1b]0;owned\x07\x1b[2J\u202egnp\u009b31m\rover\b\b"
    link = Button(words(hostile), url="https://x.y/" + hostile)
    face.show(shown(Message(words(hostile), rows=(Row(words(hostile), words(hostile)),), buttons=((link,),))))
    printed = out.getvalue()
    for sequence in ("\x1b]", "\x1b[2J", "\x07", "\u202e", "\u009b", "\b"):
        assert sequence not in printed


async def test_completion_knows_commands_and_asks_for_arguments(bench: Bench) -> None:
    face, _ = screen()
    complete = Completions(load_commands(), bench.desk(lambda _: None), face)

    async def found(text: str) -> list[str]:
        event = CompleteEvent(completion_requested=True)
        return [c.text async for c in complete.get_completions_async(Document(text), event)]

    assert await found("/po") == ["/portfolio"]
    assert "/buy" in await found("/")
    assert await found("/buy C") == ["CAT"]
    assert await found("/buy X") == []
    assert await found("/nothing ") == []
    assert await found("good morning") == []


async def test_lines_of_a_pipe_are_taken_one_after_the_other(bench: Bench) -> None:
    """`1` presses a button that the line before brought, however long that took."""
    button = Button(words("Go"), press=("go", {}))

    def answer(invocation: Invocation) -> Reply:
        if isinstance(invocation.what, Line):
            return Reply(Message(words("ready"), buttons=((button,),)))
        assert isinstance(invocation.what, Press | Submit)
        return Reply(Message(words("gone")))

    desk = bench.desk(answer)
    face, printed = screen()
    async with Terminal(desk, face, bench.folder / "run") as terminal:
        await follow(terminal, face, io.BytesIO(b"/go\n1\n\n9\n/quit\nnever\n"), "you")
    dispatcher = desk.dispatcher
    assert isinstance(dispatcher, ScriptedDispatcher)
    assert [type(asked.what).__name__ for asked in dispatcher.asked] == ["Line", "Press"]
    assert "gone" in printed()
    assert "There is no button 9" in printed()
