package lint

import (
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

// Version is that of the JSON form of a Report. Fields may be added to a version, not taken away or given another meaning.
const Version = 1

// Report is what was found.
type Report struct {
	Version int `json:"version"`
	// Problems counts the findings whose level is problem.
	Problems int `json:"problems"`
	// Findings begin with what could not be read of rules; then follow the Deployments, and the rules that no Deployment names, each in
	// the order of the files.
	Findings []Finding `json:"findings"`
	// Unread are the documents that are no YAML or JSON objects.
	Unread []Unread `json:"unread"`
}

// Check is what a finding is about.
type Check string

// The checks.
const (
	// CheckAnnotation is about one of Sluice's annotations on a Deployment.
	CheckAnnotation Check = "annotation"
	// CheckAlert is about an alert rule that a Deployment names.
	CheckAlert Check = "alert"
	// CheckRule is about an alert rule that no Deployment names: whether it would do.
	CheckRule Check = "rule"
	// CheckService is about the Service whose traffic is shifted.
	CheckService Check = "service"
	// CheckRoute is about the VirtualServices that a Deployment names.
	CheckRoute Check = "route"
	// CheckHook is about the CronJob of a hook.
	CheckHook Check = "hook"
	// CheckManifest is about what could not be read of an object or rule file.
	CheckManifest Check = "manifest"
)

// Level is how serious a finding is.
type Level string

// The levels.
const (
	// LevelOK is as it should be, LevelNote is worth knowing, LevelProblem keeps a run from starting.
	LevelOK      Level = "ok"
	LevelNote    Level = "note"
	LevelProblem Level = "problem"
)

// Finding is one thing that was found. Fields that don't apply are empty and left out.
type Finding struct {
	Check Check `json:"check"`
	Level Level `json:"level"`
	// Object is "Deployment shop/cart", or for a rule that no Deployment names where it stands; Source is the file.
	Object string `json:"object"`
	Source string `json:"source"`
	// Name is the annotation's or the rule's, Value what an annotation says.
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
	// Rule says where a rule that a Deployment names was found.
	Rule string `json:"rule,omitempty"`
	// Mode is lifted, scoped, global or refused; empty for a rule that was not found.
	Mode rules.Mode `json:"mode,omitempty"`
	// Why says what was found, Mend what would be right.
	Why  string `json:"why"`
	Mend string `json:"mend,omitempty"`
}

// Unread is a document that could not be read.
type Unread struct {
	Source string `json:"source"`
	// Document counts from 1 within the file.
	Document int    `json:"document"`
	Error    string `json:"error"`
}
