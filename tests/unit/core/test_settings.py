"""What the environment says, and what it means when it says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import HELD_TO, Settings, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
        monkeypatch.delenv(f"{field.validation_alias}_FILE", raising=False)


def test_every_setting_that_is_set_to_nothing_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a line of `.env` is that somebody uncommented and did not fill."""
    unset = load_settings()
    for field in Settings.model_fields.values():
        if field.validation_alias not in HELD_TO:
            monkeypatch.setenv(str(field.validation_alias), "")
    assert load_settings() == unset


def test_an_emptied_list_of_traders_lets_nobody_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load_settings().trader_ids is None
    monkeypatch.setenv("TRADERS", "")
    assert load_settings().trader_ids == frozenset()

    monkeypatch.delenv("TRADERS")
    (tmp_path / "traders").write_text("\n")
    monkeypatch.setenv("TRADERS_FILE", str(tmp_path / "traders"))
    assert load_settings().trader_ids == frozenset()


def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:abc\n")
    monkeypatch.setenv("TELEGRAM_TOKEN_FILE", str(tmp_path / "token"))
    for in_the_environment in (None, ""):
        if in_the_environment is not None:
            monkeypatch.setenv("TELEGRAM_TOKEN", in_the_environment)
        token = load_settings().telegram_token
        assert token is not None
        assert token.get_secret_value() == "1:abc"

    monkeypatch.setenv("TELEGRAM_TOKEN", "2:def")
    token = load_settings().telegram_token
    assert token is not None
    assert token.get_secret_value() == "2:def"


def test_a_database_that_is_named_by_nothing_is_not_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().database_url is None
    monkeypatch.setenv("DATABASE_URL", "")
    url = load_settings().database_url
    assert url is not None, "whoever opens it is told that it is no address"


def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_PORT", "many")
    with pytest.raises(ValidationError, match="OPS_PORT"):
        load_settings()
