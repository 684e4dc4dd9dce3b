{{/* The name of everything: the release's, with the chart's unless it is in it already. */}}
{{- define "martlet.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What pods are found by; may never change. */}}
{{- define "martlet.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "martlet.labels" -}}
{{ include "martlet.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "martlet.configMap" -}}
{{- .Values.existingConfigMap | default (printf "%s-routes" (include "martlet.name" .)) -}}
{{- end -}}

{{- define "martlet.adminSecret" -}}
{{- .Values.admin.existingSecret | default (printf "%s-admin" (include "martlet.name" .)) -}}
{{- end -}}
