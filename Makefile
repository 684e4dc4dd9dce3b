# Martlet: `make run` builds everything and starts a demo; `make test` tests it. Both install what they need.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps build run order-service test test-macros lint format docs check check-deploy bench bench-deps install clean

# What the release build has beyond SwiftPM's defaults. The exclusivity checks of SwiftNIO's and our own classes cost a
# third of the instructions of a request; they stay on in debug builds, and so in all tests. Nobody loads symbols from a
# program: not exporting them saves 4 MB.
RELEASE_FLAGS ?= --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -cross-module-optimization \
	-Xlinker --no-export-dynamic

SWIFT ?= swift
PREFIX ?= /usr/local
RELEASE := .build/release/martlet
# Debian packages: C libraries and what finds them.
PACKAGES := libnghttp2-dev libssl-dev libpcre2-dev libcurl4-openssl-dev zlib1g-dev libbrotli-dev pkg-config
TEST_PACKAGES := curl netcat-openbsd openssl prometheus
BENCH_PACKAGES := gcc libssl-dev openssl python3 wrk nghttp2-client nghttp2-proxy nginx-light haproxy
SOURCES := Sources Tests docs/examples Package.swift

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

deps: ## Install the missing Debian packages
	@.ci/packages $(PACKAGES)

build: deps ## Build the release binary
	@echo "Building the release binary (the first build takes some minutes)"
	$(SWIFT) build -c release --product martlet $(RELEASE_FLAGS)

run: build ## Start the demo service and the gateway, with curl lines that work
	$(RELEASE) demo --routes Routes/demo.yaml

order-service: deps ## Start the example service in Swift, on localhost:3000
	$(SWIFT) run OrderService

test: deps ## Run all tests
	@.ci/packages $(TEST_PACKAGES)
	@SWIFT="$(SWIFT)" .ci/test --explicit-target-dependency-import-check error

test-macros: deps ## Run the tests of the macros' expansions and diagnostics, in a build folder of their own
	MARTLET_MACRO_TESTS=1 $(SWIFT) build --scratch-path .build-macros --build-tests || true
	MARTLET_MACRO_TESTS=1 $(SWIFT) test --scratch-path .build-macros --filter MicroservicesMacrosTests

lint: ## Check the formatting
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format: ## Format the sources
	$(SWIFT) format --in-place --recursive $(SOURCES)

docs: deps ## Build the DocC documentation of the libraries into .build/docs
	@SWIFT="$(SWIFT)" .ci/docs

check: deps ## Check the route files that ship with the project
	$(SWIFT) run --skip-build martlet check Routes/ || $(SWIFT) run martlet check Routes/

check-deploy: ## Check what is in Deploy/, with validators from PyPI
	Deploy/check --fetch

bench-deps:
	@.ci/packages $(BENCH_PACKAGES)

bench: bench-deps build ## Compare with nginx, HAProxy, nghttpx and the floor, side by side
	Tests/Benchmarks/run $(BENCH_ARGS)

install: build ## Install the binary below PREFIX (/usr/local)
	install -Dm755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/martlet

clean: ## Remove what was built
	rm -rf .build
