package strategy_test

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

const hashLabel = "pod-template-hash"

// kubernetes are the controllers of Kubernetes, each a function that does what is due and says whether that was anything.
func (w *world) kubernetes() []func() bool {
	return []func() bool{w.deploymentController, w.replicaSetController, w.kubelet, w.replicaSetStatus, w.endpointController, w.collector, w.jobController}
}

// obey lets Kubernetes do all that is due now.
func (w *world) obey() {
	for again := true; again; {
		again = false
		for _, controller := range w.kubernetes() {
			if controller() {
				again = true
				w.obeyLaws("kubernetes")
			}
		}
	}
}

// mine are the ReplicaSets that the Deployment owns, oldest first.
func (w *world) mine() []*worldSet {
	var owned []*worldSet
	for _, s := range w.sets {
		if w.dep != nil && s.controller == w.dep.uid {
			owned = append(owned, s)
		}
	}
	slices.SortStableFunc(owned, func(a, b *worldSet) int { return a.created.Compare(b.created) })
	return owned
}

// deploymentController is sync of k8s.io/kubernetes v1.37.2, pkg/controller/deployment, as far as it changes ReplicaSets.
func (w *world) deploymentController() bool {
	if w.dep == nil || w.dep.deleting {
		return false
	}
	var current *worldSet
	var old []*worldSet
	for _, s := range w.mine() {
		if current == nil && s.template == w.dep.template {
			current = s
		} else {
			old = append(old, s)
		}
	}
	if current != nil && w.revise(current) {
		return true
	}
	if w.dep.paused || w.scalingEvent() {
		return w.rescale(current, old)
	}
	return w.rollOut(current, old)
}

func (w *world) revise(current *worldSet) bool {
	highest := 0
	for _, s := range w.mine() {
		if s != current {
			highest = max(highest, s.revision)
		}
	}
	if current.revision > highest {
		return false
	}
	current.revision, current.rv = highest+1, w.rv()
	return true
}

func (w *world) scalingEvent() bool {
	return slices.ContainsFunc(w.mine(), func(s *worldSet) bool { return s.replicas > 0 && s.desired != 0 && s.desired != w.dep.replicas })
}

// size sets a ReplicaSet's size and annotations as the Deployment controller does.
func (w *world) size(s *worldSet, replicas int) bool {
	highest := w.dep.replicas + w.dep.surge
	if s.replicas == replicas && s.desired == w.dep.replicas && s.highest == highest {
		return false
	}
	s.replicas, s.desired, s.highest, s.rv = replicas, w.dep.replicas, highest, w.rv()
	return true
}

// rescale is scale of sync.go: the only active ReplicaSet follows the Deployment; beside a saturated new one the old go to zero;
// several share in proportion.
func (w *world) rescale(current *worldSet, old []*worldSet) bool {
	all := slices.Clone(old)
	if current != nil {
		all = append(all, current)
	}
	active := slices.DeleteFunc(slices.Clone(all), func(s *worldSet) bool { return s.replicas == 0 })
	switch {
	case len(active) == 1:
		return active[0].replicas != w.dep.replicas && w.size(active[0], w.dep.replicas)
	case len(active) == 0 && current != nil:
		return current.replicas != w.dep.replicas && w.size(current, w.dep.replicas)
	case len(active) == 0 && len(old) > 0:
		latest := old[len(old)-1]
		return latest.replicas != w.dep.replicas && w.size(latest, w.dep.replicas)
	case len(active) == 0:
		return false
	}
	if current != nil && current.replicas == w.dep.replicas && current.desired == w.dep.replicas && current.available == w.dep.replicas {
		did := false
		for _, s := range old {
			if s.replicas > 0 {
				did = w.size(s, 0) || did
			}
		}
		return did
	}
	return w.share(active)
}

func (w *world) share(active []*worldSet) bool {
	allowed, total := 0, 0
	if w.dep.replicas > 0 {
		allowed = w.dep.replicas + w.dep.surge
	}
	for _, s := range active {
		total += s.replicas
	}
	add := allowed - total
	slices.SortStableFunc(active, func(a, b *worldSet) int {
		if add > 0 {
			return cmp.Or(b.replicas-a.replicas, b.created.Compare(a.created))
		}
		return cmp.Or(b.replicas-a.replicas, a.created.Compare(b.created))
	})
	sizes := make([]int, len(active))
	added := 0
	for i, s := range active {
		sizes[i] = s.replicas
		if add != 0 && s.replicas > 0 {
			highest := s.highest
			if highest == 0 {
				highest = total
			}
			fraction := (2*s.replicas*allowed+highest)/(2*highest) - s.replicas
			left := add - added
			if add > 0 {
				fraction = max(0, min(fraction, left))
			} else {
				fraction = min(0, max(fraction, left))
			}
			sizes[i] += fraction
			added += fraction
		}
	}
	did := false
	for i, s := range active {
		if i == 0 && add != 0 {
			sizes[i] = max(0, sizes[i]+add-added)
		}
		did = w.size(s, sizes[i]) || did
	}
	return did
}

