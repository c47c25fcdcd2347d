"""Every refusal of the signer has a text with a next step, said in one place."""

from __future__ import annotations

import re
from pathlib import Path

from fluent.syntax import FluentParser
from fluent.syntax.ast import Message

ROOT = Path(__file__).parents[3]
ENGLISH = ROOT / "core/assets/locales/en"
RAISED = re.compile(r'UserError\(\s*"([a-z-]+)"')


def _messages(path: Path) -> list[Message]:
    return [entry for entry in FluentParser().parse(path.read_text()).body if isinstance(entry, Message)]


def _raised() -> set[str]:
    sources = [*(ROOT / "workers/signer").glob("*.py"), *(ROOT / "core/adapters/keys").glob("*.py")]
    return {f"error-{code}" for source in sources for code in RAISED.findall(source.read_text())}


def test_each_code_raised_has_a_text_and_a_next_step() -> None:
    texts = [message for path in ENGLISH.glob("*.ftl") for message in _messages(path)]
    found = [message for message in texts if message.id.name in _raised()]
    assert sorted(message.id.name for message in found) == sorted(_raised())  # each once
    for message in found:
        assert message.value is not None
        assert [attribute.id.name for attribute in message.attributes] == ["next"], message.id.name


def test_no_text_of_the_signers_is_left_over() -> None:
    assert {message.id.name for message in _messages(ENGLISH / "signer.ftl")} <= _raised()
