"""Every refusal of the signer has its text and its next step, and no text is left over."""

from __future__ import annotations

import re
from pathlib import Path

from fluent.syntax import FluentParser
from fluent.syntax.ast import Message

ROOT = Path(__file__).parents[3]
RAISED = re.compile(r'UserError\(\s*"([a-z-]+)"')


def test_each_code_raised_has_a_text_and_a_next_step() -> None:
    sources = [*(ROOT / "workers/signer").glob("*.py"), *(ROOT / "core/adapters/keys").glob("*.py")]
    raised = {code for source in sources for code in RAISED.findall(source.read_text())}
    resource = FluentParser().parse((ROOT / "core/assets/locales/en/signer.ftl").read_text())
    messages = [entry for entry in resource.body if isinstance(entry, Message)]
    assert {message.id.name for message in messages} == {f"error-{code}" for code in raised}
    for message in messages:
        assert message.value is not None
        assert [attribute.id.name for attribute in message.attributes] == ["next"], message.id.name
