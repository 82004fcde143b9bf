{{/* What the controller may do, where Deployments are its business. Nothing here lets it read Secrets or change Pods. */}}
{{- define "sluice.rules" -}}
# The brake, and the condition that says where a roll-out is.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list, watch, patch]
- apiGroups: [apps]
  resources: [deployments/status]
  verbs: [patch]
# The canary.
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [list, watch, create, patch, delete]
# The pin of the user's Service; the canary's Service.
- apiGroups: [""]
  resources: [services]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
# Containers that are restarted, and why pods aren't ready, in a run.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
# Hooks: a Job made from a CronJob that a Deployment names, and deleted when its run has left the history.
- apiGroups: [batch]
  resources: [cronjobs]
  verbs: [list, watch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list, watch, create, delete]
# Alert rules that are gates.
- apiGroups: [monitoring.coreos.com]
  resources: [prometheusrules]
  verbs: [list, watch]
# The weights; the policy of a user's DestinationRule for the canary's host as well.
- apiGroups: [networking.istio.io]
  resources: [virtualservices, destinationrules]
  verbs: [list, watch, create, update, delete]
# The record of every Deployment.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [list, watch, create, update, delete]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{/* Whether the brake policy is installed. Also where the cluster serves none: an upgrade of the cluster may bring it. */}}
{{- define "sluice.rules.brake" -}}
{{- if eq .Values.brake.mode "auto" }}
# Whether the brake policy is installed.
- apiGroups: [admissionregistration.k8s.io]
  resources: [mutatingadmissionpolicies, mutatingadmissionpolicybindings]
  resourceNames: [{{ include "sluice.brake.name" . }}]
  verbs: [list, watch]
{{- end }}
{{- end }}

{{/* The subject of every binding. */}}
{{- define "sluice.subjects" -}}
- kind: ServiceAccount
  name: {{ include "sluice.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
