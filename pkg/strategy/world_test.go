package strategy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// world is a cluster in memory with one Deployment, its Service and its VirtualServices: what Plan's Actions change, the controllers
// of Kubernetes that answer to them, and a controller of Sluice with its memory. Time is simulated; what happens at one time may
// still happen in any order. A plan is only made when something has changed or when the last one asked to be woken, so a Decision
// that forgets its WakeAt hangs here as it would in a cluster.
type world struct {
	now      time.Time
	settings strategy.Settings
	version  int

	annotations map[string]string
	dep         *worldDeployment
	sets        []*worldSet
	record      []byte // as stored
	recordUID   string
	recordRV    string
	recordAt    int // which record it is, for its UID
	services    map[string]*worldService
	routes      map[string]*worldRoute
	endpoints   map[string]map[string][]*worldPod // by Service, by ReplicaSet: as the EndpointSlices have them
	pods        int
	userPolicy  string       // the traffic policy of the user's DestinationRule for the Service; empty: none
	ourPolicy   *worldPolicy // nil: none
	jobs        []*worldJob
	// jobsFail and jobTime are how the next Jobs end and how long they take.
	jobsFail bool
	jobTime  time.Duration

	boot map[string]time.Duration // how long pods of a template take to be ready; negative: never

	memory  worldMemory
	judge   *analysis.Subject
	verdict *analysis.Verdict
	mode    string // how the evidence comes out: pass, fail, wait, blind, none
	modeAt  map[int]string
	judgeAt time.Time
	wakeAt  time.Time
	changed bool

	plans  int
	events []string
	trace  []string // the actions, for people
	last   strategy.Decision
	// refused makes a write fail: the executor stops there.
	refused func(strategy.Action) bool
	// between is called before every action.
	between func(strategy.Action)
	// crashing: the controller dies with the pass that it is in.
	crashing bool
	// lostRecord: somebody has deleted it.
	lostRecord bool
	laws       *laws
	// lost ends the test when the world never comes to rest.
	lost func(why string)
}

type worldDeployment struct {
	uid, rv    string
	paused     bool
	replicas   int
	surge      int
	deadline   time.Duration
	template   string
	conditions []strategy.Condition
	deleting   bool
}

type worldSet struct {
	name, uid, rv, hash, template string
	controller                    string // UID of the controlling owner
	replicas, actual, available   int
	created                       time.Time
	revision                      int
	desired, highest              int // annotations desired-replicas and max-replicas
	pods                          []*worldPod
}

type worldPod struct {
	id    string
	set   *worldSet
	ready bool
	due   time.Time
	never bool
	gone  bool
}

type worldService struct {
	name, rv, runBy, ports string
	selector               map[string]string
	managed, grpc          bool
}

type worldRoute struct {
	name, rv, runBy, manager string
	managed                  bool
	object                   map[string]any
	user                     string // its spec as the user last wrote it
}

type worldPolicy struct{ rv, policy string }

type worldMemory struct {
	services map[string]*seenService
	routes   map[string]*seenRoute
}

type seenService struct {
	since   time.Time
	ready   map[string]strategy.Levels
	changed map[string]time.Time

	pinned, pinBefore string
	pinSeen           bool
	pinSince          time.Time
}

type seenRoute struct {
	view, previous traffic.View
	since          time.Time
	first          bool
}

const (
	ns      = "prod"
	app     = "shop"
	recName = "shop-sluice"
	depUID  = "deployment-uid"
)

var epoch = time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)

// production are the controller's default settings.
func production() strategy.Settings {
	return strategy.Settings{
		Brake: strategy.BrakeAdmission, Settle: 12 * time.Second, Drain: 30 * time.Second, Stale: time.Minute,
		Prometheus: true, Mesh: true, Domain: "cluster.local", Sight: 45 * time.Second,
	}
}

