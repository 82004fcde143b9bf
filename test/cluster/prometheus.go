package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"text/template"
	"time"
)

// prometheus is the one Prometheus of a cluster, which may be stopped and started again at the same address.
type prometheus struct {
	address string // host:port

	mu      sync.Mutex // guards what follows
	process *process
	mesh    []string // targets of the data plane, host:port
	sluice  []string // those of controllers
}

// prometheusConfig discovers pods through the API server and scrapes those that run, at the port named http… or without a
// name, at the loopback address where the pod runner serves them. The metrics of mesh and controller name the pods and Deployments
// that they are about: honor_labels keeps them.
const prometheusConfig = `
global:
  scrape_interval: {{.Interval}}
  scrape_timeout: {{.Interval}}
rule_files:
- {{.Rules}}/*.yaml
scrape_configs:
- job_name: pods
  kubernetes_sd_configs:
  - role: pod
    kubeconfig_file: {{.Kubeconfig}}
  relabel_configs:
  - {action: keep, source_labels: [__meta_kubernetes_pod_phase], regex: Running}
  - {action: keep, source_labels: [__meta_kubernetes_pod_container_port_number], regex: .+}
  - {action: keep, source_labels: [__meta_kubernetes_pod_container_port_name], regex: 'http.*|'}
  - {source_labels: [__address__], regex: '10\.244\.(.+)', target_label: __address__, replacement: '127.244.$1'}
  - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
  - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
  - {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
{{- range .Static}}
- job_name: {{.Job}}
  honor_labels: true
  static_configs:
  - targets: [{{range $i, $target := .Targets}}{{if $i}}, {{end}}'{{$target}}'{{end}}]
{{- end}}
`

// staticJob is a job of prometheusConfig whose targets are known by their addresses.
type staticJob struct {
	Job     string
	Targets []string
}

// staticJobs are those that have a target.
func (p *prometheus) staticJobs() []staticJob {
	var jobs []staticJob
	for _, job := range []staticJob{{"mesh", p.mesh}, {"sluice", p.sluice}} {
		if len(job.Targets) > 0 {
			jobs = append(jobs, job)
		}
	}
	return jobs
}

// PrometheusURL is the address of Prometheus; it stays the same when Prometheus is stopped and started again.
func (c *Cluster) PrometheusURL() string { return "http://" + c.prometheus.address }

// startPrometheus chooses an address and starts Prometheus there.
func (c *Cluster) startPrometheus(ctx context.Context) error {
	address, err := c.freeAddress()
	if err != nil {
		return err
	}
	c.prometheus = &prometheus{address: address}
	return c.StartPrometheus(ctx)
}

// StartPrometheus starts Prometheus after a StopPrometheus, with the data it had, and returns when it is ready.
func (c *Cluster) StartPrometheus(ctx context.Context) error {
	p := c.prometheus
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil && p.process.alive() {
		return nil
	}
	config, err := c.writePrometheusConfig()
	if err != nil {
		return err
	}
	p.process, err = c.run("prometheus", c.binary("prometheus"),
		"--config.file="+config, "--storage.tsdb.path="+filepath.Join(c.folder.path, "prometheus"),
		"--storage.tsdb.retention.time=6h", "--storage.tsdb.no-lockfile",
		"--web.listen-address="+p.address, "--web.enable-lifecycle", "--log.level=warn",
		"--scrape.discovery-reload-interval=100ms", // for new pods to be scraped soon; the default is 5s
	)
	if err != nil {
		return err
	}
	if err := p.process.waitReady(ctx, http.DefaultClient, c.PrometheusURL()+"/-/ready"); err != nil {
		return err
	}
	c.logf("prometheus ready at %s", c.PrometheusURL())
	return nil
}

// StopPrometheus ends Prometheus in good order: it keeps its data.
func (c *Cluster) StopPrometheus() error {
	p := c.prometheus
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.process.stop(20 * time.Second); err != nil {
		return p.process.failure(err)
	}
	return nil
}

// PausePrometheus halts the process: connections are accepted and never answered, until ResumePrometheus.
func (c *Cluster) PausePrometheus() error {
	c.prometheus.mu.Lock()
	defer c.prometheus.mu.Unlock()
	return c.prometheus.process.pause()
}

// ResumePrometheus ends a PausePrometheus.
func (c *Cluster) ResumePrometheus() error {
	c.prometheus.mu.Lock()
	defer c.prometheus.mu.Unlock()
	return c.prometheus.process.signal(syscall.SIGCONT)
}

// ScrapeMesh adds a data plane's metrics (host:port, path /metrics) to what Prometheus scrapes. Labels in the metrics win
// over those of the target.
func (c *Cluster) ScrapeMesh(ctx context.Context, address string) error {
	p := c.prometheus
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mesh = append(p.mesh, address)
	return c.reloadPrometheus(ctx)
}

// ScrapeController adds a controller's metrics to what Prometheus scrapes, as job sluice: what dashboards and alert rules read.
func (c *Cluster) ScrapeController(ctx context.Context, controller *ControllerProcess) error {
	p := c.prometheus
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sluice = append(p.sluice, controller.address)
	return c.reloadPrometheus(ctx)
}

// LoadRules has Prometheus load a rule file under a name of its own.
func (c *Cluster) LoadRules(ctx context.Context, name, rules string) error {
	p := c.prometheus
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := os.MkdirAll(c.rulesFolder(), 0o700); err != nil {
		return fmt.Errorf("rules of prometheus: %w", err)
	}
	if err := os.WriteFile(filepath.Join(c.rulesFolder(), name+".yaml"), []byte(rules), 0o600); err != nil {
		return fmt.Errorf("rules of prometheus: %w", err)
	}
	return c.reloadPrometheus(ctx)
}

func (c *Cluster) rulesFolder() string { return filepath.Join(c.folder.path, "rules") }

// reloadPrometheus has Prometheus read its configuration anew. The caller holds the lock.
func (c *Cluster) reloadPrometheus(ctx context.Context) error {
	p := c.prometheus
	if _, err := c.writePrometheusConfig(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.PrometheusURL()+"/-/reload", http.NoBody)
	if err != nil {
		return fmt.Errorf("reload prometheus: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("reload prometheus: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return p.process.failure(errors.New("reload: " + resp.Status))
	}
	return nil
}

// writePrometheusConfig writes the configuration and returns its path. The caller holds the lock.
func (c *Cluster) writePrometheusConfig() (string, error) {
	var text bytes.Buffer
	err := template.Must(template.New("prometheus").Parse(prometheusConfig)).Execute(&text, map[string]any{
		"Interval": c.options.ScrapeInterval, "Kubeconfig": c.Kubeconfig(prometheusUser),
		"Static": c.prometheus.staticJobs(), "Rules": c.rulesFolder(),
	})
	if err != nil {
		return "", fmt.Errorf("configuration of prometheus: %w", err)
	}
	path := filepath.Join(c.folder.path, "prometheus.yaml")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		return "", fmt.Errorf("configuration of prometheus: %w", err)
	}
	return path, nil
}
