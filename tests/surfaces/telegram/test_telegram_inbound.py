"""Native updates, and what they mean to us."""

from typing import Any

import pytest
from telegram import Bot, Update

from bots.desk import lane
from bots.telegram.inbound import (
    Lost,
    Membership,
    Migrated,
    Pressed,
    Said,
    Unreadable,
    lane_of,
    overheard,
    read,
    unreadable,
)

ME = "pumpbox_bot"
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "pt-br"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ada"}
GROUP = {"id": -100, "type": "supergroup", "title": "Cats"}
BOT = {"id": 1, "is_bot": True, "first_name": "Box", "username": ME}


def message(chat: dict[str, Any] = PRIVATE, **fields: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1, "chat": chat, "from": ADA, **fields}


def arrival(**content: Any) -> Any:
    return read(Update.de_json({"update_id": 1, **content}, Bot("1:x")), ME)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("/start", "/start"),
        ("/start@pumpbox_bot", "/start"),
        ("/START@PumpBox_Bot now", "/START now"),
        ("/launch\nspace cats", "/launch space cats"),
        ("/launch   space\ncats", "/launch space\ncats"),
        ("good morning", "good morning"),
        ("/ not a command", "/ not a command"),
        ("mail@pumpbox_bot", "mail@pumpbox_bot"),
    ],
)
def test_lines(text: str, line: str) -> None:
    said = arrival(message=message(GROUP, text=text))
    assert isinstance(said, Said)
    assert said.text == line


TOPIC = {"message_id": 4, "date": 1, "chat": GROUP, "from": BOT, "forum_topic_created": {"name": "Cats"}}
MINT = "FqUwnBMN1shpeqKVm7W5fN73tvrjVr19TQFFgkoFFzhq"


@pytest.mark.parametrize(
    "said",
    [
        message(GROUP, text="good morning"),
        message(GROUP, text="to Bob", reply_to_message=message(GROUP, text="good morning")),
        message(GROUP, text="in a topic of the bot's", reply_to_message=TOPIC),
        message(GROUP, photo=[], caption="a holiday"),
        message(GROUP, text=7),
    ],
)
def test_what_people_in_a_group_tell_each_other_is_not_for_us(said: dict[str, Any]) -> None:
    assert overheard({"update_id": 1, "message": said}, bot_id=1)


@pytest.mark.parametrize(
    "update",
    [
        {"message": message(GROUP, text="/launch cats")},
        {"message": message(GROUP, text=f"look at {MINT}")},
        {
            "message": message(
                GROUP, text="0.1", reply_to_message=message(GROUP, text="How much?") | {"from": BOT}
            )
        },
        {"message": message(GROUP, migrate_to_chat_id=-200)},
        {"message": message(text="good morning")},
        {"message": "no message"},
        {"callback_query": {"id": "1"}},
    ],
)
def test_what_may_be_for_us_is_kept(update: dict[str, Any]) -> None:
    assert not overheard({"update_id": 1, **update}, bot_id=1)


@pytest.mark.parametrize("text", ["/start@other_bot", "/buy@pumpbox_bot2 X 1"])
def test_commands_of_other_bots(text: str) -> None:
    assert arrival(message=message(GROUP, text=text)) is None


def test_who_and_where() -> None:
    caller = arrival(message=message(text="x")).origin.caller
    assert (caller.user_id, caller.name, caller.chat_id, caller.locale) == ("7", "Ada L", None, "pt-br")
    said = arrival(message=message(GROUP, text="x", message_thread_id=42, is_topic_message=True))
    assert (said.origin.caller.chat_id, said.origin.caller.thread_id) == ("-100", "42")
    assert (said.origin.chat_id, said.origin.thread_id, said.origin.reply_to) == (-100, 42, 5)


def test_a_reply_thread_of_an_ordinary_group_is_no_topic() -> None:
    assert arrival(message=message(GROUP, text="x", message_thread_id=42)).origin.thread_id is None


def test_only_replies_to_us_are_answers() -> None:
    ours = message(GROUP, text="How much?", **{"from": BOT})
    theirs = message(GROUP, text="How much?")
    assert arrival(message=message(GROUP, text="1", reply_to_message=ours)).replies_to == 5
    assert arrival(message=message(GROUP, text="1", reply_to_message=theirs)).replies_to is None


def test_presses() -> None:
    query = {"id": "q", "from": ADA, "chat_instance": "1", "data": "tok"}
    pressed = arrival(callback_query={**query, "message": message(GROUP, text="x", **{"from": BOT})})
    assert isinstance(pressed, Pressed)
    assert (pressed.data, pressed.message_id, pressed.photo) == ("tok", 5, False)
    size = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
    assert arrival(callback_query={**query, "message": message(photo=[size])}).photo
    old = arrival(callback_query={**query, "message": {"message_id": 5, "date": 0, "chat": GROUP}})
    assert isinstance(old, Pressed)
    assert old.origin.chat_id == -100


