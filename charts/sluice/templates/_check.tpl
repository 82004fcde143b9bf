{{/* Refuses what the schema can't: values that make no sense together. */}}
{{- define "sluice.check" -}}
{{- $wrong := list }}
{{- with .Values }}
{{- $positive := dict "interval" .interval "scrapeInterval" .scrapeInterval }}
{{- $positive = merge $positive (dict "prometheus.timeout" .prometheus.timeout "webhook.timeout" .webhook.timeout) }}
{{- range $name, $value := $positive }}
{{- if not (regexMatch "[1-9]" $value) }}
{{- $wrong = append $wrong (printf "%s is %s; want more than 0" $name $value) }}
{{- end }}
{{- end }}
{{- range $name, $labels := dict "commonLabels" .commonLabels "podLabels" .podLabels }}
{{- range $label, $value := $labels }}
{{- if regexMatch "^(app\\.kubernetes\\.io/(name|instance|component|version|part-of|managed-by)|helm\\.sh/chart)$" $label }}
{{- $wrong = append $wrong (printf "%s: the label %s is the chart's own" $name $label) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .webhook.url .webhook.urlSecret.name }}
{{- $wrong = append $wrong "webhook.url and webhook.urlSecret.name are both set; want one of them" }}
{{- end }}
{{- if not (or .webhook.url .webhook.urlSecret.name) }}
{{- if or .webhook.signingSecret.name .webhook.caSecret.name .webhook.reasons }}
{{- $wrong = append $wrong "webhook: there is something to send with, but neither webhook.url nor webhook.urlSecret.name says where to" }}
{{- end }}
{{- end }}
{{- if not .prometheus.address }}
{{- if or .prometheus.tokenSecret.name .prometheus.caSecret.name .prometheus.externalSecret.enabled }}
{{- $wrong = append $wrong "prometheus: there is a token or a CA, but prometheus.address doesn't say what for" }}
{{- end }}
{{- end }}
{{- with .prometheus.externalSecret }}
{{- if and .enabled (not (and .secretStoreRef.name .remoteRef.key)) }}
{{- $wrong = append $wrong "prometheus.externalSecret.enabled needs secretStoreRef.name and remoteRef.key" }}
{{- end }}
{{- end }}
{{- if and .web.enabled (eq (int .web.port) (int .metrics.port)) }}
{{- $wrong = append $wrong (printf "web.port and metrics.port are both %d; want two ports" (int .web.port)) }}
{{- end }}
{{- if and (not .web.enabled) .web.tokenSecret.name }}
{{- $wrong = append $wrong "web.tokenSecret.name is set, but web.enabled isn't" }}
{{- end }}
{{- if and (not .serviceAccount.create) (not .serviceAccount.name) }}
{{- $wrong = append $wrong "serviceAccount.create is off: serviceAccount.name must say which account is the controller's" }}
{{- end }}
{{- if and (eq (toString .strategy.maxSurge | trimSuffix "%") "0") (eq (toString .strategy.maxUnavailable | trimSuffix "%") "0") }}
{{- $wrong = append $wrong "strategy.maxSurge and strategy.maxUnavailable are both 0: nothing could ever be replaced" }}
{{- end }}
{{- end }}
{{- if and (eq .Values.brake.mode "admission") .Values.brake.policy (not (include "sluice.brake.version" .)) }}
{{- $wrong = append $wrong "brake.mode is admission, but the cluster serves no MutatingAdmissionPolicies; want auto or paused" }}
{{- end }}
{{- if $wrong }}
{{- fail (printf "\n\nvalues that make no sense together:\n  - %s\n" (join "\n  - " $wrong)) }}
{{- end }}
{{- end }}
