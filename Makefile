# `make run` is all that a new machine needs; `make help` lists the rest.
# Not from the environment, where some shells keep the name of the machine or a list of languages.
LANGUAGE =
HOST := 127.0.0.1
# From the environment, too: PORT=8001 make run.
PORT := $(or $(PORT),8000)
PYTEST_ARGS ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
OR_SAY_SO := || { echo "The packages could not be installed: is the network, or the package index, out of reach?" >&2; exit 1; }
# Tests read tests.env and not .env: what a developer sets for the running site changes no result.
TEST := ENV_FILE=tests.env $(BIN)/python -m pytest $(PYTEST_ARGS)

.DEFAULT_GOAL := help
.PHONY: help install install-dev install-extras install-pdf charts run demo test test-postgres lint audit messages

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile

install: .venv/installed node_modules/tried .env ## Make .venv, install the pinned packages, write .env with a random secret

install-dev: .venv/installed-dev node_modules/tried .env ## The same, with what the tests need

demo: install ## Play the whole story on the samples, on a database of its own
	@$(BIN)/python manage.py demo

install-extras: .venv/installed-extras ## Install what Redis, Sentry, two-factor login and single sign-on need

install-pdf: .venv/installed-pdf ## Install what reports as PDF need (the library Pango comes from the system: docs/reports.md)

charts: ## Install Chart.js once more, when that did not succeed
	@rm -f node_modules/tried
	@$(MAKE) --no-print-directory node_modules/tried

# Links in messages and reports lead to the port that is asked for, unless SITE_URL says where the site is reached.
run: install ## Start the site on http://$(HOST):$(PORT) (make run PORT=8001, or PORT in the environment); the first time with samples and an administrator
	@$(BIN)/python manage.py first_run
	@if [ "$(PORT)" != 0 ] && ! grep -q '^SITE_URL=.' .env; then \
		export SITE_URL="$${SITE_URL:-http://$(HOST):$(PORT)}"; \
	fi; \
	exec $(BIN)/python manage.py up --host $(HOST) --port $(PORT)

test: install-dev ## Run all tests on SQLite
	@DATABASE_URL= $(TEST)

test-postgres: install-dev ## Run all tests on the PostgreSQL server of TEST_DATABASE_URL (or DATABASE_URL)
	@if [ -z "$${TEST_DATABASE_URL:-$$DATABASE_URL}" ]; then \
		echo "Set TEST_DATABASE_URL=postgres://USER:PASSWORD@HOST:PORT/NAME: the tests make databases of their own beside it." >&2; \
		exit 1; \
	fi
	@DATABASE_URL="$${TEST_DATABASE_URL:-$$DATABASE_URL}" $(TEST)

lint: install-dev ## Check style, layout and missing migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python manage.py makemigrations --check --dry-run

messages: install-dev ## Collect the texts for LANGUAGE (make messages LANGUAGE=de) and compile what is translated
	@case "$(LANGUAGE)" in ""|*[!A-Za-z_]*) echo "Name the language: make messages LANGUAGE=de" >&2; exit 1;; esac
	@mkdir -p locale
	@$(BIN)/python manage.py makemessages --locale "$(LANGUAGE)" --extension html,txt,py --no-obsolete --ignore ".venv*" --ignore "node_modules*" \
		--ignore "*/tests/*" --ignore "benchmarks*" --ignore "tools*"
	@$(BIN)/python manage.py compilemessages --locale "$(LANGUAGE)" --ignore ".venv*" --ignore "node_modules*"

audit: install-dev ## Look for known vulnerabilities of the pinned packages, and for secrets in the files
	@$(BIN)/python tools/audit_packages.py
	@$(BIN)/python tools/find_secrets.py

.venv/bin/python:
	@python="$$(sh tools/find-python)" && echo "Making .venv with $$python" && "$$python" -m venv --clear .venv

.venv/installed: requirements.txt constraints.txt | .venv/bin/python
	@echo "Installing what the site needs"
	@$(PIP) -r requirements.txt -c constraints.txt $(OR_SAY_SO)
	@touch $@

.venv/installed-dev: requirements-dev.txt requirements-train.txt requirements-extras.txt .venv/installed
	@echo "Installing what the tests need"
	@$(PIP) -r requirements-dev.txt -c constraints.txt $(OR_SAY_SO)
	@touch $@

.venv/installed-pdf: requirements-pdf.txt .venv/installed
	@echo "Installing what reports as PDF need"
	@$(PIP) -r requirements-pdf.txt -c constraints.txt $(OR_SAY_SO)
	@touch $@

.venv/installed-extras: requirements-extras.txt .venv/installed
	@echo "Installing what Redis, Sentry, two-factor login and single sign-on need"
	@$(PIP) -r requirements-extras.txt -c constraints.txt $(OR_SAY_SO)
	@touch $@

# Marked when it was tried: a machine without the npm registry has tables instead of charts, and no wait at each start.
node_modules/tried: package.json package-lock.json | .venv/bin/python
	@echo "Installing Chart.js"
	@$(BIN)/python tools/install_charts.py
	@mkdir -p node_modules && touch $@

.env: | .venv/bin/python
	@$(BIN)/python tools/write_env.py
