"""The fake Bot API against the library that talks to the real one: it takes and refuses what Telegram does."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    BotCommand,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)

from tests.fakes.telegram import TOKEN, FakeTelegram, User

PNG = b"\x89PNG one"


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(clock=clock) as fake:
        yield fake


@pytest.fixture
async def bot(server: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with Bot(TOKEN, base_url=f"{server.base}/bot") as made:
        yield made


@pytest.fixture
def ada(server: FakeTelegram) -> User:
    return server.user(7, "Ada")


def buttons(*made: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([made])


async def test_the_bot_introduces_itself(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.username, me.is_bot) == ("pumpbox_test_bot", True)


async def test_another_token_is_refused(server: FakeTelegram) -> None:
    stranger = Bot("1:other", base_url=f"{server.base}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


async def test_updates_stay_until_a_higher_offset_confirms_them(
    server: FakeTelegram, bot: Bot, ada: User
) -> None:
    first = await server.say(ada, "one")
    second = await server.say(ada, "two")
    assert [u.update_id for u in await bot.get_updates()] == [first, second]
    assert [u.update_id for u in await bot.get_updates(limit=1)] == [first]
    assert [u.update_id for u in await bot.get_updates(offset=second)] == [second]
    assert [u.update_id for u in await bot.get_updates()] == [second]
    assert server.unconfirmed == [second]


async def test_only_the_kinds_asked_for_are_given(server: FakeTelegram, bot: Bot, ada: User) -> None:
    await server.say(ada, "one")
    assert await bot.get_updates(allowed_updates=["callback_query"]) == ()


async def test_messages_buttons_and_presses(server: FakeTelegram, bot: Bot, ada: User) -> None:
    copy = InlineKeyboardButton("Copy", copy_text=CopyTextButton("abc"))
    go = InlineKeyboardButton("Go", callback_data="tok", style="success")
    sent = await bot.send_message(7, "<b>A &amp; B</b>", "HTML", reply_markup=buttons(go, copy))
    assert sent.text == "A & B"
    shown = await server.shown(ada, "A & B")
    assert shown.labels == ["Go", "Copy"]
    await server.press(ada, shown, "Go")
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "tok"
    assert await update.callback_query.answer("Done", show_alert=True)
    with pytest.raises(BadRequest, match=r"(?i)too old"):
        await update.callback_query.answer("Done")


@pytest.mark.parametrize(
    ("words", "mode", "why"),
    [
        ("<b>open", "HTML", "end tag"),
        ("<marquee>x</marquee>", "HTML", "Unsupported start tag"),
        ("1 < 2", "HTML", "Unsupported start tag"),
        ("x" * 4097, None, "too long"),
        ("🧨" * 2049, None, "too long"),  # Telegram counts UTF-16 units
        ("   ", None, "empty"),
        ("<b></b>", "HTML", "empty"),
    ],
)
async def test_texts_that_are_refused(bot: Bot, ada: User, words: str, mode: str | None, why: str) -> None:
    with pytest.raises(BadRequest, match=rf"(?i){why}"):
        await bot.send_message(ada.id, words, mode)


@pytest.mark.parametrize(
    "button",
    [
        InlineKeyboardButton("x", callback_data="y" * 65),
        InlineKeyboardButton("x", callback_data="é" * 33),
        InlineKeyboardButton("x", url="http://localhost:8000/x"),
        InlineKeyboardButton("x", url="solana:abc"),
        InlineKeyboardButton("x", copy_text=CopyTextButton("y" * 257)),
        InlineKeyboardButton("x", callback_data="y", style="golden"),
        InlineKeyboardButton("x"),
    ],
)
async def test_buttons_that_are_refused(bot: Bot, ada: User, button: InlineKeyboardButton) -> None:
    with pytest.raises(BadRequest):
        await bot.send_message(ada.id, "x", reply_markup=buttons(button))


async def test_pictures_are_uploaded_once_and_sent_again_by_id(
    server: FakeTelegram, bot: Bot, ada: User
) -> None:
    sent = await bot.send_photo(7, PNG, "A cat")
    again = await bot.send_photo(7, sent.photo[-1].file_id)
    assert again.photo[-1].file_id == sent.photo[-1].file_id
    assert server.uploads == 1
    with pytest.raises(BadRequest, match=r"(?i)caption is too long"):
        await bot.send_photo(7, PNG, "x" * 1025)
    with pytest.raises(BadRequest, match=r"(?i)wrong file identifier"):
        await bot.send_photo(7, "photo-99")
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await bot.send_photo(7, b"<svg/>")


async def test_edits(server: FakeTelegram, bot: Bot, ada: User) -> None:
    server.limits = None
    sent = await bot.send_message(7, "one")
    await bot.edit_message_text("two", 7, sent.message_id)
    with pytest.raises(BadRequest, match=r"(?i)not modified"):
        await bot.edit_message_text("two", 7, sent.message_id)
    with pytest.raises(BadRequest, match=r"(?i)no caption"):
        await bot.edit_message_caption(7, sent.message_id, caption="x")
    await bot.edit_message_media(InputMediaPhoto(PNG, "three"), 7, sent.message_id)
    with pytest.raises(BadRequest, match=r"(?i)no text"):
        await bot.edit_message_text("four", 7, sent.message_id)
    await bot.edit_message_caption(7, sent.message_id, caption="four")
    (shown,) = server.messages(ada)
    assert (shown.text, shown.photo, shown.edits) == ("four", PNG, 3)
    await bot.delete_message(7, sent.message_id)
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await bot.edit_message_text("five", 7, sent.message_id)
    with pytest.raises(BadRequest, match=r"(?i)message to delete not found"):
        await bot.delete_message(7, sent.message_id)


async def test_who_can_be_written_to(server: FakeTelegram, bot: Bot, ada: User) -> None:
    server.user(8, "Bob", started=False)
    group = server.group(-100, "Cats", topics=(42,))
    with pytest.raises(Forbidden, match=r"(?i)initiate"):
        await bot.send_message(8, "x")
    server.blocked.add(7)
    with pytest.raises(Forbidden, match=r"(?i)blocked"):
        await bot.send_message(7, "x")
    with pytest.raises(BadRequest, match=r"(?i)Chat not found"):
        await bot.send_message(9, "x")
    await bot.send_message(group.id, "x", message_thread_id=42)
    with pytest.raises(BadRequest, match=r"(?i)Message thread not found"):
        await bot.send_message(group.id, "x", message_thread_id=43)
    await server.migrate(ada, group, -200)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "x")
    assert moved.value.new_chat_id == -200


async def test_scripted_refusals(server: FakeTelegram, bot: Bot, ada: User) -> None:
    server.fail("sendMessage", 429, "Too Many Requests: retry after 5", chat=7, retry_after=5)
    server.fail("*", 502, "Bad Gateway")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.get_me()
    with pytest.raises(RetryAfter):
        await bot.send_message(7, "x")
    assert await bot.send_message(7, "x")


async def test_polling_beside_a_webhook_is_a_conflict(server: FakeTelegram, bot: Bot) -> None:
    server.webhook = "https://old.example"
    with pytest.raises(Conflict):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


@pytest.mark.parametrize("name", ["Upper", "dash-ed", "x" * 33, ""])
async def test_command_names_that_are_refused(bot: Bot, name: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)command_invalid"):
        await bot.set_my_commands([BotCommand(name, "x")])
