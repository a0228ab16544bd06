# `make <lane>` is what people type and what CI types.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
BIN := target/release/waypost

.PHONY: help run build dashboard check test test-rust test-e2e bench prices fmt tools

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

run: build ## Build everything and start the gateway; UI=skip goes without building the dashboard
	@exec $(BIN) serve $(ARGS)

build: tools dashboard ## Release binary with the dashboard inside at target/release/waypost
	$(CARGO) build --release --locked -p waypost-server --bin waypost

dashboard: ## The dashboard, when its sources changed
	@UI=$(UI) scripts/dashboard.sh

check: tools ## Formatting, lints, floors, ids
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) run -q --locked -p xtask -- tidy
	$(CARGO) run -q --locked -p xtask -- ids

test: test-rust test-e2e ## Everything: Rust tests, official SDKs against the real binary

test-rust: tools
	$(CARGO) test --workspace --locked

test-e2e:
	@scripts/tools.sh test
	$(CARGO) build --locked -p waypost-server --bin waypost -p waypost-testkit --bin waypost-testprovider
	WAYPOST_BIN=$(CURDIR)/target/debug/waypost TESTPROVIDER_BIN=$(CURDIR)/target/debug/waypost-testprovider e2e/run.sh

bench: ## Waypost beside nginx and direct calls; ratios of one run under bench/results/
	@scripts/tools.sh bench
	$(CARGO) build --release --locked -p waypost-server --bin waypost -p waypost-bench --bin waypost-bench
	target/release/waypost-bench run $(ARGS)

prices: ## Fetch the public price lists and write the committed table anew
	$(CARGO) run --locked -p xtask -- prices

tools: ## Say in one line what is missing
	@scripts/tools.sh
