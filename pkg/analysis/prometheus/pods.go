package prometheus

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// random is how many characters the API server puts behind the name that a ReplicaSet gives its pods.
	random = 5
	// longest is how much of that name it keeps before them.
	longest = 63 - random
)

// randomForm is a regular expression for the random characters.
var randomForm = "[a-z0-9]{" + strconv.Itoa(random) + "}"

// podPrefix is how the names of a ReplicaSet's pods begin: all but the random characters. Of a name that is too long the end is
// cut off, dash and hash and all.
func podPrefix(replicaSet string) string {
	prefix := replicaSet + "-"
	if len(prefix) > longest {
		return prefix[:longest]
	}
	return prefix
}

// prefixOf is the prefix that a pod's name was made from. False if it was not made by a ReplicaSet.
func prefixOf(pod string) (string, bool) {
	i := len(pod) - random
	if i < 1 {
		return "", false
	}
	for _, c := range []byte(pod[i:]) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return "", false
		}
	}
	return pod[:i], true
}

var errName = errors.New("not a name that Kubernetes allows")

// checkName lets pass what can be a namespace or ReplicaSet. Whatever else it is must not reach a query.
func checkName(name string) error {
	if name == "" || len(name) > 253 {
		return fmt.Errorf("%q is %w", name, errName)
	}
	for i, c := range []byte(name) {
		inner := (c == '-' || c == '.') && i > 0 && i < len(name)-1
		if !inner && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return fmt.Errorf("%q is %w", name, errName)
		}
	}
	return nil
}

// scope is a set of pods, or of the Services that were called, as the matchers of a selector.
type scope struct {
	namespaces, names []string
	reach             bool
}

// add adds what an ask is about.
func (s *scope) add(a *ask) {
	s.namespaces = insert(s.namespaces, a.run.namespace)
	if r := a.reach(); r != nil {
		s.reach = true
		s.names = insert(insert(s.names, r.Canary), r.Stable)
		return
	}
	for _, side := range a.run.sides() {
		s.names = insert(s.names, a.run.prefix(side))
	}
}

func insert(sorted []string, s string) []string {
	i, found := slices.BinarySearch(sorted, s)
	if found {
		return sorted
	}
	return slices.Insert(sorted, i, s)
}

// matchers are the scope in PromQL. Names are quoted twice: as a part of a regular expression, and as a string.
func (s *scope) matchers() string {
	namespaces, names := strconv.Quote(alternatives(s.namespaces)), alternatives(s.names)
	if s.reach {
		return labelServiceNamespace + "=~" + namespaces + "," + labelService + "=~" + strconv.Quote(names)
	}
	return labelNamespace + "=~" + namespaces + "," + labelPod + "=~" + strconv.Quote("("+names+")"+randomForm)
}

func alternatives(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = regexp.QuoteMeta(name)
	}
	return strings.Join(quoted, "|")
}
