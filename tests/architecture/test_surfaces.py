"""Adding a platform is one room: docs/adding-a-platform.md. What it says is held here, for each one there is."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from core.settings import Settings
from pumpbox import bodies
from pumpbox.roles import ROLES

ROOT = Path(__file__).parents[2]
SURFACES = sorted(folder.parent.name for folder in ROOT.glob("bots/*/surface.py"))
PLATFORMS = [name for name in SURFACES if name in ROLES]  # the terminal has a verb instead
WIRING = {"pumpbox/roles.py", "pumpbox/bodies.py"}


def named_in(platform: str, package: str) -> set[str]:
    """Files that hold the platform's name as a value."""
    found = set()
    for file in (ROOT / package).rglob("*.py"):
        values = {
            node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)
        }
        if platform in values:
            found.add(str(file.relative_to(ROOT)))
    return found


def test_there_are_platforms() -> None:
    assert {"telegram", "discord", "matrix"} <= set(PLATFORMS)
    assert set(SURFACES) - set(PLATFORMS) == {"terminal"}


@pytest.mark.parametrize("name", SURFACES)
def test_each_surface_has_the_same_rooms(name: str) -> None:
    for file in ("surface.py", "inbound.py", "render.py"):
        assert (ROOT / "bots" / name / file).is_file()
    assert (ROOT / "core" / "assets" / "locales" / "en" / f"{name}.ftl").is_file()
    assert [*(ROOT / "tests" / "surfaces" / name).glob("test_*.py")]


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_platform_is_a_row_a_body_and_its_settings(name: str) -> None:
    role = ROLES[name]
    assert role.code == f"pumpbox.bodies:{name}"
    body = inspect.getsource(getattr(bodies, name))
    assert f"from bots.{name}.surface import serve" in body
    settings = [f for f in Settings.model_fields if f.startswith(f"{name}_")]
    assert f"{name}_token" in settings
    assert f"{name.upper()}_TOKEN" in role.secrets
    assert Settings.model_fields[f"{name}_token"].default is None, (
        "unset means that the platform does not run"
    )


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("package", ["core", "workers", "pumpbox", "bots"])
def test_nothing_else_knows_a_platform_by_name(name: str, package: str) -> None:
    elsewhere = {file for file in named_in(name, package) if not file.startswith(f"bots/{name}/")}
    assert elsewhere <= WIRING
