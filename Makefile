# linecall: `make demo` runs the main job on real data, `make test` passes the tests.
# Needed: a Rust toolchain (1.95 or newer), a C compiler, make.

CARGO ?= cargo
LINECALL = target/release/linecall

.PHONY: demo test lint docs check clean

demo: build
	$(LINECALL) demo --dir linecall-demo

.PHONY: build
build:
	$(CARGO) build --release --locked -p linecall-cli

# Every test and every example in the documentation. Tests that need data which is not there say
# `skipped: ...`.
test:
	$(CARGO) test --workspace --locked -- --show-output

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

check: lint test docs

clean:
	$(CARGO) clean
	rm -rf linecall-demo
