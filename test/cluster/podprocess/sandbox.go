package podprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// sandbox is what one run of a container has around it.
type sandbox struct {
	runner    *Runner
	pod       *corev1.Pod
	container *corev1.Container
	loopback  string
	dir       string
}

// command is the process that is to be started.
func (s sandbox) command(ctx context.Context) (*exec.Cmd, error) {
	binary, err := s.runner.options.Binary(s.container.Image)
	if err != nil {
		return nil, err
	}
	env, known, err := environment(s.pod, s.container, "10.244."+strings.TrimPrefix(s.loopback, "127.244."))
	if err != nil {
		return nil, err
	}
	kubeconfig, err := s.kubeconfig(ctx)
	if err != nil {
		return nil, err
	}
	mounts, err := s.mounts(ctx)
	if err != nil {
		return nil, err
	}
	work := filepath.Join(s.dir, "work")
	if err := os.Mkdir(work, 0o555); err != nil {
		return nil, fmt.Errorf("working directory: %w", err)
	}
	nowhere := filepath.Join(s.dir, "nowhere")
	cmd := exec.Command(binary) //nolint:noctx // it is asked to end before it is killed
	cmd.Dir = work
	cmd.Env = append(env, "KUBECONFIG="+kubeconfig, "HOME="+nowhere, "TMPDIR="+nowhere)
	for _, arg := range s.container.Args {
		arg, err := s.reachable(ctx, mounts.Replace(expand(arg, known)))
		if err != nil {
			return nil, err
		}
		cmd.Args = append(cmd.Args, arg)
	}
	return cmd, nil
}

// inspect notes what the process has made in its working directory.
func (s sandbox) inspect(work string) error {
	files, err := os.ReadDir(work)
	if err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	s.runner.mu.Lock()
	defer s.runner.mu.Unlock()
	for _, f := range files {
		s.runner.wrote = append(s.runner.wrote, s.pod.Name+": "+f.Name())
	}
	return nil
}

// kubeconfig has a token of the pod's ServiceAccount, bound to the pod; where the pod asks for none it has nobody's.
func (s sandbox) kubeconfig(ctx context.Context) (string, error) {
	path := filepath.Join(s.dir, "kubeconfig")
	if auto := s.pod.Spec.AutomountServiceAccountToken; auto != nil && !*auto {
		return path, nil
	}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		BoundObjectRef: &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: s.pod.Name, UID: s.pod.UID},
	}}
	accounts := s.runner.options.Client.CoreV1().ServiceAccounts(s.pod.Namespace)
	answer, err := accounts.CreateToken(ctx, s.pod.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("token of service account %q: %w", s.pod.Spec.ServiceAccountName, err)
	}
	server := s.runner.options.Server
	config := clientcmdapi.NewConfig()
	config.Clusters["cluster"] = &clientcmdapi.Cluster{Server: server.Host, CertificateAuthorityData: server.CAData}
	config.AuthInfos["pod"] = &clientcmdapi.AuthInfo{Token: answer.Status.Token}
	config.Contexts["pod"] = &clientcmdapi.Context{Cluster: "cluster", AuthInfo: "pod", Namespace: s.pod.Namespace}
	config.CurrentContext = "pod"
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return "", fmt.Errorf("kubeconfig of pod %s: %w", s.pod.Name, err)
	}
	return path, nil
}

// mounts writes the Secrets of the volumes to files, and translates the paths where the container expects them.
func (s sandbox) mounts(ctx context.Context) (*strings.Replacer, error) {
	var pairs []string
	for _, mount := range s.container.VolumeMounts {
		target := filepath.Join(s.dir, "volumes", mount.Name)
		pairs = append(pairs, mount.MountPath+"/", target+"/")
		for _, volume := range s.pod.Spec.Volumes {
			if volume.Name != mount.Name {
				continue
			}
			if err := s.secret(ctx, volume.Secret, target); err != nil {
				return nil, fmt.Errorf("volume %s: %w", volume.Name, err)
			}
		}
	}
	return strings.NewReplacer(pairs...), nil
}

// secret writes the items of a Secret, or all of it, into a folder.
func (s sandbox) secret(ctx context.Context, source *corev1.SecretVolumeSource, target string) error {
	secret, err := s.runner.options.Client.CoreV1().Secrets(s.pod.Namespace).Get(ctx, source.SecretName, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("secret %s: %w", source.SecretName, err)
	}
	files := map[string][]byte{}
	for _, item := range source.Items {
		value, has := secret.Data[item.Key]
		if !has {
			return fmt.Errorf("secret %s has no key %s", source.SecretName, item.Key)
		}
		files[item.Path] = value
	}
	if len(source.Items) == 0 {
		files = secret.Data
	}
	errs := []error{os.MkdirAll(target, 0o700)}
	for name, value := range files {
		errs = append(errs, os.WriteFile(filepath.Join(target, name), value, 0o400))
	}
	return errors.Join(errs...)
}
