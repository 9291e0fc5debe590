# linecall: `make demo` runs the main job on real data, `make test` passes the tests.
# Needed: a Rust toolchain (1.95 or newer), a C compiler, make.

CARGO ?= cargo
LINECALL = target/release/linecall

.PHONY: demo test lint docs check bench bench-build clean

demo: build
	$(LINECALL) demo --dir linecall-demo

.PHONY: build
build:
	$(CARGO) build --release --locked -p linecall-cli

# Every test and every example in the documentation, then those of the Python package. Tests that need
# data or tools which are not there say `skipped: ...`. Random cases are the same each time; `make soak`
# draws others.
test: export PROPTEST_RNG_SEED ?= 2026
test: soak python-if-possible

.PHONY: soak
soak:
	$(CARGO) test --workspace --locked -- --show-output

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

check: lint test docs

# The wheel, and its tests in a fresh environment: scikit-learn's checks of estimators, examples of
# the documentation, notebooks, stubs. Needed: Python 3.10 or newer with `venv`, and a package index.
PYTHON ?= python3
PYTHON_VENV = target/python

.PHONY: python python-if-possible python-tests
python:
	rm -rf $(PYTHON_VENV)
	$(PYTHON) -m venv $(PYTHON_VENV)
	$(PYTHON_VENV)/bin/pip install --quiet "maturin>=1.9,<2"
	$(MAKE) --no-print-directory python-tests

# The same where it can be; otherwise one line says why not.
python-if-possible: soak
	@if sh crates/py/tests/possible.sh "$(PYTHON)" $(PYTHON_VENV); then \
	    $(MAKE) --no-print-directory python-tests; \
	fi

python-tests:
	rm -rf target/wheels
	$(PYTHON_VENV)/bin/maturin build --release --locked --manifest-path crates/py/Cargo.toml \
	    --out target/wheels
	$(PYTHON_VENV)/bin/pip install --quiet target/wheels/*.whl -r crates/py/tests/requirements.txt
	cd crates/py/tests && ../../../$(PYTHON_VENV)/bin/python -m pytest -q -rs .
	$(PYTHON_VENV)/bin/python -m pytest -q --doctest-modules --pyargs linecall
	$(PYTHON_VENV)/bin/python -m mypy.stubtest --mypy-config-file crates/py/pyproject.toml \
	    --ignore-missing-stub linecall
	$(PYTHON_VENV)/bin/python -m mypy --strict --config-file crates/py/pyproject.toml \
	    crates/py/tests/typed.py

# Every benchmark against every peer, in an environment of its own; `bench/README.md` says what the
# system must have and how to run one task. Takes about an hour on two idle cores.
BENCH_PYTHON = bench/.venv/bin/python

bench: bench-build $(BENCH_PYTHON)
	$(BENCH_PYTHON) bench/run.py --save

bench-build:
	$(CARGO) build --release --locked -p linecall-cli
	$(CARGO) build --release --locked -p linecall-linear --example bench_fit
	$(CARGO) build --release --locked -p linecall-data --example bench_read

$(BENCH_PYTHON): bench/requirements.txt
	python3 -m venv bench/.venv
	$(BENCH_PYTHON) -m pip install --quiet -r bench/requirements.txt
	touch $@

clean:
	$(CARGO) clean
	rm -rf linecall-demo
