# `make help` lists what there is. Two stamps keep a setup from being repeated until a lock changes.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
DATA ?= .demo
JOBS ?= 2
COUNT ?= 10000000
SECONDS ?= 60

PROGRAMS := pumpbox raydium_standin forwarder
CORE := .venv/.core
DEV := .venv/.dev
CLIENTS := programs/pumpbox/interop/.venv/.clients

.PHONY: help demo run setup check format test test-program fuzz fuzz-coverage mutants goldens lock program verify-program docs clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  make bench-NAME      a benchmark: $(patsubst tests/benchmarks/%.py,%,$(wildcard tests/benchmarks/[a-z]*.py))"

demo: $(CORE) ## set up, then a prompt on an installation of its own in .demo: no account, no key
	@$(BIN)/pumpbox terminal --data $(DATA)

run: $(CORE) ## set up, then every role that the settings in the environment allow, until Ctrl-C
	@$(BIN)/pumpbox run

setup: $(DEV) ## .venv with everything that developing and testing need

test: check $(CLIENTS) ## everything that must pass: checks, then the tests (JOBS=2 at a time)
	@for program in $(PROGRAMS); do programs/build.sh $$program --verify-if-here || exit; done
	@if command -v cargo >/dev/null; then $(MAKE) --no-print-directory test-program; \
	 else echo "no cargo here: the programs' own tests on the host are left out (their binaries are tested)"; fi
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-program: ## the programs on the host: arithmetic against u128, handlers under a crowd (needs Rust)
	@for program in $(PROGRAMS); do (cd programs/$$program && cargo test --quiet --release --locked) || exit; done
	cd programs/pumpbox/fuzz && cargo test --quiet --release --locked

fuzz: ## COUNT=10000000 random instructions by many actors in the program's own handlers (needs Rust)
	cd programs/pumpbox/fuzz && cargo run --quiet --release --locked --bin sequences -- $(COUNT)

fuzz-coverage: ## libFuzzer on parsing, accounts and arithmetic, SECONDS=60 each (needs Rust and a C++ compiler)
	programs/pumpbox/fuzz/coverage.sh arithmetic $(SECONDS)
	programs/pumpbox/fuzz/coverage.sh instructions $(SECONDS)

mutants: $(DEV) ## open each known hole in a copy of the program and see that a test notices (needs the toolchain)
	$(BIN)/python -m tests.program.mutants $(ONLY)

goldens: $(DEV) ## write tests/surfaces/*/golden anew: what each platform makes of each card; review the difference
	UPDATE_GOLDENS=1 $(BIN)/python -m pytest -q -k golden tests/surfaces

interop: $(CLIENTS) ## web3.js, kit, Anchor and anchorpy, for the scripts in programs/pumpbox/interop

check: $(DEV) ## format, lint, types, import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(DEV) ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(DEV) ## write docs/commands.md from the commands' declarations
	$(BIN)/python -c "from core.bootstrap.app import load_commands; from core.commands.reference import reference; \
	  print(reference(load_commands()), end='')" > docs/commands.md

lock: ## lock pyproject.toml's dependencies by hash (needs uv)
	requirements/lock.sh

program: ## build programs/*/artifacts/*.so from their sources
	@for program in $(PROGRAMS); do programs/build.sh $$program || exit; done

verify-program: ## install the toolchain (as root), build elsewhere, compare with the committed hashes
	@for program in $(PROGRAMS); do programs/build.sh $$program --verify || exit; done

bench-%: $(DEV)
	$(BIN)/python -m tests.benchmarks.$*

clean: ## remove .venv, caches and the demo's installation
	rm -rf .venv programs/pumpbox/interop/{.venv,node_modules} .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(CORE): requirements/core.txt requirements/build.txt pyproject.toml
	@[ -e $(DEV) ] && [ $(DEV) -nt requirements/core.txt ] || requirements/install.sh core
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml
	@requirements/install.sh dev
	@touch $@ $(CORE)

$(CLIENTS): requirements/interop.txt requirements/interop-build.txt programs/pumpbox/interop/package-lock.json
	@requirements/install.sh interop
	@touch $@
