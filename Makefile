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

# Every test and every example in the documentation. Tests that need data which is not there say
# `skipped: ...`. Random cases are the same each time; `make soak` draws others.
test: export PROPTEST_RNG_SEED ?= 2026
test: soak

.PHONY: soak
soak:
	$(CARGO) test --workspace --locked -- --show-output

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

check: lint test docs

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
