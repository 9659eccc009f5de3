#!/bin/bash
# What a runner machine does from boot to power-off. The operator renders the settings (EC2RUNNERS_*) above this text.
# Needs bash 5.1, curl 7.75, coreutils, findutils and util-linux; no AWS CLI, no jq.
# Two rules: a secret is never a process argument (ps shows those), and every failure ends in power-off.
set -u
# Jobs can read our files only where necessary; their processes get the usual umask.
umask 077

# Times are milliseconds. Only tests override these.
: "${EC2RUNNERS_IMDS:=http://169.254.169.254}" "${EC2RUNNERS_IMDS_IPV6:=http://[fd00:ec2::254]}" "${EC2RUNNERS_SSM_ENDPOINT:=}" "${EC2RUNNERS_EC2_ENDPOINT:=}" "${EC2RUNNERS_ROOT:=}"
: "${EC2RUNNERS_CONSOLE:=/dev/console}" "${EC2RUNNERS_POWEROFF:=poweroff}" "${EC2RUNNERS_SHUTDOWN:=shutdown}" "${EC2RUNNERS_REBOOT:=reboot}"
: "${EC2RUNNERS_TICK:=2000}" "${EC2RUNNERS_SLOW_POLL:=30000}" "${EC2RUNNERS_WOKEN_POLL:=300000}" "${EC2RUNNERS_LINGER:=60000}"
: "${EC2RUNNERS_GRACE:=10000}" "${EC2RUNNERS_RETRY:=1000}" "${EC2RUNNERS_AGE_MARGIN:=3600000}" "${EC2RUNNERS_UPTIME:=/proc/uptime}"
: "${EC2RUNNERS_SECRETS_PATIENCE:=300000}" "${EC2RUNNERS_CGROUP:=/sys/fs/cgroup/ec2runners}" "${EC2RUNNERS_SLEEP:=60000}"
: "${EC2RUNNERS_CONTAINER:=}"

cgroup='' root=$EC2RUNNERS_ROOT state=$EC2RUNNERS_ROOT/var/lib/ec2runners user=$EC2RUNNERS_USER per_boot=$EC2RUNNERS_ROOT/var/lib/cloud/scripts/per-boot
separator=$'\x1e' per_request=(globoff $'write-out = "\\n%{http_code}\x1e"')
token='' wake_up='' spot='' advised='' runner='' served='' action='' jit='' afterwards='' next='' complaint='' awaited='' limit='' runtime='' script='' prepared='' config='' name='' registration='' configured='' started=''
parsed='' json='' again='' resting=''
command_at=0 leave_by=0 failures=0 slept=0 age=$((EC2RUNNERS_MAX_AGE_SECONDS * 1000 + EC2RUNNERS_AGE_MARGIN))

say() { { printf 'ec2runners: %s\n' "$*" >>"$EC2RUNNERS_CONSOLE"; } 2>/dev/null || printf 'ec2runners: %s\n' "$*"; }

nap() {
  local seconds
  printf -v seconds '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
  sleep "$seconds"
}

