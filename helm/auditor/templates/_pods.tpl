{{/* Parts of pods. Components: api, scheduler, worker-collect, worker-judge, worker-render, migrate. */}}

{{- define "auditor.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.podSecurity }}
{{- if not (kindIs "invalid" .runAsUser) }}
runAsUser: {{ .runAsUser | int64 }}
{{- end }}
{{- if not (kindIs "invalid" .runAsGroup) }}
runAsGroup: {{ .runAsGroup | int64 }}
{{- end }}
{{- if not (kindIs "invalid" .fsGroup) }}
fsGroup: {{ .fsGroup | int64 }}
{{- end }}
{{- end }}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "auditor.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "auditor.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Where a pod goes. Call with (dict "root" . "component" NAME "of" VALUES). */}}
{{- define "auditor.placement" -}}
{{- with .of.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .of.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .of.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .of.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if .root.Values.topologySpread.enabled }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: {{ .root.Values.topologySpread.topologyKey }}
    whenUnsatisfiable: {{ .root.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "auditor.selector" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
{{- end }}
{{- end -}}

{{/* The database, and nothing that the chart itself makes: the migration runs before that is there. */}}
{{- define "auditor.env.database" -}}
- {name: AUDITOR_STATE, value: /var/lib/auditor}
{{- if .Values.trial.postgresql.enabled }}
- {name: AUDITOR_DATABASE, value: "postgresql://auditor@{{ include "auditor.fullname" . }}-postgresql/auditor"}
- {name: AUDITOR_DATABASE_PASSWORD_FILE, value: /etc/auditor/secrets/database/password}
{{- else if .Values.database.urlSecret.name }}
- name: AUDITOR_DATABASE
  valueFrom: {secretKeyRef: {name: {{ .Values.database.urlSecret.name }}, key: {{ .Values.database.urlSecret.key }}}}
{{- else }}
- {name: AUDITOR_DATABASE, value: {{ .Values.database.url | quote }}}
{{- if .Values.database.passwordSecret.name }}
- {name: AUDITOR_DATABASE_PASSWORD_FILE, value: /etc/auditor/secrets/database/{{ .Values.database.passwordSecret.key }}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "auditor.env" -}}
{{- include "auditor.env.database" . }}
- {name: AUDITOR_LOG, value: json}
{{- if .Values.trial.valkey.enabled }}
- {name: AUDITOR_BROKER, value: "redis://{{ include "auditor.fullname" . }}-valkey:6379/0"}
- {name: AUDITOR_BROKER_PASSWORD_FILE, value: /etc/auditor/secrets/broker/valkey-password}
{{- else if .Values.broker.urlSecret.name }}
- name: AUDITOR_BROKER
  valueFrom: {secretKeyRef: {name: {{ .Values.broker.urlSecret.name }}, key: {{ .Values.broker.urlSecret.key }}}}
{{- else }}
- {name: AUDITOR_BROKER, value: {{ .Values.broker.url | quote }}}
{{- if .Values.broker.passwordSecret.name }}
- {name: AUDITOR_BROKER_PASSWORD_FILE, value: /etc/auditor/secrets/broker/{{ .Values.broker.passwordSecret.key }}}
{{- end }}
{{- end }}
- name: AUDITOR_HMAC_KEY
  valueFrom: {secretKeyRef: {name: {{ include "auditor.hmacSecret" . }}, key: {{ .Values.hmacKey.key }}}}
{{- if and .Values.gitSync.enabled .Values.gitSync.inventory }}
- {name: AUDITOR_INVENTORY, value: /git/current/{{ .Values.gitSync.inventory }}}
{{- else if include "auditor.hasInventory" . }}
- {name: AUDITOR_INVENTORY, value: /etc/auditor/inventory/inventory.yaml}
{{- end }}
{{- if and .Values.gitSync.enabled .Values.gitSync.rules }}
- {name: AUDITOR_RULES, value: /git/current/{{ .Values.gitSync.rules }}}
{{- else if include "auditor.hasContent" . }}
- {name: AUDITOR_RULES, value: /etc/auditor/content}
{{- end }}
{{- with .Values.organisation }}
- {name: AUDITOR_ORGANISATION, value: {{ . | quote }}}
{{- end }}
{{- with .Values.classification }}
- {name: AUDITOR_CLASSIFICATION, value: {{ . | quote }}}
{{- end }}
{{- with include "auditor.publicUrl" . }}
- {name: AUDITOR_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- with .Values.notifications.networks }}
- {name: AUDITOR_NOTIFY_NETWORKS, value: {{ . | quote }}}
{{- end }}
- {name: AUDITOR_LEASE, value: {{ .Values.settings.lease | quote }}}
- {name: AUDITOR_ATTEMPTS, value: {{ .Values.settings.attempts | int | quote }}}
- {name: AUDITOR_KEEP_CAPTURES, value: {{ .Values.settings.keepCaptures | int | quote }}}
- {name: AUDITOR_KEEP_REPORTS, value: {{ .Values.settings.keepReports | int | quote }}}
- {name: AUDITOR_KEEP_DOWNLOADS, value: {{ .Values.settings.keepDownloads | int | quote }}}
- {name: AUDITOR_KEEP_SNAPSHOTS, value: {{ .Values.settings.keepSnapshots | int | quote }}}
{{- end -}}

{{- define "auditor.env.api" -}}
{{- with .Values.trustedProxies }}
- {name: AUDITOR_TRUSTED_PROXIES, value: {{ . | quote }}}
{{- end }}
- {name: AUDITOR_METRICS_TOKEN_FILE, value: /etc/auditor/secrets/metrics/{{ .Values.metricsToken.key }}}
{{- if .Values.oidc.issuer }}
- {name: AUDITOR_OIDC_ISSUER, value: {{ .Values.oidc.issuer | quote }}}
- {name: AUDITOR_OIDC_CLIENT_ID, value: {{ .Values.oidc.clientId | quote }}}
- {name: AUDITOR_OIDC_SCOPES, value: {{ .Values.oidc.scopes | quote }}}
- {name: AUDITOR_OIDC_GROUPS_CLAIM, value: {{ .Values.oidc.groupsClaim | quote }}}
- {name: AUDITOR_OIDC_ROLES_FILE, value: /etc/auditor/oidc/roles.yaml}
- {name: AUDITOR_OIDC_TOKEN_DAYS, value: {{ .Values.oidc.tokenDays | int | quote }}}
{{- if .Values.oidc.clientSecret.name }}
- {name: AUDITOR_OIDC_CLIENT_SECRET_FILE, value: /etc/auditor/secrets/oidc/{{ .Values.oidc.clientSecret.key }}}
{{- end }}
{{- with .Values.oidc.networks }}
- {name: AUDITOR_OIDC_NETWORKS, value: {{ . | quote }}}
{{- end }}
{{- with .Values.oidc.title }}
- {name: AUDITOR_OIDC_TITLE, value: {{ . | quote }}}
{{- end }}
{{- with .Values.oidc.caFile }}
- {name: AUDITOR_OIDC_CA_FILE, value: {{ . | quote }}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "auditor.mounts.database" -}}
- {name: tmp, mountPath: /tmp}
- {name: state, mountPath: /var/lib/auditor}
{{- if or .Values.trial.postgresql.enabled .Values.database.passwordSecret.name }}
- {name: database-password, mountPath: /etc/auditor/secrets/database, readOnly: true}
{{- end }}
{{- if .Values.database.caSecret.name }}
- {name: database-ca, mountPath: /etc/auditor/database-ca, readOnly: true}
{{- end }}
{{- end -}}

