# Two commands do all on a fresh machine with Python 3.11 to 3.13 and make:  make demo   make test
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types check lock clean

demo: $(READY)  ## run the main job on samples/ and show where the report is
	$(BIN)/detector scan samples/corpus --out demo-out
	@echo "Report: demo-out/report.html"

test: $(READY)  ## all tests
	$(BIN)/python -m pytest -n 2

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

check: lint types test

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "detector needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/python"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

lock: $(READY)  ## pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --extra dev --no-emit-index-url --no-emit-find-links --no-header \
		--upgrade --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) demo-out dist build
