# Two commands matter: `make demo` and `make test`. Both first build .venv from the hashed requirements,
# which takes a minute or two once and no time afterwards. Only make and a Python >= 3.11 must be there.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo app bench bench-app pictures test test-core browser web web-check soak lint format types contracts docs-check lock clean FORCE

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready

REPLICATES ?= 20
WORKERS    ?= 2
OUT        ?= results
ARGS       ?=

# PYTHON=... names an interpreter; without it the first that is new enough and can make environments.
CANDIDATES = $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14 python)
SUITABLE   = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
python     = $(firstword $(foreach name,$(CANDIDATES),$(shell $(name) -c '$(SUITABLE)' 2>/dev/null && echo $(name))))
NO_PYTHON  = No Python 3.11 or newer with venv found (tried: $(CANDIDATES)); name one with PYTHON=/path/to/python

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 13

# ---- what people run ------------------------------------------------------------------------------------------------

demo: $(READY) ## compare ten policies for the Mekong region (in the model); prints a table and the report's path
	$(BIN)/displace compare mekong --replicates $(REPLICATES) --workers $(WORKERS) --out $(OUT) $(ARGS)

page: $(READY) ## show a run in SolaraViz on this machine (docs/mesa.md); adds its libraries to .venv
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements/solara.txt
	$(BIN)/solara run sim.mesa_model.page $(ARGS)

app: $(READY) ## the pages in your browser: a lesson, policies compared, a map (docs/app.md)
	$(BIN)/displace app $(ARGS)

test: $(READY) browser ## every ring of tests but the slow ones (`make test ARGS="-k ledger"` picks some)
	$(BIN)/python -m pytest -q -m "not trends and not soak" $(ARGS)

test-core: $(READY) ## the same without the pages in a browser: no Chromium is needed
	$(BIN)/python -m pytest -q -m "not trends and not soak and not browser" $(ARGS)

# Where apt is there and we may use it, Chromium is installed; elsewhere one line says what to do.
AS_ROOT = $$(test "$$(id -u)" = 0 || echo sudo -n)
browser: $(READY)
	@$(BIN)/python tests/browser.py || { command -v apt-get >/dev/null && $(AS_ROOT) true 2>/dev/null \
		&& echo "Installing Chromium for the tests of the pages" \
		&& { $(AS_ROOT) apt-get update -qq; $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium; } \
			>/dev/null && $(BIN)/python tests/browser.py; } || { echo "The tests of the pages need Chromium. Install it with:" \
		"sudo apt-get install chromium (or leave them out: make test-core)" >&2; exit 1; }

soak: $(READY) ## the slow rings, about twelve minutes; run whole, it renews the table of docs/verification.md
	$(BIN)/python -m pytest -q -m "trends or soak" $(if $(ARGS),$(ARGS),--verdicts=docs/verification.md)

# ---- what the source must satisfy -----------------------------------------------------------------------------------

lint: $(READY) ## style, format, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

format: $(READY) ## mend what lint would complain about, where a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY) ## mypy --strict sim
	$(BIN)/mypy --strict sim

contracts: $(READY) ## who may import whom
	$(BIN)/lint-imports

docs-check: $(READY) ## the commands of README and docs run, links lead somewhere
	$(BIN)/python -m pytest -q -m docs

# ---- the pages of the app: built once and committed, so that nobody who uses them needs Node --------------------------

# Node of at least 20 if there is one, else a pinned one in an environment of its own.
NODE_READY = node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null
NPM        = $(NODE_READY) || export PATH="$(CURDIR)/.venv-node/bin:$$PATH"; cd web && npm

web/node_modules/.ready: web/package.json web/package-lock.json
	@$(NODE_READY) || { $(python) -m venv .venv-node && .venv-node/bin/python -m pip install --quiet --quiet \
		--disable-pip-version-check --require-hashes -r requirements/node.txt; }
	@$(NPM) ci --silent && touch node_modules/.ready

web: web/node_modules/.ready ## build the pages of the app from web/src into sim/app/static
	@$(NPM) run --silent build

pictures: $(READY) browser ## take the pictures of the README anew
	@$(BIN)/python tests/pictures.py

bench: $(READY) ## how fast the model is (docs/performance.md), about a quarter of an hour; ARGS="floor runs" for some parts
	$(BIN)/python benchmarks/performance.py $(ARGS)

bench-app: $(READY) browser ## frames a second of the pages, and their size
	@$(BIN)/python benchmarks/app.py

web-check: web/node_modules/.ready ## whether the built pages are those of web/src
	@rm -rf build/static && $(NPM) run --silent build -- ../build/static
	diff -r build/static sim/app/static

# ---- the environment ------------------------------------------------------------------------------------------------

# A checkout that was moved, whose Python is gone, or for which another PYTHON is named, needs a new environment
# although no file is newer.
SAME_PYTHON = test -z "$(PYTHON)" || test "$$($(PYTHON) -V)" = "$$($(BIN)/python -V)"
USABLE := $(shell exec 2>/dev/null; test "$$(cat $(READY))" = "$(CURDIR)" && $(BIN)/python -c '' && { $(SAME_PYTHON); } && echo yes)

# The stamp goes first and comes back last: whatever is interrupted in between starts afresh the next time.
$(READY): pyproject.toml requirements/lock.txt $(if $(USABLE),,FORCE)
	$(if $(USABLE),,$(if $(python),,$(error $(NO_PYTHON))))
	@rm -f $(READY)
	@echo "Preparing $(VENV): a minute or two the first time"
	@$(if $(USABLE),,$(python) -m venv --clear $(VENV))
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@echo "$(CURDIR)" > $(READY)

# The page's extra is pinned by itself: everybody would install a web server with it.
PINNING = --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" $(UPGRADE)
EXTRAS  = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"])
LOCKED  = $(addprefix --extra ,$(filter-out solara,$(shell $(python) -c '$(EXTRAS)')))

# Keeps every pin that still fits; `make lock UPGRADE=--upgrade` takes the newest of everything.
lock: ## pin and hash again what pyproject.toml asks for, for every supported Python and platform
	$(if $(python),,$(error $(NO_PYTHON)))
	@$(python) -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --quiet --disable-pip-version-check uv
	.venv-lock/bin/uv pip compile $(PINNING) $(LOCKED) --output-file requirements/lock.txt pyproject.toml
	.venv-lock/bin/uv pip compile $(PINNING) --extra solara --constraint requirements/lock.txt \
		--output-file requirements/solara.txt pyproject.toml
	.venv-lock/bin/uv pip compile $(PINNING) --group node --output-file requirements/node.txt
	.venv-lock/bin/uv pip compile $(PINNING) --group agentpy --constraint requirements/lock.txt \
		--output-file requirements/agentpy.txt pyproject.toml
	@if grep -nE '://|^-' requirements/*.txt; then echo "requirements name a host" >&2; exit 1; fi
	@rm -rf .venv-lock

clean: ## remove the environment, builds and caches; results stay
	rm -rf $(VENV) .venv-lock .venv-node web/node_modules build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
