# Run `make` alone to see what there is.
PORT ?= 8100
GATEWAY_PORT ?= 8080
DATA ?= data
CONFIG ?= discovery.yml
PYTHON ?= python3
VENV ?= .venv

bin := $(VENV)/bin
pip := $(bin)/python -m pip --disable-pip-version-check --quiet
compile := $(bin)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run test soak bench lint format docs lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: $(VENV)/.run ## start the sandbox: an embedded Discord, the bot and the gateway
	@$(bin)/sovereign sandbox --port $(PORT) --gateway-port $(GATEWAY_PORT) --data $(DATA) --config $(CONFIG)

test: $(VENV)/.dev ## run every test (under three minutes)
	$(bin)/python -m pytest -n 4 --dist worksteal -m "not soak"

soak: $(VENV)/.dev ## run the long reliability runs, an hour of ordinary days among them
	$(bin)/python -m pytest -m soak -s --timeout 5400

bench: $(VENV)/.dev ## measure acceptance, pipeline, audit, start and latency (some minutes)
	$(bin)/python -m bench

lint: $(VENV)/.dev ## check format, ruff, mypy --strict and the import contracts
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/mypy
	$(bin)/lint-imports

format: $(VENV)/.dev ## rewrite the code in the project's format
	$(bin)/ruff format .
	$(bin)/ruff check --fix .

docs: $(VENV)/.dev ## write docs/reference anew from the code
	$(bin)/sovereign dev references

lock: $(VENV)/.dev ## pin the dependencies again, with hashes
	$(pip) install 'uv>=0.9'
	$(compile) --all-extras --group dev --group build -o locks/dev.txt
	$(compile) --all-extras -c locks/dev.txt -o locks/all.txt
	$(compile) --extra pictures -c locks/dev.txt -o locks/run.txt
	$(bin)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 --group build -o locks/build.txt

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(bin)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Sovereign needs Python 3.11 or newer; '$(PYTHON)' is older. Name another one: make PYTHON=python3.12 …"; exit 1; }
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: locks/run.txt locks/build.txt pyproject.toml | $(bin)/python
	@echo "Installing the locked dependencies (once) …"
	@$(pip) install --require-hashes -r locks/build.txt -r locks/run.txt
	@$(pip) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: locks/dev.txt pyproject.toml | $(bin)/python
	@echo "Installing the locked dependencies and tools (once) …"
	@$(pip) install --require-hashes -r locks/dev.txt
	@$(pip) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run