@pytest.mark.parametrize("content", [{"inline_message_id": "i", "data": "tok"}, {"game_short_name": "g"}])
def test_presses_that_are_none_of_ours_are_still_answered(content: dict[str, str]) -> None:
    assert arrival(callback_query={"id": "q", "from": ADA, "chat_instance": "1", **content}) == Lost(
        "q", "pt-br"
    )


@pytest.mark.parametrize(
    "who",
    [
        {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}, "sender_chat": GROUP},
        {
            "from": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
            "sender_chat": {"id": -5, "type": "channel"},
        },
        {"from": {"id": 9, "is_bot": True, "first_name": "Some bot"}},
    ],
)
def test_those_who_are_nobody(who: dict[str, Any]) -> None:
    assert isinstance(arrival(message=message(GROUP, text="/wallet", **who)), Unreadable)
    assert arrival(message=message(GROUP, text="hello", **who)) is None


@pytest.mark.parametrize(
    "bot", [BOT, {"id": 2, "is_bot": True, "first_name": "Memes", "username": "memes_bot"}]
)
@pytest.mark.parametrize("text", ["/buy SCAM 10", "So11111111111111111111111111111111111111112"])
def test_what_somebody_posted_by_inline_mode_is_no_command_of_theirs(bot: dict[str, Any], text: str) -> None:
    assert arrival(message=message(GROUP, text=text, via_bot=bot)) is None
    assert arrival(message=message(text=text, via_bot=bot)).text == text, (
        "in private they are told what it is"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"new_chat_members": [ADA]},
        {"pinned_message": {"message_id": 4, "date": 1, "chat": GROUP, "text": "x"}},
        {"video_chat_started": {}},
    ],
)
def test_service_messages_are_nothing(fields: dict[str, Any]) -> None:
    assert arrival(message=message(GROUP, **fields)) is None


def test_what_is_no_text() -> None:
    location = {"location": {"latitude": 1.0, "longitude": 1.0}}
    assert arrival(message=message(**location)).why == "telegram-only-text"
    assert arrival(message=message(GROUP, **location)) is None


@pytest.mark.parametrize(
    ("status", "active"), [("member", True), ("administrator", True), ("left", False), ("kicked", False)]
)
@pytest.mark.parametrize(("chat", "kind"), [(PRIVATE, "private"), (GROUP, "group")])
def test_membership(status: str, active: bool, chat: dict[str, Any], kind: str) -> None:
    rights = dict.fromkeys(
        (
            "can_be_edited",
            "is_anonymous",
            "can_manage_chat",
            "can_delete_messages",
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
        ),
        False,
    )
    new = {"status": status, "user": BOT, "until_date": 0, **(rights if status == "administrator" else {})}
    old = {"status": "left", "user": BOT}
    change = {"chat": chat, "from": ADA, "date": 1, "old_chat_member": old, "new_chat_member": new}
    assert arrival(my_chat_member=change) == Membership(
        str(chat["id"]), kind, chat.get("title", ""), active, added=active, forum=False, locale="pt-br"
    )
    promoted = {**change, "old_chat_member": {"status": "member", "user": BOT}}
    assert not arrival(my_chat_member=promoted).added


def test_migration_is_told_from_both_ends() -> None:
    moved = Migrated("-5", "-100")
    assert (
        arrival(message=message({"id": -5, "type": "group", "title": "C"}, migrate_to_chat_id=-100)) == moved
    )
    assert arrival(message=message(GROUP, migrate_from_chat_id=-5)) == moved


def test_a_lane_is_one_user_in_one_chat() -> None:
    eve = {**ADA, "id": 8}
    assert lane_of({"message": message(GROUP)}) == lane("-100", "7")
    assert lane_of({"callback_query": {"from": ADA, "message": message(GROUP)}}) == lane("-100", "7")
    assert lane_of({"callback_query": {"from": eve, "message": message(GROUP)}}) == lane("-100", "8")
    assert lane_of({"callback_query": {"from": ADA}}) == lane(None, "7")
    assert lane_of({"my_chat_member": {"chat": PRIVATE, "from": ADA}}) == lane(None, "7")


def test_of_what_cannot_be_read_the_sender_is_kept_if_it_says_so() -> None:
    """Whom to tell that we can't; nothing if that is not certain."""
    told = unreadable({"update_id": 1, "message": message(photo=[{}])})
    assert isinstance(told, Unreadable)
    assert (told.origin.chat_id, told.origin.private, told.why) == (7, True, "telegram-only-text")
    assert unreadable({"update_id": 1, "callback_query": {"id": "q", "from": ADA, "data": 5}}) == Lost(
        "q", "pt-br"
    )
    for payload in (
        {},
        {"message": None},
        {"message": message(GROUP, photo=[{}])},
        {"message": {"from": 5, "chat": 6}},
        {"callback_query": {"id": "q"}},
    ):
        assert unreadable(payload) is None