func newWorld(settings strategy.Settings) *world {
	w := &world{
		now: epoch, settings: settings, services: map[string]*worldService{}, routes: map[string]*worldRoute{},
		endpoints: map[string]map[string][]*worldPod{}, boot: map[string]time.Duration{}, mode: "pass", modeAt: map[int]string{},
		annotations: map[string]string{},
	}
	w.crash()
	return w
}

// running is a world in which shop:v1 is annotated, promoted and at rest behind a VirtualService.
func running(t testing.TB, replicas int) *world {
	t.Helper()
	w := newWorld(production())
	w.deploy(replicas, "v1")
	w.route("shop", false)
	w.annotations[spec.AnnotationStrategy] = "canary"
	w.calm(t)
	w.advance(t, time.Minute)
	require.Equal(t, strategy.PhaseAtRest, w.last.Status.Phase, w.last.Status.Message)
	return w
}

func (w *world) rv() string {
	w.version++
	w.changed = true
	return strconv.Itoa(w.version)
}

// crash forgets all that only the process knew.
func (w *world) crash() {
	w.memory = worldMemory{services: map[string]*seenService{}, routes: map[string]*seenRoute{}}
	w.judge, w.verdict, w.wakeAt, w.judgeAt = nil, nil, time.Time{}, time.Time{}
	w.changed = true
}

func (w *world) deploy(replicas int, template string) {
	w.dep = &worldDeployment{uid: depUID, rv: w.rv(), replicas: replicas, surge: 1, deadline: 10 * time.Minute, template: template}
	w.services[app] = &worldService{name: app, rv: w.rv(), ports: "http/8080", selector: map[string]string{"app": app}}
}

// route makes a VirtualService of the user's; weighted: it splits 80/20 with another host already.
func (w *world) route(name string, weighted bool) {
	dest := []any{map[string]any{"destination": map[string]any{"host": app}}}
	if weighted {
		dest = []any{
			map[string]any{"destination": map[string]any{"host": app + "." + ns}, "weight": int64(80)},
			map[string]any{"destination": map[string]any{"host": "legacy"}, "weight": int64(20)},
		}
	}
	object := map[string]any{
		"metadata": map[string]any{"namespace": ns, "name": name},
		"spec": map[string]any{
			"hosts": []any{app},
			"http":  []any{map[string]any{"route": dest, "retries": map[string]any{"attempts": int64(2)}}},
		},
	}
	w.routes[name] = &worldRoute{name: name, rv: w.rv(), object: object, user: written(object)}
}

