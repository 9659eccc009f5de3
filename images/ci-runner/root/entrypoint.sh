#!/bin/bash
# The image's entrypoint. It checks what it is given, sets up what only root can, and sources /root/entrypoint.*.sh in the order of their names, all in
# one shell. With arguments it then runs them as guest: that is how a pool's machine starts its runner. Without, it registers a runner by itself (GH_*
# variables), serves until it is told to stop, waits for the running job and removes the registration.
set -eu

say() { printf 'ci-runner: %s\n' "$*"; }
fail() {
  say "$*" >&2
  exit 1
}

# A secret never is an argument: ps shows those.
home=/home/guest runner=$home/actions-runner work=${WORK_DIR:-_work} listener='' ending='' id='' started=$SECONDS

as_guest() { setpriv --reuid guest --regid guest --init-groups env -u GH_TOKEN HOME="$home" USER=guest LOGNAME=guest "$@"; }

# ---- Set-up ----

check() { # NAME PATTERN EXAMPLE
  local value=${!1-}
  [[ $value =~ ^($2)$ ]] || fail "$1 is '$value': write $3"
}

# What a pool's machine hands over as secrets.
take_secrets() {
  # shellcheck source=/dev/null
  [ ! -r /run/ec2runners/secrets ] || . /run/ec2runners/secrets
  if [ -z "${GH_TOKEN-}" ] && [ -r "${GH_TOKEN_FILE:=/run/secrets/GH_TOKEN}" ]; then
    GH_TOKEN=$(<"$GH_TOKEN_FILE")
  fi
}

set_time_zone() {
  [ -n "${TZ-}" ] || return 0
  check TZ '[-+_/a-zA-Z0-9]+' 'the name of a time zone, such as Europe/Berlin'
  [ -e "/usr/share/zoneinfo/$TZ" ] || fail "TZ is '$TZ': there is no such time zone"
  ln -sf "/usr/share/zoneinfo/$TZ" /etc/localtime
  echo "$TZ" >/etc/timezone
}

# Its group has another number on each machine.
join_docker() {
  local group
  [ -S /var/run/docker.sock ] || return 0
  group=$(stat -c %g /var/run/docker.sock)
  [ -n "$(getent group "$group")" ] || groupadd --gid "$group" docker-host
  usermod -aG "$(getent group "$group" | cut -d: -f1)" guest
}

# A folder in memory, or of the machine, belongs to root at first.
open_work() {
  case $work in /*) install -d -o guest -g guest "$work" ;; esac
}

# For what needs a key, such as loading a work folder by rsync.
install_key() {
  local key=/run/secrets/CI_STORAGE_PRIVATE_KEY
  [ -r "$key" ] || return 0
  install -d -m 700 -o guest -g guest "$home/.ssh"
  install -m 600 -o guest -g guest "$key" "$home/.ssh/id_ci_storage"
}

# Ports of this container's localhost lead to FORWARD_HOST: TCP by haproxy, to the first of its hosts that is up; UDP by socat, to the first. A machine of
# a pool does this itself (runner.container.forward).
forward_ports() {
  local port number hosts config=/run/ci-runner-haproxy.cfg
  [ -n "${FORWARD_PORTS-}" ] || return 0
  check FORWARD_HOST '[a-zA-Z0-9][-a-zA-Z0-9.: ]*' 'the name of a host, or several separated by blanks'
  # A port of a host has no meaning here.
  read -ra hosts <<<"$(sed -E 's/:[0-9]+//g' <<<"$FORWARD_HOST")"
  printf '%s\n' 'defaults' '  mode tcp' '  timeout connect 5s' '  timeout client 1h' '  timeout server 1h' \
    '  default-server check inter 10s fall 3 rise 2 init-addr last,libc,none resolvers system resolve-prefer ipv4' 'resolvers system' '  parse-resolv-conf' >"$config"
  for port in $FORWARD_PORTS; do
    number=${port%%/*}
    [[ $port =~ ^[0-9]{1,5}(/(tcp|udp|tcp-backup))?$ ]] || fail "FORWARD_PORTS has '$port': write port numbers, with /udp for UDP, such as 15432 18125/udp"
    if [ "${port#*/}" = udp ]; then
      socat "UDP4-RECVFROM:$number,bind=127.0.0.1,fork" "UDP4-SENDTO:${hosts[0]}:$number" &
    else
      add_forward "$number" "${port#*/}" >>"$config"
    fi
  done
  # It makes room for as many connections as it may open.
  ! grep -q '^listen' "$config" || (ulimit -n 8192 2>/dev/null || true; exec haproxy -D -f "$config") || fail "the ports cannot be forwarded"
  say "ports $FORWARD_PORTS of localhost lead to $FORWARD_HOST"
}

