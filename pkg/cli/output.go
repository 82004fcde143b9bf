package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// item is a roll-out for programs. Fields are added, never renamed.
type item struct {
	Namespace string        `json:"namespace"`
	Name      string        `json:"name"`
	Phase     rollout.Phase `json:"phase"`
	Reason    spec.Reason   `json:"reason,omitempty"`
	Message   string        `json:"message,omitempty"`
	// Said is when reason and message were written, Since how long the phase lasts.
	Said  time.Time `json:"said,omitzero"`
	Since time.Time `json:"since,omitzero"`
	// Strategy is that of the run that goes on, or else the annotation's; empty for a Deployment that Sluice leaves alone.
	Strategy spec.Strategy `json:"strategy,omitempty"`
	// Step counts from 1; 0 when no run goes on. Weight is the canary's, in percent. Stage is preview, swap or bake, in blue-green only.
	Run    int           `json:"run,omitempty"`
	Step   int           `json:"step"`
	Steps  int           `json:"steps"`
	Stage  rollout.Stage `json:"stage,omitempty"`
	Weight int           `json:"weight"`
	// Plan has all steps; HoldsUntil is until when the present one lasts at least.
	Plan       []planItem `json:"plan,omitempty"`
	HoldsUntil time.Time  `json:"holdsUntil,omitzero"`
	// Approve says what an approval would do; empty when none is waited for. Next is the command that a person has to give.
	Approve string `json:"approve,omitempty"`
	Next    string `json:"next,omitempty"`
	Paused  bool   `json:"paused,omitempty"`
	Forced  bool   `json:"forced,omitempty"`
	// Early is how the canary is reached beside its weight, at present.
	Early *earlyItem `json:"early,omitempty"`
	// Hooks are those of the run, or, at rest, those of the last one that failed after its promotion.
	Hooks    []strategy.HookRun `json:"hooks,omitempty"`
	Stable   *version           `json:"stable,omitempty"`
	Canary   *version           `json:"canary,omitempty"`
	Evidence *evidenceItem      `json:"evidence,omitempty"`
	LastRun  *finishedRun       `json:"lastRun,omitempty"`
	Problems []spec.Problem     `json:"problems,omitempty"`
}

type version struct {
	ReplicaSet string   `json:"replicaSet"`
	Hash       string   `json:"hash"`
	Images     []string `json:"images,omitempty"`
	Ready      int      `json:"ready"`
	Wanted     int      `json:"wanted"`
	Troubles   []string `json:"troubles,omitempty"`
}

type planItem struct {
	Weight int `json:"weight"`
	// Hold is how long it lasts at least, as in 1m30s.
	Hold  string `json:"hold,omitempty"`
	Pause bool   `json:"pause,omitempty"`
}

type earlyItem struct {
	PreviewService string `json:"previewService,omitempty"`
	Header         string `json:"header,omitempty"`
	// Mirror is in percent.
	Mirror int `json:"mirror,omitempty"`
}

type evidenceItem struct {
	Source rollout.Source `json:"source"`
	At     time.Time      `json:"at,omitzero"`
	Gates  []rollout.Gate `json:"gates"`
}

type finishedRun struct {
	Number  int                `json:"number"`
	Result  strategy.Result    `json:"result"`
	Reason  spec.Reason        `json:"reason"`
	Message string             `json:"message,omitempty"`
	EndedAt time.Time          `json:"endedAt"`
	Hooks   []strategy.HookRun `json:"hooks,omitempty"`
}

func itemOf(r *rollout.Rollout) item {
	i := item{
		Namespace: r.Namespace, Name: r.Name, Phase: r.Phase, Reason: r.Reason, Message: r.Message, Said: r.SaidAt, Since: r.Since,
		Stable: versionOf(r.Stable), Canary: versionOf(r.Canary), Problems: r.Spec.Problems,
	}
	if r.RecordProblem != "" {
		i.Message = r.RecordProblem
	}
	i.Step, i.Steps = r.Step()
	if r.Run != nil {
		i.Run, i.Weight, i.Paused, i.Forced = r.Run.Number, r.Run.Weight, r.Run.Paused, r.Run.Forced
	}
	if r.Spec.Managed || r.Run != nil {
		i.Strategy = r.Strategy()
		i.Plan = planOf(r.Spec.Steps)
	}
	i.Stage, i.HoldsUntil, i.Hooks, i.Approve = r.Stage(), r.HoldsUntil(), r.Hooks(), explain.Approval(r)
	i.Next, _ = explain.Next(r)
	if early := r.Early(); early != (rollout.Early{}) {
		i.Early = &earlyItem{early.Service, early.Header.String(), early.Mirror}
	}
	if r.Evidence.Source != rollout.FromNothing {
		i.Evidence = &evidenceItem{r.Evidence.Source, r.Evidence.At, r.Evidence.Gates}
	}
	if last := r.Last(); last != nil {
		i.LastRun = &finishedRun{last.Number, last.Result, last.Reason, last.Message, last.EndedAt, last.Hooks}
	}
	return i
}

func planOf(steps []spec.Step) []planItem {
	plan := make([]planItem, len(steps))
	for i, s := range steps {
		plan[i] = planItem{Weight: s.Weight, Pause: s.Pause}
		if s.Hold > 0 {
			plan[i].Hold = s.Hold.String()
		}
	}
	return plan
}

func versionOf(v *rollout.Version) *version {
	if v == nil {
		return nil
	}
	return &version{v.ReplicaSet, v.Hash, v.Images, v.Ready, v.Wanted, v.Troubles}
}

// items are a list as kubectl writes one, or the one item that was asked for.
func items(list []rollout.Rollout, single bool) any {
	all := make([]item, len(list))
	for i := range list {
		all[i] = itemOf(&list[i])
	}
	if single && len(all) == 1 {
		return all[0]
	}
	return map[string]any{"items": all}
}

// runs are ended runs as the record has them.
func runs(list []strategy.Summary) any {
	return map[string]any{"items": append([]strategy.Summary{}, list...)}
}

func (a *app) encode(format string, value any) error {
	text, err := json.MarshalIndent(value, "", "    ")
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	if format == "yaml" {
		if text, err = yaml.JSONToYAML(text); err != nil {
			return fmt.Errorf("output: %w", err)
		}
	}
	fmt.Fprintln(a.Out, strings.TrimSuffix(string(text), "\n"))
	return nil
}

// oneOf checks --output.
func oneOf(output string, formats ...string) error {
	if slices.Contains(formats, output) {
		return nil
	}
	return usageError{fmt.Errorf("--output %q: want %s", output, strings.Join(formats[1:], ", "))}
}

func (a *app) completeOutput(cmd *cobra.Command, formats ...string) {
	if err := cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		cmd.PrintErrln(err) // the flag was added a line above
	}
}
