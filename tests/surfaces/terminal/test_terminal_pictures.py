"""Pictures in the terminal: who can show them is asked, and what is drawn is the picture, pixel for pixel."""

from __future__ import annotations

import io
import os
import re
import termios
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output.vt100 import Vt100_Output

from bots.terminal.detect import ASK_ATTRIBUTES, ASK_KITTY, Found, Pictures, ask_tty, detect
from bots.terminal.graphics import CHUNK, draw, kitty, sixel
from bots.terminal.screen import PromptScreen
from bots.terminal.surface import Shown
from core.reply import Message
from tests.surfaces.cards import CARDS

PLAIN = {"TERM": "xterm-256color"}
KITTY = {"TERM": "xterm-kitty"}
YES, NO = "\x1b_Gi=31;OK\x1b\\", "\x1b_Gi=31;EINVAL:bad\x1b\\"
SIXEL, BARE = "\x1b[?62;4;22c", "\x1b[?1;2c"


class Said:
    """A terminal that answers what it is told to answer."""

    def __init__(self, answer: str = "") -> None:
        self.answer, self.asked = answer, ""

    def __call__(self, question: str) -> str:
        self.asked += question
        return self.answer


@pytest.mark.parametrize(
    ("environ", "answer", "found"),
    [
        (KITTY, YES + BARE, Pictures.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, YES + SIXEL, Pictures.KITTY),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "230800"}, NO + SIXEL, Pictures.SIXEL),
        (KITTY, BARE, Pictures.NONE),
        (PLAIN, SIXEL, Pictures.SIXEL),
        (PLAIN, "\x1b[?64;14;40;44c", Pictures.NONE),  # a 4 in another number is none
        (PLAIN, "", Pictures.NONE),
    ],
)
def test_the_terminal_says_what_it_can(environ: dict[str, str], answer: str, found: Pictures) -> None:
    assert detect(Pictures.AUTO, environ, Said(answer)) == Found(found)


@pytest.mark.parametrize("outer", [{"TMUX": "/tmp/x,1,0"}, {"STY": "1.x"}, {}])
def test_inside_tmux_kittys_pictures_are_not_asked_for(outer: dict[str, str]) -> None:
    terminal = Said(SIXEL)
    environ = {"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1", **outer}
    assert detect(Pictures.AUTO, environ, terminal).pictures is Pictures.SIXEL, (
        "tmux passes sixel on if it says so"
    )
    assert terminal.asked == ASK_ATTRIBUTES


def test_only_a_terminal_that_reads_it_gets_kittys_question() -> None:
    terminal = Said(BARE)
    detect(Pictures.AUTO, PLAIN, terminal)
    assert terminal.asked == ASK_ATTRIBUTES
    detect(Pictures.AUTO, KITTY, terminal)
    assert terminal.asked == ASK_ATTRIBUTES + ASK_KITTY + ASK_ATTRIBUTES


@pytest.mark.parametrize("term", ["dumb", "", "linux"])
@pytest.mark.parametrize("wanted", Pictures)
def test_a_terminal_without_codes_is_not_even_asked(term: str, wanted: Pictures) -> None:
    terminal = Said(SIXEL)
    found = detect(wanted, {"TERM": term}, terminal)
    assert terminal.asked == ""
    assert found.codes == (term == "linux")
    assert found.pictures is not Pictures.AUTO
    if not found.codes:
        assert found.pictures is Pictures.NONE


def test_who_decides_is_not_asked() -> None:
    terminal = Said(SIXEL)
    assert detect(Pictures.NONE, PLAIN, terminal).pictures is Pictures.NONE
    assert detect(Pictures.KITTY, PLAIN, terminal).pictures is Pictures.KITTY
    assert terminal.asked == ""


def test_what_was_typed_meanwhile_is_kept_for_the_prompt() -> None:
    typed = "/launch \x1b[Acats" + YES + "!" + SIXEL + "\r1\r"
    assert detect(Pictures.AUTO, KITTY, Said(typed)) == Found(Pictures.KITTY, "/launch cats!")


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    """A terminal's end and ours."""
    theirs, ours = os.openpty()
    yield theirs, ours
    os.close(theirs)
    os.close(ours)


def test_a_real_terminal_is_asked_and_left_as_it_was(pty: tuple[int, int]) -> None:
    theirs, ours = pty

    def answer() -> None:
        asked = b""
        while not asked.endswith(b"c"):
            asked += os.read(theirs, 100)
        os.write(theirs, b"hi\x1b[?62;")
        os.write(theirs, b"4c")

    terminal = threading.Thread(target=answer)
    terminal.start()
    before = line_modes(ours)
    assert ask_tty(ASK_ATTRIBUTES, ours, ours) == "hi\x1b[?62;4c"
    terminal.join()
    assert line_modes(ours) == before
    os.set_blocking(theirs, False)
    with pytest.raises(BlockingIOError):
        os.read(theirs, 100)  # nothing of the answer was echoed


def line_modes(descriptor: int) -> list[object]:
    return termios.tcgetattr(descriptor)[:6]