add_forward() { # NUMBER KIND
  local i spare
  printf 'listen tcp-%s\n  bind 127.0.0.1:%s\n' "$1" "$1"
  for i in "${!hosts[@]}"; do
    spare=backup
    if [ "$i" = 0 ] && [ "$2" != tcp-backup ] || [ "$i" != 0 ] && [ "$2" = tcp-backup ] || [ ${#hosts[@]} = 1 ]; then spare=''; fi
    printf '  server host-%s %s:%s %s\n' "$i" "${hosts[i]}" "$1" "$spare"
  done
}

# ---- A runner that registers itself ----

check_runner() {
  [ -n "${GH_TOKEN-}" ] || fail "GH_TOKEN is not set: give a token that may register runners, or mount it as /run/secrets/GH_TOKEN"
  [ -n "${GH_URL-}" ] || check GH_REPOSITORY '[-._a-zA-Z0-9]+/[-._a-zA-Z0-9]+' 'OWNER/REPOSITORY, or set GH_URL'
  : "${GH_URL:=https://github.com/${GH_REPOSITORY-}}"
  check GH_URL 'https?://[^/ ]+/[-._a-zA-Z0-9/]+' 'the URL of a repository, an organization or an enterprise'
  check GH_LABELS '[^, ]+(,[^, ]+)*' 'labels separated by commas'
  : "${GH_RUNNER_NAME:=ci-runner-$(hostname | cut -c -40)-$(date +%m%d-%H%M)}"
  check GH_RUNNER_NAME '[-._a-zA-Z0-9]{1,64}' 'at most 64 letters, digits, dots, hyphens and underscores'
  BTIME=${BTIME:-0} DEBUG_SHUTDOWN_DELAY_SEC=${DEBUG_SHUTDOWN_DELAY_SEC:-0}
  check BTIME '[0-9]+' 'the btime of /proc/stat on the host'
  check DEBUG_SHUTDOWN_DELAY_SEC '[0-9]+' 'seconds'
  [ -x "$runner/run.sh" ] || fail "this image has no runner: build it with RUNNER_VERSION"
}

# The address of the runners in the API.
api_of() { # URL
  local host=${1#*://} path
  path=${host#*/} host=${host%%/*}
  case $path in
    enterprises/*) ;;
    */*) path=repos/$path ;;
    *) path=orgs/$path ;;
  esac
  case $host in
    github.com) host=https://api.github.com ;;
    *.ghe.com) host=https://api.$host ;;
    *) host=${1%%://*}://$host/api/v3 ;;
  esac
  echo "${GH_API_URL:-$host}/$path/actions/runners"
}

# Sets status and body.
github() { # METHOD PATH
  local answer
  answer=$(printf '%s\n' "url = \"$api$2\"" "request = \"$1\"" "header = \"Authorization: Bearer $GH_TOKEN\"" \
    'header = "Accept: application/vnd.github+json"' 'header = "X-GitHub-Api-Version: 2022-11-28"' 'max-time = 30' |
    curl -q -g -sS -K - -w '\n%{http_code}') || true
  status=${answer##*$'\n'} body=${answer%$'\n'*}
}

register() {
  local attempts=0 token options=(--unattended --url "$GH_URL" --name "$GH_RUNNER_NAME" --labels "$GH_LABELS" --work "$work" --replace --disableupdate)
  [ -z "${GH_RUNNER_GROUP-}" ] || options+=(--runnergroup "$GH_RUNNER_GROUP")
  [ -z "${GH_EPHEMERAL-}" ] || options+=(--ephemeral)
  github POST /registration-token
  until [ "$status" = 201 ]; do
    case $status in 401 | 403 | 404 | 422) fail "GitHub refuses a registration token for $GH_URL: HTTP $status ${body:0:300}" ;; esac
    ((++attempts < 10)) || fail "no registration token for $GH_URL: HTTP $status ${body:0:300}"
    sleep $((attempts * 2))
    github POST /registration-token
  done
  token=$(jq -r .token <<<"$body")
  body=''
  (cd "$runner" && ACTIONS_RUNNER_INPUT_TOKEN=$token as_guest ./config.sh "${options[@]}" </dev/null) || fail "the runner cannot be configured"
  # The file begins with a byte order mark.
  id=$(sed '1s/^\xef\xbb\xbf//' "$runner/.runner" | jq -r '.agentId // .AgentId // empty')
  say "registered $GH_RUNNER_NAME at $GH_URL"
}

