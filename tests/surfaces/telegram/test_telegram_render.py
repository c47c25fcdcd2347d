"""Each neutral word, and the exact native object that it becomes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.telegram.render import CAPTION, TEXT, alert, reachable, render, utf16
from core.reply import Button, Item, Media, Message, Row, Style, T, Tone, t
from tests.fakes.telegram_rules import check_markup, check_text, parse_html

MINT = "So11111111111111111111111111111111111111112"


def v(value: str) -> T:
    return t("value", value=value)


def keyboard(message: Message) -> Any:
    rendered = render(message, "en").keyboard
    return None if rendered is None else rendered.to_dict()["inline_keyboard"]


def test_a_card_top_to_bottom() -> None:
    message = Message(
        title=v("Turbo Cat"),
        body=(v("Faster than light."), v("So they say.")),
        rows=(Row(v("Price"), v("0.1 SOL")), Row(v("Mint"), v(MINT))),
        items=(Item(v("1. SPACE"), v("up 12 %")), Item(v("2. MOON"))),
        progress=45,
        footer=v("A quote lives 30 seconds."),
        tone=Tone.GOOD,
        data={"hidden": "from people"},
    )
    assert render(message, "en").html == (
        "<b>✅ Turbo Cat</b>\n"
        "\n"
        "Faster than light.\n"
        "So they say.\n"
        "\n"
        "Price: 0.1 SOL\n"
        f"Mint: <code>{MINT}</code>\n"
        "\n"
        "• 1. SPACE\n"
        "   up 12 %\n"
        "• 2. MOON\n"
        "\n"
        "▓▓▓▓░░░░░░ 45 %\n"
        "\n"
        "<i>A quote lives 30 seconds.</i>"
    )


@pytest.mark.parametrize(
    ("tone", "title"),
    [
        (Tone.NEUTRAL, "<b>X</b>"),
        (Tone.BUSY, "<b>⏳ X</b>"),
        (Tone.GOOD, "<b>✅ X</b>"),
        (Tone.BAD, "<b>❌ X</b>"),
        (Tone.WARN, "<b>⚠️ X</b>"),
    ],
)
def test_tones_are_marks_since_there_are_no_colours(tone: Tone, title: str) -> None:
    assert render(Message(v("X"), tone=tone), "en").html == title


@pytest.mark.parametrize(
    ("percent", "bar"),
    [
        (-5, "░░░░░░░░░░ 0 %"),
        (0, "░░░░░░░░░░ 0 %"),
        (99, "▓▓▓▓▓▓▓▓▓░ 99 %"),
        (100, "▓▓▓▓▓▓▓▓▓▓ 100 %"),
        (150, "▓▓▓▓▓▓▓▓▓▓ 100 %"),
    ],
)
def test_progress_is_a_bar_of_blocks(percent: int, bar: str) -> None:
    assert render(Message(v("X"), progress=percent), "en").plain == f"X\n\n{bar}"


def test_buttons_have_their_style_token_link_or_copied_text() -> None:
    message = Message(
        v("X"),
        buttons=(
            (
                Button(v("Buy"), press=("buy", {}), token="tok-1", style=Style.SUCCESS),
                Button(v("Cancel"), press=("cancel", {}), token="tok-2", style=Style.DANGER),
            ),
            (
                Button(v("Again"), press=("again", {}), token="tok-3", style=Style.PRIMARY),
                Button(v("Plain"), press=("plain", {}), token="tok-4"),
            ),
            (Button(v("Explorer"), url="https://explorer.solana.com/tx/1"), Button(v("Copy"), copy=MINT)),
        ),
    )
    assert keyboard(message) == [
        [
            {"text": "Buy", "callback_data": "tok-1", "style": "success"},
            {"text": "Cancel", "callback_data": "tok-2", "style": "danger"},
        ],
        [
            {"text": "Again", "callback_data": "tok-3", "style": "primary"},
            {"text": "Plain", "callback_data": "tok-4"},
        ],
        [
            {"text": "Explorer", "url": "https://explorer.solana.com/tx/1"},
            {"text": "Copy", "copy_text": {"text": MINT}},
        ],
    ]


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["Launch", "Reroll (5 left)", "Cancel"], [3]),
        (["Buy 0.1", "Buy 0.5", "Buy 1", "Sell 50%", "Sell 100%"], [3, 2]),
        (["1", "2", "3", "4", "5", "6", "7", "8", "9"], [5, 4]),
        (["A label that is as long as a whole line of a phone"] * 2, [1, 1]),
    ],
)
def test_a_row_too_wide_for_a_phone_is_wrapped(labels: list[str], rows: list[int]) -> None:
    row = tuple(Button(v(words), press=("x", {}), token="t") for words in labels)
    made = keyboard(Message(v("X"), buttons=(row,)))
    assert [len(line) for line in made] == rows
    assert [b["text"] for line in made for b in line] == labels


def test_an_entrys_button_stands_above_the_cards_own() -> None:
    item = Item(v("SPACE"), button=Button(v("Buy SPACE"), press=("buy", {}), token="a"))
    message = Message(v("New"), items=(item,), buttons=((Button(v("More"), press=("new", {}), token="b"),),))
    assert [[b["text"] for b in row] for row in keyboard(message)] == [["Buy SPACE"], ["More"]]


def test_buttons_that_say_the_same_have_the_numbers_of_their_entries() -> None:
    sell = Button(v("Sell all"), press=("sell", {}), token="t")
    message = Message(v("Mine"), items=(Item(v("5 CATS"), button=sell), Item(v("7 DOGS"), button=sell)))
    assert render(message, "en").plain == "Mine\n\n1. 5 CATS\n2. 7 DOGS"
    assert [[b["text"] for b in row] for row in keyboard(message)] == [["1. Sell all", "2. Sell all"]]


def test_good_news_with_a_mark_of_their_own_need_no_other() -> None:
    assert render(Message(v("🟢 Sold out"), tone=Tone.GOOD), "en").plain == "🟢 Sold out"
    assert render(Message(v("🟢 A coin's name"), tone=Tone.BAD), "en").plain == "❌ 🟢 A coin's name"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/i/cat.png",
        "http://127.0.0.1:8080/i/cat.png",
        "http://192.168.1.5/x",
        "http://[::1]/x",
        "http://pumpbox.local/x",
        "solana:abc",
        "javascript:alert(1)",
        "https:///nothing",
    ],
)
def test_a_link_that_telegram_refuses_or_a_phone_cannot_open_becomes_a_line(url: str) -> None:
    assert not reachable(url)
    rendered = render(Message(v("X"), buttons=((Button(v("Picture"), url=url),),)), "en")
    assert rendered.keyboard is None
    assert rendered.html == f"<b>X</b>\n\nPicture: <code>{url}</code>"


def test_a_text_too_long_to_be_copied_by_a_button_becomes_a_line() -> None:
    long = "x" * 257
    assert render(Message(v("X"), buttons=((Button(v("Link"), copy=long),),)), "en").html.endswith(
        f"Link: <code>{long}</code>"
    )


def test_a_button_that_leads_nowhere_is_our_fault() -> None:
    with pytest.raises(ValueError, match="neither token nor link"):
        render(Message(v("X"), buttons=((Button(v("Buy"), press=("buy", {})),),)), "en")


def test_a_picture_goes_with_its_text_as_caption_if_it_fits() -> None:
    media = Media("image/png", "/x.png", "key", v("A cat"))
    assert render(Message(v("x" * 1000), media=media), "en").captioned
    assert not render(Message(v("x"), body=(v("y" * 200),) * 6, media=media), "en").captioned
    assert not render(Message(v("x")), "en").captioned


HOSTILE = [
    "<b>bold</b>",
    "</b><a href='https://evil.example'>click</a>",
    "a & b < c > d",
    "&lt;script&gt;",
    "*_`[](){}~>#+-=|.!",
    "\u202egnp.tac",
    "zero\u200bwidth",
    "line\nbreak",
    "🧨" * 20,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_words(name: str) -> None:
    message = Message(
        title=v(name),
        body=(v(name),),
        rows=(Row(v(name), v(name)),),
        items=(Item(v(name), v(name), Button(v(name), press=("x", {}), token="t")),),
        footer=v(name),
    )
    rendered = render(message, "en")
    assert parse_html(rendered.html) == rendered.plain.strip()
    assert "\u202e" not in rendered.html
    assert "\n" not in rendered.plain.split("\n\n")[0]
    markup = rendered.html.replace("<b>", "").replace("</b>", "").replace("<i>", "").replace("</i>", "")
    assert "<" not in markup


@pytest.mark.parametrize(
    ("name", "linked"),
    [("t.me/scam", "t.me"), ("free.sol.xyz", "free.sol"), ("@admin", "@admin"), ("https://x.io", "https://")],
)
def test_names_are_no_links_and_mention_nobody(name: str, linked: str) -> None:
    plain = render(Message(v(name)), "en").plain
    assert linked not in plain
    assert plain.replace("\u2060", "") == name


def test_amounts_are_left_as_they_are() -> None:
    assert render(Message(v("0.125 SOL")), "en").plain == "0.125 SOL"


def test_more_entries_than_fit_are_counted() -> None:
    items = tuple(Item(v(f"{n}. {'x' * 80}")) for n in range(100))
    plain = render(Message(v("All"), items=items, footer=v("The end")), "en").plain
    assert utf16(plain) <= TEXT
    shown = plain.count("• ")
    assert f"… and {100 - shown} more" in plain
    assert plain.endswith("The end")


@settings(deadline=None)  # others work on the machine too
@given(
    st.lists(st.text(max_size=6_000), min_size=1, max_size=8),
    st.integers(0, 120),
    st.sampled_from(["plain", "item"]),
)
def test_whatever_is_said_telegram_takes_it(texts: list[str], buttons: int, where: str) -> None:
    row = tuple(Button(v(words), press=("x", {}), token="tok") for words in texts)
    message = Message(
        title=v("Title"),
        body=tuple(v(words) for words in texts),
        rows=tuple(Row(v(words), v(words)) for words in texts),
        items=tuple(Item(v(words), v(words)) for words in texts),
        buttons=(row, tuple(Button(v("b"), press=("x", {}), token="t") for _ in range(buttons))),
    )
    rendered = render(message, "en")
    assert utf16(check_text(rendered.html, "HTML")) <= TEXT
    assert rendered.keyboard is not None
    check_markup(rendered.keyboard.to_dict())


def test_an_alert_takes_what_is_short_and_whole() -> None:
    assert alert(Message(v("Used"), body=(v("Ask again."),)), "en") == "Used\nAsk again."
    assert alert(Message(v("x" * 201)), "en") is None
    assert alert(Message(v("x"), buttons=((Button(v("b"), press=("x", {}), token="t"),),)), "en") is None


def test_the_limits_are_telegrams() -> None:
    assert (TEXT, CAPTION) == (4096, 1024)
