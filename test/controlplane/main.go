// Command controlplane is a Kubernetes control plane in one binary: etcd, kube-apiserver, kube-controller-manager and kubectl
// as sub-commands, each with all its own flags. Tests and the demo start it through the package test/cluster.
//
// It is a module of its own because k8s.io/kubernetes pins what it needs with replace directives, which must not reach the
// module that is shipped. It must stay what it is, Kubernetes' own code and nothing else: what a test sees of Kubernetes is
// only worth something if no part of it is ours.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // CronJob time zones, as kube-controller-manager ships them

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client-go metrics, as the real binaries register them
	_ "k8s.io/component-base/metrics/prometheus/version"  // version metric, as the real binaries register it
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: controlplane etcd|kube-apiserver|kube-controller-manager|kubectl [flags]")
		os.Exit(2)
	}
	name := os.Args[1]
	// The programs read os.Args themselves: hand them what they would see as binaries of their own.
	os.Args = append([]string{name}, os.Args[2:]...)
	switch name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(kcm.NewControllerManagerCommand()))
	case "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintf(os.Stderr, "controlplane: unknown program %q\n", name)
		os.Exit(2)
	}
}
