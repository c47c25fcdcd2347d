"""Colours that go together: one set for a scene, one for its hero."""

from dataclasses import dataclass

from core.adapters.ai.art.canvas import Color
from core.domain.box import Draw


@dataclass(frozen=True, slots=True)
class Palette:
    """A scene's colours. ``sky`` runs from top to bottom, ``land`` from far to near."""

    sky: tuple[Color, Color, Color]
    land: tuple[Color, Color, Color]
    glow: Color  # sun, moon, lights
    accent: Color
    heroes: tuple[Color, ...]  # body colours that stand out before this sky
    ink: Color  # outlines: a very dark relative of the sky, never plain black


def _hex(text: str) -> Color:
    value = int(text, 16)
    return (value >> 16, value >> 8 & 255, value & 255)


def _palette(sky: str, land: str, glow: str, accent: str, heroes: str, ink: str) -> Palette:
    top, middle, bottom = (_hex(part) for part in sky.split())
    far, between, near = (_hex(part) for part in land.split())
    body = tuple(_hex(part) for part in heroes.split())
    return Palette((top, middle, bottom), (far, between, near), _hex(glow), _hex(accent), body, _hex(ink))


PALETTES: dict[str, tuple[Palette, ...]] = {
    "space": (
        _palette(
            "120b3a 3b1c78 a63d97",
            "4a2a8a 331c6b 1f1147",
            "ffd98e",
            "4ff0e0",
            "ffb347 ff7eb6 7ee8fa f6f1ff 9df07a",
            "150a33",
        ),
        _palette(
            "07142e 123c69 2fa4a9",
            "19507a 103a5c 0a2440",
            "fff3c4",
            "ff6f91",
            "ffd166 ff8fa3 f4f4ff ffa552 c3f584",
            "06101f",
        ),
        _palette(
            "1d0f2f 6a1b4d f26a4b",
            "6d2154 4a153f 2b0c28",
            "ffe29a",
            "59e3ff",
            "fff0d6 8fe3ff ffd24a b9a3ff ff9ecb",
            "1b0a20",
        ),
    ),
    "sea": (
        _palette(
            "0b4f8a 1693b8 7fe3d4",
            "1f8fa8 12698c 0b4568",
            "fff6c9",
            "ff7a59",
            "ff9a52 ffd35c ff8fb1 fdf3e3 f76e6e",
            "062a45",
        ),
        _palette(
            "2a1a6b 3563c9 6fd8f0",
            "3a7bd5 2a4fa8 1d3078",
            "fff2b8",
            "ffcf4a",
            "ffa0a0 ffe27a ffc285 f3edff 8ff0c0",
            "130e3d",
        ),
    ),
    "forest": (
        _palette(
            "6ec6e8 b5e8d5 fdf3c8",
            "7cc68d 4a9e6b 2c6e52",
            "fff7d6",
            "ff7b54",
            "ff9f5a c98b5f fbe3c0 f07167 9a7bd0",
            "173b34",
        ),
        _palette(
            "f7b267 f79d65 fce7b2",
            "c9a24a 8a8f3c 53682d",
            "fff4cf",
            "e4572e",
            "7a4b3a f2efe4 e07a5f 8fb9aa ffd166",
            "33240f",
        ),
        _palette(
            "1c2b4a 30667c 9ad1a8",
            "2f6f68 1f5054 12343d",
            "fff5c2",
            "ffb84d",
            "b8e986 ffcf8a ff9aa2 e9e4ff f4a259",
            "0b1d2c",
        ),
    ),
    "fire": (
        _palette(
            "2b0a1e 8c1c2b f4722b",
            "6b1626 460e1f 250714",
            "ffe08a",
            "5ce1e6",
            "ffb13d ff6b4a f9e7cf 7d5ba6 6ee7c8",
            "1e0511",
        ),
        _palette(
            "3d0c3b b0263f ffb347",
            "812046 541440 2e0a2b",
            "fff0a8",
            "7afcff",
            "ff8552 ffd65c fbeaff ff5d8f 8be0a4",
            "22061f",
        ),
    ),
    "ice": (
        _palette(
            "7fb8ea bfe3f7 f6fbff",
            "9ecbea 74a9d8 4a7fb8",
            "ffffff",
            "ff6b8b",
            "ffffff ffb26b 8f7fe0 5aa9e6 ff8fab",
            "1c3358",
        ),
        _palette(
            "141f4d 335b9e 9be7e0",
            "3b6ea8 28508a 183363",
            "d9fff6",
            "ff9ff3",
            "f7fbff ffc37a ffa0b8 a5f0d8 ffe680",
            "0b1233",
        ),
    ),
    "desert": (
        _palette(
            "f2845c f9b572 ffe6b0",
            "e09f5a c4763f 8f4a30",
            "fff5d1",
            "2a9d8f",
            "3fb8a5 f9e2b5 c75146 6d597a fff1dd",
            "45202a",
        ),
        _palette(
            "3a1c5a a33b6f f7a072",
            "8a3a62 64295a 3b1745",
            "ffe3a1",
            "43e0c5",
            "ffd07a 7fe0d0 ffeede ff9a76 b79cf0",
            "220d36",
        ),
    ),
    "city": (
        _palette(
            "120a33 4a1172 e0407b",
            "35125e 240c48 150631",
            "ffd36e",
            "28f2ff",
            "28e0e0 ff5fa2 ffe156 b18cff f5f0ff",
            "0d0524",
        ),
        _palette(
            "061a2e 0f4c5c 39a9a0",
            "11506a 0b3850 062233",
            "fff1a6",
            "ff4d8d",
            "ff7aa8 ffe066 9bf6e8 ffac5f efe9ff",
            "03101d",
        ),
    ),
    "candy": (
        _palette(
            "ff9ac1 ffc3d8 fff0c9",
            "ff86b3 c86ad0 8e4fc4",
            "fffbe0",
            "36cfc9",
            "7be0d6 fff2b0 b693ff ff7b8f ffffff",
            "5a1a5c",
        ),
        _palette(
            "8e7bff c0a8ff ffd9f3",
            "a98bff 7d62e0 5a43b5",
            "fff8d9",
            "ffb02e",
            "ffd84d ff8fc7 8ff0c2 fffaf0 ff9e7a",
            "2a1768",
        ),
        _palette(
            "3ec6c0 8fe6cf fff4c9",
            "4bb8a9 2f8f96 1f6677",
            "fffbe0",
            "ff5d7a",
            "ff8f7a ffd05c fff6e8 a78bfa ff9fd0",
            "0f3c4a",
        ),
        _palette(
            "ffb84d ffd479 fff3cf",
            "ff9a52 ec6a5c b8456b",
            "ffffff",
            "3d5af1",
            "5b7cfa fff3e0 ff6f91 2ec4b6 8a5cf5",
            "4a1535",
        ),
    ),
    "gold": (
        _palette(
            "2a1238 6b2452 e0a03a",
            "6b3a5a 47234a 2a1236",
            "fff0b3",
            "6ff0d0",
            "ffcf4a fff1cf 8be0d4 ff9f6b c7a6ff",
            "1f0a2b",
        ),
        _palette(
            "0d2b2b 1f5f4f d9b44a",
            "2a6b58 174a42 0b2f2d",
            "fff2b0",
            "ff7b7b",
            "ffd75e fdf4dc ff9e80 9ae6b4 f2a6c8",
            "06201f",
        ),
    ),
}


def choose_palette(draw: Draw, scene: str) -> Palette:
    """One of the palettes that suit ``scene``."""
    return draw.pick(PALETTES[scene])