// rollOut is rolloutRolling, with maxUnavailable 0 for one version at a time.
func (w *world) rollOut(current *worldSet, old []*worldSet) bool {
	if current == nil {
		size := w.dep.replicas
		for _, s := range old {
			size -= s.replicas
		}
		size = max(0, min(w.dep.replicas, size+w.dep.surge))
		hash := "native" + w.dep.template
		for w.set(app+"-"+hash) != nil {
			hash += "x" // collisionCount
		}
		w.sets = append(w.sets, &worldSet{
			name: app + "-" + hash, uid: "uid-" + strconv.Itoa(w.version), rv: w.rv(), hash: hash, template: w.dep.template,
			controller: w.dep.uid, replicas: size, created: w.now, desired: w.dep.replicas, highest: w.dep.replicas + w.dep.surge,
		})
		return true
	}
	total, available := current.replicas, current.available
	for _, s := range old {
		total += s.replicas
		available += s.available
	}
	if current.replicas != w.dep.replicas {
		if current.replicas > w.dep.replicas {
			return w.size(current, w.dep.replicas)
		}
		if room := w.dep.replicas + w.dep.surge - total; room > 0 {
			return w.size(current, min(w.dep.replicas, current.replicas+room))
		}
	}
	spare := total - w.dep.replicas - (current.replicas - current.available)
	for _, s := range old {
		if cut := min(spare, s.replicas); cut > 0 {
			return w.size(s, s.replicas-cut)
		}
	}
	return false
}

func (w *world) replicaSetController() bool {
	did := false
	for _, s := range w.sets {
		for len(s.pods) < s.replicas {
			w.pods++
			boot := w.boot[s.template]
			s.pods = append(s.pods, &worldPod{id: s.name + "-" + strconv.Itoa(w.pods), set: s, due: w.now.Add(boot), never: boot < 0})
			did = true
		}
		if len(s.pods) > s.replicas {
			slices.SortStableFunc(s.pods, func(a, b *worldPod) int {
				switch {
				case a.ready == b.ready:
					return 0
				case a.ready:
					return -1
				}
				return 1
			})
			for _, pod := range s.pods[s.replicas:] {
				pod.gone = true
			}
			s.pods = s.pods[:s.replicas:s.replicas]
			did = true
		}
	}
	return did
}

func (w *world) kubelet() bool {
	did := false
	for _, s := range w.sets {
		for _, pod := range s.pods {
			if ready := !pod.never && !w.now.Before(pod.due); ready != pod.ready {
				pod.ready, did = ready, true
			}
		}
	}
	return did
}

func (w *world) replicaSetStatus() bool {
	did := false
	for _, s := range w.sets {
		available := 0
		for _, pod := range s.pods {
			if pod.ready {
				available++
			}
		}
		if s.actual != len(s.pods) || s.available != available {
			s.actual, s.available, s.rv = len(s.pods), available, w.rv()
			did = true
		}
	}
	return did
}

// endpointController keeps the endpoints of every Service like its selector: pods that are gone disappear from all at once.
func (w *world) endpointController() bool {
	did := false
	for name := range w.endpoints {
		if w.services[name] == nil {
			delete(w.endpoints, name)
			did = true
		}
	}
	for name, svc := range w.services {
		now := map[string][]*worldPod{}
		for _, s := range w.sets {
			if hash := svc.selector[hashLabel]; hash != "" && hash != s.hash {
				continue
			}
			for _, pod := range s.pods {
				if pod.ready {
					now[s.name] = append(now[s.name], pod)
				}
			}
		}
		if !sameEndpoints(w.endpoints[name], now) {
			w.endpoints[name] = now
			w.changed, did = true, true
		}
	}
	return did
}

func sameEndpoints(a, b map[string][]*worldPod) bool {
	if len(a) != len(b) {
		return false
	}
	for name, pods := range a {
		if !slices.Equal(pods, b[name]) {
			return false
		}
	}
	return true
}

// collector is the garbage collector: what the Deployment owned goes with it, a controller that is gone is nobody's.
func (w *world) collector() bool {
	did := false
	if w.dep == nil {
		did = len(w.sets) > 0 || w.record != nil
		for _, s := range slices.Clone(w.sets) {
			w.deleteSet(s.name)
		}
		if w.record != nil {
			w.loseRecord()
		}
		for name, svc := range w.services {
			if svc.managed {
				delete(w.services, name)
				w.changed, did = true, true
			}
		}
		for name, r := range w.routes {
			if r.managed {
				delete(w.routes, name)
				w.changed, did = true, true
			}
		}
	}
	for _, s := range w.sets {
		if s.controller != "" && s.controller != depUID && s.controller != w.recordUID && s.controller != "foreign" {
			s.controller, s.rv = "", w.rv()
			did = true
		}
	}
	return did
}

// due is when Kubernetes has something to do next; zero: never.
func (w *world) due() time.Time {
	next := w.nextJob()
	for _, s := range w.sets {
		for _, pod := range s.pods {
			if !pod.ready && !pod.never && (next.IsZero() || pod.due.Before(next)) {
				next = pod.due
			}
		}
	}
	return next
}

func (w *world) owner(s *worldSet) strategy.Owner {
	switch {
	case w.dep != nil && s.controller == w.dep.uid:
		return strategy.OwnedByDeployment
	case s.controller == "":
		return strategy.OwnedByNobody
	case s.controller == w.recordUID:
		return strategy.OwnedByRecord
	}
	return strategy.OwnedByOther
}

// managed says whether the annotations hand the Deployment to Sluice.
func (w *world) managed() bool { return spec.Managed(w.annotations) }
