"""Every card as the exact calls that Telegram gets (`make goldens` writes them; review the difference)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from telegram.request import HTTPXRequest

from bots.telegram.answer import Answers
from bots.telegram.dialog import Dialog
from bots.telegram.inbound import PLATFORM, Origin
from bots.telegram.limiter import Limiter
from bots.telegram.optional import Optional
from bots.telegram.render import render
from bots.telegram.rich import rich
from bots.telegram.send import Sender, Target
from bots.telegram.surface import connect
from core.bootstrap.app import load_commands
from core.commands.incoming import Caller
from core.reply import Message, Reply, Visibility
from core.settings import Settings
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.surfaces.cards import CARDS
from tests.surfaces.golden import check, leftovers
from tests.surfaces.telegram.conftest import Running

GOLDEN = Path(__file__).parent / "golden"
ADA, GROUP = 7, -100
FORMS = {name: card for name, card in CARDS.items() if card.form is not None}
RICH = {f"rich-{name}": card for name, card in CARDS.items() if rich(card, None) is not None}


def calls(telegram: FakeTelegram) -> list[dict[str, Any]]:
    """What was sent, as it was; an upload's name is made of nothing that stays the same."""
    sent = [(name, params) for name, params in telegram.calls if name.startswith("send")]
    return [
        {"method": name}
        | {
            k: "attach://…" if str(v).startswith("attach://") else v
            for k, v in params.items()
            if k != "chat_id"
        }
        for name, params in sent
    ]


async def _moved(old: int, new: int) -> None:
    raise AssertionError(f"no chat here moves from {old} to {new}")


async def sent(telegram: FakeTelegram, card: Message, *, richly: bool = False) -> Any:
    telegram.user(ADA, "Ada")
    settings = Settings(telegram_token=TOKEN, telegram_api_base=telegram.base)
    async with connect(settings, HTTPXRequest()) as bot:
        tries, never = Optional("rich", richly), Optional("ephemeral", False)
        sender = Sender(bot, Limiter(), _moved, rich=tries, whispers=never)
        await sender.new(Target(ADA), replace(render(card, None), rich=rich(card, None)))
    return calls(telegram)


@pytest.mark.usefixtures("card_pictures")
@pytest.mark.parametrize("name", [name for name in CARDS if name not in FORMS])
async def test_a_card_is_the_golden_call(name: str, telegram: FakeTelegram) -> None:
    check(GOLDEN / f"{name}.json", await sent(telegram, CARDS[name]))


@pytest.mark.parametrize("name", RICH)
async def test_a_card_with_rows_is_the_golden_rich_message(name: str, telegram: FakeTelegram) -> None:
    check(GOLDEN / f"{name}.json", await sent(telegram, RICH[name], richly=True))


@pytest.mark.parametrize("where", ["private", "group"])
@pytest.mark.parametrize("name", FORMS)
async def test_a_form_is_the_golden_question(name: str, where: str, running: Running) -> None:
    running.telegram.user(ADA, "Ada"), running.telegram.group(GROUP, "Cats")
    running.core.coins = [("mint-cats", "CATS - Space Cats"), ("mint-dog", "DOG - Moon Dog")]
    caller = Caller(PLATFORM, str(ADA), "Ada", None if where == "private" else str(GROUP), "Cats")
    origin = Origin(caller, ADA if where == "private" else GROUP, None, None)
    async with connect(running.settings, HTTPXRequest()) as bot:
        never = Optional("none", False)
        sender = Sender(bot, Limiter(), _moved, rich=never, whispers=never)
        dialog = Dialog(running.desk, Answers(running.desk, sender, bot.username), load_commands())
        await dialog.show(Reply(FORMS[name], visibility=Visibility.QUIET), origin, None, "1")
    check(GOLDEN / f"{name}-{where}.json", calls(running.telegram))


def test_no_golden_file_is_left_over() -> None:
    asked = [f"{name}-{where}" for name in FORMS for where in ("private", "group")]
    held = [name for name in CARDS if name not in FORMS]
    assert leftovers(GOLDEN, [f"{name}.json" for name in (*held, *RICH, *asked)]) == []
