package cluster

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Users of the cluster.
const (
	// Admin may do everything.
	Admin = "admin"
	// Controller is Sluice's service account. It may do nothing until the test or the chart under test grants it.
	Controller = "system:serviceaccount:sluice-system:sluice"
	// Developer is a person who deploys: all verbs on workloads, Services, ConfigMaps, autoscalers and Istio's networking
	// objects, but none of the rights by which one becomes somebody else.
	Developer = "alice"

	podRunnerUser         = "pod-runner"
	controllerManagerUser = "system:kube-controller-manager"
	prometheusUser        = "prometheus"
)

// user is one line of the token file.
type user struct {
	name, token string
	groups      []string
	file        string // kubeconfig
}

// newUsers are all users with fresh tokens, by name.
func newUsers(dir string) map[string]user {
	users := map[string]user{}
	add := func(name, file string, groups ...string) {
		users[name] = user{name: name, token: rand.Text(), groups: groups, file: filepath.Join(dir, file+".kubeconfig")}
	}
	add(Admin, "admin", "system:masters")
	add(Controller, "controller", "system:serviceaccounts", "system:serviceaccounts:sluice-system")
	add(Developer, "developer", "developers")
	add(podRunnerUser, "pod-runner", "system:masters")
	add(controllerManagerUser, "controller-manager", "system:masters")
	add(prometheusUser, "prometheus")
	return users
}

// writeTokens writes the file from which the API server knows the users.
func writeTokens(path string, users map[string]user) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	w := csv.NewWriter(f)
	for _, u := range users {
		groups := ""
		for i, g := range u.groups {
			if i > 0 {
				groups += ","
			}
			groups += g
		}
		// An error of Write stays until Flush, and Error tells it.
		_ = w.Write([]string{u.token, u.name, "uid-" + u.name, groups})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("token file: %w", err)
	}
	return nil
}

// Config is how a user talks to the API server, without a limit on the rate of requests. Any name that isn't one of the
// users above is impersonated by the admin, in no group but system:authenticated.
func (c *Cluster) Config(name string) *rest.Config {
	config := &rest.Config{
		Host:            c.apiURL,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.ca},
		QPS:             -1,
		UserAgent:       "test/" + name,
	}
	u, known := c.users[name]
	if !known {
		u = c.users[Admin]
		config.Impersonate = rest.ImpersonationConfig{UserName: name}
	}
	config.BearerToken = u.token
	return config
}

// Kubeconfig is the path of a file with which kubectl and controllers act as one of the users above.
func (c *Cluster) Kubeconfig(name string) string { return c.users[name].file }

// writeKubeconfig writes a kubeconfig with one context.
func writeKubeconfig(path, server string, ca []byte, u user) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["embedded"] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos[u.name] = &clientcmdapi.AuthInfo{Token: u.token}
	config.Contexts["embedded"] = &clientcmdapi.Context{Cluster: "embedded", AuthInfo: u.name}
	config.CurrentContext = "embedded"
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("kubeconfig of %s: %w", u.name, err)
	}
	return nil
}

// Grant gives a user rights in all namespaces, by a ClusterRole and a ClusterRoleBinding of the given name.
func (c *Cluster) Grant(ctx context.Context, name, userName string, rules ...rbacv1.PolicyRule) error {
	meta := metav1.ObjectMeta{Name: name}
	rbac := c.client.RbacV1()
	if _, err := rbac.ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("grant %s: %w", name, err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: userName}},
	}
	if _, err := rbac.ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("grant %s: %w", name, err)
	}
	return nil
}

// grantUsers gives the users above their rights.
func (c *Cluster) grantUsers(ctx context.Context) error {
	err := c.Grant(ctx, "prometheus", prometheusUser, rbacv1.PolicyRule{
		APIGroups: []string{""}, Resources: []string{"pods", "namespaces"}, Verbs: []string{"get", "list", "watch"},
	})
	if err != nil {
		return err
	}
	all := []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
	return c.Grant(ctx, "developer", Developer,
		rbacv1.PolicyRule{APIGroups: []string{"apps", "batch", "autoscaling", "policy"}, Resources: []string{"*"}, Verbs: all},
		rbacv1.PolicyRule{APIGroups: []string{"networking.istio.io", "monitoring.coreos.com"}, Resources: []string{"*"}, Verbs: all},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"services", "configmaps", "pods", "pods/eviction"}, Verbs: all},
		rbacv1.PolicyRule{APIGroups: []string{"", "events.k8s.io"}, Resources: []string{"events"}, Verbs: all[:3]},
	)
}
