// Package steps executes a Dockerfile on a machine that has no container engine.
//
// BuildKit's own frontend reads the Dockerfile and says which operations it comes to and how the image is configured; this package carries
// the operations out on trees of files: a COPY with the owners and modes that it asks for, a RUN with the machine's shell and Go in a
// folder of its own, and the layers are put together to an image. It is no container: a RUN sees the machine that it runs on, so its paths
// must be relative, and it is refused if they aren't. What the package doesn't know it refuses as well; it must
// not guess what an engine would do.
package steps
