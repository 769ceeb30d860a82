# Each command installs what it needs the first time, says so in a line, and is quick the second time.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
STAMPS := .make
WEB_SOURCES := $(shell find server/web extension/src extension/*.ts shared/platforms shared/locators shared/locator-keys.json shared/text -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(STAMPS)/python $(STAMPS)/build ## Install everything into this folder and build extension and pages

.PHONY: run
run: setup ## Start the broker on http://127.0.0.1:8787
	@$(BIN)/postbroker up

PLATFORM ?= x

.PHONY: demo
demo: setup $(if $(filter bluesky,$(PLATFORM)),$(STAMPS)/servers/bluesky/tried,browser) ## Post once to a simulated site through a real browser, or to a real Bluesky server, and show each step (PLATFORM=linkedin, bluesky, ...)
	@$(BIN)/python -m postbroker.demo --platform $(PLATFORM)

.PHONY: fmt
fmt: setup ## Format and mend what can be mended by itself
	@$(BIN)/ruff format -q server tests
	@$(BIN)/ruff check -q --fix-only server tests
	@npx prettier --write --log-level warn extension server/web tests/extension '*.js'

.PHONY: check
check: setup ## Format, lint, types, imports and freshness of the contract
	@$(BIN)/ruff format --check -q server tests || { echo 'Formatting differs: run make fmt'; exit 1; }
	@$(BIN)/ruff check -q server tests
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@npm run --silent --workspaces --if-present check
	@$(BIN)/python -m postbroker.contract.check
	@echo 'check: all well'

.PHONY: test
test: setup ## Run all tests but the end-to-end ones
	@npm run --silent test -w extension
	@$(BIN)/pytest -q -n auto --ignore=tests/e2e --ignore=tests/servers --ignore=tests/openapi --ignore=tests/mcp

.PHONY: coverage
coverage: setup ## Run the Python tests and say which branches none of them takes
	@$(BIN)/pytest -q -n auto --ignore=tests/e2e --ignore=tests/servers --ignore=tests/openapi --ignore=tests/mcp --cov --cov-report=term:skip-covered

.PHONY: test-postgres
test-postgres: setup postgres ## Run what stands on a database on a private PostgreSQL cluster
	@$(BIN)/pytest -q tests/server/services tests/server/store tests/server/cli/test_fleet.py \
	  tests/durability/test_killed_postgres.py tests/durability/test_store.py --postgres

SERVERS := $(notdir $(patsubst %/package.json,%,$(wildcard tests/servers/*/package.json)))

.PHONY: test-servers
test-servers: setup $(SERVERS:%=$(STAMPS)/servers/%/tried) ## Run what speaks to real servers that others wrote, installed into .make/servers
	@$(BIN)/pytest -q -n 3 tests/servers

.PHONY: test-mcp
test-mcp: setup browser $(STAMPS)/mcp/tried ## Hold /mcp against the published suite, and publish by the official clients in a real browser
	@$(BIN)/pytest -q tests/mcp

ATTACK_SECONDS ?= 0

.PHONY: test-openapi
test-openapi: setup $(STAMPS)/openapi/tried ## Judge openapi.json with linters, and attack the broker by it (ATTACK_SECONDS=600 for long)
	@$(BIN)/pytest -q -s tests/openapi --attack-seconds $(ATTACK_SECONDS)

ROUNDS ?= 5
SOAK_JOBS ?= 100000

.PHONY: durability
durability: setup postgres ## Kill broker and database under load, cut the power (ROUNDS=200 for long)
	@$(BIN)/pytest -q -s tests/durability --postgres --rounds $(ROUNDS)

.PHONY: soak
soak: setup ## Take SOAK_JOBS jobs through the store and watch memory and file handles
	@$(BIN)/pytest -q -s tests/durability/test_soak.py --soak-jobs $(SOAK_JOBS)

QUICK ?=

.PHONY: bench
bench: setup postgres $(STAMPS)/peers ## Measure the speed, ours and others', and write docs/performance.md (QUICK=1 is rough)
	@cd tests && ../$(BIN)/python -m bench $(if $(QUICK),--quick)

.PHONY: e2e
e2e: setup browser ## Drive the built extension in a real Chromium, crashes included
	@$(BIN)/pytest -q -s -n 3 --dist loadfile tests/e2e

.PHONY: pictures
pictures: setup browser ## Take the pictures in docs/pictures anew
	@$(BIN)/pytest -q tests/e2e -m pictures

.PHONY: contract
contract: $(STAMPS)/python $(STAMPS)/node ## Write schemas, TypeScript types and validators from the models
	@$(BIN)/python -m postbroker.contract.generate shared/schemas
	@npm run --silent contract -w extension

.PHONY: package
package: setup ## Build wheel and sdist into dist/
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --outdir dist . >$(STAMPS)/package.log || { tail -n 30 $(STAMPS)/package.log; exit 1; }
	@ls -1 dist

.PHONY: lock
lock: $(STAMPS)/python ## Resolve the dependencies of pyproject.toml and package.json anew
	@$(BIN)/pip-compile -q --upgrade --all-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --strip-extras --allow-unsafe -o requirements.lock pyproject.toml
	@npm update --save

