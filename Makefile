# make report   the drawdown report, from the data in the repository
# make test     the whole test suite
# make lint     ruff and mypy
# make check    whether every report and notebook still comes out as expected
# make check-floor, make check-latest   the same on the lowest and on the newest versions allowed (need uv)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lock-installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: environment report test lint check check-floor check-latest lock clean

environment: $(STAMP)

report: $(STAMP)
	$(BIN)/trends report drawdown

test: $(STAMP)
	$(BIN)/python -m pytest -n 2

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: $(STAMP)
	$(BIN)/trends check

# Environments of their own, made anew each time; what is expected comes from the locked one.
check-floor: VERSIONS := lowest-direct
check-latest: VERSIONS := highest
check-floor check-latest:
	uv venv --quiet --clear --python $(PYTHON) .venv-$@
	uv pip compile pyproject.toml --quiet --resolution $(VERSIONS) --python .venv-$@ --no-header --no-annotate \
	  --no-emit-index-url --output-file .venv-$@/requirements.txt
	uv pip install --quiet --python .venv-$@ --requirement .venv-$@/requirements.txt --editable .
	.venv-$@/bin/trends check

# Made anew when the lock changes, so that no package of an older lock survives.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "trends needs Python 3.11 to 3.13, %s is %d.%d; name another: make PYTHON=python3.12 ..." % (sys.executable, *v))'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# For maintainers: needs uv on the PATH.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --upgrade --custom-compile-command "make lock" --output-file requirements.lock

clean:
	rm -rf $(VENV) .venv-check-floor .venv-check-latest reports/_output build dist .pytest_cache .mypy_cache .ruff_cache