def test_a_mute_terminal_is_waited_for_a_moment_only(
    pty: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.terminal.detect.PATIENCE", 0.01)
    assert ask_tty(ASK_ATTRIBUTES, pty[1], pty[1]) == ""


def art(side: int = 50) -> Image.Image:
    """Gradients, with edges where a band of six lines ends between them."""
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    return Image.fromarray(np.stack([x * 5, y * 5, (x + y) * 2], -1).astype(np.uint8), "RGB")


def payload_of(written: str) -> bytes:
    """The data of a kitty picture, its commands checked."""
    commands = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", written)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in commands) == written, "and nothing else"
    assert all(0 < len(data) <= CHUNK for _, data in commands)
    assert [keys[-3:] for keys, _ in commands] == ["m=1"] * (len(commands) - 1) + ["m=0"]
    return b64decode("".join(data for _, data in commands))


def test_kitty_gets_the_png_in_chunks() -> None:
    png = io.BytesIO()
    Image.effect_noise((120, 120), 90).save(png, "PNG")
    written = kitty(png.getvalue(), 12)
    assert written.startswith("\x1b_Ga=T,f=100,r=12,q=2,m=1;")
    assert payload_of(written) == png.getvalue()


def unsixel(written: str) -> np.ndarray:
    """The pixels of a sixel picture, by the VT340's rules: -1 where nothing is drawn."""
    head = re.fullmatch(r'\x1bP0;1q"1;1;(\d+);(\d+)(.*)\x1b\\', written, re.DOTALL)
    assert head is not None
    width, height = int(head[1]), int(head[2])
    pixels = np.full((height, width, 3), -1)
    palette: dict[int, list[float]] = {}
    x, top, colour = 0, 0, -1
    for token in re.finditer(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)(.)|([$-])|([?-~])", head[3]):
        if token[1]:
            palette[int(token[1])] = [int(token[n]) * 255 / 100 for n in (2, 3, 4)]
        elif token[5]:
            colour = int(token[5])
        elif token[8]:
            x, top = 0, top + 6 * (token[8] == "-")
        else:
            bits = ord(token[7] or token[9]) - 63
            count = int(token[6] or 1)
            for row in range(6):
                if bits >> row & 1:
                    pixels[top + row, x : x + count] = np.round(palette[colour])
            x += count
    assert "".join(re.findall(r"[^#;0-9!$?-~-]", head[3])) == "", "and nothing else"
    return pixels


@pytest.mark.parametrize("side", [1, 6, 50])
def test_sixel_draws_every_pixel_in_its_colour(side: int) -> None:
    picture = art(side)
    reduced = np.asarray(picture.quantize(256).convert("RGB")).astype(int)
    drawn = unsixel(sixel(picture))
    assert np.abs(drawn - reduced).max() <= 2, "the protocol's colours are in hundredths"


def vt100() -> tuple[Vt100_Output, io.StringIO]:
    out = io.StringIO()
    return Vt100_Output(out, lambda: Size(40, 80)), out


def show(how: Pictures, *cards: Message) -> str:
    output, out = vt100()
    screen = PromptScreen(plain=None, colour=False, output=output, pictures=how)
    for number, card in enumerate(cards):
        screen.show(Shown(None, f"m{number}", "reply", "you", None, card))
    return out.getvalue()


@pytest.mark.parametrize("how", [Pictures.KITTY, Pictures.SIXEL])
def test_a_card_shows_its_picture_and_not_where_it_lies(how: Pictures, card_pictures: Path) -> None:
    printed = show(how, CARDS["coin"])
    assert "Picture of Space Cats" in printed
    assert ".webp" not in printed
    found = re.search(r"(?:\x1b_G.*?\x1b\\)+|\x1bP.*?\x1b\\", printed, re.DOTALL)
    assert found is not None
    wanted = np.asarray(
        Image.open(card_pictures / str(CARDS["coin"].media and CARDS["coin"].media.path)).convert("RGB")
    )
    if how is Pictures.KITTY:
        drawn = np.asarray(Image.open(io.BytesIO(payload_of(found[0]))))
    else:
        drawn = unsixel(found[0])
    assert np.abs(drawn.astype(int) - wanted).max() <= 2
    assert printed[: found.start()].strip("\x1b[0m?7hl") == "", "it stands above the words"


def test_the_same_picture_is_not_drawn_twice_in_a_row(card_pictures: Path) -> None:
    again = show(Pictures.KITTY, CARDS["coin"], CARDS["buy-landed"])
    assert again.count("a=T") == 1
    assert ".webp" in again, "the second says where it lies"
    assert show(Pictures.KITTY, CARDS["coin"], CARDS["start"], CARDS["coin"]).count("a=T") == 3


@pytest.mark.parametrize("how", [Pictures.NONE, Pictures.KITTY, Pictures.SIXEL])
def test_without_the_file_the_card_says_where_it_should_be(how: Pictures, tmp_path: Path) -> None:
    media = CARDS["coin"].media
    assert media is not None
    (tmp_path / "broken.webp").write_bytes(b"RIFF")
    for name in ("gone.webp", "broken.webp"):
        printed = show(how, replace(CARDS["coin"], media=replace(media, path=str(tmp_path / name))))
        assert str(tmp_path / name) in printed
        assert "\x1b_G" not in printed
        assert "\x1bP" not in printed


def test_a_picture_is_made_small_enough_to_send(tmp_path: Path) -> None:
    Image.new("RGB", (2_000, 1_000), (1, 2, 3)).save(tmp_path / "big.png")
    written = draw(Pictures.KITTY, tmp_path / "big.png", 12, (30, 60))
    assert written is not None
    assert Image.open(io.BytesIO(payload_of(written))).size == (960, 480)
    assert draw(Pictures.KITTY, tmp_path / "big.png", 0) is None
