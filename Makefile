# `make` says what there is. Nothing is fetched but by pip, from the lock, and by apt, in `make install` on a bare Debian.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Test processes side by side, each with servers of its own; much of a test is waiting, so more than there are cores.
WORKERS ?= 3
MAKEFLAGS += --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

install: $(STAMP) ## Make .venv from the lock and install the hub in it

$(STAMP): requirements/dev.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# A bare Debian has python3 without venv; then a half-made .venv is left behind, so it is made afresh.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "The hub needs Python 3.11 or later; say which with: make install PYTHON=python3.11" >&2; exit 1; }
	@if $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ]; then apt-get install -y -q python3-venv || { apt-get update -q && apt-get install -y -q python3-venv; }; \
	elif sudo -n true 2>/dev/null; then sudo apt-get install -y -q python3-venv || { sudo apt-get update -q && sudo apt-get install -y -q python3-venv; }; \
	else echo "Python lacks venv. Run this and try again: sudo apt-get install python3-venv" >&2; exit 1; fi
	$(PYTHON) -m venv --clear $(VENV)

demo: install ## Try everything with simulated partners (ONCE=1: end after the cases)
	@$(BIN)/hub demo $(if $(ONCE),--once)

test: install ## Run all tests (ARGS="..." goes to pytest); tests of absent servers are skipped
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: install ## Report what ruff, mypy and the import rule think; changes nothing
	@failed=0; \
	$(BIN)/ruff check . || failed=1; \
	$(BIN)/ruff format --check --output-format concise . || { echo "Some files are not formatted: make fix"; failed=1; }; \
	$(BIN)/mypy || failed=1; \
	$(BIN)/python -m pytest -q tests/unit/test_imports.py tests/docs/test_config_reference.py || failed=1; \
	exit $$failed

fix: install ## Let ruff repair and format
	@$(BIN)/ruff check --fix . || true
	@$(BIN)/ruff format .

bench: install ## Measure ratios and hold them against the aims (ARGS="..." chooses what)
	@$(BIN)/python -m bench $(ARGS)

partner: install ## Write the folders of a new partner, with what is to be filled in marked (NAME=x)
	@$(BIN)/python tools/new_partner.py '$(NAME)'

services: install ## Install RabbitMQ and PostgreSQL for the tests (needs root or sudo)
	@$(BIN)/python tools/services.py

up: ## Start everything in containers, on RabbitMQ and PostgreSQL (DEMO=1: with a simulated partner)
	@config/compose/make-secrets.sh
	docker compose $(if $(DEMO),--profile demo )up --build --detach

down: ## Stop the containers in good order; data, keys and passwords stay
	docker compose --profile demo down

docs: install ## Make the pages that are made from code
	@$(BIN)/python -m hub.config reference > config/hub.example.toml.new
	@mv config/hub.example.toml.new config/hub.example.toml
	@$(BIN)/python -m tests.docs.pages

lock: install ## Choose versions anew within pyproject.toml and write the locks
	$(BIN)/pip-compile $(LOCK) --output-file requirements/base.txt pyproject.toml
	$(BIN)/pip-compile $(LOCK) --extra test --extra bench --constraint requirements/base.txt --output-file requirements/dev.txt pyproject.toml requirements/build.in

LOCK := --quiet --upgrade --generate-hashes --allow-unsafe --no-strip-extras --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.PHONY: help install demo test check fix bench partner services up down docs lock
