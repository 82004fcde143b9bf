# The images of the controller and, with --target plugin, of kubectl-sluice: one static program each, on nothing. docs/image.md says how
# they are built, run and checked.
#
# golang:1.26.8-alpine names a version, not a digest. The program depends on the Go that builds it and on the modules that go.sum has the
# sums of, not on the rest of that image; what else is taken from it are the certificates of the public authorities, and those should be
# new.
FROM --platform=$BUILDPLATFORM golang:1.26.8-alpine AS source
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
WORKDIR /src
# .dockerignore lets through what the builds need.
COPY . .

# Go translates for every platform on any: no emulation. The caches hold the modules and what was compiled, so there is no step that only
# downloads. Paths are relative so that the tests can execute the steps in a folder of theirs.
FROM source AS build
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -ldflags="-s -w -buildid= -X main.version=$VERSION" \
    -o bin/controller ./cmd/controller && \
    GOOS=$TARGETOS GOARCH=$TARGETARCH sh cmd/licences.sh ./cmd/controller >bin/modules

FROM source AS build-plugin
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -ldflags="-s -w -buildid= -X main.version=$VERSION" \
    -o bin/kubectl-sluice ./cmd/kubectl-sluice && \
    GOOS=$TARGETOS GOARCH=$TARGETARCH sh cmd/licences.sh ./cmd/kubectl-sluice >bin/modules

# What both images have besides their program. Nothing of it belongs to the user that the program runs as.
FROM scratch AS runtime
COPY --from=source --chmod=0444 /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --chmod=0444 LICENSE /licenses/sluice
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.source="https://github.com/sluice-dev/sluice" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# By number: the image has no list of users, and a kubelet with runAsNonRoot understands only numbers.
USER 1001:1001

FROM runtime AS plugin
LABEL org.opencontainers.image.title="kubectl-sluice" \
      org.opencontainers.image.description="Watches and steers the roll-outs of Sluice"
COPY --from=build-plugin --chmod=0444 /src/bin/modules /licenses/modules
COPY --from=build-plugin --chmod=0555 /src/bin/kubectl-sluice /kubectl-sluice
ENTRYPOINT ["/kubectl-sluice"]

FROM runtime AS controller
LABEL org.opencontainers.image.title="sluice" \
      org.opencontainers.image.description="Rolls out annotated Deployments progressively, as far as their metrics allow"
COPY --from=build --chmod=0444 /src/bin/modules /licenses/modules
COPY --from=build --chmod=0555 /src/bin/controller /controller
# Health and metrics; the web page, where it is on.
EXPOSE 8080 8081
# Kubernetes has probes of its own and ignores this; docker, podman and compose don't.
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD ["/controller", "healthcheck"]
ENTRYPOINT ["/controller"]
