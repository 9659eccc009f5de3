# Part of host.sh with runner.secretRefs: what scripts get as environment variables. It is held by this shell alone, and in no file.

# The operator sends them as soon as it knows the instance, so they are mostly there already.
receive_secrets() {
  local parameter="{\"Name\":\"$EC2RUNNERS_MAILBOX/$id.secrets\"" attempts=0 deadline lines name value
  clock
  deadline=$((now + EC2RUNNERS_SECRETS_PATIENCE))
  until ssm GetParameter "$parameter,\"WithDecryption\":true}"; do
    clock
    ((now < deadline)) || fail "the secrets of the pool did not arrive: HTTP $status ${body:0:200}"
    nap $((EC2RUNNERS_RETRY * 2 + RANDOM % (EC2RUNNERS_RETRY * 2)))
  done
  field lines secrets
  until ssm DeleteParameter "$parameter}"; do
    case $body in *ParameterNotFound*) ((attempts)) && break ;; esac
    ((++attempts < 5)) || fail "the secrets of the pool cannot be removed from the mailbox: HTTP $status ${body:0:200}"
    nap $((EC2RUNNERS_RETRY * attempts))
  done
  secret_names=() secret_values=()
  while read -r name value; do
    # The mark keeps line ends at the end of a value.
    secret_names+=("$name") secret_values+=("$(base64 -d <<<"$value" && printf .)")
  done < <(base64 -d <<<"$lines")
  body='' parsed='' json='' lines=''
}

# An operator that was restarted meanwhile may have sent them twice, but never after the command to start the first runner: a job must not find
# them there.
drop_late_secrets() {
  [ -z "${secrets_dropped-}" ] || return 0
  secrets_dropped=1
  ssm DeleteParameter "{\"Name\":\"$EC2RUNNERS_MAILBOX/$id.secrets\"}"
}

# For a subshell that becomes a script.
share_secrets() {
  local i
  for i in "${!secret_names[@]}"; do
    export "${secret_names[i]}=${secret_values[i]%.}"
  done
}
