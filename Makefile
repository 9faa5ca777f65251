# make demo    a virtual environment, the pinned dependencies, then `evidence demo`
# make test    everything that CI checks

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types lock clean

demo: $(VENV)/.installed
	$(BIN)/evidence demo

test: lint types
	$(BIN)/python -m pytest -q

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer; name one with: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) evidence-demo build *.egg-info

lock: $(VENV)/.installed
	$(BIN)/python -m pip freeze --exclude-editable --all | sed 's/+cpu$$//' | grep -v '^pip==' > requirements.lock
