"""adversaries.toml names tests and mutants that exist, and every mutant belongs to a known hole."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.program.mutants import load

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ATTACKS: list[dict[str, Any]] = tomllib.loads((HERE / "adversaries.toml").read_text())["attack"]
MUTANTS = {mutant.name for mutant in load()}


@cache
def functions(path: Path) -> frozenset[str]:
    """The test functions of a file."""
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["name"])
def test_an_attack_is_played_and_its_hole_is_known(attack: dict[str, Any]) -> None:
    assert attack["incident"]
    assert attack["tests"]
    for test in attack["tests"]:
        file, _, name = test.partition("::")
        path = ROOT / file[1:] if file.startswith("/") else HERE / file
        assert name in functions(path), test
    assert set(attack["mutants"]) <= MUTANTS
    assert bool(attack["mutants"]) != bool(attack.get("no_mutant")), "a hole, or the reason why there is none"


def test_no_attack_stands_twice() -> None:
    names = [attack["name"] for attack in ATTACKS]
    assert len(set(names)) == len(names) >= 36
