package install

// What users have beside their Deployment and Service.

// route leads to the Service as teams write it.
const route = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, annotations: {team: checkout}}
spec:
  hosts: [shop]
  http:
  - timeout: 5s
    route:
    - destination: {host: shop}
      weight: 100
`

// routeElsewhere is another team's, in another namespace than the Service's.
const routeElsewhere = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: routes}
spec:
  hosts: [shop.%[1]s.svc.cluster.local]
  http:
  - route:
    - destination: {host: shop.%[1]s.svc.cluster.local}
`

// policy is how clients are to treat the Service.
const policy = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop-policy}
spec:
  host: shop
  trafficPolicy:
    connectionPool: {http: {maxRetries: 7}}
`

// changedPolicy is what a team adds to it while a run goes on.
const changedPolicy = "    outlierDetection: {consecutive5xxErrors: 9}\n"

// rules are a team's alert rules: in a PrometheusRule, and in a ConfigMap.
const (
	rules = `
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: app-alerts}
spec:
  groups:
  - name: app-alerts
    rules:
    - alert: HighErrorRate
      expr: sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.5
      for: 5m
`
	rulesInConfigMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: app-alerts, labels: {sluice.dev/rules: "true"}}
data:
  alerts.yaml: |
    groups:
    - name: app-alerts
      rules:
      - alert: HighErrorRate
        expr: sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.5
        for: 5m
`
)
