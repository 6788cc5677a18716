# make run    installs what is needed and serves the gateway (on the built-in sandbox where no credentials are set)
# make test   installs what is needed and runs every test
# make help   lists the rest
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP = $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check install --quiet --require-hashes --only-binary :all:
SELF = $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check install --quiet --no-deps --no-build-isolation --no-index -e .

.PHONY: help run test lint format fuzz soak isolation bench bench-growth bench-limits bench-isolation audits federation-check \
  clients-check docker-check schema-check docs docs-serve probes explorer-check venv lock schema clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | column -t -s "$$(printf '\t')"

run: $(VENV)/run.stamp ## serve the gateway; ARGS="--port 9000" passes options on
	@$(BIN)/gateway serve $(ARGS)

test: $(VENV)/test.stamp ## run every test; ARGS="-k members" passes options on
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/lint.stamp ## ruff, mypy (strict), the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/lint.stamp ## let ruff write the files
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

fuzz: $(VENV)/test.stamp ## 30 000 hostile requests for a real gateway; ARGS="--requests 3000 --seed 7", ARGS="--replay FILE"
	@$(BIN)/python -m tests.fuzz $(ARGS)

soak: $(VENV)/test.stamp ## 30 minutes of mixed traffic and bad days, after which a real gateway must not have grown; ARGS="--seconds 60"
	@$(BIN)/python -m tests.soak $(ARGS)

bench: $(VENV)/test.stamp ## what a query costs, beside the same graph served the ordinary way; ARGS="--quick"
	@$(BIN)/python -m tests.bench $(ARGS)

bench-growth: $(VENV)/test.stamp ## what a query costs as its world grows
	@$(BIN)/python -m tests.bench --growth $(ARGS)

bench-limits: $(VENV)/test.stamp ## what hostile documents cost; fails where one takes over 50 ms of CPU
	@$(BIN)/python -m tests.bench.limits

bench-isolation: $(VENV)/test.stamp ## what an upstream that hangs costs the others, and how quick the breaker is
	@$(BIN)/python -m tests.bench.isolation $(ARGS)

isolation: $(VENV)/test.stamp ## 20 000 requests of 200 tenants at once, each answered with nothing of another's
	@ISOLATION_TENANTS=200 ISOLATION_REQUESTS=20000 $(BIN)/python -m pytest tests/callers/test_isolation.py --durations=3 $(ARGS)

equality: $(VENV)/test.stamp ## 20 000 operations carried out by compiled plans and by graphql-core, with the same answers
	@EQUALITY_CASES=20000 $(BIN)/python -m pytest tests/execution/plans --durations=3 $(ARGS)

audits: $(VENV)/run.stamp ## the 61 GraphQL-over-HTTP audits of npm's graphql-http (needs Node)
	@tests/door/audits/run.sh

federation-check: $(VENV)/run.stamp ## join the gateway to other services by Apollo's and Hive's gateways, by stitching and by Mesh Compose (needs Node)
	@tests/federation/run.sh

clients-check: $(VENV)/run.stamp $(VENV)/clients.stamp ## the clients that apps use, and the examples of them, against the sandbox (needs Node)
	@tests/clients/run.sh

docs: $(VENV)/run.stamp $(VENV)/docs.stamp ## build the documentation into build/docs, to be read without a network
	@NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build -f docs/mkdocs.yml
	@echo "The documentation is in build/docs/index.html."

docs-serve: $(VENV)/run.stamp $(VENV)/docs.stamp ## show the documentation while it is written; ARGS="--dev-addr 127.0.0.1:8010"
	@NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs serve -f docs/mkdocs.yml $(ARGS)

docker-check: $(VENV)/run.stamp $(VENV)/containers.stamp ## build the image, run it, compose.yaml and the manifests for real (root on Debian, or Docker)
	@tests/docker/run.sh

schema-check: $(VENV)/run.stamp ## what changed in the schema since the newest release (git tag v*); fails where it breaks clients
	@release=$$(git -c versionsort.suffix=- tag --list 'v*' --merged HEAD --sort=-version:refname | head -n 1); \
	if [ -z "$$release" ]; then echo "There is no release yet (no git tag v*): nothing to compare the schema with."; \
	else $(BIN)/gateway schema diff "git:$$release" $(ARGS); fi

probes: $(VENV)/test.stamp $(VENV)/probes.stamp ## public attack tools against the production profile (needs Node)
	@$(BIN)/python -m tests.probes

explorer-check: $(VENV)/run.stamp ## open the explorer in Chromium and run its examples (needs Node; installs Chromium)
	@tests/explorer/browser/run.sh

venv: $(VENV)/run.stamp $(VENV)/test.stamp $(VENV)/lint.stamp ## install everything for development into .venv

schema: $(VENV)/run.stamp ## print schema.graphql anew
	@$(BIN)/gateway schema print > $(VENV)/schema.graphql && cp $(VENV)/schema.graphql schema.graphql

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: $(PYTHON) was not found. Set PYTHON=/path/to/python3.11." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version)." >&2; exit 2; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "pip is needed for $(PYTHON) (on Debian: apt-get install python3-pip)." >&2; exit 2; }
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/run.stamp: .requirements/run.txt pyproject.toml $(VENV)/bin/python
	@echo "Installing the gateway into $(VENV) (once) ..."
	@$(PIP) -r .requirements/run.txt
	@$(SELF)
	@touch $@

$(VENV)/test.stamp: .requirements/test.txt $(VENV)/run.stamp
	@echo "Installing the test tools into $(VENV) (once) ..."
	@$(PIP) -r .requirements/test.txt
	@touch $@

$(VENV)/lint.stamp: .requirements/lint.txt $(VENV)/run.stamp
	@echo "Installing the lint tools into $(VENV) (once) ..."
	@$(PIP) -r .requirements/lint.txt
	@touch $@

# tools with dependencies that are not the gateway's have an environment of their own
$(VENV)/%.stamp: .requirements/%.txt $(VENV)/bin/python
	@echo "Installing the $* tools into $(VENV)/$* (once) ..."
	@test -x $(VENV)/$*/bin/python || $(PYTHON) -m venv --without-pip $(VENV)/$*
	@$(PIP:$(BIN)/python=$(VENV)/$*/bin/python) -r .requirements/$*.txt
	@touch $@

UV := $(VENV)/tools/bin/uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

lock: ## resolve the newest allowed dependencies into .requirements/*.txt; UPGRADE=--upgrade moves them all
	@test -x $(UV) || { $(PYTHON) -m venv $(VENV)/tools && $(VENV)/tools/bin/pip install --quiet uv; }
	$(COMPILE) $(UPGRADE) pyproject.toml --group build -o .requirements/run.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --group build --group test -c .requirements/run.txt -o .requirements/test.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --group build --group test --group lint -c .requirements/test.txt -o .requirements/lint.txt
	$(COMPILE) $(UPGRADE) --group probes -o .requirements/probes.txt
	$(COMPILE) $(UPGRADE) --group clients -o .requirements/clients.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --extra otel --group build -c .requirements/run.txt -o .requirements/otel.txt
	$(COMPILE) $(UPGRADE) --group docs -o .requirements/docs.txt
	$(COMPILE) $(UPGRADE) --group containers -o .requirements/containers.txt

clean: ## remove what was installed and built
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
