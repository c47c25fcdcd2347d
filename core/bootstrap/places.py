"""Where an installation's parts are found: addresses and paths, from the settings alone."""

from __future__ import annotations

from core.settings import Settings

EVERYWHERE = (None, "0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


class SettingMissing(Exception):
    """A setting is needed and not given. The message names it and says what to give."""


def rpc_url(settings: Settings) -> str:
    """The chain's JSON-RPC. Raises `SettingMissing` off the embedded chain without `SOLANA_RPC_URL`."""
    if settings.rpc_url is not None:
        return settings.rpc_url
    if not settings.embedded_chain:
        raise SettingMissing(f"SOLANA_CLUSTER={settings.cluster} needs SOLANA_RPC_URL: your node's address")
    return f"http://{settings.localnet_host}:{settings.localnet_port}"


def program_id(settings: Settings) -> str:
    """The installation's program, base58. Raises `SettingMissing` off the embedded chain without it."""
    if settings.program_id is not None:
        return settings.program_id
    if not settings.embedded_chain:
        raise SettingMissing("PUMPBOX_PROGRAM_ID is missing: the address that the program was deployed at")
    from core.bootstrap import embedded  # late: solders takes a moment, and only this case needs it

    return embedded.program_id()


def database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite:///{settings.data_dir.resolve() / 'pumpbox.db'}"


def redis_url(settings: Settings) -> str:
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    return f"unix://{settings.valkey_socket}"


def public_base(settings: Settings) -> str:
    """What published addresses begin with: `PUBLIC_URL`, or where the web role listens, as we reach it."""
    return (settings.public_url or own_web(settings)).rstrip("/")


def own_web(settings: Settings) -> str:
    """Where this installation's processes reach the web role."""
    host = settings.http_host
    return f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{settings.http_port}"
