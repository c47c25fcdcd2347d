"""The command menu: by scope and language, sent when it has changed."""

from telegram.request import HTTPXRequest

from bots.telegram.register import menus, register
from bots.telegram.surface import connect
from core.commands.spec import Access
from core.reply import Visibility
from tests.surfaces.telegram.conftest import SPECS, Running, spec


def names(running: Running, scope: str) -> list[str]:
    return [command["command"] for command in running.telegram.menus[scope, ""]]


async def test_groups_are_offered_what_is_for_groups(running: Running) -> None:
    async with running.process():
        await running.telegram.until(lambda: len(running.telegram.menus) == 3)
    assert names(running, "all_private_chats") == ["start", "buy", "wallet"]
    assert names(running, "all_group_chats") == ["start", "buy"]


async def test_the_menu_is_sent_once_and_again_when_it_has_changed(running: Running) -> None:
    async with connect(running.settings, HTTPXRequest()) as bot:
        await register(bot, running.desk, SPECS)
        await register(bot, running.desk, SPECS)
        assert running.telegram.methods().count("setMyCommands") == 3
        await register(bot, running.desk, {**SPECS, "new": spec("new")})
    assert running.telegram.methods().count("setMyCommands") == 6
    assert names(running, "all_group_chats") == ["start", "buy", "new"]


async def test_a_refused_menu_stops_nothing_and_is_tried_at_the_next_start(running: Running) -> None:
    running.telegram.fail("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID")
    async with running.process():
        await running.telegram.until(lambda: "setMyCommands" in running.telegram.methods())
    async with running.process():
        await running.telegram.until(lambda: len(running.telegram.menus) == 3)


def test_what_is_for_managers_is_offered_to_them_alone() -> None:
    made = menus({"home": spec("home", access=Access.ADMIN), "buy": spec("buy")})
    assert {scope: [name for name, _ in made[scope, None]] for scope in ("managers", "group", "private")} == {
        "managers": ["home", "buy"],
        "group": ["buy"],
        "private": ["buy"],
    }


def test_the_narrower_goes_first() -> None:
    """Meanwhile nobody sees a menu that is too long for them; a language goes before everybody else."""
    scopes = list(dict.fromkeys(scope for scope, _ in menus(SPECS)))
    languages = [language for scope, language in menus(SPECS) if scope == "group"]
    assert scopes == ["managers", "group", "private"]
    assert languages[-1] is None


def test_no_menu_is_longer_than_telegram_takes() -> None:
    many = {f"c{n}": spec(f"c{n}") for n in range(150)}
    assert all(len(menu) == 100 for menu in menus(many).values())


def test_private_and_hidden_commands_are_in_no_group_menu() -> None:
    made = menus({"a": spec("a", visibility=Visibility.PRIVATE), "b": spec("b", hidden=True), "c": spec("c")})
    assert [name for name, _ in made["group", None]] == ["c"]
    assert [name for name, _ in made["private", None]] == ["a", "c"]
