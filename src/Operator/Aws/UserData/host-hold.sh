# Part of host.sh with runner.holdOnFailure: a machine that failed stays on for a while, for somebody to look at. No secret stays with it.

hold() {
  local end until
  # Without metadata the operator cannot be told, and would take the machine for one that hangs.
  [ -n "${region-}" ] || return 0
  trap - EXIT TERM INT HUP
  jit='' config='' registration='' script='' secret_names=() secret_values=()
  ssm DeleteParameter "{\"Name\":\"$EC2RUNNERS_MAILBOX/$id\"}"
  [ -z "$EC2RUNNERS_SECRETS" ] || drop_late_secrets
  [ -z "${dir-}" ] || rm -rf "$dir/.runner" "$dir/.credentials" "$dir/.credentials_rsaparams"
  [ -z "$EC2RUNNERS_LOGS" ] || ship_logs
  until=$(date -u -d "+$EC2RUNNERS_HOLD_SECONDS seconds" +%FT%TZ)
  say "$1; held until $until"
  tell "held $until $1"
  schedule_shutdown $((EC2RUNNERS_HOLD_SECONDS * 1000))
  clock
  end=$((now + EC2RUNNERS_HOLD_SECONDS * 1000))
  while ((now < end)); do
    look_at_metadata
    look_at_mailbox
    [ "$action" != stop ] || power_off "told to stop"
    action='' jit='' config='' registration='' script=''
    nap "$EC2RUNNERS_TICK"
    clock
  done
}
