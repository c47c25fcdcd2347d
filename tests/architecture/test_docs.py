"""What the documents promise is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from core.bootstrap.app import load_commands
from core.commands.reference import reference
from core.localize import has
from core.settings import Settings
from pumpbox.cli import VERBS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PACKAGES = ("pumpbox", "bots", "core", "workers")


def test_the_commands_page_is_what_the_declarations_say() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == reference(load_commands()), "run `make docs`"


def targets() -> set[str]:
    names = re.findall(r"^([a-z%-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    benches = {f"bench-{file.stem}" for file in (ROOT / "tests" / "benchmarks").glob("[a-z]*.py")}
    return {*names, *benches, "bench-NAME"}


def code_of(page: Path) -> str:
    """What stands in backticks and code blocks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", page.read_text(), re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_and_verb_that_a_page_names_exists(page: Path) -> None:
    code = code_of(page)
    assert set(re.findall(r"\bmake ([a-z][a-zA-Z-]*)", code)) <= targets()
    assert set(re.findall(r"(?:^|[`$/ ])pumpbox ([a-z]+)\b", code, re.MULTILINE)) <= set(VERBS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_verb_is_in_the_operations_page() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert [verb for verb in VERBS if f"`pumpbox {verb}" not in page] == []


def test_every_setting_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    names = [str(field.validation_alias) for field in Settings.model_fields.values()]
    assert [name for name in names if not re.search(rf"^# ?{name}=", example, re.MULTILINE)] == []


def raised_codes() -> set[str]:
    codes: set[str] = set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UserError" and node.args:
                    first = node.args[0]
                    options = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                    codes |= {str(o.value) for o in options if isinstance(o, ast.Constant)}
    return codes


def test_every_error_says_what_is_wrong_and_what_to_do() -> None:
    codes = raised_codes()
    assert len(codes) > 20, "the search has stopped finding them"
    assert [code for code in sorted(codes) if not has(f"error-{code}")] == []
    source = "\n".join(file.read_text() for file in (ROOT / "core/assets/locales/en").glob("*.ftl"))
    without = []
    for code in sorted(codes):
        entry = re.search(rf"^error-{code} = .*?(?=^\S|\Z)", source, re.MULTILINE | re.DOTALL)
        if entry is None or ".next =" not in entry[0]:
            without.append(code)
    assert without == []
