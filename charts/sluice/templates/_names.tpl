{{/* The names and labels of everything. */}}

{{- define "sluice.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* A name of the Deployment's own is at most 50 characters, so that there is room for what is put behind it. */}}
{{- define "sluice.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "sluice.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "sluice.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "sluice.controller" -}}
{{ include "sluice.fullname" . }}-controller
{{- end }}

{{- define "sluice.serviceAccount" -}}
{{- default (include "sluice.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "sluice.image" -}}
{{- $name := printf "%s/%s" .Values.image.registry .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $name .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* What selects objects of this release, without their component. It must never change: a Deployment's selector can't. */}}
{{- define "sluice.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sluice.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/*
The labels of an object: (dict "root" $ "component" "controller"), and "labels", more of them. With "pod" true without the chart's version:
a new chart alone is no reason to replace pods.
*/}}
{{- define "sluice.labels" -}}
{{- with .root -}}
{{ include "sluice.selectorLabels" . }}
app.kubernetes.io/component: {{ $.component }}
app.kubernetes.io/version: {{ regexFind "^.{0,62}[A-Za-z0-9]" (default .Chart.AppVersion .Values.image.tag) | quote }}
app.kubernetes.io/part-of: sluice
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- if not $.pod }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}
{{- end }}
{{- with merge (dict) (default (dict) .labels) .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
The metadata of an object: (dict "root" $ "name" "x" "component" "controller"). Optional: "cluster" true for an object without a namespace,
"namespace" another than the release's, "labels" and "annotations" more of them.
*/}}
{{- define "sluice.metadata" -}}
name: {{ .name }}
{{- if not .cluster }}
namespace: {{ default .root.Release.Namespace .namespace }}
{{- end }}
labels:
  {{- include "sluice.labels" . | nindent 2 }}
{{- with merge (dict) (default (dict) .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
