# Needs Go, git and make. What else it takes (a control plane, Prometheus, the linter) is built from pinned Go modules, once,
# into .bin. `make help` says what there is.

GO      ?= go
BIN     := .bin
VERSION  = $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# Durations and names users may set: make e2e RUN=Scenario04, make fuzz FUZZTIME=5m, make test RACE=yes.
RUN          ?=
RACE         ?= auto
FUZZTIME     ?= 20s
E2E_PARALLEL ?= 6
KEEP         ?=
OUT          ?=

# Every decision of a roll-out is made in these packages. The floor is Go's statement coverage in percent, by the package's
# own tests.
FLOORS := pkg/strategy=90 pkg/analysis=90

# What is shipped and what the demo runs is built without cgo, so that neither needs a C compiler. The version is stamped by
# hand: a checkout that belongs to somebody else, or an archive without .git, must build too.
BUILD_FLAGS := -trimpath -buildvcs=false
BUILD       = CGO_ENABLED=0 $(GO) build $(BUILD_FLAGS)
BUILD_IN    = env CGO_ENABLED=0 $(GO) build -C $(1) $(BUILD_FLAGS)
STAMP       = -X main.version=$(VERSION)

# The race detector does need a C compiler. RACE=auto uses it where there is one and says so where there is none, RACE=yes
# insists on it, RACE=no leaves it out.
CC_FOUND  = $(shell command -v $(firstword $(shell $(GO) env CC)) 2>/dev/null)
RACE_FLAG = $(if $(filter yes,$(RACE)),-race,$(if $(filter auto,$(RACE)),$(if $(CC_FOUND),-race)))
TEST      = CGO_ENABLED=$(if $(RACE_FLAG),1,0) $(GO) test $(RACE_FLAG) -count=1 $(if $(RUN),-run '$(RUN)')

# The web page is tested in a browser. BROWSER=auto uses Chromium where it is installed and says so where it is not, BROWSER=yes insists on
# it, BROWSER=no leaves it out. CHROMIUM names another than those that are looked for.
BROWSER      ?= auto
CHROMIUM     ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable)

TOOLS := $(BIN)/controlplane $(BIN)/prometheus $(BIN)/promtool $(BIN)/golangci-lint $(BIN)/argocd-judge

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo build tools test lint fmt unit cover integration e2e bench fuzz validate validate-short clean distclean race-note browser pictures

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(BIN)/controlplane $(BIN)/prometheus build ## the main job on a real control plane; KEEP=1 leaves it running, OUT=FILE writes JSON
	@$(BUILD) -ldflags '$(STAMP)' -o $(BIN)/demo ./test/demo
	@$(BIN)/demo $(if $(filter-out 0,$(KEEP)),-keep) $(if $(OUT),-out '$(OUT)')

build: ## the controller and kubectl-sluice, into .bin
	@set -- env $(BUILD) -ldflags '-s -w $(STAMP)' -o $(BIN)/controller ./cmd/controller; \
	if [ -x $(BIN)/controller ]; then "$$@"; else \
		sh test/tools/build.sh 'the controller' 'about 2 minutes on 2 cores' "$$@"; fi
	@$(BUILD) -ldflags '-s -w $(STAMP)' -o $(BIN)/kubectl-sluice ./cmd/kubectl-sluice

tools: $(TOOLS) ## control plane, Prometheus, linter and Argo CD's code, into .bin (about 15 minutes on 2 cores, once)

# The cheap stages first: what fails soon is known soon.
test: race-note lint unit cover validate-short build browser integration e2e ## everything that must pass
	@echo 'everything passed$(if $(RACE_FLAG),, WITHOUT the race detector: see the note at the start)'

lint: $(BIN)/golangci-lint ## the rules of .golangci.yml
	@echo 'lint'
	@CGO_ENABLED=0 GOFLAGS='$(GOFLAGS) -trimpath' $(BIN)/golangci-lint run ./...

fmt: $(BIN)/golangci-lint ## format the code as the linter wants it
	@$(BIN)/golangci-lint fmt ./...

unit: race-note ## tests of pkg and cmd: no control plane
	@echo 'unit tests'
	@mkdir -p $(BIN)
	@$(TEST) -timeout 10m -coverprofile=$(BIN)/unit.cover ./pkg/... ./cmd/...

cover: ## the coverage floors, on what make unit measured
	@echo 'coverage floors'
	@$(GO) run ./test/cover -profile $(BIN)/unit.cover $(FLOORS)

# One package after the other: several of them start a control plane of their own.
integration: race-note $(TOOLS) ## tests of what the end-to-end tests stand on, and of the linter's rules
	@echo 'integration tests'
	@all=$$($(GO) list ./test/...) && \
	some=$$(printf '%s\n' $$all | grep -v -e '/test/e2e' -e '/test/plugin') && \
	$(TEST) -timeout 20m -p 1 $$some
	@cd test/tools/notifications && CGO_ENABLED=0 $(GO) vet ./... && CGO_ENABLED=0 $(GO) test -count=1 ./...

