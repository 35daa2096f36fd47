.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
DEMO ?= 1
UP_OPTIONS ?=
WORKERS ?= 6
SEED ?= 1
# Each worker is given one test after another: many wait for most of their time, and workers beyond the cores fill it.
SPREAD := -n $(WORKERS) --dist load --maxschedchunk 1
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --no-annotate

# What was compiled once is read by every worker and by the hundreds of processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help screenshots run store test hour test-kafka test-kafka-broker test-keycloak test-python-store faults faults-quick faults-mutants lint format bench load lock sbom audit-packages clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

run: $(VENV)/installed ## install what is needed, start the whole city here and play a community's day; Ctrl-C ends it
	@exec $(BIN)/lastmetre up $(if $(filter 0,$(DEMO)),--no-demo) $(UP_OPTIONS)

store: $(VENV)/installed ## build the fast store server once for this user (cargo and CMake); it serves from then on
	@$(BIN)/python -m deploy.launcher.servers.store_build

test: $(VENV)/installed-dev ## run every test on real embedded servers
	$(BIN)/python -m pytest $(SPREAD) $(TESTS)

hour: $(VENV)/installed-dev ## play the whole hour of a gate's keeper: 600 people on a phone and on a tablet (Chromium)
	HOUR_PEOPLE=300 $(BIN)/python -m pytest -n 2 tests/page/test_hour.py

test-kafka: $(VENV)/installed-dev ## run every test with each bus an Apache Kafka (Java 17, Maven)
	$(BIN)/python -m deploy.kafka.ready
	TEST_KAFKA=apache $(BIN)/python -m pytest $(SPREAD) $(TESTS)

test-kafka-broker: $(VENV)/installed-dev ## run what depends on the broker with each bus an Apache Kafka (Java 17, Maven)
	$(BIN)/python -m deploy.kafka.ready
	TEST_KAFKA=apache $(BIN)/python -m pytest $(SPREAD) -m broker $(TESTS)

test-keycloak: $(VENV)/installed-dev ## sign in at a real Keycloak with an imported realm (Java 17, Maven; 160 MB once)
	$(BIN)/python -m deploy.keycloak.distribution
	TEST_KEYCLOAK=1 $(BIN)/python -m pytest -n 0 tests/keycloak

test-python-store: $(VENV)/installed-dev ## run the tests that lean on the store on the Python server, which serves where the fast one is not
	TEST_STORE=python $(BIN)/python -m pytest $(SPREAD) -m store $(TESTS)

faults: $(VENV)/installed-dev ## break the system on purpose, on three brokers of Apache Kafka (Java 17, Maven); SEED=N
	$(BIN)/python -m tests.faults --seed $(SEED)

faults-quick: $(VENV)/installed-dev ## the same faults with shorter schedules, within six minutes
	$(BIN)/python -m tests.faults --quick --seed $(SEED)

faults-mutants: $(VENV)/installed-dev ## builds with known mistakes, each of which the faults must bring to light
	$(BIN)/python -m tests.faults --mutants --seed $(SEED)

lint: $(VENV)/installed-dev ## ruff, mypy --strict, import-linter, the size rules, the word rules; the API documents, where npm is
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.sizes
	$(BIN)/python -m tests.words
	$(BIN)/python -m tests.reasons
	$(BIN)/python -m tests.documents.lint

screenshots: $(VENV)/installed-dev ## write docs/pictures/: pages of the console over a small city (Chromium, a Chinese font)
	$(BIN)/python -m tests.console.pictures

format: $(VENV)/installed-dev ## lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed ## measure the scan path, and how fast a community goes in; ROWS=import,lists measures these alone
	$(BIN)/python -m tests.bench $(ROWS)

load: $(VENV)/installed-dev ## measure how queries grow, and reading over two million passages; ROWS=queries measures these alone
	@set -e; for rows in $(or $(ROWS),reading queries); do $(BIN)/python -m tests.load.$$rows; done

lock: $(VENV)/installed-dev ## pin every dependency again
	$(LOCK) pyproject.toml --extra platform --extra build --upgrade -o deploy/requirements.lock
	$(LOCK) pyproject.toml --extra scanner --extra build -c deploy/requirements.lock -o services/checkpoint/client/requirements.lock
	$(LOCK) pyproject.toml --extra platform --extra build --extra embedded -c deploy/requirements.lock -o requirements.lock
	$(LOCK) pyproject.toml --extra platform --extra build --extra embedded --extra dev -c requirements.lock -o requirements-dev.lock
	echo recordlinkage | $(LOCK) - -o tests/bench/duplicates.lock

sbom: $(VENV)/installed-dev ## write build/sbom.cdx.json (CycloneDX): every package of the image, from the lock
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements deploy/image.lock --pyproject pyproject.toml --mc-type application \
		--output-reproducible --of JSON -o build/sbom.cdx.json

audit-packages: $(VENV)/installed-dev ## look for known vulnerabilities of the image's packages, where their data can be had
	@if $(BIN)/python -c 'import httpx; httpx.get("https://api.osv.dev", timeout=5)' 2>/dev/null; \
	then $(BIN)/pip-audit --disable-pip --require-hashes --vulnerability-service osv -r deploy/requirements.lock; \
	else echo "Skipped: api.osv.dev, which has the data about vulnerabilities, cannot be reached from here"; fi

clean: ## remove what was made here
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Lastmetre needs Python 3.11 or newer: name one with 'make $(MAKECMDGOALS) PYTHON=/path/to/python3'"; exit 1; }
	@echo "Creating the Python environment $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock deploy/page.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -I deploy/install.py requirements.lock deploy/page.lock
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock deploy/tools.lock | $(VENV)/installed
	@echo "Installing the tools for development ..."
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --require-hashes --no-deps -r deploy/tools.lock
	@touch $@
