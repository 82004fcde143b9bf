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

# COVER=yes: make e2e measures what the controllers of the scenarios execute as well, into .bin/e2e.cover.
COVER        ?=
comma        := ,
COVERED       = $(if $(filter yes,$(COVER)),-cover -coverpkg=./cmd/...$(comma)./pkg/...)
COVERDATA    := $(CURDIR)/$(BIN)/e2e.coverdata

# What the pipeline names: make kind KUBERNETES=1.36 POLICY=default IMAGE=sluice:ci, make deploy ENVIRONMENT=staging TAG=v0.1.0.
KUBERNETES   ?= 1.37
POLICY       ?= default
IMAGE        ?= sluice:ci
TAG          ?=
REGISTRY     ?=
ENVIRONMENT  ?=
PLATFORMS    := darwin_amd64 darwin_arm64 linux_amd64 linux_arm64 windows_amd64

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

# make image builds IMAGE with DOCKER. IMAGE_PLATFORMS=linux/amd64,linux/arm64 writes .bin/image.tar instead, an OCI archive: not every engine
# can list an image of two platforms. IMAGE_TARGET=plugin is the image of kubectl-sluice.
DOCKER          ?= docker
IMAGE_PLATFORMS ?=
IMAGE_TARGET    ?= controller
REVISION         = $(shell git rev-parse --verify -q HEAD || echo unknown)
COMMITTED        = $(shell git log -1 --format=%ct 2>/dev/null)

# The image is checked without a container engine, and by one as well where docker or podman answers. ENGINE=auto says so where none does,
# ENGINE=yes insists on one, ENGINE=no leaves it out.
ENGINE       ?= auto
ENGINE_FOUND  = $(shell for engine in docker podman; do $$engine info >/dev/null 2>&1 && echo $$engine && break; done)

TOOLS := $(BIN)/controlplane $(BIN)/prometheus $(BIN)/promtool $(BIN)/golangci-lint $(BIN)/actionlint $(BIN)/helm $(BIN)/helm3 $(BIN)/kubeconform \
	$(BIN)/argocd-judge

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo build tools test lint generate fmt unit cover integration chart e2e bench fuzz validate validate-short vulnerabilities kind dist release-check release-notes publish-chart deploy clean distclean race-note browser pictures image image-check

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
test: race-note lint unit cover validate-short build image-check browser integration e2e ## everything that must pass
	@echo 'everything passed$(if $(RACE_FLAG),, WITHOUT the race detector: see the note at the start)'

lint: $(BIN)/golangci-lint $(BIN)/actionlint ## the rules of .golangci.yml; the workflows of .github by actionlint
	@echo 'lint'
	@$(BIN)/actionlint -shellcheck= -pyflakes=
	@CGO_ENABLED=0 GOFLAGS='$(GOFLAGS) -trimpath' $(BIN)/golangci-lint run ./...

generate: $(BIN)/helm ## what is made of the chart: the folder manifests, and the table of values in the chart's README
	@$(GO) run ./test/chart/generate

fmt: $(BIN)/golangci-lint ## format the code as the linter wants it
	@$(BIN)/golangci-lint fmt ./...

unit: race-note ## tests of pkg and cmd: no control plane
	@echo 'unit tests'
	@mkdir -p $(BIN)
	@$(TEST) -timeout 10m -coverprofile=$(BIN)/unit.cover ./pkg/... ./cmd/... ./examples/...

cover: ## the coverage floors, on what make unit measured
	@echo 'coverage floors'
	@$(GO) run ./test/cover -profile $(BIN)/unit.cover $(FLOORS)

# One package after the other: several of them start a control plane of their own.
integration: race-note $(TOOLS) ## tests of what the end-to-end tests stand on, and of the linter's rules
	@echo 'integration tests'
	@all=$$($(GO) list ./test/...) && \
	some=$$(printf '%s\n' $$all | grep -v -e '/test/e2e' -e '/test/install' -e '/test/plugin' -e '/test/quickstart') && \
	$(TEST) -timeout 20m -p 1 $$some
	@cd test/tools/notifications && CGO_ENABLED=0 $(GO) vet ./... && CGO_ENABLED=0 $(GO) test -count=1 ./...
	@cd test/tools/examples && CGO_ENABLED=0 $(GO) vet ./... && CGO_ENABLED=0 $(GO) test -count=1 ./...

chart: $(TOOLS) ## the chart: lint, rendering, schema, and installed by Helm on a control plane
	@$(TEST) -timeout 20m -p 1 ./test/chart/... ./test/install/...