e2e: race-note $(BIN)/controlplane $(BIN)/prometheus $(BIN)/argocd-judge ## scenarios on a real control plane; RUN=Scenario04 for one
	@echo 'end-to-end tests'
	@CGO_ENABLED=$(if $(RACE_FLAG),1,0) $(GO) build $(RACE_FLAG) -buildvcs=false -ldflags '$(STAMP)' -o $(BIN)/controller-race ./cmd/controller
	@$(TEST) -timeout 30m -p 1 -parallel $(E2E_PARALLEL) ./test/e2e/... ./test/plugin/...

browser: ## the web page in a headless Chromium, if there is one; BROWSER=yes insists on it
	@case '$(BROWSER)' in \
	no) exit 0 ;; \
	auto | yes) ;; \
	*) echo 'BROWSER is auto, yes or no, not "$(BROWSER)"' >&2; exit 2 ;; \
	esac; \
	if [ -n '$(CHROMIUM)' ]; then \
		echo 'the web page in a browser'; \
		cd test/browser && CGO_ENABLED=0 $(GO) vet ./... && CHROMIUM='$(CHROMIUM)' CGO_ENABLED=0 $(GO) test -count=1 -timeout 10m ./...; \
	elif [ '$(BROWSER)' = yes ]; then \
		echo 'BROWSER=yes: no Chromium is installed, and CHROMIUM names none' >&2; exit 1; \
	else \
		echo 'NOTE: no Chromium: the web page is NOT tested in a browser. Install the package chromium, or set CHROMIUM, to have it.'; \
	fi

pictures: ## take the pictures of the documentation anew, with Chromium
	@cd test/browser && CHROMIUM='$(CHROMIUM)' CGO_ENABLED=0 $(GO) test -count=1 -run TestPictures . -args -pictures $(CURDIR)/docs/pictures

validate: ## how far the judge can be trusted: writes docs/analysis (about 15 minutes on 2 cores)
	@cd test/validate && CGO_ENABLED=0 $(GO) run . -out ../../docs/analysis

validate-short: ## the same criteria on fewer runs, and the validation's own tests
	@echo 'validation of the judge'
	@cd test/validate && CGO_ENABLED=0 $(GO) vet ./... && CGO_ENABLED=0 $(GO) test -count=1 ./... && CGO_ENABLED=0 $(GO) run . -short

bench: ## benchmarks
	@$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: ## every fuzz test for FUZZTIME (20s)
	@for package in $$($(GO) list ./pkg/...); do \
		for test in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			$(GO) test -run '^$$' -fuzz "^$$test\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

clean: ## remove what a build makes in seconds
	@rm -rf $(BIN)/controller $(BIN)/controller-race $(BIN)/kubectl-sluice $(BIN)/demo $(BIN)/unit.cover

distclean: ## remove the tools as well
	@rm -rf $(BIN)

race-note:
	@$(if $(filter auto yes no,$(RACE)),:,echo 'RACE is auto, yes or no, not "$(RACE)"' >&2; exit 2)
	@$(if $(CC_FOUND),:,$(if $(filter yes,$(RACE)),\
		echo 'RACE=yes: the race detector needs a C compiler and "$(shell $(GO) env CC)" is not installed' >&2; exit 1,\
		$(if $(filter auto,$(RACE)),\
		echo 'NOTE: no C compiler ("$(shell $(GO) env CC)"): the tests run WITHOUT the race detector. Install gcc or clang to have it.')))

# The tools. Each is a module of its own, so that none of them has a say in what Sluice itself depends on.

$(BIN)/controlplane: $(wildcard test/controlplane/*.go) test/controlplane/go.mod test/controlplane/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'the embedded control plane (Kubernetes 1.37.2, etcd 3.7.0)' 'about 6 minutes on 2 cores' \
		$(call BUILD_IN,test/controlplane) -ldflags '-s -w' -o ../../$@.new .
	@mv $@.new $@

# Prometheus with its own tags: of its discovery mechanisms only Kubernetes is needed here.
$(BIN)/prometheus $(BIN)/promtool: test/tools/prometheus/go.mod test/tools/prometheus/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh '$(@F) 3.16.0' 'up to 4 minutes on 2 cores' \
		$(call BUILD_IN,test/tools/prometheus) -tags remove_all_sd,enable_kubernetes_sd \
		-ldflags '-s -w -X github.com/prometheus/common/version.Version=3.16.0' \
		-o ../../../$@.new github.com/prometheus/prometheus/cmd/$(@F)
	@mv $@.new $@

$(BIN)/golangci-lint: test/tools/lint/go.mod test/tools/lint/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'golangci-lint 2.15.0' 'about 2 minutes on 2 cores' \
		$(call BUILD_IN,test/tools/lint) -ldflags '-s -w' -o ../../../$@.new github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@mv $@.new $@

# Argo CD's modules name a newer Go than ours as the oldest; the Go proxy serves it.
$(BIN)/argocd-judge: $(wildcard test/tools/argocd/*.go) test/tools/argocd/go.mod test/tools/argocd/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'argocd-judge (Argo CD 3.6.1)' 'about 3 minutes on 2 cores' \
		env GOTOOLCHAIN=go1.27.0 $(call BUILD_IN,test/tools/argocd) -ldflags '-s -w' -o ../../../$@.new .
	@mv $@.new $@
