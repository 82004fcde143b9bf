package spec

import "strings"

const (
	wantHook   = `a CronJob of the same namespace, for example "cronjob/migrate"`
	hookPrefix = "cronjob/"
)

// hook notes the CronJob of a hook.
func (s *Spec) hook(hook Hook, value string) *Problem {
	name, ok := strings.CutPrefix(value, hookPrefix)
	if !ok || !validName(name) {
		return &Problem{Wrong: "names no CronJob", Want: wantHook}
	}
	if s.Hooks == nil {
		s.Hooks = map[Hook]string{}
	}
	s.Hooks[hook] = name
	return nil
}
