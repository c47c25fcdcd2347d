"""Each neutral word as the exact object that Discord gets, and nothing over Discord's limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bots.discord.forms import fields, modal
from bots.discord.render import Attachment, escape, plainer, reachable, render, shorten
from core.reply import Button, Form, FormField, Item, Media, Message, Row, Style, Tone, t
from tests.fakes.discord_rules import TEXT, walk


def said(value: str) -> Any:
    """A text that is all argument."""
    return t("value", value=value)


def inside(message: Message) -> list[dict[str, Any]]:
    """What the container holds."""
    (container,) = render(message, None).components
    found: list[dict[str, Any]] = container["components"]
    return found


def test_title_and_body_are_one_text_in_a_container() -> None:
    message = Message(said("Title"), body=(said("One"), said("Two")))
    assert render(message, None).components == [
        {
            "type": 17,
            "accent_color": None,
            "spoiler": False,
            "components": [{"type": 10, "content": "## Title\nOne\nTwo"}],
        }
    ]


@pytest.mark.parametrize(
    ("tone", "colour"),
    [(Tone.BUSY, 0x3B82F6), (Tone.GOOD, 0x22C55E), (Tone.BAD, 0xEF4444), (Tone.WARN, 0xF59E0B)],
)
def test_tone_is_the_colour_of_the_container(tone: Tone, colour: int) -> None:
    (container,) = render(Message(said("x"), tone=tone), None).components
    assert container["accent_color"] == colour


def test_rows_are_lines_of_bold_label_and_value() -> None:
    message = Message(said("x"), rows=(Row(said("Price"), said("1 SOL")), Row(said("Fee"), said("1%"))))
    assert inside(message)[1] == {"type": 10, "content": "**Price** 1 SOL\n**Fee** 1%"}


def test_progress_and_footer() -> None:
    message = Message(said("x"), progress=30, footer=said("soon"))
    assert inside(message)[1:] == [
        {"type": 10, "content": "▰▰▰▱▱▱▱▱▱▱ 30 %"},
        {"type": 10, "content": "-# soon"},
    ]


def test_buttons_are_rows_and_carry_only_the_token() -> None:
    yes = Button(said("Confirm"), press=("buy", {"sol": "1"}), style=Style.SUCCESS, token="abc_-9")
    no = Button(said("Cancel"), press=("cancel", {}), style=Style.DANGER, token="def")
    link = Button(said("See"), url="https://explorer.solana.com/tx/1")
    assert inside(Message(said("x"), buttons=((yes, no), (link,))))[1:] == [
        {
            "type": 1,
            "components": [
                {"type": 2, "style": 3, "label": "Confirm", "custom_id": "pb:abc_-9", "disabled": False},
                {"type": 2, "style": 4, "label": "Cancel", "custom_id": "pb:def", "disabled": False},
            ],
        },
        {
            "type": 1,
            "components": [
                {
                    "type": 2,
                    "style": 5,
                    "label": "See",
                    "url": "https://explorer.solana.com/tx/1",
                    "disabled": False,
                }
            ],
        },
    ]


def test_more_than_five_buttons_break_into_rows() -> None:
    row = tuple(Button(said(str(n)), press=("x", {}), token=f"t{n}") for n in range(7))
    assert [len(r["components"]) for r in inside(Message(said("x"), buttons=(row,)))[1:]] == [5, 2]


def test_what_discord_cannot_press_is_text() -> None:
    """It has no copy button, and refuses links to this machine."""
    message = Message(
        said("x"),
        buttons=(
            (
                Button(said("Address"), copy="So1`11"),
                Button(said("Open"), url="http://127.0.0.1:8899/tx"),
            ),
        ),
    )
    assert inside(message)[1:] == [
        {"type": 10, "content": "Address: `So1'11`\nOpen: `http://127.0.0.1:8899/tx`"}
    ]


def test_a_row_with_what_is_to_be_copied_needs_no_line_for_that() -> None:
    message = Message(
        said("x"),
        rows=(Row(said("Mint"), said("So11_1")), Row(said("Fee"), said("1%"))),
        buttons=((Button(said("Copy"), copy="So11_1"),),),
    )
    assert inside(message)[1:] == [{"type": 10, "content": "**Mint** `So11_1`\n**Fee** 1%"}]


def test_an_item_with_a_button_is_a_section() -> None:
    look = Button(said("Look"), press=("coin", {}), open=True, token="t1")
    message = Message(
        said("x"),
        items=(
            Item(said("SPACE"), said("12 SOL"), look),
            Item(said("CATS"), said("3 SOL")),
            Item(said("DOGS")),
        ),
    )
    assert inside(message)[1:] == [
        {
            "type": 9,
            "components": [{"type": 10, "content": "**SPACE**\n12 SOL"}],
            "accessory": {"type": 2, "style": 2, "label": "Look", "custom_id": "pb:t1", "disabled": False},
        },
        {"type": 10, "content": "**CATS**\n3 SOL\nDOGS"},
    ]


def looks(count: int, words: str = "Look") -> Message:
    """A list of so many things to press."""
    return Message(
        said("x"),
        items=tuple(
            Item(said(f"COIN{n}"), said(f"{n} SOL"), Button(said(words), press=("coin", {}), token=f"t{n}"))
            for n in range(count)
        ),
    )


def test_as_many_items_as_there_is_room_for_have_their_button_beside_them() -> None:
    """40 components: the container, the title, and three an item."""
    assert [c["type"] for c in inside(looks(12))] == [10, *[9] * 12]


def test_more_items_are_a_text_and_a_list_to_choose_from() -> None:
    title, entries, row = inside(looks(13))
    assert title["content"] == "## x"
    assert entries["content"].splitlines()[:3] == ["**COIN0**", "0 SOL", "**COIN1**"]
    (chosen,) = row["components"]
    assert (chosen["type"], chosen["custom_id"], chosen["placeholder"]) == (3, "ps:t0", "Look")
    assert (chosen["min_values"], chosen["max_values"]) == (1, 1)
    assert chosen["options"][12] == {
        "label": "COIN12",
        "value": "t12",
        "default": False,
        "description": "Look",
    }


def test_a_list_offers_twenty_five_and_says_how_many_more_there_are() -> None:
    _, entries, row = inside(looks(30))
    assert len(row["components"][0]["options"]) == 25
    assert entries["content"].splitlines()[-2:] == ["24 SOL", "… and 5 more"]


def test_a_list_of_different_things_to_do_asks_for_one() -> None:
    message = looks(13)
    other = replace(message.items[0], button=Button(said("Sell"), press=("sell", {}), token="s"))
    _, _, row = inside(replace(message, items=(other, *message.items[1:])))
    assert row["components"][0]["placeholder"] == "Choose one"
    assert [o["description"] for o in row["components"][0]["options"][:2]] == ["Sell", "Look"]


def test_a_small_picture_stands_beside_the_words(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (1, 1)).save(path)
    media = Media("image/png", str(path), "k3y", said("A cat"), small=True)
    message = Message(said("x"), rows=(Row(said("Price"), said("1 SOL")),), media=media, footer=said("bye"))
    section, footer = inside(message)
    assert [c["content"] for c in section["components"]] == ["## x", "**Price** 1 SOL"]
    assert section["accessory"] == {
        "type": 11,
        "media": {"url": "attachment://pk3y.png"},
        "description": "A cat",
        "spoiler": False,
    }
    assert footer["content"] == "-# bye"
    assert [c["type"] for c in inside(replace(message, media=replace(media, path="/gone")))] == [10] * 4


def test_a_picture_is_an_attachment_in_a_gallery(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (1, 1)).save(path)
    look = render(Message(said("x"), media=Media("image/png", str(path), "k3y", said("A cat"))), None)
    assert look.attachments == (Attachment("pk3y.png", str(path)),)
    assert look.components[0]["components"][1] == {
        "type": 12,
        "items": [{"media": {"url": "attachment://pk3y.png"}, "spoiler": False, "description": "A cat"}],
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://cdn.example.org/a.png", {"type": 12, "url": "https://cdn.example.org/a.png"}),
        ("http://localhost/a.png", {"type": 10, "content": "A cat"}),
        (None, {"type": 10, "content": "A cat"}),
    ],
)
def test_a_picture_that_is_not_there_is_its_link_or_its_words(url: str | None, shown: dict[str, Any]) -> None:
    found = inside(Message(said("x"), media=Media("image/png", "/nowhere", "k", said("A cat"), url)))[1]
    if "url" in shown:
        assert found["items"][0]["media"]["url"] == shown["url"]
    else:
        assert found == shown


def test_a_file_name_is_one_that_discord_leaves_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    Image.new("RGB", (1, 1)).save(path)
    look = render(
        Message(said("x"), media=Media("image/webp", str(path), "_-Vi 1.webp", said("A cat"))), None
    )
    assert look.attachments[0].name == "pVi1.webp"


def test_a_button_that_does_nothing_is_our_fault() -> None:
    with pytest.raises(ValueError, match="neither token"):
        render(Message(said("x"), buttons=((Button(said("?"), press=("x", {})),),)), None)


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("**bold** _it_ ~~no~~", r"\*\*bold\*\* \_it\_ \~\~no\~\~"),
        ("@everyone <@1> <#2>", r"\@everyone \<\@1\> \<\#2\>"),
        ("# Title", r"\# Title"),
        ("> quote", r"\> quote"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("0.5 SOL", "0.5 SOL"),
        ("-5 %", "-5 %"),
        ("[free](https://evil.example)", r"\[free\](https\://evil.example)"),
        ("`code` ||spoiler||", r"\`code\` \|\|spoiler\|\|"),
        ("a\\*b", r"a\\\*b"),
        ("two\n# lines", r"two \# lines"),
        ("r\u202eevol", "revol"),
    ],
)
def test_a_name_is_read_and_never_obeyed(hostile: str, harmless: str) -> None:
    assert inside(Message(said("x"), rows=(Row(said("Name"), said(hostile)),)))[1]["content"] == (
        f"**Name** {harmless}"
    )


def test_places_without_markup_show_a_name_as_it_is() -> None:
    message = Message(said("x"), buttons=((Button(said("*a* <b>"), press=("x", {}), token="t"),),))
    assert inside(message)[1]["components"][0]["label"] == "*a* <b>"


def test_a_cut_never_leaves_half_an_escape() -> None:
    assert shorten(escape("ab*cd"), 4) == "ab…"
    assert shorten("abcd", 4) == "abcd"


def test_a_form_is_a_modal() -> None:
    form = Form(
        said("Buy"),
        (
            FormField("sol", said("How much?"), presets=("0.1", "1"), max_length=20),
            FormField("note", said("N" * 60), value="x" * 300, max_length=250),
        ),
        "buy",
        token="tok",
    )
    assert modal(form, None) == {
        "title": "Buy",
        "custom_id": "pf:tok",
        "components": [
            {
                "type": 18,
                "label": "How much?",
                "component": {
                    "type": 4,
                    "style": 1,
                    "custom_id": "sol",
                    "label": None,
                    "required": True,
                    "placeholder": "for example 0.1, 1",
                    "max_length": 20,
                },
            },
            {
                "type": 18,
                "label": "N" * 44 + "…",
                "description": "N" * 60,
                "component": {
                    "type": 4,
                    "style": 2,
                    "custom_id": "note",
                    "label": None,
                    "required": True,
                    "value": "x" * 250,
                    "max_length": 250,
                },
            },
        ],
    }


def test_fields_are_read_from_labels_and_from_rows() -> None:
    new = {"type": 18, "component": {"type": 4, "custom_id": "sol", "value": "1"}}
    old = {"type": 1, "components": [{"type": 4, "custom_id": "coin", "value": "SPACE"}]}
    assert fields({"components": [new, old]}) == {"sol": "1", "coin": "SPACE"}


def test_a_form_beside_other_things_is_behind_a_button() -> None:
    form = Form(said("Buy"), (FormField("sol", said("How much?")),), "buy", token="tok")
    (row,) = inside(Message(said("x"), form=form))[1:]
    assert row["components"][0]["custom_id"] == "pb:tok"


def test_plainer_forms_keep_every_fact_and_action() -> None:
    press = Button(said("Look"), press=("coin", {}), token="t1")
    message = Message(
        said("x"),
        items=(Item(said("SPACE"), said("12 SOL"), press),),
        media=Media("image/png", "/nowhere", "k", said("A cat")),
    )
    *_, plainest = plainer(message)
    assert plainest.media is None
    assert plainest.items == ()
    assert [line.args["value"] for line in plainest.body] == ["A cat", "SPACE", "12 SOL"]
    assert plainest.buttons == ((press,),)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://solana.com/x", True),
        ("http://8.8.8.8/x", True),
        ("http://127.0.0.1/", False),
        ("http://10.0.0.7/", False),
        ("http://[::1]/", False),
        ("http://[oops/", False),
        ("http://localhost:3000/", False),
        ("http://box.local/", False),
        ("javascript:alert(1)", False),
        ("https://a.example/ b", False),
        ("https://a.example/" + "x" * 512, False),
    ],
)
def test_which_links_discord_takes(url: str, taken: bool) -> None:
    assert reachable(url) is taken


def test_the_text_of_a_crowded_card_is_cut_and_says_so() -> None:
    items = tuple(Item(said(f"coin {n} " + "x" * 200)) for n in range(60))
    found = list(walk(inside(Message(said("x"), items=items))))
    shown = "\n".join(c["content"] for c in found if c["type"] == TEXT)
    assert "coin 0 " in shown
    assert "more" in shown.splitlines()[-1]
