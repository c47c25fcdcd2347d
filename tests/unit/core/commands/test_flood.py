"""One person's flood is answered a few times; then a group is spared the answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.commands.dispatch import REFUSALS
from core.commands.incoming import Invocation, Line, Press
from core.reply import Kind
from tests.fakes.house import House, Process
from tests.unit.core.commands.test_dispatch import ANN, EVE, Talk

GROUP = replace(ANN, chat_id="group", chat_title="Cats")


@pytest.mark.parametrize("line", ["/nonsense", "/buy NOBODY 1", "/buy CATS many", "x" * 5_000])
async def test_wrong_lines_in_a_group_are_answered_a_few_times(
    home: House, process: Process, line: str
) -> None:
    talk = Talk(home, process)
    replies = [await talk.maybe(Line(line), GROUP) for _ in range(30)]
    assert [reply is not None for reply in replies] == [True] * REFUSALS.times + [False] * (
        30 - REFUSALS.times
    )

    assert (await talk("/help", GROUP)).kind is Kind.REPLY  # what is right is answered all the same
    assert await talk.refused(Press("forged"), GROUP) == "button-unknown"
    assert await talk.refused(line) is not None  # in private nobody else is kept waiting
    assert await talk.refused(line, replace(EVE, chat_id="group")) is not None
    assert await talk.refused(line, replace(GROUP, chat_id="another")) is not None


@pytest.mark.parametrize(
    ("line", "code"), [("/buy CATS many", "amount-not-a-number"), ("/launch @everybody", "theme-link")]
)
async def test_where_nobody_shares_the_room_to_speak_every_line_is_answered(
    home: House, process: Process, line: str, code: str
) -> None:
    dispatcher = Talk(home, process).dispatcher
    for number in range(3 * REFUSALS.times):
        reply = await dispatcher.dispatch(
            Invocation(f"line-{number}", GROUP, Line(line), always_answered=True)
        )
        assert reply is not None
        # The reason each time: having to wait would hide it.
        assert reply.message.data["error"]["code"] == code


async def test_a_command_too_often_goes_silent_too(home: House, process: Process) -> None:
    talk = Talk(home, process)
    replies = [await talk.maybe(Line("/help"), GROUP) for _ in range(40)]
    assert sum(reply is not None for reply in replies) == 10 + REFUSALS.times
