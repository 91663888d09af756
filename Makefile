# `make` lists the targets; `make demo` and `make test` work from a clean clone.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo app test test-fast lint format dev docs bench bench-vs audit lock clean

help:
	@grep -E '^[a-z-]+:.*#' Makefile | sed -E 's/:[^#]*# */\t/' | expand -t 10

demo: .venv/.installed # train and compare the arms on a world made by code, with the embedded model
	$(BIN)/billp demo

app: .venv/.installed # watch sessions, and play one, in a browser
	$(BIN)/python -c 'import langgraph_api' 2>/dev/null || $(PIP) --editable '.[serve]'
	$(BIN)/billp app

test: .venv/.installed-dev # run all tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-fast: .venv/.installed-dev # run most tests in a few minutes, without whole programs and runs
	HYPOTHESIS_PROFILE=fast $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal -m "not system and not slow"

lint: .venv/.installed-dev # check style and types, and the files that containers are made from
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict compose.yaml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	test ! -x $(BIN)/hadolint || $(BIN)/hadolint Dockerfile
	$(BIN)/langgraph validate >/dev/null

format: .venv/.installed-dev # put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dev: .venv/.installed-dev # serve the graph for LangGraph Studio
	$(BIN)/langgraph dev

docs: .venv/.installed # build the pages of docs/ into site/, strictly and without a network
	$(BIN)/python -c 'import mkdocs' 2>/dev/null || $(PIP) --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "open site/index.html"

bench: .venv/.installed-dev # print speed, memory and cost figures beside their targets
	$(BIN)/python -m benchmarks --json .billp/benchmarks.json

bench-vs: .venv/.installed-dev # run another program beside this: make bench-vs STEPS=40 FOLDER=../peer PEER="python run.py"
	$(BIN)/python -m benchmarks vs --steps $(or $(STEPS),40) --folder $(or $(FOLDER),.) -- $(PEER)

audit: .venv/.installed-dev # look for known vulnerabilities of the pinned packages, with pip-audit
	$(BIN)/python .ci/packages.py audit

lock: .venv/.installed-dev # write requirements.lock: the pinned packages with hashes, for this kind of machine
	$(BIN)/python .ci/packages.py lock

clean: # remove what make made
	rm -rf .venv build site *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing, a few minutes the first time"
	$(PIP) --editable '.[report]'
	@touch $@

.venv/.installed-dev: .venv/.installed
	$(PIP) --editable '.[dev]'
	@touch $@
