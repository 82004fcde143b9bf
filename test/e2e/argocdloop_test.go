package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// argocd keeps the stage like Git, by Argo CD's own code: every second it compares, and syncs what is out of sync, as it does with
// automated sync and selfHeal. What it did without a commit to do it for is a fight.
type argocd struct {
	*judge
	manifest map[string]any // the Application
	stop     context.CancelFunc
	done     chan struct{}

	mu      sync.Mutex // guards what follows
	targets []map[string]any
	commits int // made
	synced  int // commits that were found in sync
	rounds  int
	syncs   []string // what was out of sync each time, by kind
	changed chan struct{}
	err     error
}

// managedByArgo hands the first version's objects, and from then on the application, to Argo CD.
func managedByArgo(s *stage, options ...string) *argocd {
	s.Helper()
	j := newJudge(s)
	ctx, cancel := context.WithCancel(s.ctx)
	a := &argocd{
		judge: j, manifest: j.application(options...),
		stop: cancel, done: make(chan struct{}), changed: make(chan struct{}),
	}
	given := s.app.Annotations
	s.app.Annotations = nil
	a.commit()
	go a.heal(ctx)
	s.Cleanup(a.rest)
	a.settled()
	s.written = s.objects()
	s.app.Annotations = given
	return a
}

// manifests are s.app as it stands in Git, with the VirtualService that was written by hand.
func (j *judge) manifests() []map[string]any {
	j.Helper()
	route := map[string]any{}
	require.NoError(j, yaml.Unmarshal([]byte(handwritten), &route))
	targets := []map[string]any{route}
	for _, object := range []any{j.app.Service(), j.app.Deployment()} {
		text, err := json.Marshal(object)
		require.NoError(j, err)
		target := map[string]any{}
		require.NoError(j, json.Unmarshal(text, &target))
		delete(target, "status")
		targets = append(targets, target)
	}
	return targets
}

// commit puts s.app in the place of what was in Git.
func (a *argocd) commit() {
	a.Helper()
	targets := a.manifests()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.targets = targets
	a.commits++
}

// release commits a version of the application, and waits until Argo CD has synced it.
func (a *argocd) release(version string, env map[string]string) {
	a.Helper()
	a.app.Version, a.app.Env, a.app.Image = version, env, ""
	a.commit()
	a.until(version+" in the Deployment", func() bool { return versionOf(&a.deployment().Spec.Template) == version })
}

// settled waits until Argo CD has found the last commit in sync.
func (a *argocd) settled() {
	a.Helper()
	for {
		a.mu.Lock()
		over, changed, err := a.synced == a.commits, a.changed, a.err
		a.mu.Unlock()
		require.NoError(a, err)
		if over {
			return
		}
		select {
		case <-changed:
		case <-a.ctx.Done():
			require.FailNow(a, "Argo CD never found it in sync", "%v", a.syncs)
		}
	}
}

// rest ends the loop; it may be called again.
func (a *argocd) rest() {
	a.stop()
	<-a.done
	assert.NoError(a, a.err, "Argo CD")
}

func (a *argocd) heal(ctx context.Context) {
	defer close(a.done)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		a.mu.Lock()
		targets, commit := a.targets, a.commits
		a.mu.Unlock()
		v, err := a.round(targets)
		a.mu.Lock()
		a.rounds++
		switch {
		case err != nil && ctx.Err() == nil:
			a.err = err
		case v.Synced:
			a.synced = commit
		default:
			var kinds []string
			for _, d := range v.Differences {
				kinds = append(kinds, d.Kind)
			}
			a.syncs = append(a.syncs, strings.Join(kinds, ", "))
		}
		close(a.changed)
		a.changed = make(chan struct{})
		a.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (a *argocd) round(targets []map[string]any) (verdict, error) {
	q := question{Do: "compare", Application: a.manifest, Targets: targets}
	v, err := a.ask(q)
	if err != nil || v.Error != "" || v.Synced {
		return v, wrong(v, err)
	}
	before := v
	q.Do = "sync"
	v, err = a.ask(q)
	if err == nil && v.Error == "" && v.Phase != "Succeeded" {
		return v, fmt.Errorf("sync %s: %s: %v", v.Phase, v.Message, v.Results)
	}
	return before, wrong(v, err)
}

func wrong(v verdict, err error) error {
	if err == nil && v.Error != "" {
		return fmt.Errorf("Argo CD: %s", v.Error)
	}
	return err
}

// unfought asserts that Argo CD was at it all the time and synced each commit but once, and that nobody has undone what Sluice did.
func (a *argocd) unfought(commits int) {
	a.Helper()
	a.settled()
	a.rest()
	a.stage.unfought()
	assert.Greater(a, a.rounds, 5, "rounds of the loop")
	assert.Len(a, a.syncs, commits, "syncs, of which each has a commit to do it for: %v", a.syncs)
}
