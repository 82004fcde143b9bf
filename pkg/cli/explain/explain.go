package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// Section is a part of an explanation: a title, and paragraphs.
type Section struct {
	Title string
	Texts []string
}

// Of explains a roll-out. Times of day are in the zone of now.
func Of(r *rollout.Rollout, now time.Time) []Section {
	sections := []Section{{"Where it is", where(r)}, {"Why", why(r, now)}}
	if texts := measured(r, now); len(texts) > 0 {
		sections = append(sections, Section{"What was measured", texts})
	}
	return append(sections, Section{"What would change it", change(r, now)})
}

// where is the state in a sentence or two.
func where(r *rollout.Rollout) []string {
	name := "deployment/" + r.Name
	switch r.Phase {
	case rollout.Unmanaged:
		return []string{fmt.Sprintf("%s has no annotation %s: Sluice leaves it alone.", name, spec.AnnotationStrategy)}
	case rollout.Unseen:
		return []string{name + " is annotated, and Sluice has not said anything about it yet."}
	case rollout.Pending:
		return []string{name + " has a new pod template whose run has not begun yet."}
	case rollout.AtRest:
		return []string{fmt.Sprintf("%s is at rest: %s has all traffic.", name, replicaSet(r.Stable))}
	case rollout.Blocked:
		return []string{fmt.Sprintf("%s is blocked: no run can start. What served before goes on serving.", name)}
	case rollout.Starting:
		if r.Run == nil {
			return []string{name + " is being rolled out by Kubernetes."}
		}
		return []string{fmt.Sprintf("%s is starting run %d: %s is to replace %s, and nothing leads to it yet.", name, r.Run.Number, r.Run.Canary.Name, r.Run.Stable.Name)}
	case rollout.Shifting, rollout.Held:
		return append([]string{held(r, name)}, Early(r)...)
	case rollout.Promoting:
		return []string{name + " is being promoted: the new version has all traffic and becomes the Deployment's own."}
	case rollout.Aborting:
		return []string{fmt.Sprintf("%s: run %d is being aborted; all traffic goes back to %s.", name, r.Run.Number, r.Run.Stable.Name)}
	case rollout.Aborted:
		return []string{fmt.Sprintf("%s: run %d was aborted. %s has all traffic, %s has none.", name, r.Run.Number, r.Run.Stable.Name, r.Run.Canary.Name)}
	}
	return []string{name}
}

func replicaSet(v *rollout.Version) string {
	if v == nil {
		return "the present version"
	}
	return v.ReplicaSet
}

// why is the reason's sentence and what the controller says, with its age.
func why(r *rollout.Rollout, now time.Time) []string {
	switch r.Phase {
	case rollout.Unmanaged:
		return []string{"Only annotated Deployments are Sluice's; Kubernetes rolls this one out."}
	case rollout.Unseen:
		return []string{"Either the annotation is a few seconds old, or no controller is running that watches this namespace."}
	case rollout.Pending:
		return []string{"The controller has not taken notice of the template yet. That takes less than a second when it is running."}
	case rollout.AtRest, rollout.Blocked, rollout.Starting, rollout.Shifting, rollout.Held, rollout.Promoting, rollout.Aborting, rollout.Aborted:
	}
	var texts []string
	reason := Standing(r)
	words, known := Reason(reason)
	switch {
	case known:
		texts = append(texts, words.Why)
	case reason != "":
		texts = append(texts, fmt.Sprintf("The reason is %s, which this version of the plugin does not know.", reason))
	}
	if r.RecordProblem != "" {
		texts = append(texts, r.RecordProblem)
	}
	for _, problem := range r.Spec.Problems {
		texts = append(texts, problem.String())
	}
	// Numbers in the message are told gate by gate, below.
	if r.Message != "" && len(r.Spec.Problems) == 0 && r.Evidence.Source != rollout.FromCondition {
		texts = append(texts, fmt.Sprintf("The controller said %s: %s", Ago(r.SaidAt, now), r.Message))
	}
	texts = append(texts, hooks(r, now)...)
	for _, v := range []*rollout.Version{r.Canary, r.Stable} {
		if v != nil && len(v.Troubles) > 0 {
			texts = append(texts, fmt.Sprintf("Pods of %s: %s.", v.ReplicaSet, strings.Join(v.Troubles, "; ")))
		}
	}
	return texts
}

// Standing is the reason for the phase: the run's own when it was aborted, or else the condition's.
func Standing(r *rollout.Rollout) spec.Reason {
	if (r.Phase == rollout.Aborted || r.Phase == rollout.Aborting) && r.Run.Reason != "" {
		return r.Run.Reason
	}
	return r.Reason
}