.PHONY: clean
clean: ## Remove everything that was installed or built here
	@rm -rf .venv node_modules extension/node_modules server/web/node_modules $(STAMPS) dist build extension/dist \
	  server/postbroker/dashboard/static/built server/postbroker/sandbox/static/built

# -- what the commands stand on

$(STAMPS)/venv:
	@mkdir -p $(STAMPS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed.'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'setup: installing python3-venv from the distribution'; \
	  sudo=$$(command -v sudo || true); \
	  { $$sudo apt-get update && $$sudo apt-get install -y python3-venv; } >$(STAMPS)/venv.log 2>&1 || { \
	    echo 'Could not install it. Run: apt-get install python3-venv'; exit 1; }; }
	@test -x $(BIN)/pip || { echo 'setup: making a virtual environment in .venv'; $(PYTHON) -m venv .venv; }
	@touch $@

$(STAMPS)/python: requirements.lock pyproject.toml | $(STAMPS)/venv
	@echo 'setup: installing the Python packages of requirements.lock into .venv'
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/node: package-lock.json package.json extension/package.json server/web/package.json
	@mkdir -p $(STAMPS)
	@command -v npm >/dev/null || { echo 'Node.js 20 or newer with npm is needed: apt-get install nodejs npm'; exit 1; }
	@echo 'setup: installing the Node packages of package-lock.json into node_modules'
	@npm ci --silent --ignore-scripts
	@touch $@

$(STAMPS)/build: $(STAMPS)/node $(WEB_SOURCES)
	@echo 'setup: building the extension and the pages'
	@npm run --silent build -w extension -w server/web
	@touch $@

$(STAMPS)/openapi/tried: tests/openapi/package-lock.json
	@rm -rf $(@D) && mkdir -p $(@D) && cp tests/openapi/package.json tests/openapi/package-lock.json $(@D)
	@echo 'test-openapi: installing linters into $(@D)'
	@cd $(@D) && npm ci --silent --ignore-scripts
	@touch $@

$(STAMPS)/mcp/tried: tests/mcp/package-lock.json
	@rm -rf $(@D) && mkdir -p $(@D) && cp tests/mcp/package.json tests/mcp/package-lock.json $(@D)
	@echo 'test-mcp: installing the official clients, the suite and the node it needs into $(@D)'
	@cd $(@D) && npm ci --silent
	@touch $@

$(STAMPS)/servers/%/tried: tests/servers/%/package-lock.json
	@rm -rf $(@D) && mkdir -p $(@D) && cp tests/servers/$*/package.json tests/servers/$*/package-lock.json $(@D)
	@echo 'test-servers: installing the server $* into $(@D)'
	@if (cd $(@D) && npm ci --ignore-scripts >install.log 2>&1) && \
	  { [ ! -x tests/servers/$*/prepare ] || tests/servers/$*/prepare $(@D) >>$(@D)/install.log 2>&1; }; \
	  then touch $(@D)/installed; \
	  else echo 'test-servers: could not install $* (see $(@D)/install.log): its tests are skipped'; fi
	@touch $@

.PHONY: browser
browser:
	@$(BIN)/python -m postbroker.demo.find >/dev/null 2>&1 || { \
	  echo 'browser: installing Chromium and fonts from the distribution'; \
	  mkdir -p $(STAMPS); sudo=$$(command -v sudo || true); \
	  { $$sudo apt-get update && $$sudo apt-get install -y chromium fonts-noto-cjk fonts-noto-color-emoji; } >$(STAMPS)/browser.log 2>&1 || { \
	    echo 'Could not install it. Install Chromium or Google Chrome, or name one in POSTBROKER_CHROMIUM'; exit 1; }; }

.PHONY: postgres
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
	  echo 'postgres: installing PostgreSQL from the distribution'; \
	  mkdir -p $(STAMPS); sudo=$$(command -v sudo || true); \
	  { $$sudo apt-get update && $$sudo apt-get install -y postgresql; } >$(STAMPS)/postgres.log 2>&1 || { \
	    echo 'Could not install it. Install PostgreSQL 15 or newer'; exit 1; }; }

$(STAMPS)/peers: tests/bench/requirements.lock | $(STAMPS)/venv
	@for program in wrk redis-server beanstalkd; do command -v $$program >/dev/null || missing="$${missing:-} $$program"; done; \
	  [ -z "$${missing:-}" ] || { \
	  echo "bench: installing$$missing from the distribution"; \
	  sudo=$$(command -v sudo || true); \
	  { $$sudo apt-get update && $$sudo apt-get install -y $$missing; } >$(STAMPS)/bench.log 2>&1 || \
	    echo "bench: could not install all of$$missing: what needs it is skipped"; }
	@echo 'bench: installing the libraries of others into $(STAMPS)/bench'
	@$(PYTHON) -m venv $(STAMPS)/bench
	@$(STAMPS)/bench/bin/pip install -q --disable-pip-version-check --require-hashes -r tests/bench/requirements.lock || \
	  { rm -rf $(STAMPS)/bench; echo 'bench: could not install them: they are skipped'; }
	@touch $@
