"""Forms: one question at a time, by presets or typed, surviving a restart."""

from core.commands.incoming import Submit
from core.reply import Button, Form, FormField, Kind, Message, Reply, Visibility, t
from tests.fakes.telegram import Shown
from tests.surfaces.telegram.conftest import Running, card


def field(name: str, *presets: str) -> FormField:
    return FormField(name, t("value", value=f"Which {name}?"), placeholder=name.upper(), presets=presets)


def asks(*fields: FormField, command: str = "buy") -> Message:
    form = Form(t("value", value="Buy a coin"), fields, command, token="form-token")
    return card("What is missing", form=form)


def fields(running: Running) -> dict[str, str]:
    what = running.core.asked[-1].what
    assert isinstance(what, Submit)
    assert what.token == "form-token"
    return dict(what.fields)


async def test_two_questions_one_typed_and_one_by_a_preset(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(asks(field("coin"), field("amount", "0.1", "0.5"))))
    running.core.on("form-token", Reply(card("A quote")))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        first = await running.telegram.shown(ada, "1 of 2: Which coin?")
        await running.telegram.say(ada, "SPACE")
        second = await running.telegram.shown(ada, "2 of 2: Which amount?")
        assert second.labels == ["0.1", "0.5", "Cancel"]
        await running.telegram.press(ada, second, "0.5")
        quote = await running.telegram.shown(ada, "A quote")

    assert first.markup == {"force_reply": True, "selective": True, "input_field_placeholder": "COIN"}
    assert quote.id == second.id  # the question became what it led to
    assert fields(running) == {"coin": "SPACE", "amount": "0.5"}


async def test_a_preset_question_takes_a_typed_answer_too(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(asks(field("coin"), field("amount", "0.1"))))
    running.core.on("form-token", Reply(card("A quote")))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "1 of 2")
        await running.telegram.say(ada, "SPACE")
        await running.telegram.shown(ada, "2 of 2")
        await running.telegram.say(ada, "0.25")
        await running.telegram.shown(ada, "A quote")
    assert fields(running) == {"coin": "SPACE", "amount": "0.25"}


async def test_the_presets_of_a_single_question_are_the_cards_own_buttons(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    message = asks(field("amount", "0.1"))
    button = Button(t("value", value="0.1 SOL"), press=("buy", {}), token="tok")
    running.core.on("/buy SPACE", Reply(card("How much?", form=message.form, buttons=((button,),))))
    running.core.on("tok", Reply(card("A quote")))
    async with running.process():
        await running.telegram.say(ada, "/buy SPACE")
        card_ = await running.telegram.shown(ada, "How much?")
        await running.telegram.press(ada, card_, "0.1 SOL")
        await running.telegram.shown(ada, "A quote")
    assert running.core.lines == ["/buy SPACE", "tok"]


async def test_a_form_survives_a_restart(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(asks(field("coin"), field("amount"))))
    running.core.on("form-token", Reply(card("A quote")))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "1 of 2")
        await running.telegram.say(ada, "SPACE")
        await running.telegram.shown(ada, "2 of 2")
    async with running.process():
        await running.telegram.say(ada, "0.5")
        await running.telegram.shown(ada, "A quote")
    assert fields(running) == {"coin": "SPACE", "amount": "0.5"}


async def test_a_wrong_answer_is_said_and_asked_again(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(asks(field("amount"))))
    running.core.on("form-token", Reply(card("Too small"), kind=Kind.ERROR))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "What is missing")
        await running.telegram.say(ada, "0")
        await running.telegram.shown(ada, "Too small")
        await running.telegram.until(lambda: len(running.telegram.messages(ada)) == 3)
        assert running.telegram.messages(ada)[-1].text == "Buy a coin\n\nWhich amount?"
        running.core.on("form-token", Reply(card("A quote")))
        await running.telegram.say(ada, "1")
        await running.telegram.shown(ada, "A quote")
    assert fields(running) == {"amount": "1"}


async def test_a_form_that_is_over_is_not_asked_again(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(asks(field("amount"))))
    expired = card("Too old", data={"error": {"code": "button-expired", "next": "Send /buy again."}})
    running.core.on("form-token", Reply(expired, kind=Kind.ERROR))
    running.core.on("hello", Reply(card("Not a command")))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "What is missing")
        await running.telegram.say(ada, "1")
        await running.telegram.shown(ada, "Too old")
        await running.telegram.say(ada, "hello")
        await running.telegram.shown(ada, "Not a command")


