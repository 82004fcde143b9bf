// Package podprocess runs a pod's container as a child process, as a kubelet and a container runtime would: with the container's exact
// arguments and environment, its Secrets as files, a token of the pod's own ServiceAccount, its probes, its grace period.
//
// It is a [podrunner.Program]: placing the pod, its address, its status and its restarts are the pod runner's. What differs from a
// container, because a process shares the machine's files and network:
//
//   - the image is not looked into: [Options.Binary] says which program it stands for;
//   - the token is in a kubeconfig that the variable KUBECONFIG names, for the path of a token in a pod is fixed;
//   - mount paths in arguments are translated to the folder that has the files;
//   - a listen address for all interfaces (":8080") becomes the pod's own loopback address, and the name of a Service in a URL the
//     address of one of its ready pods.
//
// What the security context forbids is forbidden by other means as far as that can be: the process has an empty working directory, no
// home, no folder for temporary files, and may write to no file at all (RLIMIT_FSIZE). One container and Secrets are all that is supported;
// whatever else a pod asks for is an error. Linux only.
package podprocess
