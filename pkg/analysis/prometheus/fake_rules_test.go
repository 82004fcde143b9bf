package prometheus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// expression says which series an expression has at a time, by their labels as JSON.
type expression func(at time.Time) map[string]float64

// during is an expression that is true from one second up to and including another.
func during(from, until int) expression {
	return func(at time.Time) map[string]float64 {
		if at.Before(second(from)) || at.After(second(until)) {
			return nil
		}
		return map[string]float64{`{"path":"/pay"}`: .25}
	}
}

func never(time.Time) map[string]float64 { return nil }

// evaluates teaches the fake an expression.
func (f *fake) evaluates(text string, e expression) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.expressions == nil {
		f.expressions = map[string]expression{}
	}
	f.expressions[text] = e
}

var (
	controlForm = regexp.MustCompile(`^group by \(([a-z_,]+)\) \(([a-z_]*)\{(.*)\}\)$`)
	ruleForm    = regexp.MustCompile(`^label_replace\(\(\n((?s:.*))\n\),"sluice_id","(\d+)","",""\)$`)
)

// freshness is how old the newest sample of a series that is there may be.
const freshness = 5 * time.Minute

// control answers which series there are.
func (f *fake) control(parts []string, at time.Time) (any, string, error) {
	matches, err := matchers(parts[3])
	if err != nil {
		return nil, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rows := map[string]any{}
	for _, s := range f.series {
		if (parts[2] != "" && s.labels["__name__"] != parts[2]) || !matches(s.labels) || !s.freshAt(at) {
			continue
		}
		group := map[string]string{}
		for _, label := range strings.Split(parts[1], ",") {
			if s.labels[label] != "" {
				group[label] = s.labels[label]
			}
		}
		rows[fmt.Sprint(group)] = map[string]any{"metric": group, "value": [2]any{float64(at.UnixMilli()) / 1000, "1"}}
	}
	list := []any{}
	for _, row := range rows {
		list = append(list, row)
	}
	return list, "vector", nil
}

func (s *stored) freshAt(at time.Time) bool {
	for _, p := range s.samples {
		if !p.at.After(at) && p.at.After(at.Add(-freshness)) {
			return true
		}
	}
	return false
}

// serveRules answers a range query of expressions.
func (f *fake) serveRules(w http.ResponseWriter, r *http.Request) {
	start, err1 := strconv.ParseFloat(r.FormValue("start"), 64)
	end, err2 := strconv.ParseFloat(r.FormValue("end"), 64)
	step, err3 := strconv.ParseFloat(r.FormValue("step"), 64)
	if err1 != nil || err2 != nil || err3 != nil || step <= 0 || (end-start)/step > 11000 {
		refuse(w, "bad_data", "bad range")
		return
	}
	result := []any{}
	for _, part := range strings.Split(r.FormValue("query"), " or label_replace(") {
		if !strings.HasPrefix(part, "label_replace(") {
			part = "label_replace(" + part
		}
		rule := ruleForm.FindStringSubmatch(part)
		f.mu.Lock()
		var e expression
		if rule != nil {
			e = f.expressions[rule[1]]
		}
		f.mu.Unlock()
		if e == nil {
			refuse(w, "bad_data", "parse error: "+part)
			return
		}
		values := map[string][][2]any{}
		for at := start; at <= end; at += step {
			for labels, v := range e(time.UnixMilli(int64(at*1000 + .5))) {
				values[labels] = append(values[labels], [2]any{at, strconv.FormatFloat(v, 'g', -1, 64)})
			}
		}
		for labels, points := range values {
			metric := map[string]string{}
			if err := json.Unmarshal([]byte(labels), &metric); err != nil {
				refuse(w, "bad_data", err.Error())
				return
			}
			metric["sluice_id"] = rule[2]
			result = append(result, map[string]any{"metric": metric, "values": points})
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"status": "success", "data": map[string]any{"resultType": "matrix", "result": result},
	})
}
