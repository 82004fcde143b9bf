{{/* The controller's flags. Whatever is secret comes by way of a file: arguments and variables can be read by too many. */}}

{{/* Those that the controller and `controller release` must agree on. */}}
{{- define "sluice.args.shared" -}}
{{- with .Values.namespaces }}
- --namespaces={{ join "," . }}
{{- end }}
{{- with .Values.routeNamespaces }}
- --route-namespaces={{ join "," . }}
{{- end }}
- --cluster-domain={{ .Values.clusterDomain }}
- --settle={{ .Values.settle }}
- --drain={{ .Values.drain }}
- --brake={{ .Values.brake.mode }}
- --brake-policy={{ include "sluice.brake.name" . }}
- --lease-namespace={{ .Release.Namespace }}
- --lease-name={{ include "sluice.controller" . }}
- --lease-duration={{ .Values.leaderElection.leaseDuration }}
- --kube-api-qps={{ .Values.kubeApi.qps }}
- --kube-api-burst={{ .Values.kubeApi.burst }}
- --workers={{ .Values.workers }}
- --log-level={{ .Values.logLevel }}
- --log-format={{ .Values.logFormat }}
{{- end }}

{{- define "sluice.args.controller" -}}
{{ include "sluice.args.shared" . | trim }}
- --listen-address=:{{ .Values.metrics.port }}
- --interval={{ .Values.interval }}
- --scrape-interval={{ .Values.scrapeInterval }}
{{- with .Values.prometheus.address }}
- --prometheus-address={{ . }}
- --prometheus-timeout={{ $.Values.prometheus.timeout }}
{{- end }}
{{- if .Values.web.enabled }}
- --web-address=:{{ .Values.web.port }}
{{- end }}
{{- with .Values.webhook }}
{{- with .url }}
- --webhook-url={{ . }}
{{- end }}
{{- if or .url .urlSecret.name }}
- --webhook-timeout={{ .timeout }}
{{- with .reasons }}
- --webhook-reasons={{ join "," . }}
{{- end }}
{{- end }}
{{- end }}
{{- range include "sluice.secrets" . | fromYamlArray }}
- {{ .flag }}=/etc/sluice/{{ .volume }}/{{ .file }}
{{- end }}
{{- end }}

{{/* The Secret of the token for Prometheus; empty: none. An ExternalSecret makes it under this name. */}}
{{- define "sluice.prometheusToken" -}}
{{- if .Values.prometheus.tokenSecret.name }}
{{- .Values.prometheus.tokenSecret.name }}
{{- else if .Values.prometheus.externalSecret.enabled }}
{{- include "sluice.fullname" . }}-prometheus
{{- end }}
{{- end }}

{{/* The Secrets that the controller reads, as files: a list of volume, file, flag, Secret and key. */}}
{{- define "sluice.secrets" -}}
{{- if .Values.prometheus.address }}
{{- with include "sluice.prometheusToken" . }}
{{- $key := $.Values.prometheus.tokenSecret.key }}
- {volume: prometheus-token, file: token, flag: --prometheus-bearer-token-file, secret: {{ . }}, key: {{ $key }}}
{{- end }}
{{- with .Values.prometheus.caSecret }}
{{- if .name }}
- {volume: prometheus-ca, file: ca.crt, flag: --prometheus-ca-file, secret: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.metrics.tokenSecret }}
{{- if .name }}
- {volume: metrics-token, file: token, flag: --metrics-token-file, secret: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with .Values.web }}
{{- if and .enabled .tokenSecret.name }}
- {volume: web-token, file: token, flag: --web-token-file, secret: {{ .tokenSecret.name }}, key: {{ .tokenSecret.key }}}
{{- end }}
{{- end }}
{{- with .Values.webhook }}
{{- with .urlSecret }}
{{- if .name }}
- {volume: webhook-url, file: url, flag: --webhook-url-file, secret: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- if or .url .urlSecret.name }}
{{- with .signingSecret }}
{{- if .name }}
- {volume: webhook-secret, file: secret, flag: --webhook-secret-file, secret: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with .caSecret }}
{{- if .name }}
- {volume: webhook-ca, file: ca.crt, flag: --webhook-ca-file, secret: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
