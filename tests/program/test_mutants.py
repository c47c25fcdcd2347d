"""Every mutant still applies and names tests that exist. `make mutants` builds and runs them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.program.mutants import PROGRAM, Mutant, MutantError, load

MUTANTS = load()
HERE = Path(__file__).parent


def functions_of(file: Path) -> set[str]:
    """Names of the test functions in a file."""
    tree = ast.parse(file.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_applies_and_names_tests_that_exist(mutant: Mutant) -> None:
    assert mutant.apply(PROGRAM / "src") != (PROGRAM / "src" / mutant.file).read_text()
    assert mutant.opens
    assert mutant.noticed_by
    for test in mutant.chain_tests:
        file, _, name = test.partition("::")
        assert (HERE / file).is_file(), test
        assert not name or name.partition("[")[0] in functions_of(HERE / file), test
    assert len(mutant.chain_tests) + len(mutant.host_tests) + mutant.sequences == len(mutant.noticed_by)
    for test in mutant.host_tests:
        assert (PROGRAM / "tests" / f"{test}.rs").is_file(), test


def test_a_mutant_whose_text_is_gone_or_ambiguous_is_an_error() -> None:
    """Else a mutant would silently test nothing after a refactoring."""
    for old in ("no such text", "pub mod"):
        stale = Mutant("stale", "nothing", "lib.rs", old, "", ("test_buy.py",))
        with pytest.raises(MutantError, match=r"times in lib\.rs, not once"):
            stale.apply(PROGRAM / "src")
