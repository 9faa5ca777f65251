# make demo    a virtual environment, the pinned dependencies, then `evidence demo`
# make test    everything that CI checks

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types audit licences lock clean

demo: $(VENV)/.installed
	$(BIN)/evidence demo

test: lint types
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

# Known faults of the pinned packages; without a network it says that nothing was checked.
audit: $(VENV)/.installed
	$(BIN)/python -m tests.security.audit

# docs/LICENCES.md, after every `make lock`.
licences: $(VENV)/.installed
	$(BIN)/python -m tests.security.licences

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer; name one with: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) evidence-demo build *.egg-info

# The newest versions that pyproject.toml allows, from an empty environment.
lock:
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check 'setuptools>=77' '.[dev,keyring,llm,local,milvus,postgres,ray]'
	build/lock/bin/python -m pip freeze --all | sed 's/+cpu$$//' \
		| grep -vE '^(pip|evidence-synthesis)( @|==)' > requirements.lock
	rm -rf build
