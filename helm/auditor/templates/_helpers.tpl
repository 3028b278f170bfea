{{- define "auditor.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "auditor.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "auditor.labels" -}}
{{ include "auditor.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* Call with (dict "root" . "image" IMAGE): the name of an image, behind a registry where one is given. */}}
{{- define "auditor.imageOf" -}}
{{- $registry := .image.registry | default .root.Values.image.registry -}}
{{- if $registry }}{{ trimSuffix "/" $registry }}/{{ end -}}
{{- .image.repository -}}
{{- if .image.digest -}}@{{ .image.digest }}{{- else -}}:{{ .image.tag | default .root.Chart.AppVersion }}{{- end -}}
{{- end -}}

{{- define "auditor.image" -}}
{{- include "auditor.imageOf" (dict "root" . "image" .Values.image) -}}
{{- end -}}

{{/* What must be given, said in words: a schema can only refuse. */}}
{{- define "auditor.check" -}}
{{- $db := .Values.database -}}
{{- $database := list (ternary 1 0 (ne $db.url "")) (ternary 1 0 (ne $db.urlSecret.name "")) (ternary 1 0 .Values.trial.postgresql.enabled) -}}
{{- $sum := add (index $database 0) (index $database 1) (index $database 2) -}}
{{- if eq (int $sum) 0 }}{{ fail "no database: set database.url, database.urlSecret.name, or trial.postgresql.enabled=true" }}{{ end -}}
{{- if gt (int $sum) 1 }}{{ fail "more than one database: keep one of database.url, database.urlSecret.name, trial.postgresql.enabled" }}{{ end -}}
{{- $br := .Values.broker -}}
{{- $brokers := add (ternary 1 0 (ne $br.url "")) (ternary 1 0 (ne $br.urlSecret.name "")) (ternary 1 0 .Values.trial.valkey.enabled) -}}
{{- if eq (int $brokers) 0 }}{{ fail "no broker: set broker.url, broker.urlSecret.name, or trial.valkey.enabled=true" }}{{ end -}}
{{- if gt (int $brokers) 1 }}{{ fail "more than one broker: keep one of broker.url, broker.urlSecret.name, trial.valkey.enabled" }}{{ end -}}
{{- if and .Values.gitSync.enabled (not .Values.gitSync.repository) }}{{ fail "gitSync.enabled needs gitSync.repository" }}{{ end -}}
{{- if and .Values.oidc.issuer (not .Values.oidc.clientId) }}{{ fail "oidc.issuer needs oidc.clientId" }}{{ end -}}
{{- if and .Values.oidc.issuer (not .Values.oidc.roles) }}{{ fail "oidc.issuer needs oidc.roles: nobody would be let in" }}{{ end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) }}{{ fail "ingress.enabled needs ingress.host" }}{{ end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.tlsSecret) }}{{ fail "ingress.enabled needs ingress.tlsSecret: passwords and tokens cross it" }}{{ end -}}
{{- if and (eq .Values.autoscaling.mode "keda") (not .Values.autoscaling.keda.prometheus) }}{{ fail "autoscaling.mode=keda needs autoscaling.keda.prometheus" }}{{ end -}}
{{- if and .Values.externalSecrets.enabled (not .Values.externalSecrets.store.name) }}{{ fail "externalSecrets.enabled needs externalSecrets.store.name" }}{{ end -}}
{{- $sources := 0 }}{{ range list .Values.inventory.inline .Values.inventory.configMap .Values.inventory.secret }}{{ if . }}{{ $sources = add1 $sources }}{{ end }}{{ end -}}
{{- if gt (int $sources) 1 }}{{ fail "more than one inventory: keep one of inventory.inline, inventory.configMap, inventory.secret" }}{{ end -}}
{{- end -}}

{{- define "auditor.publicUrl" -}}
{{- if .Values.publicUrl }}{{ .Values.publicUrl }}{{ else if .Values.ingress.enabled }}https://{{ .Values.ingress.host }}/{{ end -}}
{{- end -}}

{{- define "auditor.hasInventory" -}}
{{- if or (and .Values.gitSync.enabled .Values.gitSync.inventory) .Values.inventory.inline .Values.inventory.configMap .Values.inventory.secret }}true{{ end -}}
{{- end -}}

{{- define "auditor.hasContent" -}}
{{- $c := .Values.content -}}
{{- if or $c.baselines $c.golden $c.tailorings $c.configMaps.baselines $c.configMaps.golden $c.configMaps.tailorings }}true{{ end -}}
{{- end -}}

{{- define "auditor.hmacSecret" -}}
{{- .Values.hmacKey.existingSecret | default (printf "%s-hmac" (include "auditor.fullname" .)) -}}
{{- end -}}

{{- define "auditor.metricsSecret" -}}
{{- .Values.metricsToken.existingSecret | default (printf "%s-metrics" (include "auditor.fullname" .)) -}}
{{- end -}}

{{- define "auditor.trialSecret" -}}
{{- printf "%s-trial" (include "auditor.fullname" .) -}}
{{- end -}}

{{/* A value of a Secret that the chart has made before, else a new one. Call with (dict "root" . "secret" NAME "key" KEY). */}}
{{- define "auditor.keptOrNew" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
{{- if and $found (hasKey ($found.data | default dict) .key) -}}
{{- index $found.data .key -}}
{{- else -}}
{{- randAlphaNum 48 | b64enc -}}
{{- end -}}
{{- end -}}