e2e: race-note $(BIN)/controlplane $(BIN)/prometheus $(BIN)/promtool $(BIN)/argocd-judge $(BIN)/helm $(BIN)/helm3 ## scenarios on a real control plane; RUN=Scenario04 for one
	@echo 'end-to-end tests'
	@CGO_ENABLED=$(if $(RACE_FLAG),1,0) $(GO) build $(RACE_FLAG) $(COVERED) -buildvcs=false -ldflags '$(STAMP)' -o $(BIN)/controller-race ./cmd/controller
	@$(if $(COVERED),rm -rf $(COVERDATA) && mkdir -p $(COVERDATA),:)
	@$(if $(COVERED),GOCOVERDIR=$(COVERDATA)) $(TEST) -timeout 30m -p 1 -parallel $(E2E_PARALLEL) ./test/e2e/... ./test/plugin/... ./test/install/... ./test/quickstart/...
	@$(if $(COVERED),$(GO) tool covdata textfmt -i=$(COVERDATA) -o=$(BIN)/e2e.cover && $(GO) tool cover -func=$(BIN)/e2e.cover | tail -n 1,:)

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

image: ## the controller's image, named IMAGE, by DOCKER; for IMAGE_PLATFORMS as an archive
	@mkdir -p $(BIN)
	@$(DOCKER) build --target $(IMAGE_TARGET) --build-arg VERSION='$(VERSION)' --build-arg REVISION=$(REVISION) \
		$(if $(COMMITTED),--build-arg SOURCE_DATE_EPOCH=$(COMMITTED)) --tag '$(IMAGE)' \
		$(if $(IMAGE_PLATFORMS),--platform '$(IMAGE_PLATFORMS)' --output type=oci$(comma)dest=$(BIN)/image.tar$(comma)rewrite-timestamp=true) .

image-check: ## the Dockerfile, its steps and the images that come of it; ENGINE=yes insists on a container engine
	@case '$(ENGINE)' in \
	auto | yes) engine='$(ENGINE_FOUND)' ;; \
	no) engine= ;; \
	*) echo 'ENGINE is auto, yes or no, not "$(ENGINE)"' >&2; exit 2 ;; \
	esac; \
	case "$$engine-$(ENGINE)" in \
	-yes) echo 'ENGINE=yes: neither docker nor podman answers' >&2; exit 1 ;; \
	-auto) echo 'NOTE: neither docker nor podman answers: the steps of the Dockerfile are executed, but no engine builds it.' ;; \
	esac; \
	echo 'the image'; \
	cd test/image && CGO_ENABLED=0 $(GO) vet ./... && ENGINE=$$engine CGO_ENABLED=0 $(GO) test -count=1 -timeout 20m ./...

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

vulnerabilities: $(BIN)/govulncheck ## what Go's vulnerability database knows of what we ship; needs the network
	@$(BIN)/govulncheck ./cmd/...

kind: $(BIN)/kind $(BIN)/helm $(BIN)/controlplane build ## chart and IMAGE on a kind cluster of KUBERNETES; needs a container engine
	@HELM=$(BIN)/helm KUBECTL='$(BIN)/controlplane kubectl' PLUGIN=$(BIN)/kubectl-sluice IMAGE='$(IMAGE)' \
		sh test/pipeline/kind/run.sh '$(KUBERNETES)' '$(POLICY)'

