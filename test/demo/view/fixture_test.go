package view

import "time"

// at is a time of the demo's day.
func at(clock string) time.Time {
	t, err := time.Parse(time.DateTime, "2026-11-22 "+clock)
	if err != nil {
		panic(err)
	}
	return t
}

// failing is a state in the middle of the second run: errors at 10 %, and the gate about to decide.
func failing() State {
	return State{
		Now: at("15:04:20"), Elapsed: 64 * time.Second,
		Run: Run{
			Number: 2, Of: 3, From: "v2", To: "v3", What: "fails 20 % of its requests", Expected: "aborted at 10 %", Took: 5 * time.Second,
		},
		Rollout: Rollout{
			Phase: "Held", Why: "collecting evidence", Step: 1, Plan: []int{10, 50, 100}, Weight: 10,
			Stable: Side{Version: "v2", ReplicaSet: "shop-z5w66qg5m9", Ready: 10, Wanted: 10},
			Canary: Side{Version: "v3", ReplicaSet: "shop-l8wk52q4rq", Ready: 1, Wanted: 2},
		},
		Gates: []Gate{
			{Name: "error-rate", Bad: 6, Requests: 31, Threshold: .05, Known: true, Abort: Evidence{1.59, 2.6}, Promote: Evidence{-3.21, 1.3}},
			{Name: "latency", Bad: 0, Requests: 31, Threshold: .05, Known: true, Abort: Evidence{0, 2.6}, Promote: Evidence{1.31, 1.3}},
		},
		Users: Users{Rate: 200, Served: 1323, FailedByVersion: 14, Versions: []Version{
			{Name: "v2", Requests: 1262, Share: .9, P95: 7400 * time.Microsecond},
			{Name: "v3", Requests: 75, Failed: 14, Share: .1, P95: 12 * time.Millisecond},
		}},
		Events: []Event{
			{At: at("15:03:44"), Reason: "RunStarted", Message: "run 1: shop-z5w66qg5m9 is to replace shop-d9759689d, 3 steps"},
			{At: at("15:04:07"), Reason: "WeightChanged", Message: "canary shop-z5w66qg5m9 at 100 %, step 3 of 3"},
			{At: at("15:04:18"), Reason: "HandedOver", Message: "ReplicaSet shop-z5w66qg5m9 with its 10 pods is handed over to the Deployment"},
			{At: at("15:04:19"), Warning: true, Reason: "GateFailed", Message: "run 2 of shop-l8wk52q4rq: error-rate: canary 6/31 (19.4 %), stable 0/394 (0.0 %), E 39660 ≥ 400: abort; traffic is back on shop-z5w66qg5m9"},
		},
		Done: []Outcome{good()},
	}
}

// promoting is the end of a first run.
func promoting() State {
	s := failing()
	s.Run = Run{Number: 1, Of: 3, From: "v1", To: "v2", What: "healthy", Expected: "promoted, 10 → 50 → 100 %", Over: "promoted in 33.9 s", AsExpected: true}
	s.Rollout.Phase, s.Rollout.Why, s.Rollout.Step, s.Rollout.Weight = "AtRest", "ReplicaSet shop-z5w66qg5m9 serves", 0, 0
	s.Rollout.Canary = Side{}
	s.Gates, s.Done = nil, nil
	s.Users.Versions[0].Requests, s.Users.FailedByRollout = 1234567, 3
	return s
}

func good() Outcome {
	return Outcome{
		Number: 1, Name: "v1 → v2 healthy", Result: "promoted", Weights: []int{10, 50, 100}, Took: 33900 * time.Millisecond,
		Served: 7564, SamePods: true,
		Reason: "error-rate: canary 0/2313 (0.0 %), E 10^20 ≥ 20: pass; latency over 500ms: canary 0/2313 (0.0 %), E 10^43 ≥ 20: pass",
	}
}

func wrong() Outcome {
	return Outcome{
		Number: 2, Name: "v2 → v3 errors", Result: "promoted", Weights: []int{10, 50}, Took: 8 * time.Second,
		Served: 1500, FailedByVersion: 300, FailedByRollout: 2, Reason: "error-rate: canary 6/31 (19.4 %), stable 0/394 (0.0 %), E 39660 ≥ 400: abort",
		Complaints: []string{"it is promoted and should be aborted", "the roll-out itself failed 2 requests"},
	}
}
