package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// controllers of kube-controller-manager that a roll-out meets. The node controllers stay out: they would find the pod
// runner's nodes dead.
func controllers() []string {
	return []string{
		"deployment-controller", "replicaset-controller", "garbage-collector-controller", "endpointslice-controller",
		"disruption-controller", "horizontal-pod-autoscaler-controller", "namespace-controller", "job-controller",
		"cronjob-controller", "clusterrole-aggregation-controller",
	}
}

// startAPI starts etcd and the API server and waits for the latter.
func (c *Cluster) startAPI(ctx context.Context) error {
	etcd, storage, err := c.startEtcd()
	if err != nil {
		return err
	}
	address, err := c.freeAddress()
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address: %w", err)
	}
	dir := c.folder.path
	tokens, policy, key := filepath.Join(dir, "tokens.csv"), filepath.Join(dir, "audit-policy.yaml"), filepath.Join(dir, "sa.key")
	c.audit = newAuditLog(filepath.Join(dir, auditFile))
	if err := errors.Join(
		writeTokens(tokens, c.users),
		os.WriteFile(policy, []byte(auditPolicy(c.options.AuditAccounts)), 0o600),
		writeSigningKey(key),
	); err != nil {
		return err
	}
	server, err := c.run("kube-apiserver", c.binary("controlplane"), "kube-apiserver",
		"--etcd-servers="+storage,
		"--bind-address="+host, "--secure-port="+port, "--cert-dir="+filepath.Join(dir, "certs"),
		// The Service "kubernetes" gets no endpoints; an address must be named all the same, and not be loopback.
		"--endpoint-reconciler-type=none", "--advertise-address=192.0.2.1", "--service-cluster-ip-range=10.0.0.0/16",
		"--token-auth-file="+tokens, "--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+key, "--service-account-signing-key-file="+key,
		// Pods would need a service account with its token, which nothing here makes or reads.
		"--disable-admission-plugins=ServiceAccount",
		// A log that is rotated after 100 MB, the default, is one from which the earlier writes of a long test are missing.
		"--audit-policy-file="+policy, "--audit-log-path="+c.AuditLog(), "--audit-log-maxsize=100000",
	)
	if err != nil {
		return err
	}
	c.logf("etcd and kube-apiserver started")
	c.apiURL = "https://" + address
	// Until the server has written its certificate nobody can check it, and readiness gives away nothing.
	insecure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer insecure.CloseIdleConnections()
	if err := server.waitReady(ctx, insecure, c.apiURL+"/readyz"); err != nil {
		if !etcd.alive() {
			return etcd.failure(err) // the cause
		}
		return err
	}
	c.watchOver(server)
	if c.ca, err = os.ReadFile(filepath.Join(dir, "certs", "apiserver.crt")); err != nil {
		return fmt.Errorf("certificate of the API server: %w", err)
	}
	return nil
}

// startEtcd starts etcd and returns its URL. The API server waits for it by itself.
func (c *Cluster) startEtcd() (etcd *process, url string, err error) {
	clients, err := c.freeAddress()
	if err != nil {
		return nil, "", err
	}
	peers, err := c.freeAddress()
	if err != nil {
		return nil, "", err
	}
	etcd, err = c.run("etcd", c.binary("controlplane"), "etcd",
		"--data-dir="+filepath.Join(c.folder.path, "etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls=http://"+clients, "--advertise-client-urls=http://"+clients,
		"--listen-peer-urls=http://"+peers, "--initial-advertise-peer-urls=http://"+peers, "--initial-cluster=default=http://"+peers,
	)
	if err != nil {
		return nil, "", err
	}
	c.watchOver(etcd)
	return etcd, "http://" + clients, nil
}

// startControllerManager starts the controllers. They begin when their caches are filled, and whoever waits for what they
// do waits long enough. CRDs must be there already: the garbage collector looks for new ones only every 30 s.
func (c *Cluster) startControllerManager() error {
	p, err := c.run("kube-controller-manager", c.binary("controlplane"), "kube-controller-manager",
		"--kubeconfig="+c.Kubeconfig(controllerManagerUser), "--secure-port=0", "--leader-elect=false",
		"--controllers="+strings.Join(controllers(), ","), "--use-service-account-credentials=false",
		"--kube-api-qps=1000", "--kube-api-burst=2000",
		"--horizontal-pod-autoscaler-sync-period=2s", "--horizontal-pod-autoscaler-downscale-stabilization=2s",
	)
	if err != nil {
		return err
	}
	c.watchOver(p)
	c.logf("kube-controller-manager started")
	return nil
}

// writeSigningKey writes a new key for service account tokens.
func writeSigningKey(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	return nil
}