dist: ## the plugin for every platform, packed, with sums, into .bin/dist; VERSION=v0.1.0
	@rm -rf $(BIN)/dist $(BIN)/platforms
	@for platform in $(PLATFORMS); do \
		os=$${platform%_*} arch=$${platform#*_}; echo "kubectl-sluice for $$os on $$arch"; \
		GOOS=$$os GOARCH=$$arch $(BUILD) -ldflags '-s -w $(STAMP)' \
			-o $(BIN)/platforms/$$platform/kubectl-sluice$$([ $$os != windows ] || echo .exe) ./cmd/kubectl-sluice || exit 1; \
	done
	@$(GO) run ./test/pipeline/release pack '$(VERSION)' $(BIN)/platforms $(BIN)/dist

release-check: ## do TAG, chart and changelog say the same?
	@$(GO) run ./test/pipeline/release check '$(TAG)'

release-notes: ## what the changelog says of TAG
	@$(GO) run ./test/pipeline/release notes '$(TAG)'

publish-chart: $(BIN)/helm ## push the chart to REGISTRY and sign it; needs cosign
	@HELM=$(BIN)/helm sh test/pipeline/publish-chart.sh '$(REGISTRY)'

deploy: $(BIN)/helm ## release TAG to ENVIRONMENT (staging, production); needs cosign and a kubeconfig
	@HELM=$(BIN)/helm sh test/pipeline/deploy.sh '$(ENVIRONMENT)' '$(TAG)'

clean: ## remove what a build makes in seconds
	@rm -rf $(BIN)/controller $(BIN)/controller-race $(BIN)/kubectl-sluice $(BIN)/demo $(BIN)/unit.cover $(BIN)/e2e.cover $(BIN)/e2e.coverdata \
		$(BIN)/platforms $(BIN)/dist $(BIN)/chart

distclean: ## remove the tools as well
	@rm -rf $(BIN)

race-note:
	@$(if $(filter auto yes no,$(RACE)),:,echo 'RACE is auto, yes or no, not "$(RACE)"' >&2; exit 2)
	@$(if $(CC_FOUND),:,$(if $(filter yes,$(RACE)),\
		echo 'RACE=yes: the race detector needs a C compiler and "$(shell $(GO) env CC)" is not installed' >&2; exit 1,\
		$(if $(filter auto,$(RACE)),\
		echo 'NOTE: no C compiler ("$(shell $(GO) env CC)"): the tests run WITHOUT the race detector. Install gcc or clang to have it.')))

# The tools. Each is a module of its own, so that none of them has a say in what Sluice itself depends on.

# Charts ask the API server for its version.
KUBERNETES_STAMP := -X k8s.io/component-base/version.gitVersion=v1.37.2 -X k8s.io/component-base/version.gitMajor=1 \
	-X k8s.io/component-base/version.gitMinor=37

$(BIN)/controlplane: $(wildcard test/controlplane/*.go) test/controlplane/go.mod test/controlplane/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'the embedded control plane (Kubernetes 1.37.2, etcd 3.7.0)' 'about 6 minutes on 2 cores' \
		$(call BUILD_IN,test/controlplane) -ldflags '-s -w $(KUBERNETES_STAMP)' -o ../../$@.new .
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

$(BIN)/actionlint: test/tools/actionlint/go.mod test/tools/actionlint/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'actionlint 1.7.12' 'a few seconds' \
		$(call BUILD_IN,test/tools/actionlint) -ldflags '-s -w' -o ../../../$@.new github.com/rhysd/actionlint/cmd/actionlint
	@mv $@.new $@

$(BIN)/govulncheck: test/tools/govulncheck/go.mod test/tools/govulncheck/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'govulncheck 1.9.0' 'a few seconds' \
		$(call BUILD_IN,test/tools/govulncheck) -ldflags '-s -w' -o ../../../$@.new golang.org/x/vuln/cmd/govulncheck
	@mv $@.new $@

$(BIN)/kind: test/tools/kind/go.mod test/tools/kind/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'kind 0.33.0' 'a few seconds' \
		$(call BUILD_IN,test/tools/kind) -ldflags '-s -w' -o ../../../$@.new sigs.k8s.io/kind
	@mv $@.new $@

$(BIN)/helm: test/tools/helm/go.mod test/tools/helm/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'helm 4.3.1' 'about 3 minutes on 2 cores' \
		$(call BUILD_IN,test/tools/helm) -ldflags '-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1' \
		-o ../../../$@.new helm.sh/helm/v4/cmd/helm
	@mv $@.new $@

# The Kubernetes that Helm 3 renders for without being told is stamped; Helm 4 knows it from its own modules.
HELM3_KUBERNETES := $(foreach package,chartutil lint/rules,$(foreach part,Major=1 Minor=37,-X helm.sh/helm/v3/pkg/$(package).k8sVersion$(part)))

$(BIN)/helm3: test/tools/helm3/go.mod test/tools/helm3/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'helm 3.22.0' 'about 3 minutes on 2 cores' \
		$(call BUILD_IN,test/tools/helm3) -ldflags '-s -w -X helm.sh/helm/v3/internal/version.version=v3.22.0 $(HELM3_KUBERNETES)' \
		-o ../../../$@.new helm.sh/helm/v3/cmd/helm
	@mv $@.new $@

$(BIN)/kubeconform: test/tools/kubeconform/go.mod test/tools/kubeconform/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'kubeconform 0.8.0' 'a few seconds' \
		$(call BUILD_IN,test/tools/kubeconform) -ldflags '-s -w' -o ../../../$@.new github.com/yannh/kubeconform/cmd/kubeconform
	@mv $@.new $@

# Argo CD's modules name a newer Go than ours as the oldest; the Go proxy serves it.
$(BIN)/argocd-judge: $(wildcard test/tools/argocd/*.go) test/tools/argocd/go.mod test/tools/argocd/go.sum
	@mkdir -p $(BIN)
	@sh test/tools/build.sh 'argocd-judge (Argo CD 3.6.1)' 'about 3 minutes on 2 cores' \
		env GOTOOLCHAIN=go1.27.0 $(call BUILD_IN,test/tools/argocd) -ldflags '-s -w' -o ../../../$@.new .
	@mv $@.new $@
