package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// releaseFlags are the settings of the sub-command release: the controller's, and its own.
type releaseFlags struct {
	flags
	timeout, hold      time.Duration
	deleteBrake        bool
	refuseUnlessAtRest bool
	leaseOwner         string
}

const releaseUsage = `Takes Sluice out of every Deployment, before it is uninstalled: traffic goes back to stable, the user's objects are restored, canaries
are drained and deleted, records, conditions and brakes go. The annotations stay: they are the user's. What the templates say is then
rolled out by Kubernetes, also where it was being judged or had been aborted; see --refuse-unless-at-rest.

It takes the Lease from the running controllers, who end and wait, and keeps it for a while after its end, so that they don't begin anew
before they are deleted. If they aren't, they do.

Usage: controller release [flags]

It takes all flags of the controller, and must be given those that it runs with.

Exits with 0 if nothing of Sluice is left, 1 if something is, which it names, or if it was refused, 2 if the flags make no sense.

Flags:
`

func parseReleaseFlags(args []string, out io.Writer) (releaseFlags, error) {
	var f releaseFlags
	set := flag.NewFlagSet("controller release", flag.ContinueOnError)
	set.SetOutput(out)
	set.Usage = func() {
		fmt.Fprint(out, releaseUsage)
		set.PrintDefaults()
	}
	f.register(set)
	set.DurationVar(&f.timeout, "timeout", 4*time.Minute, "how long all of it may take")
	set.DurationVar(&f.hold, "hold", 5*time.Minute, "how long the Lease is kept after the end, so that no controller begins anew; 0 is allowed")
	set.BoolVar(&f.deleteBrake, "delete-brake", false, "delete the binding of the brake policy when all Deployments are released, and release those that it braked meanwhile")
	set.BoolVar(&f.refuseUnlessAtRest, "refuse-unless-at-rest", false, "change nothing if any Deployment is in a run or aborted: Kubernetes would roll out what its template says")
	set.StringVar(&f.leaseOwner, "lease-owner", "", "`name` of the Deployment, in the namespace of the Lease, with which the Lease is deleted; empty: it is left")
	if err := set.Parse(args); err != nil {
		return releaseFlags{}, err
	}
	// What people would be shown or told of is the controller's to do.
	f.prometheus, f.web, f.webToken = "", "", ""
	f.webhook.URL, f.webhook.URLFile, f.webhook.SecretFile, f.webhook.CAFile, f.webhookReasons = "", "", "", "", ""
	if f.timeout <= 0 || f.hold < 0 {
		return releaseFlags{}, errors.New("--timeout wants more than 0, --hold 0 or more")
	}
	return f, f.complete(set)
}
