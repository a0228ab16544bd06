# `make <lane>` is what people type and what CI types.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
BIN := target/release/waypost

.PHONY: help run build release dashboard check check-rust check-dashboard test test-rust test-dashboard test-e2e test-ui bench prices tools

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

run: build ## Build everything and start the gateway; UI=skip goes without building the dashboard
	@exec $(BIN) serve $(ARGS)

build: tools dashboard ## Release binary with the dashboard inside at target/release/waypost
	$(CARGO) build --release --locked -p waypost-server --bin waypost

release: tools dashboard ## The binary as it is released: guided by a profile of traffic where the machine has llvm-profdata
	@CARGO="$(CARGO)" scripts/release.sh

dashboard: ## The dashboard, when its sources changed
	@UI=$(UI) scripts/dashboard.sh

check: check-rust check-dashboard ## Formatting, lints, floors, ids; the dashboard's types and lints; UI=skip needs no Node

check-rust: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) run -q --locked -p xtask -- tidy
	$(CARGO) run -q --locked -p xtask -- ids

check-dashboard:
	@UI=$(UI) CARGO="$(CARGO)" scripts/dashboard-check.sh

test: test-rust test-dashboard test-e2e test-ui ## Everything: Rust, the dashboard, official SDKs and a browser against the real binary

test-rust: tools
	$(CARGO) test --workspace --locked

test-dashboard:
	@scripts/tools.sh test
	@scripts/dashboard-modules.sh
	cd dashboard && npm run --silent test

test-e2e:
	@scripts/tools.sh test
	$(CARGO) build --locked -p waypost-server --bin waypost -p waypost-testkit --bin waypost-testprovider
	WAYPOST_BIN=$(CURDIR)/target/debug/waypost TESTPROVIDER_BIN=$(CURDIR)/target/debug/waypost-testprovider e2e/run.sh

test-ui: dashboard
	@scripts/tools.sh test
	$(CARGO) build --locked -p waypost-server --bin waypost
	cd dashboard && WAYPOST_BIN=$(CURDIR)/target/debug/waypost npm run --silent test:e2e

bench: ## Waypost beside nginx and direct calls; ratios of one run under bench/results/
	@scripts/tools.sh bench
	@CARGO="$(CARGO)" scripts/release.sh
	$(CARGO) build --release --locked -p waypost-bench --bin waypost-bench
	target/release/waypost-bench run $(ARGS)

prices: ## Fetch the public price lists and write the committed table anew
	$(CARGO) run --locked -p xtask -- prices

tools: ## Say in one line what is missing
	@scripts/tools.sh
