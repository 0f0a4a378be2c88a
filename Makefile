# mailagent: `make` says what there is. Needs git, make, python3 (3.11 to 3.13) and python3-venv, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python that is new enough and can make environments; pyenv's shims exist even for versions that do not.
FITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3; do \
    "$$each" -c '$(FITS)' 2>/dev/null && { echo "$$each"; break; }; done)

BIN := .venv/bin
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# `make demo LANG=zh` means the programme's language; the LANG of the shell is left to the programme to read.
ifeq ($(origin LANG),command line)
export MAILAGENT_LANG := $(LANG)
endif

.PHONY: help demo test bench crash packages lint messages wishes docs clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.demo  ## a whole company on this machine: DAYS=30 lets time run, CHECK=1 verifies and exits, LANG=zh speaks Chinese
	@$(BIN)/mailagent demo $(if $(DAYS),--days $(DAYS)) $(if $(filter-out 0,$(CHECK)),--check)

test: .venv/.test packages  ## everything that can be tested here; ARGS="tests/core -x" for a part
	$(BIN)/pytest -n 2 --dist loadfile $(or $(ARGS),--ignore=tests/bench)

bench: .venv/.test packages  ## how fast it is, about an hour: ONLY=ingest, QUICK=1 to see that it runs, PAIRS=7, FIGURES="peak_mib …", PROFILE=folder
	@$(BIN)/python tests/bench/$(or $(ONLY),ingest).py $(if $(filter-out 0,$(QUICK)),--quick) $(if $(PAIRS),--pairs $(PAIRS)) $(if $(PROFILE),--profile $(PROFILE)) $(FIGURES)

crash: .venv/.test packages  ## nothing is lost or sent twice however it dies, half an hour: CRASHES=200 kills of the reader, 500 of the sender; figures in docs/reliability.md
	@CRASHES=$(or $(CRASHES),200) $(BIN)/pytest -n 2 --dist worksteal tests/crash

lint: .venv/.test  ## style and likely mistakes
	$(BIN)/ruff check .

messages: .venv/.test  ## collect the texts of the interface and compile the translations
	@mkdir -p .make
	$(BIN)/pybabel -q extract -F mailagent/locale/babel.cfg --no-location --sort-output --no-wrap --project mailagent --version '' --msgid-bugs-address none -o .make/mailagent.pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date \
	    -D mailagent -i .make/mailagent.pot -d mailagent/locale -l zh_CN
	$(BIN)/pybabel compile --statistics -D mailagent -d mailagent/locale
	@$(BIN)/pytest tests/test_messages.py

wishes: .venv/.learn  ## learn from tests/wishes what buyers want; LANGUAGES="en zh" for some
	$(BIN)/python tests/wishes/train.py $(LANGUAGES)

docs: .venv/.test  ## write the parts of docs/ that come out of the code
	$(BIN)/python docs/generate.py

clean:  ## remove what make made
	rm -rf .venv .make build dist *.egg-info .pytest_cache .hypothesis .ruff_cache
	find mailagent tests -name __pycache__ -type d -prune -exec rm -rf {} +

packages:
	@.ci/packages

.venv/.made:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 that can make environments: apt-get install python3 python3-venv" >&2; exit 1; }
	@echo "making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv
	@touch $@

# A second run finds these stamps and starts at once; they live in .venv so that they go with it.
.venv/.demo: .venv/.made pyproject.toml
	@echo "installing mailagent and its demo (about a minute, once)"
	@$(BIN)/pip install -q -e '.[demo]'
	@touch $@

.venv/.test: .venv/.made pyproject.toml
	@echo "installing mailagent and what its tests need (a minute or two, once)"
	@$(BIN)/pip install -q -e '.[demo,oauth,dkim,test]'
	@touch $@ .venv/.demo

.venv/.learn: .venv/.made pyproject.toml
	@echo "installing what learning needs (a minute, once)"
	@$(BIN)/pip install -q -e '.[learn]'
	@touch $@
