# The two commands to know: `make run` and `make test`. Everything is set up by them; each can be
# repeated at any time and does only what is missing.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check bench soak lock messages clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
export PYTHONDONTWRITEBYTECODE ?=

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | sort | column -t -s '|'

run: setup ## Set up, load the demo and serve it on http://localhost:8000
	@$(VENV)/bin/lotsenbuch demo load
	@exec $(VENV)/bin/lotsenbuch serve --port $(PORT)

setup: $(VENV)/.installed app/web/static/vendor/.copied app/translations/.compiled ## What running and testing share

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	@echo "Creating the virtual environment …"
	@$(PYTHON) -m venv $(VENV) || { echo "The Python module venv is missing (on Debian: apt install python3-venv)." >&2; exit 1; }
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.created
	@echo "Installing the locked packages …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

node_modules/.installed: package-lock.json package.json .npmrc requirements-npm.lock $(VENV)/.installed
	@echo "Installing the front-end files and fonts …"
	@scripts/npm-install "$(PY)"
	@touch $@

app/web/static/vendor/.copied: node_modules/.installed app/operations/frontend.py
	@$(PY) -m app.operations.frontend
	@touch $@

app/translations/.compiled: $(wildcard app/translations/*/LC_MESSAGES/messages.po) $(VENV)/.installed
	@$(VENV)/bin/pybabel --quiet compile -d app/translations
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the locked packages for tests …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

setup-dev: setup $(VENV)/.installed-dev

check: setup-dev ## Style, types and layers
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache

test: setup-dev ## Set up for, and run, every check and test (browser included)
	@scripts/ensure-chromium
	@$(MAKE) --no-print-directory check
	@$(VENV)/bin/pytest -n 2 --dist loadgroup -m "not soak" $(ARGS)

bench: setup-dev ## Measure speed; prints a table
	@$(PY) -m tests.benchmarks $(ARGS)

soak: setup-dev ## Long runs: kills, races, load
	@scripts/ensure-chromium
	@$(VENV)/bin/pytest -m soak $(ARGS)

lock: setup-dev ## Renew the lock files after a change of pyproject.toml
	@compile() { $(VENV)/bin/uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header --quiet "$$@"; }; \
	compile --extra build --extra dev -o requirements-dev.lock; \
	compile --extra build -c requirements-dev.lock -o requirements.lock; \
	compile --extra npm -c requirements-dev.lock -o requirements-npm.lock

messages: setup-dev ## Collect the words of the interface into the catalogues
	@$(VENV)/bin/pybabel --quiet extract -F babel.cfg -k lazy_gettext -k _l --no-location --sort-output --omit-header -o app/translations/messages.pot .
	@$(VENV)/bin/pybabel --quiet update -i app/translations/messages.pot -d app/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@rm app/translations/messages.pot

clean: ## Remove everything that set-up made (not the data)
	@rm -rf $(VENV) node_modules app/web/static/vendor app/translations/.compiled *.egg-info