{{- define "auditor.volumes.database" -}}
- {name: tmp, emptyDir: {sizeLimit: {{ .Values.temporarySize }}}}
- {name: state, emptyDir: {sizeLimit: 64Mi}}
{{- if .Values.trial.postgresql.enabled }}
- {name: database-password, secret: {secretName: {{ include "auditor.trialSecret" . }}, defaultMode: 0440, items: [{key: database-password, path: password}]}}
{{- else if .Values.database.passwordSecret.name }}
- {name: database-password, secret: {secretName: {{ .Values.database.passwordSecret.name }}, defaultMode: 0440}}
{{- end }}
{{- with .Values.database.caSecret.name }}
- {name: database-ca, secret: {secretName: {{ . }}, defaultMode: 0440}}
{{- end }}
{{- end -}}

{{- define "auditor.mounts" -}}
{{- include "auditor.mounts.database" . }}
{{- if or .Values.trial.valkey.enabled .Values.broker.passwordSecret.name }}
- {name: broker-password, mountPath: /etc/auditor/secrets/broker, readOnly: true}
{{- end }}
{{- if .Values.broker.caSecret.name }}
- {name: broker-ca, mountPath: /etc/auditor/broker-ca, readOnly: true}
{{- end }}
{{- if .Values.gitSync.enabled }}
- {name: git, mountPath: /git, readOnly: true}
{{- end }}
{{- if and (include "auditor.hasInventory" .) (not (and .Values.gitSync.enabled .Values.gitSync.inventory)) }}
- {name: inventory, mountPath: /etc/auditor/inventory, readOnly: true}
{{- end }}
{{- if or .Values.knownHosts.inline .Values.knownHosts.configMap }}
- {name: known-hosts, mountPath: /etc/auditor/ssh, readOnly: true}
{{- end }}
{{- if or .Values.caBundles.inline .Values.caBundles.configMap }}
- {name: ca-bundles, mountPath: /etc/auditor/ca, readOnly: true}
{{- end }}
{{- if and (include "auditor.hasContent" .) (not (and .Values.gitSync.enabled .Values.gitSync.rules)) }}
{{- range $part := list "baselines" "golden" "tailorings" }}
- {name: content-{{ $part }}, mountPath: /etc/auditor/content/{{ $part }}, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{- define "auditor.volumes" -}}
{{- $name := include "auditor.fullname" . -}}
{{- include "auditor.volumes.database" . }}
{{- if .Values.trial.valkey.enabled }}
- {name: broker-password, secret: {secretName: {{ include "auditor.trialSecret" . }}, defaultMode: 0440, items: [{key: valkey-password, path: valkey-password}]}}
{{- else if .Values.broker.passwordSecret.name }}
- {name: broker-password, secret: {secretName: {{ .Values.broker.passwordSecret.name }}, defaultMode: 0440}}
{{- end }}
{{- with .Values.broker.caSecret.name }}
- {name: broker-ca, secret: {secretName: {{ . }}, defaultMode: 0440}}
{{- end }}
{{- if .Values.gitSync.enabled }}
- {name: git, emptyDir: {}}
{{- with .Values.gitSync.sshSecret.name }}
- {name: git-ssh, secret: {secretName: {{ . }}, defaultMode: 0440}}
{{- end }}
{{- with .Values.gitSync.credentialsSecret.name }}
- {name: git-credentials, secret: {secretName: {{ . }}, defaultMode: 0440}}
{{- end }}
{{- end }}
{{- if and (include "auditor.hasInventory" .) (not (and .Values.gitSync.enabled .Values.gitSync.inventory)) }}
{{- if .Values.inventory.secret }}
- {name: inventory, secret: {secretName: {{ .Values.inventory.secret }}, defaultMode: 0440, items: [{key: {{ .Values.inventory.key }}, path: inventory.yaml}]}}
{{- else if .Values.inventory.configMap }}
- {name: inventory, configMap: {name: {{ .Values.inventory.configMap }}, items: [{key: {{ .Values.inventory.key }}, path: inventory.yaml}]}}
{{- else }}
- {name: inventory, configMap: {name: {{ $name }}-inventory}}
{{- end }}
{{- end }}
{{- if .Values.knownHosts.configMap }}
- {name: known-hosts, configMap: {name: {{ .Values.knownHosts.configMap }}, items: [{key: {{ .Values.knownHosts.key }}, path: known_hosts}]}}
{{- else if .Values.knownHosts.inline }}
- {name: known-hosts, configMap: {name: {{ $name }}-known-hosts}}
{{- end }}
{{- if .Values.caBundles.configMap }}
- {name: ca-bundles, configMap: {name: {{ .Values.caBundles.configMap }}}}
{{- else if .Values.caBundles.inline }}
- {name: ca-bundles, configMap: {name: {{ $name }}-ca-bundles}}
{{- end }}
{{- if and (include "auditor.hasContent" .) (not (and .Values.gitSync.enabled .Values.gitSync.rules)) }}
{{- range $part := list "baselines" "golden" "tailorings" }}
{{- $given := index $.Values.content.configMaps $part }}
{{- if $given }}
- {name: content-{{ $part }}, configMap: {name: {{ $given }}}}
{{- else if index $.Values.content $part }}
- {name: content-{{ $part }}, configMap: {name: {{ $name }}-{{ $part }}}}
{{- else }}
- {name: content-{{ $part }}, emptyDir: {}}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* git-sync, once before the pod's work and then beside it. Call with (dict "root" . "once" BOOL). */}}
{{- define "auditor.gitSync" -}}
{{- $g := .root.Values.gitSync -}}
- name: git-sync{{ if .once }}-first{{ end }}
  image: {{ include "auditor.imageOf" (dict "root" .root "image" $g.image) }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  securityContext: {{ include "auditor.containerSecurity" .root | nindent 4 }}
  args:
    - --repo={{ $g.repository }}
    - --ref={{ $g.ref }}
    - --root=/git
    - --link=current
    - --depth=1
    {{- if .once }}
    - --one-time
    {{- else }}
    - --period={{ $g.period }}
    - --max-failures=-1
    {{- end }}
    {{- if $g.sshSecret.name }}
    - --ssh-key-file=/etc/git-ssh/{{ $g.sshSecret.privateKey }}
    - --ssh-known-hosts=true
    - --ssh-known-hosts-file=/etc/git-ssh/{{ $g.sshSecret.knownHosts }}
    - --add-user=true
    {{- end }}
    {{- if $g.credentialsSecret.name }}
    - --password-file=/etc/git-credentials/{{ $g.credentialsSecret.password }}
    {{- end }}
  env:
    - {name: HOME, value: /tmp}
    {{- if $g.credentialsSecret.name }}
    - name: GITSYNC_USERNAME
      valueFrom: {secretKeyRef: {name: {{ $g.credentialsSecret.name }}, key: {{ $g.credentialsSecret.username }}}}
    {{- end }}
  resources: {{ toYaml $g.resources | nindent 4 }}
  volumeMounts:
    - {name: git, mountPath: /git}
    - {name: tmp, mountPath: /tmp}
    {{- if $g.sshSecret.name }}
    - {name: git-ssh, mountPath: /etc/git-ssh, readOnly: true}
    {{- end }}
    {{- if $g.credentialsSecret.name }}
    - {name: git-credentials, mountPath: /etc/git-credentials, readOnly: true}
    {{- end }}
{{- end -}}

{{/* What stands before the work: with a database of the chart's own, until its tables are there. */}}
{{- define "auditor.initContainers" -}}
{{- if or .Values.gitSync.enabled .Values.trial.postgresql.enabled }}
initContainers:
  {{- if .Values.gitSync.enabled }}
  {{- include "auditor.gitSync" (dict "root" . "once" true) | nindent 2 }}
  {{- end }}
  {{- if .Values.trial.postgresql.enabled }}
  - name: wait-for-tables
    image: {{ include "auditor.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    securityContext: {{ include "auditor.containerSecurity" . | nindent 6 }}
    command: [sh, -c, "until auditor db status; do sleep 3; done"]
    env: {{ include "auditor.env.database" . | nindent 6 }}
    resources: {{ toYaml .Values.migrations.resources | nindent 6 }}
    volumeMounts: {{ include "auditor.mounts.database" . | nindent 6 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Changes of what pods read only at their start. */}}
{{- define "auditor.checksums" -}}
checksum/config: {{ include (print $.Template.BasePath "/data/configmaps.yaml") . | sha256sum }}
{{- end -}}
