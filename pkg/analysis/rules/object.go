package rules

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
)

// FromPrometheusRule reads a PrometheusRule object of the Prometheus Operator. It returns all that could be read beside the error that
// says what could not. source is what Rule.Source becomes.
func FromPrometheusRule(object map[string]any, source string) (Set, error) {
	spec, ok := object["spec"].(map[string]any)
	if !ok {
		return Set{}, fmt.Errorf("%s: no spec", source)
	}
	return fromGroups(spec, source)
}

// fromGroups reads what a rule file and a PrometheusRule have in common.
func fromGroups(content map[string]any, source string) (Set, error) {
	var set Set
	groups, ok := content["groups"].([]any)
	if !ok {
		if raw, found := content["groups"]; found && raw == nil {
			return set, nil
		}
		return set, fmt.Errorf("%s: no list of groups", source)
	}
	var problems []error
	for i, raw := range groups {
		group, _ := raw.(map[string]any)
		name, _ := group["name"].(string)
		if name == "" {
			name = fmt.Sprintf("number %d", i+1)
		}
		list, ok := group["rules"].([]any)
		if !ok && group["rules"] != nil || group == nil {
			problems = append(problems, fmt.Errorf("%s: group %s: no list of rules", source, name))
			continue
		}
		for j, entry := range list {
			if problem := set.read(entry, name, source); problem != "" {
				problems = append(problems, fmt.Errorf("%s: group %s: rule %d: %s", source, name, j+1, problem))
			}
		}
	}
	return set, errors.Join(problems...)
}

// read adds one rule. What is wrong with a rule that has a name stays with the rule.
func (s *Set) read(entry any, group, source string) (problem string) {
	fields, ok := entry.(map[string]any)
	if !ok {
		return "not an object"
	}
	alert, _ := fields["alert"].(string)
	record, _ := fields["record"].(string)
	expr, wrong := text(fields["expr"])
	switch {
	case alert != "" && record != "":
		return fmt.Sprintf("both alert %q and record %q", alert, record)
	case record != "":
		if wrong != "" {
			return "expr: " + wrong
		}
		labels, wrong := texts(fields["labels"])
		if wrong != "" {
			return "labels: " + wrong
		}
		s.Recordings = append(s.Recordings, Recording{Record: record, Expr: expr, Labels: labels})
		return ""
	case alert == "":
		return "neither alert nor record"
	}
	rule := Rule{Name: alert, Expr: expr, Group: group, Source: source}
	note := func(field, wrong string) {
		if wrong != "" && rule.Problem == "" {
			rule.Problem = field + ": " + wrong
		}
	}
	note("expr", wrong)
	rule.For, wrong = duration(fields["for"])
	note("for", wrong)
	rule.Labels, wrong = texts(fields["labels"])
	note("labels", wrong)
	// Nothing depends on annotations.
	rule.Annotations, _ = texts(fields["annotations"])
	s.Alerts = append(s.Alerts, rule)
	return ""
}

// text reads a string; the expression 1 is a number to YAML.
func text(value any) (s, wrong string) {
	switch v := value.(type) {
	case string:
		return v, ""
	case int64:
		return strconv.FormatInt(v, 10), ""
	case int:
		return strconv.Itoa(v), ""
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), ""
	case nil:
		return "", "missing"
	default:
		return "", kind(value) + ", want a string"
	}
}

// kind is what YAML and JSON call a value that is no string.
func kind(value any) string {
	switch value.(type) {
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case bool:
		return "true or false"
	default:
		return fmt.Sprintf("a %T", value)
	}
}

func texts(value any) (all map[string]string, wrong string) {
	switch m := value.(type) {
	case nil:
		return nil, ""
	case map[string]string:
		return m, ""
	case map[string]any:
		all = make(map[string]string, len(m))
		for name, raw := range m {
			switch v := raw.(type) {
			case bool:
				all[name] = strconv.FormatBool(v)
			case nil:
				all[name] = ""
			default:
				if all[name], wrong = text(raw); wrong != "" {
					return nil, "one is " + wrong
				}
			}
		}
		return all, ""
	default:
		return nil, kind(value) + ", want an object of strings"
	}
}

// duration reads "5m" and "1d2h".
func duration(value any) (d time.Duration, wrong string) {
	if value == nil {
		return 0, ""
	}
	s, wrong := text(value)
	if wrong != "" || s == "" {
		return 0, wrong
	}
	parsed, err := model.ParseDuration(s)
	if err != nil {
		return 0, err.Error()
	}
	return time.Duration(parsed), ""
}
