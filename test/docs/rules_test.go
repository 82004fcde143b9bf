package docs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// rule is how commands of some form are run. Those of no rule are run as they stand, and must end well.
type rule struct {
	name  string
	match *regexp.Regexp
	// stage is the only one that it is for; empty: all.
	stage string
	run   func(w *world, command string)
}

// rules are tried in this order.
func rules() []rule {
	return []rule{
		{
			name: "a command that nobody takes up", match: regexp.MustCompile(`^kubectl sluice (abort|approve|promote)`),
			stage: controllerGone, run: (*world).inVain,
		},
		{name: "a target of the Makefile: not made, but asked for", match: regexp.MustCompile(`^make `), run: (*world).makes},
		{name: "the way out: as Sluice's account, for this namespace", match: regexp.MustCompile(`^(\.bin/)?controller release`), run: (*world).releases},
		{name: "the controller, until it is ended", match: regexp.MustCompile(`^(\.bin/)?controller\s+--`), run: (*world).serves},
		{name: "a view that is ended by Ctrl-C", match: regexp.MustCompile(`^kubectl sluice watch|^kubectl .*(--watch|-w)\b`), run: (*world).watches},
		{name: "logs: there are no containers", match: regexp.MustCompile(`^kubectl .*\blogs\b`), run: (*world).logs},
		{name: "needs a kubelet or a metrics server: the object must be there", match: regexp.MustCompile(`^kubectl .*\b(port-forward|exec|top|attach)\b`), run: (*world).finds},
		{name: "what all pages share is changed by nobody", match: regexp.MustCompile(`^kubectl .*(sluice-system|mutatingadmission\S+) .*`), run: (*world).tries},
		{name: "history to replay is in test/backtest", match: regexp.MustCompile(`^(\.bin/)?controller backtest`), run: (*world).asks},
		{name: "Flagger isn't here: what its finalizer does", match: regexp.MustCompile(`^kubectl .*delete canary`), run: (*world).finalizes},
		{name: "a pipeline's question", match: regexp.MustCompile(`^kubectl sluice status .*--wait`), run: (*world).asks},
		{name: "Helm changes nothing: Sluice is installed once for all pages", match: regexp.MustCompile(`^helm (install|upgrade|uninstall|rollback)\b`), run: (*world).helm},
		{name: "a chart of others, which comes from the network", match: regexp.MustCompile(`^helm repo\b`), run: (*world).leaves},
		{name: "files of a release, and krew", match: regexp.MustCompile(`^sha256sum --check|^kubectl krew\b`), run: (*world).leaves},
		{name: "a clone, which comes from the network", match: regexp.MustCompile(`^git clone\b`), run: (*world).leaves},
	}
}

// replacements are what stands in pages for what is there in a world.
func replacements(w *world) []replacement {
	return []replacement{
		{regexp.MustCompile(`(-n|--namespace)([ =])(?:prod|shop|monitoring)\b`), func([]string) string { return "${1}${2}" + w.namespace }},
		{regexp.MustCompile(`\b(?:prod|shop)/(?:shop|cart|checkout)\b`), func([]string) string { return w.namespace + "/shop" }},
		{regexp.MustCompile(`http://127\.0\.0\.1:9090|http://prometheus\.monitoring:9090`), func([]string) string { return plane.PrometheusURL() }},
		{regexp.MustCompile(`http://(?:127\.0\.0\.1|localhost):8081`), func([]string) string { return w.controller.WebURL() }},
		{regexp.MustCompile(`http://(?:127\.0\.0\.1|localhost):8080`), func([]string) string { return w.controller.URL() }},
		{regexp.MustCompile(`oci://ghcr\.io/sluice-dev/charts/sluice( --version \S+)?`), func([]string) string { return "charts/sluice" }},
		{regexp.MustCompile(`<hash>|\bCANARY\b`), func([]string) string { return w.hash("canary") }},
		{regexp.MustCompile(`\bSTABLE\b`), func([]string) string { return w.hash("stable") }},
		{regexp.MustCompile(`:GOOD\b`), func([]string) string { return ":v3" }},
	}
}

// replacement is asked only where the pattern is found: not every world has a canary.
type replacement struct {
	pattern *regexp.Regexp
	by      func(found []string) string
}

// TestCommandsOfPages runs the commands of every page, in order.
func TestCommandsOfPages(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		if strings.Count(strings.Join(p.lines, "\n"), "```sh") == 0 {
			continue
		}
		t.Run(p.path, func(t *testing.T) {
			t.Parallel()
			tell(t, p)
		})
	}
}

// eachOf behind the name of a stage: the commands are alternatives, each of which is run in a world of its own.
const eachOf = ", each"

// tell runs a page's commands. The world is built when the first command needs it.
func tell(t *testing.T, p page) {
	t.Helper()
	var w *world
	stage, each := atRest, false
	for _, b := range p.blocks {
		if b.stage != "" {
			stage, each = strings.CutSuffix(b.stage, eachOf)
			w = nil
		}
		if b.language != "sh" {
			continue
		}
		for _, command := range commandsOf(t.Context(), t, b.text) {
			where := func() { t.Logf("%s:%d [%s] %s", p.path, b.line, stage, command) }
			if isElsewhere(t, command) {
				where()
				continue
			}
			if w == nil || each {
				w = newWorld(t, p, stage)
			}
			where()
			w.obey(command)
		}
		if b.then != "" {
			w.holds(b.then)
		}
	}
}

// isElsewhere says whether a command needs what isn't here. A program that nobody knows fails the test.
func isElsewhere(t *testing.T, command string) bool {
	t.Helper()
	known := map[string]bool{}
	for _, name := range append(append(ours(), utilities()...), perhaps()...) {
		known[name] = true
	}
	for _, word := range programsIn(command) {
		if why := elsewhere()[word]; why != "" {
			t.Logf("not run: %s: %s", word, why)
			return true
		}
		assert.True(t, known[word], "a program that no rule knows: %q in %s", word, command)
	}
	return false
}
