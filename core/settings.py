"""Settings: one frozen object, read once, from the environment.

Each secret `NAME` can come from a file instead, named by `NAME_FILE` (docker and systemd secrets). A variable that
is set to nothing is unset, but for those of `HELD_TO`.
Nothing else in the code reads the environment.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

# Nothing is what they say then: a list that was emptied opens no door, an address that was lost begins no new database.
HELD_TO = ("TRADERS", "DATABASE_URL")


class Settings(BaseSettings):
    """Every switch of an installation. Unset means embedded: SQLite, Valkey, LiteSVM, no chat platform."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    data_dir: Path = Field(Path("data"), validation_alias="PUMPBOX_DATA")
    run_folder: Path | None = Field(None, validation_alias="PUMPBOX_RUN")
    log_level: str = Field("INFO", validation_alias="LOG_LEVEL")
    log_format: Literal["logfmt", "json"] = Field("logfmt", validation_alias="LOG_FORMAT")
    ops_port: int = Field(0, validation_alias="OPS_PORT", ge=0, le=65_535)
    ops_host: str = Field("127.0.0.1", validation_alias="OPS_HOST")

    telegram_token: SecretStr | None = Field(None, validation_alias="TELEGRAM_TOKEN")
    telegram_api_base: str = Field("https://api.telegram.org", validation_alias="TELEGRAM_API_BASE")
    telegram_webhook_url: str | None = Field(None, validation_alias="TELEGRAM_WEBHOOK_URL")
    telegram_webhook_port: int = Field(8081, validation_alias="TELEGRAM_WEBHOOK_PORT", ge=0, le=65_535)
    telegram_webhook_secret: SecretStr | None = Field(None, validation_alias="TELEGRAM_WEBHOOK_SECRET")
    telegram_per_second: int = Field(30, validation_alias="TELEGRAM_PER_SECOND", ge=1)
    telegram_rich: bool = Field(False, validation_alias="TELEGRAM_RICH")
    telegram_ephemeral: bool = Field(False, validation_alias="TELEGRAM_EPHEMERAL")
    discord_token: SecretStr | None = Field(None, validation_alias="DISCORD_TOKEN")
    discord_api_base: str = Field("https://discord.com/api/v10", validation_alias="DISCORD_API_BASE")
    matrix_homeserver: str | None = Field(None, validation_alias="MATRIX_HOMESERVER")
    matrix_token: SecretStr | None = Field(None, validation_alias="MATRIX_TOKEN")

    database_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    redis_url: SecretStr | None = Field(None, validation_alias="REDIS_URL")

    cluster: Literal["localnet", "devnet", "mainnet"] = Field("localnet", validation_alias="SOLANA_CLUSTER")
    rpc_url: str | None = Field(None, validation_alias="SOLANA_RPC_URL")
    localnet_host: str = Field("127.0.0.1", validation_alias="LOCALNET_HOST")
    localnet_port: int = Field(0, validation_alias="LOCALNET_PORT", ge=0, le=65_534)
    program_id: str | None = Field(None, validation_alias="PUMPBOX_PROGRAM_ID")

    http_host: str | None = Field(None, validation_alias="HTTP_HOST")
    http_port: int = Field(0, validation_alias="HTTP_PORT", ge=0, le=65_535)
    public_url: str | None = Field(None, validation_alias="PUBLIC_URL")

    master_key_file: Path | None = Field(None, validation_alias="MASTER_KEY_FILE")
    withdraw_daily_limit_sol: str = Field("5", validation_alias="WITHDRAW_DAILY_LIMIT_SOL")
    trade_limit_sol: str = Field("100", validation_alias="TRADE_LIMIT_SOL")
    keeper_daily_sol: str = Field("0.1", validation_alias="KEEPER_DAILY_SOL")
    keeper_top_up_sol: str = Field("0", validation_alias="KEEPER_TOP_UP_SOL")
    keeper_finish_sol: str = Field("0.002", validation_alias="KEEPER_FINISH_SOL")
    keeper_sweep_sol: str = Field("0.01", validation_alias="KEEPER_SWEEP_SOL")
    cents_per_sol: int = Field(15_000, validation_alias="CENTS_PER_SOL", gt=0)

    traders: str | None = Field(None, validation_alias="TRADERS")

    @property
    def trader_ids(self) -> frozenset[str] | None:
        """`platform:user id` of those who may launch and buy; None: everybody."""
        if self.traders is None:
            return None
        return frozenset(word.strip() for word in self.traders.split(",") if word.strip())

    @property
    def embedded_chain(self) -> bool:
        """We run the chain ourselves; its SOL is test money."""
        return self.cluster == "localnet" and self.rpc_url is None

    @property
    def run_dir(self) -> Path:
        """Sockets: outside the data folder, because a Unix socket's path holds about 100 bytes. Two data
        folders have two run folders; only this user may enter it."""
        if self.run_folder is not None:
            return self.run_folder
        digest = hashlib.sha256(str(self.data_dir.resolve()).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"pumpbox-{os.getuid()}-{digest}"

    @property
    def files_dir(self) -> Path:
        """Published images and metadata."""
        return self.data_dir / "files"

    @property
    def signer_socket(self) -> Path:
        return self.run_dir / "signer.sock"

    @property
    def valkey_socket(self) -> Path:
        return self.run_dir / "valkey.sock"


def load_settings(data_dir: Path | None = None) -> Settings:
    """Reads the environment, once. `data_dir` overrides `PUMPBOX_DATA`.

    Raises `pydantic.ValidationError` naming the wrong setting, `OSError` for a `*_FILE` that can't be read.
    """
    given: dict[str, str] = {}
    for field in Settings.model_fields.values():
        name = str(field.validation_alias)
        file = os.environ.get(f"{name}_FILE")
        if file and not os.environ.get(name) and f"{name}_FILE" != "MASTER_KEY_FILE":
            given[name] = Path(file).read_text().strip()
        elif name in HELD_TO and os.environ.get(name) == "":
            given[name] = ""
    if data_dir is not None:
        given["PUMPBOX_DATA"] = str(data_dir)
    return Settings(**given)  # type: ignore[arg-type]  # aliases as keywords; pydantic validates them
