// Package image checks the container images without a container engine, and with one where there is one.
//
// BuildKit's own code reads the Dockerfile and finds nothing to warn of; package steps executes what it comes to, twice and in different
// folders, and what comes of it must be the same to the byte. The image is then looked at as a stranger would: its configuration, its
// files, the program, whether that runs as the user and with nothing but the files that the image has, the sizes. Where ENGINE names docker
// or podman, it builds the same Dockerfile, and its images go through the same checks; `make image-check` names one if it answers, and says
// so if none does.
package image
