"""Every card as the exact components that Discord gets (`make goldens` writes them; review the difference)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.discord.forms import modal
from bots.discord.render import render
from tests.fakes.discord_rules import check_message, check_modal
from tests.surfaces.cards import CARDS
from tests.surfaces.golden import check, leftovers

GOLDEN = Path(__file__).parent / "golden"
FORMS = {f"modal-{name}": card.form for name, card in CARDS.items() if card.form is not None}


@pytest.mark.usefixtures("card_pictures")
@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_the_golden_components(name: str) -> None:
    look = render(CARDS[name], None)
    files = {a.name: Path(a.path).read_bytes() for a in look.attachments}
    check_message({"flags": 1 << 15, "components": look.components}, files)
    check(GOLDEN / f"{name}.json", {"components": look.components, "attachments": list(files)})


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_the_golden_modal(name: str) -> None:
    form = FORMS[name]
    assert form is not None
    made = modal(form, None)
    check_modal(made)
    check(GOLDEN / f"{name}.json", made)


def test_no_golden_file_is_left_over() -> None:
    assert leftovers(GOLDEN, [f"{name}.json" for name in (*CARDS, *FORMS)]) == []