async def test_a_command_closes_the_form(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(asks(field("coin", "A", "B"))))
    running.core.on("/start", Reply(card("Hello")))
    running.core.on("SPACE", Reply(card("Not a command")))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        asked = await running.telegram.shown(ada, "What is missing")
        await running.telegram.say(ada, "/start")
        await running.telegram.shown(ada, "Hello")
        await running.telegram.say(ada, "SPACE")
        await running.telegram.shown(ada, "Not a command")
        await running.telegram.press(ada, asked, "A")
        await running.telegram.until(lambda: running.telegram.alerts)
    assert "not open for you any more" in running.telegram.alerts[0]["text"]


async def test_in_a_group_only_a_reply_to_the_question_answers_it(running: Running) -> None:
    ada, bob = running.telegram.user(7, "Ada"), running.telegram.user(8, "Bob")
    group = running.telegram.group(-100, "Cats")
    running.core.on("/buy", Reply(asks(field("coin")), visibility=Visibility.QUIET))
    running.core.on("form-token", Reply(card("A quote")))
    for words in ("just talking", "me too"):
        running.core.on(words, None)

    def reply_to(message: Shown) -> dict[str, object]:
        return {"reply_to_message": running.telegram.json_of(message)}

    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        asked = await running.telegram.shown(group, "What is missing")
        await running.telegram.say(ada, "just talking", group)
        await running.telegram.say(bob, "me too", group, **reply_to(asked))
        await running.telegram.say(ada, "SPACE", group, **reply_to(asked))
        await running.telegram.shown(group, "A quote")
    assert fields(running) == {"coin": "SPACE"}
    assert set(running.core.lines) == {"/buy", "me too", "form-token"}


