# Two commands are enough: `make run` starts Parley, `make test` proves it.

GO      ?= go
TOOLS   := $(CURDIR)/.tools
LINT    := $(TOOLS)/golangci-lint-2.15.0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# The race detector needs a C compiler; without one the tests run without it.
CC_HERE := $(shell command -v $${CC:-cc} 2>/dev/null)
# SQLite translated from C, with the C library below it, and the hashing of passwords
# have nothing to find there and take most of the time, so they are compiled without it.
UNRACED := modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b
RACE    := $(if $(CC_HERE),-race $(foreach p,$(UNRACED),-gcflags='$(p)=-race=false -d=checkptr=0'),)
# Tests that run side by side wait more than they compute.
TESTED  := CGO_ENABLED=$(if $(RACE),1,0) $(GO) test $(RACE) -timeout 15m -parallel 4
FOR     ?= 10m

# Packages whose tests keep something in a database, and those that start servers.
STORED  := ./internal/chat ./internal/auth ./internal/admin ./internal/rest
SERVED  := ./test ./client ./cmd/...

export CGO_ENABLED := 0

.PHONY: build run web web-check web-test screenshots check test race long lint fmt docs bench fuzz clean

# What the web app is made of, and the mark that its packages are installed.
WEB     := web/package-lock.json internal/auth/common.txt $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/paraglide/*' -not -path '*/e2e/*' -not -path '*/test-results/*' -not -path '*/screenshots/*')
WEBDEPS := web/node_modules/.package-lock.json
WEBDIST := internal/webapp/dist/app/index.html

build: $(WEBDIST) ## bin/parley, one static binary with the web app in it
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/parley ./cmd/parley

run: build ## start on embedded defaults: http://127.0.0.1:8080, data in ./data
	./bin/parley serve

$(WEBDEPS): web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(WEBDIST): $(WEBDEPS) $(WEB)
	cd web && npm run --silent build
	@touch $@

web: $(WEBDIST) ## build the web app

web-check: $(WEBDEPS) ## types, lint and the tests of the web app that need no browser
	cd web && npm run --silent check

web-test: build ## the web app in a real Chromium against a real server
	@[ -n "$$PARLEY_CHROMIUM" ] || [ -x /usr/bin/chromium ] || (cd web && npx playwright install chromium)
	cd web && npm run --silent e2e

screenshots: build ## web/screenshots: every screen, light and dark, desktop and phone
	cd web && npm run --silent screenshots

check: lint web-check ## what a developer waits for: linters and the fast tests
	$(GO) vet ./...
	$(GO) test -short ./...

test: lint web-check web-test ## everything: all packages on SQLite, what has a database also on PostgreSQL, whole servers also on two nodes
	$(GO) vet ./...
	$(TESTED) ./...
	PARLEY_TEST_TOPOLOGY=postgres $(TESTED) $(STORED) $(SERVED)
	PARLEY_TEST_TOPOLOGY=cluster $(TESTED) $(SERVED)

long: ## each test that tries to break a promise, for longer: make long FOR=10m
	$(GO) test -timeout 3h -count=1 -v ./test -run 'Killed|Chaos|SameTempID|KeepsItsOrder|SlowClient|Matrix' -long $(FOR)

fuzz: ## every fuzz test for half a minute
	./scripts/fuzz 30s

lint: $(LINT)
	$(LINT) run --allow-parallel-runners ./...

fmt:
	gofmt -w cmd internal client test bench

docs: build ## regenerate what is generated in docs/
	./bin/parley config > docs/configuration.md

bench: build ## measure; prints the table of docs/performance.md
	$(GO) run ./bench

$(LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	mv $(TOOLS)/golangci-lint $(LINT)

clean:
	rm -rf bin
