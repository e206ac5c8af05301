# Everything that a newcomer, CI and a maintainer run. Needs Python 3.11 or newer, git and make; uses uv where there is one.
.PHONY: demo test conformance lint bench calibrate soak format wheel lock clean

PYTHON := $(firstword $(foreach name,python3.13 python3.12 python3.11 python3 python,$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
JOBS ?= 2

.venv/.ready: requirements.lock pyproject.toml
	@echo "installing what is needed into .venv: a minute or two"
	@test -n "$(PYTHON)$(UV)" || { echo "Python 3.11 or newer is needed: https://www.python.org/downloads/"; exit 2; }
ifeq ($(UV),)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
else
	@test -x $(BIN)/python || $(UV) venv --quiet $(if $(PYTHON),--python $(PYTHON),--python 3.12) .venv
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
endif
	@touch $@

demo: .venv/.ready ## a Salesforce org and a Dynamics org of the sandbox, synced into demo/crossfunnel.db
	@$(BIN)/crossfunnel demo

test: .venv/.ready wheel ## the whole suite on the built wheel: what users get; `pytest` runs it on the checkout
	@$(BIN)/python tests/wheel_run.py -n $(JOBS)

conformance: .venv/.ready ## clients that we did not write read the sandbox; CLIENT=name runs one; installs them from the package registries
	@$(BIN)/python -m tests.conformance $(CLIENT)

wheel: .venv/.ready
	@rm -rf build/dist build/wheel
	@$(BIN)/python -m build --wheel --no-isolation --outdir build/dist . > /dev/null
	@$(BIN)/python -m zipfile -e build/dist/*.whl build/wheel

lint: .venv/.ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .venv/.ready
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.ready ## a pull beside the floor, every measure beside a hand-written query: ratios of one run; generates 4 GB under build
	@$(BIN)/python -m bench.pull
	@$(BIN)/python -m bench.measures

calibrate: .venv/.ready ## forecasts of made-up businesses with known odds against what came; writes the table of docs/forecast.md
	@$(BIN)/python -m tests.metrics.calibration --write

soak: .venv/.ready ## what takes longer than CI allows
	@$(BIN)/python -m pytest -n $(JOBS) -m soak --override-ini addopts="-q --strict-markers"

lock: ## renews requirements.lock from pyproject.toml
	@uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 \
		--group dev pyproject.toml -o requirements.lock

clean:
	@rm -rf .venv build demo .mypy_cache .ruff_cache .hypothesis
