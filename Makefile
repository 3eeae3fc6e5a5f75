# Everything a fresh machine needs is python3 (3.11 or later, with venv) and make.
PYTHON ?= python3
EXTRAS ?= dev
VENV := .venv
BIN := $(VENV)/bin
CASE ?= japan-us-2025-04
OUT ?= out/$(CASE)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: brief test check bench docs clean

## brief: install what is needed, then write the founding case's brief to out/
brief: $(VENV)/.brief
	@$(BIN)/tradetalks brief $(CASE) --out $(OUT)

## test: the whole test suite (replications run where their inputs are at hand)
test: $(VENV)/.$(EXTRAS)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile

## check: lint, types, direction of imports
check: $(VENV)/.$(EXTRAS)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

## bench: every benchmark, as ratios
bench: $(VENV)/.$(EXTRAS)
	@$(BIN)/tradetalks bench

docs: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf $(VENV) out build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@echo "making $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tradetalks needs Python 3.11 or later: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "this Python lacks venv (Debian: apt install python3-venv)" >&2; exit 1; }

$(VENV)/.%: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing tradetalks[$*]"
	@$(PIP) --editable ".[$*]"
	@touch $@