async def test_a_private_form_asked_for_in_a_group_is_answered_in_private(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    group = running.telegram.group(-100, "Cats")
    running.core.on("/withdraw", Reply(asks(field("address")), visibility=Visibility.PRIVATE))
    running.core.on("form-token", Reply(card("Confirm?"), visibility=Visibility.PRIVATE))
    async with running.process():
        await running.telegram.say(ada, "/withdraw", group)
        await running.telegram.shown(ada, "What is missing")
        await running.telegram.say(ada, "9xQe")
        await running.telegram.shown(ada, "Confirm?")
    assert fields(running) == {"address": "9xQe"}
    assert [m.text for m in running.telegram.messages(group)] == ["I answered in our private chat."]


COINS = [("mint-cats", "CATS - Space Cats"), ("mint-cat", "CAT - A cat"), ("mint-dog", "DOG - A dog")]


async def ask_for_a_coin(running: Running, *rest: FormField) -> Shown:
    running.core.coins = COINS
    running.core.on("/pick", Reply(asks(field("coin"), *rest, command="pick")))
    running.core.on("form-token", Reply(card("A quote")))
    await running.telegram.say(running.telegram.user(7, "Ada"), "/pick")
    return await running.telegram.shown(running.telegram.user(7, "Ada"), "Which coin?")


async def test_coins_are_offered_and_a_press_leads_on_in_the_same_message(running: Running) -> None:
    async with running.process():
        asked = await ask_for_a_coin(running, field("amount", "0.1"))
        ada = running.telegram.user(7, "Ada")
        assert asked.text.endswith("Press one, or type the first letters of another.")
        assert asked.labels == ["CATS - Space Cats", "CAT - A cat", "DOG - A dog", "Cancel"]
        await running.telegram.press(ada, asked, "DOG")
        await running.telegram.shown(ada, "2 of 2: Which amount?")
        await running.telegram.press(ada, asked, "0.1")
        await running.telegram.shown(ada, "A quote")
        assert len(running.telegram.messages(ada)) == 1
    assert fields(running) == {"coin": "mint-dog", "amount": "0.1"}


async def test_typing_narrows_and_a_whole_ticker_is_the_answer(running: Running) -> None:
    async with running.process():
        await ask_for_a_coin(running)
        ada = running.telegram.user(7, "Ada")
        await running.telegram.say(ada, "CA")
        narrowed = await running.telegram.shown(ada, "These begin with “CA”")
        assert narrowed.labels == ["CATS - Space Cats", "CAT - A cat", "Cancel"]
        await running.telegram.say(ada, "cat")  # also what another ticker begins with
        await running.telegram.shown(ada, "A quote")
    assert fields(running) == {"coin": "mint-cat"}


async def test_what_nothing_begins_with_is_said_at_once(running: Running) -> None:
    async with running.process():
        await ask_for_a_coin(running, field("amount", "0.1"))
        ada = running.telegram.user(7, "Ada")
        await running.telegram.say(ada, "<b>ZEBRA</b>")
        again = await running.telegram.shown(ada, "Nothing begins with “<b>ZEBRA</b>”")
        assert again.labels == ["CATS - Space Cats", "CAT - A cat", "DOG - A dog", "Cancel"]


async def test_what_can_be_no_answer_is_said_before_the_next_question(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/send", Reply(asks(field("sol", "0.5"), field("address"), command="send")))
    async with running.process():
        await running.telegram.say(ada, "/send")
        await running.telegram.shown(ada, "1 of 2: Which sol?")
        await running.telegram.say(ada, "a lot")
        again = await running.telegram.shown(ada, "That is not an amount that we can read.")
        assert "Write it in plain digits" in again.text
        assert "1 of 2: Which sol?" in again.text
        assert again.labels == ["0.5", "Cancel"]
        await running.telegram.say(ada, "0.25")
        await running.telegram.shown(ada, "2 of 2: Which address?")


async def test_an_address_needs_no_choice(running: Running) -> None:
    mint = "So11111111111111111111111111111111111111112"
    async with running.process():
        await ask_for_a_coin(running)
        ada = running.telegram.user(7, "Ada")
        await running.telegram.say(ada, f"https://explorer.solana.com/address/{mint}")
        await running.telegram.shown(ada, "A quote")
    assert mint in fields(running)["coin"]


async def test_two_coins_that_look_alike_are_told_apart(running: Running) -> None:
    async with running.process():
        await ask_for_a_coin(running)
        ada = running.telegram.user(7, "Ada")
        running.core.coins = [("A" * 20 + "one1", "CAT - A cat"), ("B" * 20 + "two2", "CAT - A cat")]
        await running.telegram.say(ada, "cat")
        narrowed = await running.telegram.shown(ada, "These begin with “cat”")
        assert narrowed.labels == ["CAT - A cat (AAAA…one1)", "CAT - A cat (BBBB…two2)", "Cancel"]
        await running.telegram.press(ada, narrowed, "two2")
        await running.telegram.shown(ada, "A quote")
    assert fields(running) == {"coin": "B" * 20 + "two2"}


async def test_matches_survive_a_restart(running: Running) -> None:
    async with running.process():
        asked = await ask_for_a_coin(running)
        ada = running.telegram.user(7, "Ada")
        await running.telegram.until(lambda: not running.telegram.unconfirmed)
    running.core.coins = []  # what the press means was fixed when the question was shown
    async with running.process():
        await running.telegram.press(ada, asked, "CATS")
        await running.telegram.shown(ada, "A quote")
    assert fields(running) == {"coin": "mint-cats"}


async def test_the_second_of_two_quick_presses_answers_no_other_question(running: Running) -> None:
    async with running.process():
        asked = await ask_for_a_coin(running, field("amount", "0.1"))
        ada = running.telegram.user(7, "Ada")
        first = asked.buttons[0]["callback_data"]
        await running.telegram.press_data(ada, asked, first)
        await running.telegram.press_data(ada, asked, first)
        await running.telegram.until(lambda: len(running.telegram.alerts) == 2)
        assert "2 of 2" in asked.text
    assert "not open for you any more" in running.telegram.alerts[1]["text"]
    assert running.core.lines == ["/pick"]


async def test_cancel_ends_a_form(running: Running) -> None:
    running.core.on("CATS", Reply(card("Not a command")))
    async with running.process():
        asked = await ask_for_a_coin(running)
        ada = running.telegram.user(7, "Ada")
        await running.telegram.press(ada, asked, "Cancel")
        await running.telegram.shown(ada, "Not asked any more. Nothing was done.")
        assert asked.buttons == []
        await running.telegram.say(ada, "CATS")
        await running.telegram.shown(ada, "Not a command")


async def test_the_command_cancel_ends_a_form_and_no_more(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(asks(field("coin"))))
    running.core.on("/cancel", Reply(card("Two quotes thrown away")))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "Which coin?")
        await running.telegram.say(ada, "/cancel")
        await running.telegram.shown(ada, "Not asked any more")
        assert running.core.lines == ["/buy"]
        await running.telegram.say(ada, "/cancel")
        await running.telegram.shown(ada, "Two quotes thrown away")


async def test_somebody_elses_press_answers_nothing(running: Running) -> None:
    ada, bob = running.telegram.user(7, "Ada"), running.telegram.user(8, "Bob")
    group = running.telegram.group(-100, "Cats")
    running.core.coins = COINS
    running.core.on("/pick", Reply(asks(field("coin"), command="pick"), visibility=Visibility.QUIET))
    running.core.on("form-token", Reply(card("A quote"), visibility=Visibility.QUIET))
    async with running.process():
        await running.telegram.say(ada, "/pick", group)
        asked = await running.telegram.shown(group, "reply to this message with the first letters")
        await running.telegram.press(bob, asked, "CATS")
        await running.telegram.until(lambda: running.telegram.alerts)
        await running.telegram.press(bob, asked, "Cancel")
        await running.telegram.until(lambda: len(running.telegram.alerts) == 2)
        await running.telegram.press(ada, asked, "CATS")
        await running.telegram.shown(group, "A quote")
    assert fields(running) == {"coin": "mint-cats"}
