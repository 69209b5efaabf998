# Two commands are enough: `make run` starts Parley, `make test` proves it.

GO      ?= go
TOOLS   := $(CURDIR)/.tools
LINT    := $(TOOLS)/golangci-lint-2.15.0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# The race detector needs a C compiler; without one the tests run without it.
RACE    := $(if $(shell command -v $${CC:-cc} 2>/dev/null),-race,)
FOR     ?= 10m

# Packages whose tests keep something in a database, and those that start servers.
STORED  := ./internal/chat ./internal/auth ./internal/rest
SERVED  := ./test ./client ./cmd/...

export CGO_ENABLED := 0

.PHONY: build run check test race long lint fmt docs bench fuzz clean

build: ## bin/parley, one static binary
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/parley ./cmd/parley

run: build ## start on embedded defaults: http://127.0.0.1:8080, data in ./data
	./bin/parley serve

check: lint ## what a developer waits for: linters and the fast tests
	$(GO) vet ./...
	$(GO) test -short ./...

test: lint ## everything: all packages on SQLite, what has a database also on PostgreSQL, whole servers also on two nodes
	$(GO) vet ./...
	CGO_ENABLED=$(if $(RACE),1,0) $(GO) test $(RACE) -timeout 15m ./...
	PARLEY_TEST_TOPOLOGY=postgres CGO_ENABLED=$(if $(RACE),1,0) $(GO) test $(RACE) -timeout 15m $(STORED) $(SERVED)
	PARLEY_TEST_TOPOLOGY=cluster CGO_ENABLED=$(if $(RACE),1,0) $(GO) test $(RACE) -timeout 15m $(SERVED)

long: ## each test that tries to break a promise, for longer: make long FOR=10m
	$(GO) test -timeout 3h -count=1 -v ./test -run 'Killed|Chaos|SameTempID|KeepsItsOrder|SlowClient|Matrix' -long $(FOR)

fuzz: ## every fuzz test for half a minute
	./scripts/fuzz 30s

lint: $(LINT)
	$(LINT) run ./...

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
