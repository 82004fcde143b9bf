{{/* What NOTES.txt warns of, a paragraph each: nothing here is wrong, but somebody may not have meant it. */}}
{{- define "sluice.warnings" -}}
{{- $versions := .Capabilities.APIVersions }}
{{- if not .Values.prometheus.address }}
* There is no Prometheus: prometheus.address is empty. Only Deployments whose gates are off are rolled out.
{{- else if and (hasPrefix "http://" .Values.prometheus.address) (include "sluice.prometheusToken" .) }}
* The token for Prometheus is sent without TLS: prometheus.address is http.
{{- end }}
{{- if not ($versions.Has "networking.istio.io/v1/VirtualService") }}
* This cluster serves no VirtualServices of networking.istio.io/v1. Blue-green works without Istio, canaries don't. Restart the controller
  once Istio is installed: kubectl -n {{ .Release.Namespace }} rollout restart deployment/{{ include "sluice.controller" . }}
{{- end }}
{{- if eq .Values.brake.mode "paused" }}
* The brake is the paused Deployment: annotated Deployments rest with spec.paused true, as brake.mode wants it.
{{- else if not (include "sluice.brake.version" .) }}
* The brake is the paused Deployment: this cluster serves no MutatingAdmissionPolicies, which Kubernetes 1.36 and later do. Annotated
  Deployments rest with spec.paused true; whoever sets it to false by hand rolls out, and Sluice then captures that.
{{- else if not .Values.brake.policy }}
* brake.policy is false: the policy {{ include "sluice.brake.name" . }} and its binding are yours to install
  {{- if eq .Values.brake.mode "auto" }}; until they are there, annotated
  Deployments rest paused.{{ else }}, or nothing brakes.{{ end }}
{{- end }}
{{- if and .Values.web.enabled (not .Values.web.tokenSecret.name) }}
* The web page asks for no token: whoever reaches port {{ .Values.web.port }} sees names, messages and
  numbers of all managed Deployments. See web.tokenSecret.
{{- if not .Values.networkPolicy.enabled }}
  No NetworkPolicy keeps anybody out.
{{- end }}
{{- end }}
{{- if eq (int .Values.replicaCount) 1 }}
* There is one replica: while it is replaced, or its node fails, no run goes on and nothing is aborted.
{{- end }}
{{- if not .Values.rbac.create }}
* rbac.create is false: the permissions of {{ include "sluice.serviceAccount" . }} are yours to give, and without
  them the controller doesn't become ready.
{{- end }}
{{- if and (not .Values.serviceAccount.create) (ne .Values.brake.mode "paused") }}
* The brake lets the account {{ .Release.Namespace }}/{{ include "sluice.serviceAccount" . }} through: nothing else should run under it.
{{- end }}
{{- end }}
