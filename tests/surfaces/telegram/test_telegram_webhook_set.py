"""Which webhook is set, and when: only when it differs, again when it is taken away, none for polling."""

import asyncio
import socket

import pytest

from bots.telegram import surface, webhook
from bots.telegram.poll import TelegramRefused
from bots.telegram.webhook import Webhook
from core.settings import Settings
from tests.fakes.telegram import TOKEN
from tests.surfaces.telegram.conftest import HOOK_URL, SPECS, Running, listening


async def test_the_webhook_is_set_once_and_again_when_it_differs(hooked: Running) -> None:
    def times() -> int:
        return hooked.telegram.methods().count("setWebhook")

    ada = hooked.telegram.user(7, "Ada")

    async def run() -> None:
        shown = len(hooked.telegram.messages(ada))
        async with hooked.process():
            await hooked.telegram.say(ada, "/buy")
            await hooked.telegram.until(lambda: len(hooked.telegram.messages(ada)) > shown)

    await run()
    await run()
    assert times() == 1
    hooked.more["telegram_webhook_secret"] = "another-secret-of-the-operator"
    await run()
    await run()
    assert times() == 2
    hooked.more["telegram_webhook_url"] = f"{HOOK_URL}/moved"
    async with hooked.process():
        await hooked.telegram.until(lambda: times() == 3)


async def test_a_webhook_that_somebody_took_away_is_set_again(
    hooked: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "WATCH", 0.02)
    ada = hooked.telegram.user(7, "Ada")
    async with hooked.process():
        await listening(hooked)
        hooked.telegram.webhook = None
        await listening(hooked)
        await hooked.telegram.say(ada, "/buy")
        await hooked.telegram.shown(ada, "A quote")


async def test_a_refused_or_unreachable_setwebhook_is_tried_again(
    hooked: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "WATCH", 0.02)
    ada = hooked.telegram.user(7, "Ada")
    hooked.telegram.fail("setWebhook", 400, "Bad Request: bad webhook: Failed to resolve host")
    hooked.telegram.fail("getWebhookInfo", 502, "Bad Gateway")
    hooked.telegram.fail("setWebhook", 429, "Too Many Requests", retry_after=1)
    async with hooked.process():
        await hooked.telegram.say(ada, "/buy")
        await hooked.telegram.shown(ada, "A quote")


async def test_back_to_polling_loses_no_update_that_waits(hooked: Running) -> None:
    ada = hooked.telegram.user(7, "Ada")
    async with hooked.process():
        await listening(hooked)
    waiting = await hooked.telegram.say(ada, "/buy")  # nobody listens: Telegram keeps it
    await hooked.telegram.until(lambda: (waiting, 0) in hooked.telegram.hook.posts)
    hooked.more = {}
    async with hooked.process():
        await hooked.telegram.shown(ada, "A quote")
        assert hooked.telegram.webhook is None
    assert hooked.core.lines == ["/buy"]


async def test_a_secret_is_made_of_the_token_and_tells_nothing_of_it(hooked: Running) -> None:
    del hooked.more["telegram_webhook_secret"]
    ada = hooked.telegram.user(7, "Ada")
    async with hooked.process():
        await hooked.telegram.say(ada, "/buy")
        await hooked.telegram.shown(ada, "A quote")
    made, again = Webhook.of(hooked.settings), Webhook.of(hooked.settings)
    assert made is not None
    assert made == again
    assert len(made.secret) == 64
    assert made.secret not in repr(made)
    other = Webhook.of(Settings(telegram_token="1:other", telegram_webhook_url=HOOK_URL))
    assert other is not None
    assert other.secret != made.secret


def test_a_url_of_nothing_is_polling() -> None:
    """As an environment file passes on what is not filled in."""
    assert Webhook.of(Settings(telegram_token=TOKEN, telegram_webhook_url="")) is None


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("telegram_webhook_url", "http://bot.example.org/x"),
        ("telegram_webhook_url", "https:///x"),
        ("telegram_webhook_url", "https://bot.example.org:8080/x"),
        ("telegram_webhook_url", "bot.example.org"),
        ("telegram_webhook_secret", "short"),
        ("telegram_webhook_secret", "not all of it, is allowed"),
    ],
)
async def test_settings_that_telegram_would_refuse_are_refused_at_once(
    hooked: Running, setting: str, value: str
) -> None:
    hooked.more[setting] = value
    with pytest.raises(TelegramRefused, match=setting.upper()):
        await surface.serve(hooked.desk, hooked.settings, stop=asyncio.Event(), specs=SPECS)
    assert hooked.telegram.methods() == []


async def test_a_port_that_is_taken_is_named(hooked: Running) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        hooked.more["telegram_webhook_port"] = taken.getsockname()[1]
        with pytest.raises(TelegramRefused, match="TELEGRAM_WEBHOOK_PORT"):
            await surface.serve(hooked.desk, hooked.settings, stop=asyncio.Event(), specs=SPECS)
