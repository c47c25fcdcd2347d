"""In groups: whose commands we take, what stays private, where we may write."""

from core.reply import Button, Kind, Reply, Visibility, t
from tests.fakes.telegram import Group, Shown, User
from tests.surfaces.telegram.conftest import Running, card

SECRET = card("Your balance: 12 SOL")
PRIVATE = Reply(SECRET, visibility=Visibility.PRIVATE)


def people(running: Running, *, started: bool = True) -> tuple[User, Group]:
    return running.telegram.user(7, "Ada", started=started), running.telegram.group(
        -100, "Cats", topics=(42,)
    )


def nothing_private(running: Running, group: Group) -> None:
    """No call that went to the group carried the secret."""
    to_group = [params for _, params in running.telegram.calls if params.get("chat_id") == str(group.id)]
    assert to_group
    assert "12 SOL" not in str(to_group)


async def test_a_group_command_is_answered_there_in_its_topic_as_a_reply(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/new 5", Reply(card("New coins"), visibility=Visibility.QUIET))
    async with running.process():
        await running.telegram.say(ada, "/new@Pumpbox_Test_Bot 5", group, topic=42)
        shown = await running.telegram.shown(group, "New coins")

    (asked,) = running.core.asked
    assert (asked.caller.chat_id, asked.caller.thread_id, asked.caller.chat_title) == ("-100", "42", "Cats")
    assert shown.thread == 42
    assert shown.reply_to is not None


async def test_commands_for_other_bots_are_theirs(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/start", Reply(card("Hello")))
    async with running.process():
        await running.telegram.say(ada, "/start@some_other_bot", group)
        await running.telegram.say(ada, "/start", group)
        await running.telegram.shown(group, "Hello")

    assert running.core.lines == ["/start"]


async def test_what_people_tell_each_other_is_not_written_down(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/start", Reply(card("Hello")))
    async with running.process():
        await running.telegram.say(ada, "my secret is a banana", group)
        await running.telegram.say(ada, "/start", group)
        await running.telegram.shown(group, "Hello")

    assert running.core.lines == ["/start"]
    stored = b"".join(file.read_bytes() for file in running.files.glob("store.db*"))
    assert b"/start" in stored
    assert b"banana" not in stored


async def test_a_private_answer_goes_to_the_private_chat_and_the_group_learns_that(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/wallet", PRIVATE)
    async with running.process():
        await running.telegram.say(ada, "/wallet", group)
        await running.telegram.shown(ada, "12 SOL")
        await running.telegram.shown(group, "I answered in our private chat")

    nothing_private(running, group)


async def test_a_private_answer_to_a_stranger_becomes_a_button_that_repeats_the_command(
    running: Running,
) -> None:
    ada, group = people(running, started=False)
    running.core.on("/wallet", PRIVATE)
    async with running.process():
        await running.telegram.say(ada, "/wallet", group)
        hint = await running.telegram.shown(group, "Open our private chat")
        (button,) = hint.buttons
        assert button["url"] == "https://t.me/pumpbox_test_bot?start=wallet"
        await running.telegram.say(ada, "/start wallet")  # what Telegram sends when the button is followed
        await running.telegram.shown(ada, "12 SOL")

    assert running.core.lines == ["/wallet", "/wallet"]
    nothing_private(running, group)


async def _press_for_a_private_answer(running: Running, ada: User, group: Group) -> Shown:
    mine = Button(t("value", value="Mine"), press=("x", {}), token="mine")
    running.core.on("/coin", Reply(card("A coin", buttons=((mine,),)), subject="coin:1"))
    running.core.on("mine", Reply(SECRET, visibility=Visibility.PRIVATE, edit=True))
    await running.telegram.say(ada, "/coin", group)
    coin = await running.telegram.shown(group, "A coin")
    await running.telegram.press(ada, coin, "Mine")
    return coin


async def test_a_press_with_a_private_answer_never_edits_the_groups_message(running: Running) -> None:
    ada, group = people(running)
    async with running.process():
        coin = await _press_for_a_private_answer(running, ada, group)
        await running.telegram.shown(ada, "12 SOL")
        await running.telegram.until(lambda: running.telegram.alerts)

    assert coin.text == "A coin"
    assert running.telegram.alerts[0]["text"] == "I answered in our private chat."
    nothing_private(running, group)


async def test_a_strangers_press_opens_the_private_chat(running: Running) -> None:
    ada, group = people(running, started=False)
    async with running.process():
        await _press_for_a_private_answer(running, ada, group)
        await running.telegram.until(lambda: running.telegram.alerts)

    assert running.telegram.alerts[0]["url"] == "https://t.me/pumpbox_test_bot?start=private"
    nothing_private(running, group)


async def test_a_private_delivery_never_enters_the_group(running: Running) -> None:
    _, group = people(running, started=False)
    async with running.process():
        await running.deliver(SECRET, kind="result", chat_id="-100", user_id="7", visibility="private")
        await running.telegram.shown(group, "Open our private chat")

    nothing_private(running, group)


async def test_anonymous_admins_share_one_user_and_get_no_wallet(running: Running) -> None:
    _, group = people(running)
    anonymous = User(1087968824, "Group", is_bot=True)
    async with running.process():
        await running.telegram.say(
            anonymous, "/wallet", group, sender_chat={"id": -100, "type": "supergroup", "title": "Cats"}
        )
        await running.telegram.shown(group, "I can't tell who you are")

    assert running.core.asked == []


async def test_a_group_that_becomes_a_supergroup_keeps_everything(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    group = running.telegram.group(-5, "Cats", "group")
    running.core.on("/buy", Reply(card("A quote"), subject="order:1"))
    async with running.process():
        await running.telegram.member(ada, group, "member")
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.shown(group, "A quote")
        moved = await running.telegram.migrate(ada, group, -1005)
        await running.telegram.until(lambda: not running.telegram.unconfirmed)
        await running.deliver(card("Bought"), kind="result", subject="order:1", chat_id="-5", user_id="7")
        await running.telegram.shown(moved, "Bought")

    async with running.store.read() as work:
        chat = await work.chats.get("telegram", "-1005")
    assert chat is not None
    assert chat.title == "Cats"


async def test_a_reply_that_meets_the_migration_follows_it(running: Running) -> None:
    """The update about the move comes after the command that is answered."""
    ada = running.telegram.user(7, "Ada")
    group = running.telegram.group(-5, "Cats", "group")
    moved = running.telegram.group(-1005, "Cats")
    running.telegram.migrated[-5] = -1005
    running.core.on("/buy", Reply(card("A quote"), subject="order:1"))
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.shown(moved, "A quote")

    async with running.store.read() as work:
        (live,) = await work.messages.of_subject("telegram", "order:1")
    assert live.chat_id == "-1005"


async def test_being_removed_and_added_is_remembered(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/start", Reply(card("Hello")))

    async def active() -> bool:
        async with running.store.read() as work:
            chat = await work.chats.get("telegram", "-100")
        return chat is not None and chat.active

    async with running.process():
        await running.telegram.member(ada, group, "member")
        await running.telegram.say(ada, "/start", group)
        await running.telegram.shown(group, "Hello")
        assert await active()
        await running.telegram.member(ada, group, "kicked")
        await running.telegram.say(ada, "/start")
        await running.telegram.shown(ada, "Hello")
    assert not await active()


async def test_a_closed_topic_sends_the_answer_to_the_general_one(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/new", Reply(card("New coins")))
    group.topics.discard(42)
    async with running.process():
        await running.telegram.say(ada, "/new", group, topic=42)
        shown = await running.telegram.shown(group, "New coins")
    assert shown.thread is None


async def test_a_group_where_we_may_not_write_is_answered_in_private(running: Running) -> None:
    ada, group = people(running)
    running.core.on("/new", Reply(card("New coins")))
    rights = "Bad Request: not enough rights to send text messages to the chat"
    running.telegram.fail("sendMessage", 400, rights, chat=group.id)
    async with running.process():
        await running.telegram.say(ada, "/new", group)
        await running.telegram.shown(ada, "New coins")


async def test_an_error_for_one_is_no_news_for_the_group(running: Running) -> None:
    """A press on somebody else's button is told to the presser alone."""
    ada, group = people(running)
    bob = running.telegram.user(8, "Bob")
    confirm = Button(t("value", value="Confirm"), press=("x", {}), token="tok")
    running.core.on("/buy", Reply(card("A quote", buttons=((confirm,),))))
    running.core.on("tok", Reply(card("Not yours"), kind=Kind.ERROR, visibility=Visibility.QUIET))
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        quote = await running.telegram.shown(group, "A quote")
        await running.telegram.press(bob, quote, "Confirm")
        await running.telegram.until(lambda: running.telegram.alerts)

    assert running.telegram.alerts[0]["text"] == "Not yours"
    assert len(running.telegram.messages(group)) == 1
