# `make help` lists what there is. Needs GNU make and Python 3.11 or newer.

VENV ?= .venv
ADDRESS ?= localhost
PORT ?= 8501
DATA ?=
# A Python that is new enough: the one named with PYTHON=, else the first on the path that is.
PYTHON ?= $(shell for name in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$name; break; }; done)

run := $(VENV)/bin/python
# Memory stays with the server between two steps of training: see core/allocator.py.
keep_memory := MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=1073741824 MALLOC_MMAP_THRESHOLD_=1073741824

.DEFAULT_GOAL := help
.PHONY: help lab test check e2e screenshots bench install install-tests clean

help: ## this list
	@echo "The CIFAR-10 lab. Targets:"
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1 \2/p' $(firstword $(MAKEFILE_LIST)) | awk '{ printf "  %s %-12s", $$1, $$2; $$1 = $$2 = ""; print }'
	@echo "Options: PORT=8501 ADDRESS=localhost DATA=folders of images, PYTHON=the Python to build .venv with"

lab: install ## install what is missing and start the lab in the browser
	@CIFAR10_LAB_DATA="$${CIFAR10_LAB_DATA:+$$CIFAR10_LAB_DATA:}$(DATA)" $(keep_memory) exec $(VENV)/bin/streamlit run lab/Home.py \
		--server.address $(ADDRESS) --server.port $(PORT) --server.fileWatcherType none

test: install-tests ## check style, types and imports, then run every test
	$(run) -m ruff check .
	$(run) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(run) -m pytest $(PYTEST)

check: install-tests ## style, types, imports and the tests that need no browser, quickest first
	$(run) -m ruff check .
	$(run) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(run) -m pytest -m "not e2e and not slow" $(PYTEST)

e2e: install-tests ## the tests in a real browser only
	$(run) -m pytest -m e2e $(PYTEST)

screenshots: install-tests ## take the README's pictures anew
	$(run) tests/e2e/screenshots.py --readme

bench: install-tests ## measure training and the dashboard (some twenty minutes; DATA=a folder of images)
	$(run) benchmarks/train_step.py --data "$(or $(DATA),shapes)"
	$(run) benchmarks/time_to_85.py --data "$(or $(DATA),shapes)"
	$(run) benchmarks/dashboard.py

# pip runs only when a list of requirements differs from the one that was installed.
install: $(VENV)/bin/pip
	@cmp -s requirements.txt $(VENV)/installed.txt || { \
		echo "Installing requirements.txt into $(VENV): some minutes the first time."; \
		$(run) -m pip install --disable-pip-version-check -r requirements.txt \
		&& cp requirements.txt $(VENV)/installed.txt; }

install-tests: install
	@cmp -s tests/requirements.txt $(VENV)/installed-tests.txt || { \
		echo "Installing tests/requirements.txt into $(VENV)."; \
		$(run) -m pip install --disable-pip-version-check -r requirements.txt -r tests/requirements.txt \
		&& cp tests/requirements.txt $(VENV)/installed-tests.txt; }

$(VENV)/bin/pip:
	@if [ -z "$(PYTHON)" ]; then \
		echo "The lab needs Python 3.11 or newer and found $$(python3 --version 2>/dev/null || echo none); install one, or name it: make lab PYTHON=/path/to/python3" >&2; exit 1; fi
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit("The lab needs Python 3.11 or newer, and $(PYTHON) is " + v + "; name a newer one: make lab PYTHON=/path/to/python3" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --clear $(VENV) || { \
		rm -rf $(VENV); echo "$(PYTHON) could not make $(VENV); on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

clean: ## remove the environment and the tools' caches, never the workspace
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
