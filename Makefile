# Each target sets itself up in .venv: a machine needs only python3 (3.11 or newer, with venv) and make.
#   make demo     the main job on the embedded CDNOW sample, or LOG=file.csv ARGS="--customer .. --time .. --amount .."
#   make check    lint, types, layers and the fast tests
#   make plain    check, with the plainest instructions of numpy and OpenBLAS
#   make test     every test
#   make docs     the documentation, into build/docs
#   make bench    every benchmark at reduced size; FULL=1 in full (resumable), NAME=features for one
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo check plain lint test docs bench clean
.DELETE_ON_ERROR:

help:
	@sed -n '2,7s/^# *//p' Makefile

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "custbase needs Python 3.11 or newer, this is %d.%d; choose another with make PYTHON=python3.12" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade "pip>=25.1"
	@touch $@

# One stamp per set of requirements; installing again happens when pyproject.toml changes.
$(VENV)/.demo: pyproject.toml | $(VENV)/.made
	@echo "Installing custbase into $(VENV) (once; see README.md for time and size) ..."
	$(PIP) --editable ".[plot]"
	@touch $@
$(VENV)/.test: pyproject.toml | $(VENV)/.made
	@echo "Installing custbase and its test tools into $(VENV) (once; see README.md for time and size) ..."
	$(PIP) --editable ".[plot]" --group lint --group test
	@touch $@
$(VENV)/.docs: pyproject.toml | $(VENV)/.made
	@echo "Installing custbase and its documentation tools into $(VENV) (once) ..."
	$(PIP) --editable ".[plot]" --group docs
	@touch $@
$(VENV)/.bench: pyproject.toml | $(VENV)/.made
	@echo "Installing custbase and the peers it is measured against into $(VENV) (once) ..."
	$(PIP) --editable ".[plot]" --group bench --group peers
	@touch $@

demo: $(VENV)/.demo
	$(BIN)/python examples/customer_base.py $(if $(LOG),--log "$(LOG)") $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell custbase tests docs examples benchmarks README.md CHANGELOG.md CONTRIBUTING.md
	$(BIN)/mypy

check: lint
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not deep"

# Sorts of numpy and products of OpenBLAS take other instructions on other processors.
plain: $(VENV)/.test
	NPY_DISABLE_CPU_FEATURES="$$($(BIN)/python -c 'import numpy; print(*numpy.show_config("dicts")["SIMD Extensions"].get("found", []))')" \
	OPENBLAS_CORETYPE=Nehalem $(MAKE) check

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS)

docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs build/docs

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks $(or $(NAME),all) $(if $(FULL),--full) $(if $(WIDTH),--width $(WIDTH))

clean:
	rm -rf build dist $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/generated docs/gallery
