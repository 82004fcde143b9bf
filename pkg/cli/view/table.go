package view

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
)

// TableOptions choose the columns of a Table.
type TableOptions struct {
	// Namespaces shows in which namespace each is, Wide what else there is room for.
	Namespaces, Wide bool
}

// column is one of a table. Its cells are as wide as the widest of them.
type column struct {
	title string
	cell  func(*rollout.Rollout) piece
}

// Table lists roll-outs, one per line, as kubectl lists objects.
func Table(list []rollout.Rollout, now time.Time, o TableOptions) []Line {
	all := columnsOf(now, o)
	lines := make([]Line, len(list)+1)
	for i, c := range all {
		cells := make([]piece, len(list))
		width := columns(c.title)
		for j := range list {
			cells[j] = c.cell(&list[j])
			width = max(width, columns(cells[j].text))
		}
		if i < len(all)-1 {
			width += 3
		}
		lines[0] = append(lines[0], toned(Strong, pad(c.title, width)))
		for j, cell := range cells {
			lines[j+1] = append(lines[j+1], cell, text(spaces(width-columns(cell.text))))
		}
	}
	return lines
}

func columnsOf(now time.Time, o TableOptions) []column {
	plain := func(f func(*rollout.Rollout) string) func(*rollout.Rollout) piece {
		return func(r *rollout.Rollout) piece { return text(f(r)) }
	}
	var list []column
	if o.Namespaces {
		list = append(list, column{"NAMESPACE", plain(func(r *rollout.Rollout) string { return r.Namespace })})
	}
	list = append(
		list,
		column{"NAME", plain(func(r *rollout.Rollout) string { return r.Name })},
		column{"PHASE", func(r *rollout.Rollout) piece { return toned(phaseTone(r.Phase), string(r.Phase)) }},
		column{"STEP", plain(step)},
		column{"WEIGHT", plain(func(r *rollout.Rollout) string {
			if !r.Running() {
				return "-"
			}
			return fmt.Sprintf("%d%%", r.Run.Weight)
		})},
		column{"CANARY", plain(func(r *rollout.Rollout) string {
			if !r.Running() {
				return "-"
			}
			return ready(r.Canary)
		})},
		column{"SINCE", plain(func(r *rollout.Rollout) string { return age(r.Since, now) })},
		column{"REASON", plain(reasonOf)},
	)
	if !o.Wide {
		return list
	}
	return append(
		list,
		column{"STRATEGY", plain(func(r *rollout.Rollout) string {
			if !r.Spec.Managed && r.Run == nil {
				return "-"
			}
			return string(r.Strategy())
		})},
		column{"STABLE", plain(func(r *rollout.Rollout) string { return name(r.Stable) })},
		column{"CANARY-REPLICASET", plain(func(r *rollout.Rollout) string { return name(r.Canary) })},
		column{"LAST-RUN", plain(func(r *rollout.Rollout) string {
			last := r.Last()
			if last == nil {
				return "-"
			}
			return fmt.Sprintf("%s %s", last.Result, age(last.EndedAt, now))
		})},
	)
}

func ready(v *rollout.Version) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%d/%d", v.Ready, v.Wanted)
}

func name(v *rollout.Version) string {
	if v == nil {
		return "-"
	}
	return v.ReplicaSet
}
