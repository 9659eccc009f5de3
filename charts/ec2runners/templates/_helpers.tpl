{{- define "ec2runners.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 54 | trimSuffix "-" -}}
{{- end -}}

{{- define "ec2runners.base" -}}
{{- $name := include "ec2runners.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 54 | trimSuffix "-" -}}
{{- end -}}

{{/* RELEASE-operator: what `operator rbac` and `operator iam` assume for a release called ec2runners. */}}
{{- define "ec2runners.fullname" -}}
{{- .Values.fullnameOverride | default (printf "%s-operator" (include "ec2runners.base" .)) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "ec2runners.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}

{{- define "ec2runners.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "ec2runners.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "ec2runners.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ec2runners.name" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "ec2runners.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "ec2runners.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ec2runners.image" -}}
{{- with .Values.image -}}
{{- $registry := ($.Values.global).imageRegistry -}}
{{- $repository := ternary (printf "%s/%s" $registry (regexReplaceAll "^[^/]+[.:][^/]*/" .repository "")) .repository (not (empty $registry)) -}}
{{- if .digest -}}{{ $repository }}@{{ .digest }}{{- else -}}{{ $repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The rules for the namespaces that are looked after, with the names of the Secrets where they are given. */}}
{{- define "ec2runners.poolRules" -}}
{{- $rules := .Files.Get "files/rbac/pools.yaml" -}}
{{- if .Values.rbac.secretNames -}}
{{- $named := list -}}
{{- range $rule := fromYamlArray $rules -}}
{{- if has "secrets" $rule.resources -}}
{{- $named = append $named (set $rule "resourceNames" $.Values.rbac.secretNames) -}}
{{- else -}}
{{- $named = append $named $rule -}}
{{- end -}}
{{- end -}}
{{ toYaml $named }}
{{- else -}}
{{ $rules }}
{{- end -}}
{{- end -}}

{{- define "ec2runners.subjects" -}}
subjects:
- kind: ServiceAccount
  name: {{ include "ec2runners.serviceAccountName" . }}
  namespace: {{ include "ec2runners.namespace" . }}
{{- end -}}

{{- define "ec2runners.policyMatch" -}}
failurePolicy: Fail
matchConstraints:
  resourceRules:
  - apiGroups: [ec2runners.dev]
    apiVersions: [v1alpha1]
    operations: [CREATE, UPDATE]
    resources: [runnerpools]
matchConditions:
- name: not-the-operator
  expression: request.userInfo.username != 'system:serviceaccount:{{ include "ec2runners.namespace" . }}:{{ include "ec2runners.serviceAccountName" . }}'
- name: not-on-its-way-out
  expression: "!has(object.metadata.deletionTimestamp)"
{{- end -}}

{{/* What the operator and the doctor need to know of their surroundings alike. */}}
{{- define "ec2runners.sharedArgs" -}}
{{- if and (.Values.webhook).enabled (.Values.webhook).secretName }}
- --webhook-secret={{ .Values.webhook.secretName }}
{{- end }}
{{- with .Values.clusterId }}
- --cluster-id={{ . }}
{{- end }}
{{- with .Values.watchNamespaces }}
- --watch-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.githubHosts }}
- --github-hosts={{ join "," . }}
{{- end }}
{{- end -}}

{{- define "ec2runners.env" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- with (.Values.aws).region }}
- name: AWS_REGION
  value: {{ . }}
{{- end }}
{{- $proxy := .Values.proxy | default dict }}
{{- with $proxy.httpsProxy }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with $proxy.httpProxy }}
- name: http_proxy
  value: {{ . | quote }}
{{- end }}
{{- if or $proxy.httpsProxy $proxy.httpProxy }}
{{- $own := list "localhost" "127.0.0.1" "::1" "kubernetes.default.svc" ".svc" ".cluster.local" "169.254.169.254" "fd00:ec2::254" "169.254.170.2" "169.254.170.23" "fd00:ec2::23" }}
- name: NO_PROXY
  value: {{ concat $own ($proxy.noProxy | default list) | uniq | join "," | quote }}
{{- end }}
{{- if include "ec2runners.ca" . }}
- name: SSL_CERT_DIR
  value: /etc/ssl/certs:/etc/ec2runners/ca
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ec2runners.ca" -}}
{{- with .Values.extraCaCertificates }}
{{- if .configMapName }}
- name: ec2runners-ca
  configMap:
    name: {{ .configMapName }}
{{- else if .secretName }}
- name: ec2runners-ca
  secret:
    secretName: {{ .secretName }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "ec2runners.caMount" -}}
{{- if include "ec2runners.ca" . }}
- name: ec2runners-ca
  mountPath: /etc/ec2runners/ca
  readOnly: true
{{- end }}
{{- end -}}

{{- define "ec2runners.imagePullSecrets" -}}
{{- with concat (.Values.imagePullSecrets | default list) ((.Values.global).imagePullSecrets | default list) }}
imagePullSecrets:
  {{- range . }}
  - {{ kindIs "string" . | ternary (dict "name" .) . | toJson }}
  {{- end }}
{{- end }}
{{- end -}}
