{{/*
The version in which the cluster serves MutatingAdmissionPolicies, empty where it serves none. Without a cluster, as in `helm template`,
Helm knows groups but no kinds: then it goes by the version of Kubernetes, for v1 is there since 1.36.
*/}}
{{- define "sluice.brake.version" -}}
{{- $versions := .Capabilities.APIVersions }}
{{- if $versions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" -}}
v1
{{- else if $versions.Has "admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy" -}}
v1beta1
{{- else if and (not ($versions.Has "apps/v1/Deployment")) (semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version) -}}
v1
{{- end }}
{{- end }}

{{/* The version of the policy that is to be installed; empty: none is. */}}
{{- define "sluice.brake.install" -}}
{{- if and .Values.brake.policy (ne .Values.brake.mode "paused") }}
{{- include "sluice.brake.version" . }}
{{- end }}
{{- end }}

{{- define "sluice.brake.name" -}}
{{ include "sluice.fullname" . }}-brake
{{- end }}
