package report

// The words around the tables.

const introduction = `# How far the judge can be trusted

Made by ` + "`make validate`" + ` (module test/validate); do not edit. %d simulated roll-outs of healthy canaries, and of ill ones as many as the
tables say. Every draw comes from the seed %d, so that a second run gives the same page. The numbers are in
[results.json](results.json).

Every figure of Sluice comes out of ` + "`analysis.Judge`" + ` as the controller calls it, with its defaults: α = 1 %% for a whole run, all tests
together. Unless said otherwise a gate allows 1 %% of bad requests (p0), the canary has 10 %% of the traffic, is compared with stable,
and is looked at every 15 s for an hour. Traffic is simulated request by request in slots of 5 s; each pod is scraped every 15 s at its
own moment; the evidence is one scrape late, and stable is known since 15 minutes before the run, as in pkg/analysis/prometheus.

`

const exactText = `## Nothing left to chance

Everything that can happen in small runs, with its probability. The formulas of the tests are written out anew in test/validate/exact.
While its claim holds, no test is expected to gain from any interval, whatever the traffic: over all shares within the limits, limits,
numbers of requests and ratios to stable of a grid, the largest expectation of a factor is

`

const agreementText = `That the judge's E is the one of these formulas, to the power of 1/φ (φ above 1 in %d of them), was compared in %d random runs: the logarithms
differ by %.1g at most. Intervals without requests put between the others changed %d of their verdicts.

The probability that a healthy canary is aborted, added up over all outcomes of all intervals, looking after each one; the largest
over the shares 0.1, 0.5 and 1 times the limit (and, compared, 0.3 to 2 times the limit for stable). It must be at most α = 1 %%.
A false pass is a step that ever passes though the canary is at its limit, at most β = 5 %%.

`

const nullText = `## Healthy canaries

In how many runs of an hour a healthy canary was aborted. "Upper 95 % bound" is the largest share that the count is still compatible
with (Clopper-Pearson, one-sided): it must be at most α = 1 % in every row. Requests per second are the canary's. At p = p0 a threshold
on the share of a minute is broken by chance in every other minute, so that the rows with p = 0.5 p0 say more about the peers.

![false aborts by request rate](false-aborts.png)

`

const burstText = `### Bursts

Bad requests that come in bursts of 1 to 10, each size as likely as the others, as when clients try again at once. They break what the
tests stand on, independence; the judge estimates from stable how much, and takes so much less of every piece of evidence. That is an
estimate, from 15 minutes before the run and from the run itself, and the promise doesn't cover it; hence these rows are apart.

`

const powerText = `## Ill canaries, and good ones

How many requests the canary had until it was aborted, or until there was the evidence to promote it, and how many of its requests
failed until then, on average. "Every request" looks after each request of the canary, and nothing is late; else it is looked at as
above. The reference is an independent simulation of the same tests at α = 1 % for one test, against stable with ρ0 = 1 (Sluice's is
1.5); a dash is where it has no figure. The ideal is Wald's sequential test that is told the true share, on the same evidence at the
same times. Where a canary turns bad late, requests are counted from then on, and the ideal is told the share, not the moment. The
criteria are at most 1.35 × the reference and 2 × the ideal.

![an example](example.png)

`

const besideText = `### Beside the peers, on the same requests

Median of the canary's requests until it is aborted / its failed requests until then, on average (until the end of the hour where it
isn't). The peers look once a minute. "Too early": aborted while it was well. To be read beside the table of healthy canaries: whoever
aborts all of them is fast.

![requests until abort](requests-to-abort.png)

`

const peersText = `## The peers' rules

As documented, with nothing tuned; each on the same requests as Sluice. A rule sees all requests of the last minute, which is more than
it would: ` + "`rate(…[1m])`" + ` of counters scraped every 15 s sees three of four scrape intervals. No series is ever missing. Weights are those of
the scenario, whatever a rule would do. For latency the condition is the share of requests over T, which is the same as its quantile.

- **Argo Rollouts**: interval 1m, ` + "`successCondition: isNaN(result[0]) || result[0] >= 0.99`" + ` on the share of good requests, failureLimit 0
  (the default) and 3. Failed as soon as more than failureLimit measurements have failed; they need not be in a row. NaN, a minute
  without requests, is a success: of the three forms in the documentation the one that is kindest here; the plain condition would fail.
  consecutiveErrorLimit (default 4) is about queries that fail, which none does. *Analysis & Progressive Delivery*,
  docs/features/analysis.md at a8a44ec7a3b8; *Prometheus Metrics*, docs/analysis/prometheus.md at ae9091092d1d; analysis/analysis.go at
  045c1cf0cd40.
- **Flagger**: interval 1m, threshold 5, request-success-rate min 99. A check without a value fails, and NaN is none (pull request
  1095). Failed checks add up over the analysis; at the threshold the canary is rolled back, at once ("interval * threshold"), though by
  the source it is at the next check. *How it works*, docs/gitbook/usage/how-it-works.md at 061c17971e78, docs/gitbook/how-it-works.md at
  bc83cee50378; pkg/controller/scheduler_metrics.go at 06d32049c843.
- **Kayenta**: NetflixACAJudge-v1.0 on one metric, the share of bad requests, a point per minute. High, and so failed, if the lower end
  of the 98 % confidence interval of the shift (what the judge passes to its classifier, whose own default is 95 %) is above 0.25 of the
  estimated shift, in the direction of increase. Points without requests are removed, the default. One metric scores 0 or 100, so that
  marginal 75 and pass 95 come to the same. One analysis after an hour: *Best practices for configuring canary* wants 50 points at least
  and an interval of one hour to begin with. Simplified: the baseline is stable, with nine times the traffic, not a deployment of its
  own; the second and third hour of the recommended lifetime are left out; outliers are kept. It asks for any difference, not for one
  of more than 1.5 times, and has no limit: a canary that is a little worse than stable is healthy for Sluice and not for Kayenta.
  *How canary judgment works* (spinnaker.io/docs/guides/user/canary/judge); docs/canary-config.md at 2a5be9b640d0; NetflixACAJudge.scala at
  8a754a1651fb; MannWhitney.scala at bde40ee11ec9.

`

const limitsText = `## What this does not show

- Real traffic is not Poisson, and real errors know of each other. The rows of bursts say how bad that can be.
- The scenarios are ours. They are made of what is told of roll-outs, not drawn from any.
- The weights of a scenario are fixed; a run that holds stays at its weight in truth, and so at an outage gets no further than here.
- The judge is given counts. That counters are read rightly (resets, restarts, missed scrapes) is shown by the tests of pkg/analysis and of
  pkg/analysis/prometheus.
`
