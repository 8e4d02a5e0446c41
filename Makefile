# make demo   the main job, end to end, on the sandbox
# make test   everything: lint, types, tests, notebooks, browser
# make lab    JupyterLab on the first notebook
# make bench  figures against peers, as ratios of one run
# make docs   the site, from docstrings and notebooks, into build/docs; every warning fails
# make binder what a Binder build does, in an environment of its own; minutes
# make packages  the wheel on the oldest and newest Python here, lowest and highest versions; minutes, a network
# make soak   500 killed kernels, then two simulated days of a team with faults; about a quarter of an hour
# make pictures  the screenshots of README and documentation, taken anew by the browser tests
#
# Each sets up what it needs in .venv; the second time that takes no time.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo lab test lint bench docs binder packages pictures soak clean help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' Makefile | head -9

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found. Install it, or: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/.made
	@echo "Installing seedance-nb and what it needs into $(VENV) ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.lab: $(VENV)/.base
	@echo "Installing JupyterLab into $(VENV) ..."
	@$(PIP) -e '.[lab]'
	@touch $@

$(VENV)/.test: $(VENV)/.lab
	@echo "Installing the test tools into $(VENV) ..."
	@$(PIP) -e '.[lab,test,docs]'
	@touch $@

demo: $(VENV)/.base
	@$(BIN)/seedance-nb demo

lab: $(VENV)/.lab
	@# Containers often run as root, which Jupyter asks to be told of.
	@$(BIN)/jupyter lab $$([ "$$(id -u)" = 0 ] && echo --allow-root) notebooks/01-first-clip.ipynb

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: lint
	@bash tests/browser/find_chromium.sh >/dev/null
	@# Most tests wait, for a task, a kernel or a page: there are more of them at a time than cores.
	@$(BIN)/python -m pytest -n 4 --dist worksteal tests/crash tests/notebooks tests/integration tests/unit
	@# The browser's own event loop stays in its process, so the browser tests have one of their own.
	@$(BIN)/python -m pytest tests/browser

bench: $(VENV)/.test
	@$(BIN)/python -m benchmarks

docs: $(VENV)/.test
	@$(BIN)/python -m docs.pages
	@rm -rf build/docs
	@$(BIN)/python -m sphinx -W -n --keep-going --quiet docs build/docs
	@echo "The site is in build/docs/index.html"

packages: $(VENV)/.test
	@$(BIN)/python -m benchmarks.packages

pictures: $(VENV)/.test
	@bash tests/browser/find_chromium.sh >/dev/null
	@$(BIN)/python -m tests.browser.pictures

soak: $(VENV)/.test
	@$(BIN)/python -m pytest tests/crash/team_of_four.py
	@$(BIN)/python -m benchmarks.soak

binder:
	@bash binder/check

clean:
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