// written is the spec of an object as text.
func written(object map[string]any) string {
	text, err := json.Marshal(object["spec"])
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (w *world) target() traffic.Target {
	return traffic.Target{Namespace: ns, Service: app, Canary: strategy.CanaryServiceName(app), Domain: w.settings.Domain}
}

func (w *world) view(r *worldRoute) traffic.View {
	view, err := traffic.Look(r.object, w.target(), strategy.RouteNames(w.spec(), ns, strategy.Key{Namespace: ns, Name: r.name})...)
	if err != nil {
		return traffic.View{}
	}
	return view
}

func (w *world) spec() spec.Spec { return spec.Parse(w.annotations) }

// blueGreen says which strategy is at work: the run's own, if there is one.
func (w *world) blueGreen() bool {
	if run := w.run(); run != nil && run.Phase != strategy.RunAborted {
		return run.Strategy == spec.StrategyBlueGreen
	}
	return w.spec().Strategy == spec.StrategyBlueGreen
}

// beside is the Service by which the new version is reached.
func (w *world) beside() string {
	if w.blueGreen() {
		return strategy.PreviewServiceName(app)
	}
	return strategy.CanaryServiceName(app)
}

// read is the record as the controller reads it.
func (w *world) read() *strategy.Record {
	if w.record == nil {
		return nil
	}
	var r strategy.Record
	if err := json.Unmarshal(w.record, &r); err != nil {
		panic(err)
	}
	r.UID, r.ResourceVersion = w.recordUID, w.recordRV
	return &r
}

func (w *world) run() *strategy.Run {
	if r := w.read(); r != nil {
		return r.Run
	}
	return nil
}

func (w *world) set(name string) *worldSet {
	if i := slices.IndexFunc(w.sets, func(s *worldSet) bool { return s.name == name }); i >= 0 {
		return w.sets[i]
	}
	return nil
}

// templateSet is the first ReplicaSet of a template.
func (w *world) templateSet(template string) *worldSet {
	if i := slices.IndexFunc(w.sets, func(s *worldSet) bool { return s.template == template }); i >= 0 {
		return w.sets[i]
	}
	return nil
}

// What users do.

func (w *world) push(template string) {
	if w.dep == nil || w.dep.template == template {
		return
	}
	w.dep.template = template
	_, annotated := w.annotations[spec.AnnotationStrategy]
	if annotated && w.settings.Brake == strategy.BrakeAdmission {
		w.dep.paused = true
	}
	w.dep.rv = w.rv()
}

func (w *world) scale(replicas int) {
	if w.dep != nil && w.dep.replicas != replicas {
		w.dep.replicas, w.dep.rv = replicas, w.rv()
	}
}

func (w *world) annotate(name, value string) {
	w.annotations[spec.Prefix+name] = value
	if w.dep != nil {
		w.dep.rv = w.rv()
	}
}

func (w *world) unannotate(name string) {
	delete(w.annotations, spec.Prefix+name)
	if w.dep != nil {
		w.dep.rv = w.rv()
	}
}

// command gives the present run a command.
func (w *world) command(verb string) {
	if run := w.run(); run != nil {
		w.annotate("command", verb+" "+run.Canary.Hash)
	}
}

// unpause is `kubectl rollout resume`, which the policy refuses where it is installed.
func (w *world) unpause() {
	if w.dep != nil && w.dep.paused {
		w.dep.paused, w.dep.rv = false, w.rv()
	}
}

// edit sets a weight by hand, or by a GitOps tool, as the field manager of that name.
func (w *world) edit(name string, weight int, manager string) {
	r := w.routes[name]
	if r == nil {
		return
	}
	object := traffic.Restore(r.object, w.target())
	if weight > 0 {
		split, err := traffic.Split(object, w.target(), traffic.Share{Weight: weight})
		if err != nil {
			panic(err)
		}
		object = split
	}
	r.object, r.manager, r.rv = object, manager, w.rv()
}

func (w *world) deleteDeployment() {
	w.dep = nil
	w.rv()
}

// deleteSet is `kubectl delete rs`.
func (w *world) deleteSet(name string) {
	if s := w.set(name); s != nil {
		for _, pod := range s.pods {
			pod.gone = true
		}
		s.pods = nil
		w.sets = slices.DeleteFunc(w.sets, func(other *worldSet) bool { return other == s })
		w.rv()
	}
}

func (w *world) loseRecord() {
	w.record, w.recordUID, w.recordRV = nil, "", ""
	w.rv()
}

// String is the state in a few lines, for people.
func (w *world) String() string {
	text := ""
	if w.dep != nil {
		text += fmt.Sprintf("deployment %s replicas=%d paused=%t\n", w.dep.template, w.dep.replicas, w.dep.paused)
	}
	for _, s := range w.sets {
		text += fmt.Sprintf("replicaset %s template=%s owner=%s pods=%d/%d\n", s.name, s.template, w.owner(s), s.available, s.replicas)
	}
	for _, name := range slices.Sorted(maps.Keys(w.services)) {
		svc := w.services[name]
		text += fmt.Sprintf("service %s pin=%s mark=%s\n", name, svc.selector[hashLabel], svc.runBy)
	}
	for _, name := range slices.Sorted(maps.Keys(w.routes)) {
		r := w.routes[name]
		text += fmt.Sprintf("route %s weight=%d mark=%s\n", name, w.view(r).Weight, r.runBy)
	}
	if run := w.run(); run != nil {
		text += fmt.Sprintf("run %d %s step=%d weight=%d\n", run.Number, run.Phase, run.Step, run.Weight)
	}
	return text
}
