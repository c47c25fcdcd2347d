"""How `pumpbox program` speaks: times, spans, and one word about a node that is slow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import stamina
from stamina import instrumentation

from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.chain.sender import Sender
from core.ports.chain import ChainAway
from pumpbox.program.place import Ground, Place, run, usual_price
from pumpbox.program.words import duration, moment
from pumpbox.refused import Refused
from tests.fakes.cluster import ROOT, cluster, write_key

NOW = 1_764_000_000


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (0, "(now)"),
        (-1, "(now)"),
        (90, "(in 90 seconds)"),
        (-121, "(2 minutes ago)"),
        (7_200, "(in 2 hours)"),
        (47 * 3_600, "(in 47 hours)"),
        (48 * 3_600, "(in 2 days)"),
        (-30 * 86_400, "(30 days ago)"),
    ],
)
def test_a_moment_is_said_in_utc_and_from_now(away: int, words: str) -> None:
    assert moment(NOW + away, NOW).endswith(words)
    assert moment(NOW, NOW).startswith("2025-11-24 16:00:00 UTC")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (172_800, "2 days"),
        (86_400, "1 day"),
        (49 * 3_600, "49 hours"),
        (5_400, "90 minutes"),
        (90, "90 seconds"),
    ],
)
def test_a_span_is_said_exactly_in_one_unit(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_a_slow_node_is_told_once_and_not_where_scripts_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = instrumentation.get_on_retry_hooks()
    answers = iter([ChainAway("no answer"), RpcRefused(429, "too many", None), ChainAway("no answer")])
    real = Rpc.call

    async def slow(self: Rpc, method: str, *params: object) -> object:
        if method == "getRecentPrioritizationFees" and (trouble := next(answers, None)):
            raise trouble
        return await real(self, method, *params)

    monkeypatch.setattr(Rpc, "call", slow)
    with stamina.set_testing(True, attempts=100), cluster(tmp_path) as chain:

        async def work(ground: Ground) -> int:
            return await usual_price(Sender(ground.rpc, write_key(tmp_path / "key.json")))

        assert run(Place(data=tmp_path, url=chain.url), work) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("trying again") == 1
    assert instrumentation.get_on_retry_hooks() == hooks


def test_a_reader_that_went_away_is_no_fault(tmp_path: Path) -> None:
    """`pumpbox program ... | head`: no traceback."""
    command = [sys.executable, "-c", "import pumpbox.cli as c; c.app = gone; c.main()"]
    gone = "def gone():\n  raise BrokenPipeError(32, 'Broken pipe')\n"
    command[2] = gone + command[2]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (1, "")


@pytest.mark.parametrize("url", ["nonsense", "", "http://", "ftp://x", "http://[::1", "http://x:99999"])
def test_what_is_no_address_of_a_node(tmp_path: Path, url: str) -> None:
    with pytest.raises(Refused, match="no address of a node"):
        run(Place(data=tmp_path, url=url), None)  # type: ignore[arg-type]  # never called


def test_a_time_beyond_any_calendar_is_told_as_a_number() -> None:
    assert moment(2**63, 0) == f"unix second {2**63}"
    assert moment(-1, 0) == "unix second -1"