# GitHub deletes no runner whose job runs: then it is asked again, and no job begins in between.
deregister() {
  while [ -n "$id" ]; do
    github DELETE "/$id"
    case $status in
      204 | 404) id='' ;;
      422) say "a job runs; its end is waited for" ;;
      *) say "cannot remove the registration: HTTP $status ${body:0:200}" ;;
    esac
    [ -z "$id" ] || sleep "${GH_STOP_POLL:-5}"
  done
  say "the registration is gone"
}

# As a line that CloudWatch Logs makes a metric of, where docker's awslogs driver takes it there (embedded metric format).
metric() { # NAME SECONDS
  jq -nc --arg name "$1" --argjson value "$2" --argjson time "$(date +%s%3N)" --arg url "$GH_URL" --arg last "${GH_LABELS##*,}" \
    '{_aws: {Timestamp: $time, CloudWatchMetrics: [{Namespace: "ci-runner", Dimensions: [["GH_URL", "GH_LABEL"]], Metrics: [{Name: $name, Unit: "Seconds"}]}]}, GH_URL: $url, GH_LABEL: $last, ($name): $value}' ||
    say "$1 $2"
}

# A job is cancelled by the signal that ends a listener, so the registration goes first.
# shellcheck disable=SC2317 # the trap calls it
stop() {
  local waited=0
  trap '' TERM INT
  ending=$SECONDS
  say "told to stop"
  while ((SECONDS - ending < DEBUG_SHUTDOWN_DELAY_SEC)); do
    say "still here after $((SECONDS - ending)) s"
    sleep 1
  done
  deregister
  kill -INT -- "-$listener" 2>/dev/null || true
  # No job can have begun.
  while kill -0 "$listener" 2>/dev/null && ((waited++ < 30)); do sleep 1; done
  kill -KILL -- "-$listener" 2>/dev/null || true
}

serve() {
  local code=0
  as_guest bash -c : || fail "cannot run programs as guest"
  register
  trap stop TERM INT
  # With job control, so that it does not ignore interrupts, and can be told apart from this shell.
  set -m
  (cd "$runner" && exec setpriv --reuid guest --regid guest --init-groups env -u GH_TOKEN HOME="$home" USER=guest LOGNAME=guest "$home/entrypoint.sh" "$runner/run.sh" </dev/null) &
  listener=$!
  set +m
  metric RunnerBootSec $((SECONDS - started))
  ((BTIME == 0)) || metric InstanceBootSec $(($(date +%s) - BTIME))
  while kill -0 "$listener" 2>/dev/null; do
    wait "$listener" && code=0 || code=$?
  done
  if [ -n "$ending" ]; then
    metric ShutdownDelaySec $((SECONDS - ending))
    exit 0
  fi
  say "the runner ended with code $code"
  trap '' TERM INT
  deregister
  exit "$code"
}

take_secrets
set_time_zone
join_docker
open_work
install_key
forward_ports
for fragment in /root/entrypoint.*.sh; do
  [ -e "$fragment" ] || continue
  # shellcheck source=/dev/null
  . "$fragment"
done
if [ $# -gt 0 ]; then
  exec setpriv --reuid guest --regid guest --init-groups env HOME="$home" USER=guest LOGNAME=guest "$home/entrypoint.sh" "$@"
fi
check_runner
api=$(api_of "$GH_URL")
serve
