# rollcall. `make` alone tells what can be made.
#
# Only Python 3.11+, make and (for the tests) Debian's package manager are needed; the rest
# is installed into .venv from the lock files. A stamp inside .venv remembers which lock
# file it was built from, so that a second start takes seconds and a removed .venv is
# simply built again.

VENV := .venv
BIN := $(VENV)/bin
DATA_DIR ?= data
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test test-packages bench-packages lint format bench soak locks docs clean

help: ## Tell what can be made
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/dev.stamp test-packages ## Install everything that development and the tests need

run: $(VENV)/run.stamp ## Start the server on an embedded store (ARGS="..." goes to rollcall serve)
	@exec $(BIN)/rollcall serve --data-dir $(DATA_DIR) $(ARGS)

test: $(VENV)/dev.stamp test-packages ## Try every feature once (ARGS="..." goes to pytest)
	$(BIN)/pytest $(ARGS)

lint: $(VENV)/dev.stamp ## Check style, types, imports between rooms, and generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/conformance.py --check
	$(BIN)/python tools/reference.py --check
	$(BIN)/python tools/links.py

format: $(VENV)/dev.stamp ## Put the code in the house style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: $(VENV)/dev.stamp ## Write the generated documents anew (conformance, parameters, commands)
	$(BIN)/python tools/conformance.py
	$(BIN)/python tools/reference.py

bench: $(VENV)/dev.stamp bench-packages ## Measure side by side with Kamailio (ARGS="..." goes to bench/run.py)
	$(BIN)/python bench/run.py $(ARGS)

soak: $(VENV)/dev.stamp test-packages ## Repeat kills, load and long fuzzing for an hour (ARGS="--minutes 10")
	$(BIN)/python tools/soak.py $(ARGS)

locks: $(VENV)/dev.stamp ## Choose the newest allowed versions and write the lock files anew
	$(BIN)/python tools/locks.py

clean: ## Remove what was built (never the data)
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# What the tests and benches drive: load generator, two softphones, a look at system calls.
test-packages:
	@tools/debian.sh sipp=sip-tester baresip=baresip-core linphonec=linphone-cli strace=strace \
		gcc=gcc libc6-dev=libc6-dev

bench-packages:
	@tools/debian.sh kamailio=kamailio kamailio-postgres-modules=kamailio-postgres-modules \
		pg_ctlcluster=postgresql gcc=gcc libc6-dev=libc6-dev taskset=util-linux

$(VENV)/run.stamp: requirements.lock pyproject.toml tools/venv.sh
	@tools/venv.sh $(VENV) requirements.lock
	@touch $@

# Everything of `run` and more: whoever has this needs no second installation for `make run`.
$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml tools/venv.sh
	@tools/venv.sh $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/run.stamp