# The uptime, unlike the time of day, does not jump when the clock is set. A machine that was on standby does not age in hibernation.
clock() {
  local uptime before=${now-}
  read -r uptime _ <"$EC2RUNNERS_UPTIME"
  now=$((10#${uptime/./} * 10 - slept))
  [ -n "$before" ] && [ -e "$state/standby" ] && ((now - before > EC2RUNNERS_SLEEP)) || return 0
  slept=$((slept + now - before)) now=$before
}

# The instance's shutdown behavior is "terminate", so this ends its cost.
power_off() {
  local force=
  trap - EXIT TERM INT HUP
  say "$1; powering off"
  [ -z "$EC2RUNNERS_CONTAINER" ] || remove_container
  [ -z "$EC2RUNNERS_LOGS" ] || ending=1 ship_logs
  while :; do
    "$EC2RUNNERS_POWEROFF" ${force:+-f}
    sleep 60
    force=1
  done
}

# For what keeps a machine from working, and somebody may want to look at.
fail() {
  [ -z "$EC2RUNNERS_HOLD_SECONDS" ] || hold "$1"
  [ -z "${region-}" ] || tell "failed $1"
  power_off "$1"
}

# On a busy machine, the watchdog waits for the job.
on_exit() {
  trap - EXIT TERM INT HUP
  [ -z "$resting" ] || exit # EC2 stops the machine, and keeps it
  say "the host script ended unexpectedly"
  busy || power_off "no job runs"
}

# ---- HTTP ----

# Each argument is a line of curl configuration. Sets status and body, and curl's own code. An answer ends in its status and a separator.
http() {
  local lines
  printf -v lines '%s\n' "${per_request[@]}" "$@"
  answers=$(exec curl -q -sS -K - <<<"$lines")
  curled=$?
  answers=${answers%"$separator"}
  body=${answers##*"$separator"}
  status=${body##*$'\n'} body=${body%$'\n'*}
}

# Instance metadata, version 2; the token is renewed when it is rejected. Several documents take one program: found has their bodies, empty where
# there is none. The last one decides on success.
imds() {
  local refused='' url="url = \"$EC2RUNNERS_IMDS/latest" path lines one
  found=()
  while :; do
    if [ -z "$token" ]; then
      http "$url/api/token\"" 'request = "PUT"' 'header = "X-aws-ec2-metadata-token-ttl-seconds: 21600"' 'max-time = 5' 'noproxy = "*"'
      [ "$status" = 200 ] || return 1
      token=$body
    fi
    lines=()
    for path; do
      [ ${#lines[@]} = 0 ] || lines+=(next "${per_request[@]}")
      lines+=("$url/$path\"" "header = \"X-aws-ec2-metadata-token: $token\"" 'max-time = 5' 'noproxy = "*"')
    done
    http "${lines[@]}"
    [ "$status$refused" = 401 ] || break
    token='' refused=1
  done
  answers=$answers$separator
  while [ -n "$answers" ]; do
    one=${answers%%"$separator"*} answers=${answers#*"$separator"}
    if [ "${one##*$'\n'}" = 200 ]; then found+=("${one%$'\n'*}"); else found+=(''); fi
  done
  [ "$status" = 200 ]
}

# Sets a variable to a string field of the JSON in body, at any depth, including JSON inside a string. It supports only values without
# quotes, backslashes and spaces (words, base64, credentials), so those can be removed before the search.
field() {
  if [ "$body" != "$parsed" ]; then
    parsed=$body json=${body//[[:space:]]/}
    json=${json//\\u002[bB]/+} json=${json//\\u002[fF]//} json=${json//\\u003[dD]/=} json=${json//\\u0022/\"} json=${json//\\/}
  fi
  [[ $json =~ .*\"$2\":\"([^\"]*)\" ]]
  printf -v "$1" %s "${BASH_REMATCH[1]-}"
}

# Sets key, secret and session. Credentials are read for each call: that is local and free, and they cannot expire in between.
credentials() {
  local role=meta-data/iam/security-credentials/
  if ! imds "$role" || ! imds "$role$body"; then
    body="no credentials in the instance metadata; has the instance profile a role?"
    return 1
  fi
  field key AccessKeyId && field secret SecretAccessKey && field session Token
}

# Arguments: the service, the timeout in seconds, the URL, the data and further lines of curl configuration.
aws() {
  local service=$1 wait=$2 address=$3 data=$4 key secret session
  shift 4
  credentials || return
  http "url = \"$address/\"" "max-time = $wait" \
    "aws-sigv4 = \"aws:amz:$region:$service\"" "user = \"$key:$secret\"" "header = \"X-Amz-Security-Token: $session\"" \
    "$@" "data = \"${data//\"/\\\"}\""
  [ "$status" = 200 ]
}

ssm() {
  aws ssm 20 "$EC2RUNNERS_SSM_ENDPOINT" "$2" 'header = "Content-Type: application/x-amz-json-1.1"' "header = \"X-Amz-Target: AmazonSSM.$1\""
}

# The role may set only this tag, on this machine only. If it may not, the operator learns of the interruption from EC2 some seconds later. A tag has at
# most 256 characters, and some need encoding.
tell() {
  local text=${1//[!A-Za-z0-9 ._:\/,-]/ }
  text=${text:0:240}
  aws ec2 5 "$EC2RUNNERS_EC2_ENDPOINT" \
    "Action=CreateTags&Version=2016-11-15&ResourceId.1=$id&Tag.1.Key=ec2runners.dev%3Ainterruption&Tag.1.Value=${text// /%20}" ||
    say "cannot tag this instance: HTTP $status ${body:0:200}"
}

# ---- The runner ----

# Processes of a runner stay in its control group. Without cgroup v2, they stay in its session unless they leave it.
processes() {
  local file session=$1
  if [ -n "$cgroup" ]; then
    cat "$cgroup/cgroup.procs" 2>/dev/null
    return
  fi
  [ -z "$EC2RUNNERS_CONTAINER" ] || { read -r session <"$state/container"; } 2>/dev/null || return
  # A process chooses its name, which may contain anything, even newlines: read the file as one line, and parse after the last parenthesis.
  grep -zlsE "\) [A-Y] [0-9]+ [0-9]+ $session [-0-9[:space:]]*$" /proc/[0-9]*/stat | while read -r file; do
    echo "${file//[!0-9]/}"
  done
}

signal_runner() {
  local pids
  mapfile -t pids < <(processes "$2")
  [ ${#pids[@]} != 0 ] && kill "-$1" "${pids[@]}" 2>/dev/null
}

# A forking process may evade a list of processes, but not the kernel's kill of a group.
kill_runner() {
  local left=50
  { [ ! -w "$cgroup/cgroup.kill" ] || echo 1 >"$cgroup/cgroup.kill"; } 2>/dev/null
  while ((left--)) && signal_runner KILL "$1"; do nap 20; done
  [ -z "$EC2RUNNERS_CONTAINER" ] || remove_container
}

has_worker() {
  local id name
  for id in $(processes "$1"); do
    { read -r name <"/proc/$id/comm"; } 2>/dev/null && [ "$name" = Runner.Worker ] && return
  done
  return 1
}

# A JIT runner serves one job, so it is busy from the job's start until it exits. The worker exists some time before the hook runs.
busy() {
  read -r pid 2>/dev/null <"$state/runner" && kill -0 "$pid" 2>/dev/null || return 1
  [ -e "$state/job/started" ] || has_worker "$pid"
}

# In case the watchdog dies: some minutes after its limit.
schedule_shutdown() { "$EC2RUNNERS_SHUTDOWN" -P "+$((($1 + 359000) / 60000))" >/dev/null 2>&1; }

# For a subshell that becomes a program of the runner.
enter_runner() {
  umask 022
  [ -z "$cgroup" ] || echo "$BASHPID" >>"$cgroup/cgroup.procs"
  cd "$dir" || exit
  export HOME="$home" USER="$user" LOGNAME="$user" LANG="${LANG:-C.UTF-8}"
  [ "$user" != root ] || export RUNNER_ALLOW_RUNASROOT=1
  ldconfig -p 2>/dev/null | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
}

# Registers a runner and does not start it. The token is in the environment of this one program, which runs no job.
configure() {
  local lines options code=0
  mapfile -t lines < <(base64 -d <<<"$config")
  options=(--unattended --url "${lines[0]}" --name "${lines[1]}" --labels "${lines[2]}" --work "$EC2RUNNERS_WORK_FOLDER" --replace --ephemeral --disableupdate --no-default-labels)
  [ -z "${lines[3]-}" ] || options+=(--runnergroup "${lines[3]}")
  rm -rf "$dir/.runner" "$dir/.credentials" "$dir/.credentials_rsaparams"
  (
    enter_runner
    export ACTIONS_RUNNER_INPUT_TOKEN="$registration"
    exec timeout 300 "${as_user[@]}" ./config.sh "${options[@]}" </dev/null
  ) >"$state/config.log" 2>&1 || code=$?
  registration='' configured=${lines[1]} started=''
  if [ "$code" = 0 ]; then
    say "registered $configured"
    [ -z "$EC2RUNNERS_CONTAINER" ] || chmod 644 "$dir"/.runner "$dir"/.credentials*
  else
    say "cannot register $configured, code $code: $(tail -n 3 "$state/config.log" | tr '\n' ' ')"
  fi
}

# A background job of bash ignores SIGINT, and so would the runner: env restores the default.
start_process() {
  (
    enter_runner
    [ -z "$jit" ] || export ACTIONS_RUNNER_INPUT_JITCONFIG="$jit"
    exec setsid env --default-signal=INT,QUIT "${as_user[@]}" ./run.sh </dev/null
  ) >"$state/runner.log" 2>&1 &
  runner=$!
}

start_runner() {
  rm -rf "$state/job/started"
  if [ -n "$EC2RUNNERS_CONTAINER" ]; then start_container; else start_process; fi
  echo "$runner" >"$state/runner"
  say "runner started"
}

# What the runner of another forge leaves behind of its job; GitHub's tells by its hook.
note_job() { :; }

runner_ended() {
  note_job
  [ -n "$served" ] || [ ! -e "$state/job/started" ] || served=1
  if [ -n "$served" ]; then
    case $action:$afterwards in
      stop:* | :shutdown) power_off "the job is done" ;;
    esac
    say "the job is done"
  else
    say "the runner ended without a job: $(tail -n 3 "$state/runner.log" | tr '\n' ' ')"
    [ "$afterwards" != shutdown ] || leave_by=$((now + EC2RUNNERS_LINGER))
  fi
  kill_runner "$runner"
  [ -z "$EC2RUNNERS_LOGS" ] || { ending=1 ship_logs && forget_logs; }
  rm -rf "$state/runner" "$dir/.runner" "$dir/.credentials" "$dir/.credentials_rsaparams" "$dir/_diag"
  # What was loaded before the first job is still there after a runner without one.
  [ -n "$EC2RUNNERS_KEEP_WORK" ] || { [ -z "$served" ] && [ -n "$EC2RUNNERS_WARM_UP" ]; } || empty_work
  [ -z "$served" ] || schedule_shutdown $((born + age - now))
  runner='' served='' command_at=0
}

empty_work() {
  [ ! -d "$work" ] || find "$work" -mindepth 1 -delete
  # A machine that cannot be cleaned (because of a mount or link created by the job) must not be reused.
  [ -z "$(ls -A "$work" 2>/dev/null)" ] || power_off "the work folder cannot be cleaned"
}

# For an idle listener. One that has exited or taken a job in the meantime is handled accordingly.
end_runner() {
  local waited
  [ -n "$runner" ] || return 0
  signal_runner INT "$runner"
  for ((waited = 0; waited < EC2RUNNERS_GRACE; waited += 50)); do
    kill -0 "$runner" 2>/dev/null || break
    nap 50
  done
  runner_ended
}

# What the next boot does; user data runs only once.
on_next_boot() {
  [ -d "$per_boot" ] && printf '#!/bin/sh\n%s\n' "$1" >"$per_boot/ec2runners" && chmod 755 "$per_boot/ec2runners"
}

# The operator stops or hibernates the machine next. Hibernation keeps this process, and shutdowns that are due would end it at once.
stand_by() {
  [ "$0" -ef "$state/host" ] || cp "$0" "$state/host" || power_off "cannot keep the host script"
  on_next_boot "setsid bash '$state/host' again </dev/null >'$EC2RUNNERS_CONSOLE' 2>&1 &" || power_off "standby needs cloud-init"
  "$EC2RUNNERS_SHUTDOWN" -c >/dev/null 2>&1
  : >"$state/standby"
  resting=1
  say "prepared for standby"
}

# ---- Checks on every tick ----

look_at_runner() {
  [ -n "$runner" ] || return
  if ! kill -0 "$runner" 2>/dev/null; then
    runner_ended
  elif [ -z "$served" ] && busy; then
    served=1
    schedule_shutdown $((runtime * 1000))
    say "job started"
  fi
}

look_at_metadata() {
  imds meta-data/spot/instance-action meta-data/events/recommendations/rebalance meta-data/tags/instance/ec2runners.dev:wake-up
  notice=${found[0]-} advice=${found[1]-} tag=${found[2]-}
}

# An idle listener is stopped first, so that it gets no job that would be lost.
look_at_spot() {
  local end
  if [ -z "$spot" ] && [ -n "$notice" ]; then
    spot=1 body=$notice
    field end time
    if ! busy; then
      end_runner
    else
      say "spot interruption notice; the job goes on as long as the machine does"
    fi
    tell "spot $end"
  elif [ -z "$spot$advised" ] && [ -n "$advice" ]; then
    advised=1
    tell rebalance
  fi
  [ -n "$spot" ] && ! busy || return
  end_runner
  power_off "spot interruption notice"
}

# Once a change of the wake-up tag was seen, it works: then the fallback reads, limited to 40 a second per account, become rare.
look_at_mailbox() {
  local pause=$EC2RUNNERS_SLOW_POLL
  if [ -n "$tag" ] && [ "$tag" != "$wake_up" ]; then
    wake_up=$tag awaited=1
  elif ((now < command_at)); then
    return
  fi
  [ -z "$wake_up" ] || pause=$EC2RUNNERS_WOKEN_POLL
  command_at=$((now + pause + RANDOM % (pause / 3)))
  read_command
}

# A policy based on a parameter's tags denies access to a missing parameter, and briefly to a new one. Only after the wake-up tag has changed is there a
# command to wait for, unless it was read before the tag was seen.
no_command() {
  case $body in
    *ParameterNotFound*) awaited='' complaint='' ;;
    *AccessDenied*)
      [ -z "$awaited" ] || ((failures > 5)) || return 1
      awaited=''
      complain "no command, or the role may not read it: "
      ;;
    *) false ;;
  esac
}

# Removing a command accepts it: one that cannot be removed is not executed, and one removed by the operator was revoked.
read_command() {
  local parameter="{\"Name\":\"$EC2RUNNERS_MAILBOX/$id\"" command order jitconfig attempts=0
  if ! ssm GetParameter "$parameter,\"WithDecryption\":true}"; then
    if no_command; then failures=0; else back_off; fi
    return
  fi
  command=$body awaited='' complaint=''
  until ssm DeleteParameter "$parameter}"; do
    # Denied because it is gone, or not permitted? It was readable a moment ago.
    case $body in *AccessDenied*) ssm GetParameter "$parameter}" ;; esac
    case $body in
      # After a failed attempt, that attempt removed the command, not the operator.
      *ParameterNotFound* | *AccessDenied*) ((attempts)) && break || return ;;
    esac
    ((++attempts < 5)) || { back_off; return; }
    nap $((EC2RUNNERS_RETRY * attempts))
  done
  failures=0 complaint='' body=$command
  field order action && field name runnerName && field config configuration && field registration token && field jitconfig jitConfig
  case $order:$jitconfig$name$config in
    run:"${started:-?}") say "command: run, which was done" ;;
    run:?* | stop:* | standby:* | configure:?*)
      action=$order jit=$jitconfig
      field next afterwards && field limit maxRuntimeSeconds && field script preRunnerScript
      say "command: $action$(! busy || echo ', after the job')"
      ;;
    *) say "unreadable command" ;;
  esac
}

back_off() {
  local delay=$((EC2RUNNERS_RETRY << (failures < 6 ? failures : 6)))
  failures=$((failures + 1))
  command_at=$((now + delay / 2 + RANDOM % delay))
  complain
}

# Logs each problem once.
complain() {
  [ "$complaint" = "$status${body:0:50}" ] || say "mailbox: ${1-}HTTP $status ${body:0:300}"
  complaint=$status${body:0:50}
}

act() {
  [ -n "$action" ] && ! busy || return
  end_runner || return
  resting=''
  [ ! -e "$state/standby" ] || schedule_shutdown $((born + age - now))
  case $action in
    run)
      afterwards=${next:-shutdown} leave_by=0
      runtime=$limit
      [[ $runtime =~ ^[1-9][0-9]{0,7}$ ]] || runtime=$EC2RUNNERS_MAX_RUNTIME_SECONDS
      echo "$runtime" >"$state/runtime"
      run_lease_script
      [ -z "$EC2RUNNERS_SECRETS" ] || drop_late_secrets
      started=$name
      start_runner
      ;;
    configure) configure ;;
    standby) stand_by ;;
    stop) power_off "told to stop" ;;
  esac
  action='' jit=''
}

serve() {
  say "waiting for a command"
  while :; do
    clock
    look_at_runner
    look_at_metadata
    look_at_spot
    look_at_mailbox
    act
    [ -n "$runner" ] || ((leave_by == 0 || now < leave_by)) || power_off "no more work"
    nap "$EC2RUNNERS_TICK" &
    wait -n $! ${runner:+"$runner"}
  done
}

# A separate process, so that no failure of the script above keeps the machine alive. A job has its maxRuntime from its start;
# a machine without one is terminated by the operator, and powers off by itself only long after that should have happened.
watchdog() {
  cgroup=$EC2RUNNERS_CGROUP
  [ -w "$cgroup/cgroup.procs" ] || cgroup=''
  clock
  local born=$now job='' end
  while nap "$EC2RUNNERS_TICK"; do
    clock
    if busy; then
      if [ "$job" != "$pid" ]; then
        job=$pid
        read -r runtime <"$state/runtime" || runtime=$EC2RUNNERS_MAX_RUNTIME_SECONDS
        end=$((now + runtime * 1000))
      fi
      ((now < end)) || power_off "maxRuntime of $runtime s is over"
    else
      ((now - born < age)) || power_off "maxAge of $EC2RUNNERS_MAX_AGE_SECONDS s is long over"
      kill -0 "$1" 2>/dev/null || power_off "the host script is gone"
    fi
  done
}

# ---- Boot ----

# A query may contain a signature, so it is neither an argument nor logged. Only https, also for redirects, except from this machine.
fetch() {
  local error protocol='=https'
  case $1 in http://127.0.0.1[:/]* | http://localhost[:/]* | 'http://[::1]'[:/]*) protocol='=http' ;; esac
  error=$(printf 'url = "%s"\n' "$1" | curl -q -g -fsSL --proto "$protocol" --proto-redir "$protocol" --retry 5 --retry-connrefused -m 900 -K - -o "$3" 2>&1) ||
    fail "cannot download ${1%%\?*}: $error"
  echo "$2  $3" | sha256sum -c --status || fail "wrong checksum of ${1%%\?*}"
}

run_setup() {
  [ -n "$EC2RUNNERS_SETUP" ] || return 0
  say "running the standard setup"
  printf '%s\n' "$EC2RUNNERS_SETUP" >"$state/setup"
  EC2RUNNERS_USER=$user run_script "$state/setup" "the standard setup"
}

run_pre_runner() {
  local file=$state/pre-runner
  if [ -n "$EC2RUNNERS_PRE_RUNNER_URL" ]; then
    fetch "$EC2RUNNERS_PRE_RUNNER_URL" "$EC2RUNNERS_PRE_RUNNER_SHA256" "$file"
  elif [ -n "$EC2RUNNERS_PRE_RUNNER" ]; then
    printf '%s\n' "$EC2RUNNERS_PRE_RUNNER" >"$file"
  else
    return
  fi
  run_script "$file" "the pre-runner script"
}

# Of a command, so once for each lease: a command that is repeated has the same script.
run_lease_script() {
  local file=$state/lease-script
  [ -n "$script" ] && [ "$script" != "$prepared" ] || return 0
  prepared=$script
  base64 -d <<<"$script" >"$file"
  say "running the lease's script"
  run_script "$file" "the lease's script"
}

run_script() {
  local line code=0
  chmod 700 "$1"
  (umask 022 && { [ -z "$EC2RUNNERS_SECRETS" ] || share_secrets; } && exec "$1") >"$1.log" 2>&1 </dev/null || code=$?
  ((code)) || return 0
  tail -n 20 "$1.log" | while IFS= read -r line; do say "${1##*/}: $line"; done
  fail "$2 failed with code $code"
}

# GitHub assigns no jobs to outdated runners. An image's runner of unknown version is used as it is.
is_outdated() {
  local version
  [ -x "$dir/run.sh" ] && [ -n "$EC2RUNNERS_RUNNER_URL" ] || return
  version=$(cd "$dir" && "${as_user[@]}" ./bin/Runner.Listener --version 2>/dev/null </dev/null) || return
  [[ $version =~ ^[0-9.]+$ ]] && [ "$version" != "$EC2RUNNERS_RUNNER_VERSION" ] || return
  [ -n "$EC2RUNNERS_RUNNER_PINNED" ] || [ "$(printf '%s\n' "$version" "$EC2RUNNERS_RUNNER_VERSION" | sort -V | head -n 1)" = "$version" ] || return
  say "the image's runner is $version"
}

# Disks of the machine itself, which end with it, one a line; those that the image uses already are left out.
own_disks() {
  local disk model
  lsblk -dnpo NAME,MODEL 2>/dev/null | while read -r disk model; do
    [ "$model" = "Amazon EC2 NVMe Instance Storage" ] || continue
    # A partition or a mount point makes it more than its name.
    [ "$(lsblk -nro NAME,MOUNTPOINT "$disk" 2>/dev/null | wc -w)" = 1 ] && echo "$disk" && continue
    say "$disk is in use, so it is left alone" >&2
  done
}

# Everything here may fail: then the folder stays on the root volume. Formatting does not discard the disks, which takes minutes, and is bounded nonetheless.
mount_disks() {
  local disks device
  mapfile -t disks < <(own_disks)
  device=${disks[0]-}
  [ -n "$device" ] || { say "this machine has no disks of its own"; return 1; }
  if [ ${#disks[@]} -gt 1 ] && ! command -v mdadm >/dev/null; then
    say "only one of ${#disks[@]} disks is used: the image has no mdadm"
  elif [ ${#disks[@]} -gt 1 ]; then
    device=/dev/md/ec2runners
    timeout 60 mdadm --create "$device" --run --level=0 --homehost=any --raid-devices=${#disks[@]} "${disks[@]}" >"$state/storage.log" 2>&1 || return
  fi
  timeout 120 mkfs.ext4 -q -F -m 0 -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 "$device" >>"$state/storage.log" 2>&1 || return
  timeout 60 mount -o noatime "$device" "$work" >>"$state/storage.log" 2>&1 || return
  say "jobs are stored on ${#disks[@]} disks of the machine"
  rm -rf "${work:?}/lost+found"
}

mount_memory() {
  local size=${EC2RUNNERS_MEMORY_MIB:+,size=${EC2RUNNERS_MEMORY_MIB}m}
  timeout 60 mount -t tmpfs -o "mode=755$size" ec2runners "$work" >"$state/storage.log" 2>&1 || return
  say "jobs are stored in memory"
}

mount_work() {
  case $EC2RUNNERS_STORAGE in
    InstanceStore) set -- mount_disks ;;
    Memory) set -- mount_memory ;;
    *) return ;;
  esac
  (umask 022 && mkdir -p "$work")
  "$1" || say "jobs are stored on the root volume: $(tail -n 2 "$state/storage.log" 2>/dev/null | tr '\n' ' ')"
  chown "$user:" "$work"
}

find_runner() {
  dir=$root/opt/actions-runner
  [ -x "$dir/run.sh" ] || [ ! -x "$root$home/actions-runner/run.sh" ] || dir=$root$home/actions-runner
  if [ -z "$again" ] && is_outdated; then
    rm -rf "${dir:?}/bin" "${dir:?}/externals" "${dir:?}/run.sh"
  fi
  if [ ! -x "$dir/run.sh" ]; then
    [ -n "$EC2RUNNERS_RUNNER_URL" ] || fail "no runner on the image, and no address to download one from"
    say "downloading runner $EC2RUNNERS_RUNNER_VERSION"
    fetch "$EC2RUNNERS_RUNNER_URL" "$EC2RUNNERS_RUNNER_SHA256" "$state/runner.tar.gz"
    (umask 022 && mkdir -p "$dir" && tar -xzf "$state/runner.tar.gz" -C "$dir" --no-same-owner) || fail "cannot unpack the runner"
    rm "$state/runner.tar.gz"
  fi
  [ "$(stat -c %U "$dir/run.sh")" = "$user" ] || chown -R "$user:" "$dir"
  find_work
}

find_work() {
  case $EC2RUNNERS_WORK_FOLDER in
    /*) work=$root$EC2RUNNERS_WORK_FOLDER ;;
    *) work=$dir/$EC2RUNNERS_WORK_FOLDER ;;
  esac
  work=$(readlink -m "$work")
}

# The output of hooks is in the job's log; where logs leave the machine, also in a file.
write_hook() {
  local text=$hooks/user-$1.sh run='exec bash -e "%s"\n'
  printf '%s\n' "$2" >"$text"
  [ -z "$EC2RUNNERS_LOGS" ] || run='set -o pipefail\nbash -e "%s" 2>&1 | tee -a "'"$state/job/$1.log"'"\n'
  # shellcheck disable=SC2059
  printf "$run" "$text" >>"$hooks/$1.sh"
}

# Our job-started hook reports the job and then runs the user's hook. The runner uses the last of duplicate lines in .env.
write_hooks() {
  local hooks=$state/hooks
  umask 022
  mkdir -p "$hooks" "$state/job" && chown "$user:" "$state/job"
  printf 'touch "%s" || :\n' "$state/job/started" >"$hooks/started.sh"
  [ -z "$EC2RUNNERS_JOB_STARTED" ] || write_hook started "$EC2RUNNERS_JOB_STARTED"
  {
    printf '\n%s\nACTIONS_RUNNER_HOOK_JOB_STARTED=%s\n' "$EC2RUNNERS_ENVIRONMENT" "$hooks/started.sh"
    if [ -n "$EC2RUNNERS_JOB_COMPLETED" ]; then
      write_hook completed "$EC2RUNNERS_JOB_COMPLETED"
      echo "ACTIONS_RUNNER_HOOK_JOB_COMPLETED=$hooks/completed.sh"
    fi
  } >>"$dir/.env"
  umask 077
}

# Root keeps access to the metadata service, which the mailbox needs; jobs lose it, and so the machine's role. Containers are excluded by the hop limit.
block_metadata() {
  local rule='169.254.169.254 reject'
  [ "$(id -u "$user")" != 0 ] || fail "root cannot be kept from the metadata service: choose another spec.runner.user"
  if command -v nft >/dev/null; then
    printf '%s\n' 'table inet ec2runners {' 'chain output {' 'type filter hook output priority 0;' \
      "meta skuid != 0 ip daddr $rule" 'meta skuid != 0 ip6 daddr fd00:ec2::254 reject' '}' '}' | nft -f -
  elif command -v iptables >/dev/null; then
    iptables -I OUTPUT -d 169.254.169.254 -m owner ! --uid-owner 0 -j REJECT &&
      { ! command -v ip6tables >/dev/null || ip6tables -I OUTPUT -d fd00:ec2::254 -m owner ! --uid-owner 0 -j REJECT; }
  else
    false
  fi || fail "the metadata service cannot be blocked: the image needs nft or iptables"
  ! "${as_user[@]}" curl -q -s -o /dev/null -m 2 --noproxy '*' "$EC2RUNNERS_IMDS/" || fail "jobs can reach the metadata service in spite of the firewall"
}

boot() {
  local attempts=0 other
  if ! (umask 022 && mkdir -p "$state" && chmod 711 "$state"); then
    power_off "cannot write to $state"
  fi
  cgroup=$EC2RUNNERS_CGROUP
  [ ! -e "${cgroup%/*}/cgroup.controllers" ] || mkdir "$cgroup" 2>/dev/null
  [ -w "$cgroup/cgroup.procs" ] || cgroup=''
  trap on_exit EXIT
  trap 'exit 1' TERM INT HUP
  clock
  born=$now
  schedule_shutdown "$age"
  setsid bash "$0" watchdog $$ &
  watchdog=$!
  # After a reboot nothing would serve or terminate this machine.
  on_next_boot 'echo "ec2runners: rebooted; powering off" >/dev/console; poweroff'
  # shellcheck source=/dev/null
  ! (. "$root/etc/os-release" && [ "$ID${VERSION_ID-}" = amzn2 ]) 2>/dev/null ||
    power_off "Amazon Linux 2 is out of support, and GitHub's runner does not start on its C library: use an image with Amazon Linux 2023"
  [ -z "$EC2RUNNERS_NETWORK" ] || set_up_network
  curl --help all 2>/dev/null | grep -q -e --aws-sigv4 || fail "curl on this image is older than 7.75"
  until imds meta-data/instance-id; do
    ((++attempts < 10)) || fail "no instance metadata (HTTP $status)"
    # From an IPv6-only subnet there is no way to the usual address.
    [ -z "$EC2RUNNERS_IPV6" ] || { other=$EC2RUNNERS_IMDS EC2RUNNERS_IMDS=$EC2RUNNERS_IMDS_IPV6 EC2RUNNERS_IMDS_IPV6=$other; }
    nap "$EC2RUNNERS_RETRY"
  done
  id=$body
  imds meta-data/placement/region || fail "no region in the instance metadata"
  region=$body
  imds meta-data/services/domain && domain=$body || domain=amazonaws.com
  : "${EC2RUNNERS_SSM_ENDPOINT:=https://ssm.$region.$domain}" "${EC2RUNNERS_EC2_ENDPOINT:=https://ec2.$region.$domain}"
  say "$id in $region, cluster $EC2RUNNERS_CLUSTER"
  id -u "$user" >/dev/null 2>&1 || useradd -m -s /bin/bash "$user" || fail "cannot create the user $user"
  home=$(getent passwd "$user" | cut -d: -f6)
  as_user=()
  if [ "$user" != "$(id -un)" ]; then
    as_user=(runuser -u "$user" --)
    ! command -v setpriv >/dev/null || as_user=(setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups)
  fi
  [ "$EC2RUNNERS_METADATA" != Blocked ] || block_metadata
  # A machine that comes back from standby has done this before.
  if [ -z "$again" ]; then
    [ -z "$EC2RUNNERS_PATCH" ] || patch_system
    [ -z "$EC2RUNNERS_SECRETS" ] || receive_secrets
    run_setup
    run_pre_runner
  fi
  find_runner
  [ -z "$EC2RUNNERS_LOGS" ] || start_shipping
  mount_work
  [ -n "$again" ] || write_hooks
  [ -z "$EC2RUNNERS_WARM_UP" ] || warm_up
  [ -z "$EC2RUNNERS_CONTAINER" ] || prepare_container
}

case ${1-} in
  watchdog) watchdog "$2" ;;
  *)
    again=${1-}
    boot
    serve
    ;;
esac
