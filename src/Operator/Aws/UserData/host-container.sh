# Part of host.sh with runner.container: the runner of this machine runs in a container of the pool's image, a new one for each registration.
# Its folder, the work folder and the hooks have the same path there as here, so everything else goes on as it does without.

# Docker keeps it in a control group of its own; its processes are found by the session that its first one leads.
EC2RUNNERS_CGROUP=/nowhere
: "${EC2RUNNERS_RUN:=$EC2RUNNERS_ROOT/run/ec2runners}" "${EC2RUNNERS_FORWARD_PAUSE:=10000}"

prepare_container() {
  local attempts=0
  command -v docker >/dev/null ||
    fail "runner.container needs docker, which this machine does not have: use an image with docker, or runner.setup Standard"
  until docker version >/dev/null 2>&1; do
    ((++attempts < 30)) || fail "docker does not answer: $(docker version 2>&1 | tail -n 1)"
    nap $((EC2RUNNERS_RETRY * 2))
  done
  printf '%s\n' "$EC2RUNNERS_CONTAINER_ENV" | sed '/^$/d' >"$state/container.env"
  pull_image
  # The image decides on the user, whose number is not known here.
  (umask 022 && mkdir -p "$work" && chmod 777 "$dir" "$work" "$state/job") || fail "cannot open the folders of the runner to the container"
  [ -z "$EC2RUNNERS_WARM_UP" ] || chmod -R a+rwX "$work"
  [ ! -d "$root/opt/hostedtoolcache" ] || chmod 777 "$root/opt/hostedtoolcache"
  [ -z "$EC2RUNNERS_FORWARD_PORTS" ] || start_forwards
}

has_image() { docker image inspect "$EC2RUNNERS_CONTAINER" >/dev/null 2>&1; }

# A tag may have moved, a digest cannot.
pull_image() {
  local attempts=0
  case $EC2RUNNERS_CONTAINER in *@sha256:*) ! has_image || return 0 ;; esac
  say "pulling $EC2RUNNERS_CONTAINER"
  until timeout 900 docker pull -q "$EC2RUNNERS_CONTAINER" >"$state/container.log" 2>&1 </dev/null; do
    if ((++attempts == 5)); then
      has_image || fail "cannot pull $EC2RUNNERS_CONTAINER: $(tail -n 2 "$state/container.log" | tr '\n' ' ')"
      say "cannot pull $EC2RUNNERS_CONTAINER, so the copy on this machine is used"
      return
    fi
    nap $((EC2RUNNERS_RETRY * 2 * attempts))
  done
}

# ---- In the container ----

# The image's entrypoint, or docker, runs this as the image's user. The JIT config is in the environment of the listener alone, which removes it there.
in_container() {
  local hand=$1 code=0
  # shellcheck source=/dev/null
  [ ! -r "$hand/secrets" ] || . "$hand/secrets"
  if [ -r "$hand/jit" ]; then
    ACTIONS_RUNNER_INPUT_JITCONFIG=$(<"$hand/jit")
    export ACTIONS_RUNNER_INPUT_JITCONFIG
  fi
  rm -f "$hand/jit" "$hand/secrets"
  cd "$EC2RUNNERS_FOLDER" || exit
  [ "$(id -u)" != 0 ] || export RUNNER_ALLOW_RUNASROOT=1
  ldconfig -p 2>/dev/null | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
  # With job control, so that it does not ignore interrupts.
  set -m
  ./run.sh </dev/null &
  listener=$!
  set +m
  unset ACTIONS_RUNNER_INPUT_JITCONFIG
  trap : INT
  trap end_gently TERM
  while kill -0 "$listener" 2>/dev/null; do
    wait "$listener"
    code=$?
  done
  exit "$code"
}

# The listener cancels its job at an interrupt.
end_gently() {
  local file name working=1
  while [ -n "$working" ]; do
    working=''
    for file in /proc/[0-9]*/comm; do
      { read -r name <"$file"; } 2>/dev/null && [ "$name" = Runner.Worker ] && working=1
    done
    [ -z "$working" ] || sleep 1
  done
  kill -INT -- "-$listener" 2>/dev/null
}

# ---- On the machine ----

# What docker mounts into the container, and no other user of the machine can reach: docker inspect does not show it.
hand_over() {
  local i
  umask 022
  rm -rf "$EC2RUNNERS_RUN"
  mkdir -p "$EC2RUNNERS_RUN/hand"
  chmod 700 "$EC2RUNNERS_RUN"
  chmod 777 "$EC2RUNNERS_RUN/hand"
  [ -z "$jit" ] || printf %s "$jit" >"$EC2RUNNERS_RUN/hand/jit"
  [ -z "$EC2RUNNERS_CONTAINER_SECRETS" ] || for i in "${!secret_names[@]}"; do
    case " $EC2RUNNERS_CONTAINER_SECRETS " in *" ${secret_names[i]} "*) printf 'export %s=%q\n' "${secret_names[i]}" "${secret_values[i]%.}" ;; esac
  done >"$EC2RUNNERS_RUN/hand/secrets"
  {
    echo '#!/bin/bash'
    declare -f in_container end_gently
    # shellcheck disable=SC2016 # meant for the container
    echo 'in_container "${0%/*}"'
  } >"$EC2RUNNERS_RUN/hand/start"
  chmod 755 "$EC2RUNNERS_RUN/hand/start"
}

# Sets runner to a process that ends with the container.
start_container() {
  local options inside='' code=0 left=300
  remove_container
  rm -f "$dir/run-helper.sh"
  (hand_over)
  mapfile -t options <<<"$EC2RUNNERS_CONTAINER_OPTIONS"
  options+=("--volume=$EC2RUNNERS_RUN/hand:/run/ec2runners" "--volume=$dir:$dir" "--volume=$work:$work" "--volume=$state/hooks:$state/hooks:ro" "--volume=$state/job:$state/job")
  [ ! -d "$root/opt/hostedtoolcache" ] || options+=("--volume=$root/opt/hostedtoolcache:/opt/hostedtoolcache")
  [ -z "$EC2RUNNERS_FORWARD_PORTS" ] || options+=(--network=container:ec2runners-network)
  # Its group has another number in each image.
  case $EC2RUNNERS_CONTAINER_OPTIONS in *docker.sock:*) options+=("--group-add=$(stat -c %g "$root/var/run/docker.sock" || echo 0)") ;; esac
  (
    trap - EXIT TERM INT HUP
    docker run --name=ec2runners --log-driver=none --env-file="$state/container.env" --env=EC2RUNNERS_FOLDER="$dir" "${options[@]}" \
      "$EC2RUNNERS_CONTAINER" /run/ec2runners/start </dev/null || code=$?
    # Docker may restart and leave the container running: its own process knows.
    inside=$(docker inspect -f '{{.State.Pid}}' ec2runners) || read -r inside <"$state/container"
    while [ "${inside:-0}" != 0 ] && kill -0 "$inside"; do docker wait ec2runners || nap 1000; done 2>/dev/null
    exit "$code"
  ) >"$state/runner.log" 2>&1 &
  runner=$!
  while kill -0 "$runner" 2>/dev/null && ((left--)); do
    inside=$(docker inspect -f '{{.State.Pid}}' ec2runners 2>/dev/null)
    [[ ! $inside =~ ^[1-9] ]] || break
    inside=''
    nap $((EC2RUNNERS_RETRY / 5))
  done
  [ -n "$inside" ] && echo "$inside" >"$state/container" && return
  kill -0 "$runner" 2>/dev/null || wait "$runner" || code=$?
  ((code < 125 || code > 127)) && return
  remove_container
  fail "the container does not start: $(tail -n 3 "$state/runner.log" | tr '\n' ' ')"
}

remove_container() {
  timeout 60 docker rm -f -v ec2runners >/dev/null 2>&1
  rm -rf "$EC2RUNNERS_RUN" "$state/container"
}

# ---- Ports of the container's localhost that lead to other hosts ----

# An idle container of the same image keeps the network, so that ports are there before anything runs.
start_forwards() {
  local attempts=0
  docker rm -f ec2runners-network >/dev/null 2>&1
  docker run -d --name=ec2runners-network --log-driver=none --user=0 --entrypoint=sleep --sysctl=net.ipv4.conf.all.route_localnet=1 \
    "$EC2RUNNERS_CONTAINER" 2147483647 >"$state/container.log" 2>&1 || fail "the network for forwarded ports does not start: $(tail -n 2 "$state/container.log" | tr '\n' ' ')"
  network=/proc/$(docker inspect -f '{{.State.Pid}}' ec2runners-network)/ns/net
  until set_forwards 2>"$state/container.log"; do
    ((++attempts < 5)) || fail "ports cannot be forwarded to $EC2RUNNERS_FORWARD_TO: $(tail -n 2 "$state/container.log" | tr '\n' ' ')"
    nap "$EC2RUNNERS_RETRY"
  done
  (
    trap - EXIT TERM INT HUP
    while kill -0 $$ 2>/dev/null; do
      nap "$EC2RUNNERS_FORWARD_PAUSE"
      set_forwards 2>"$state/container.log"
    done
  ) &
}

# The kernel forwards, so the image needs no program for it. All rules are set at once, and only where they change: a name may have moved, or a host be down.
set_forwards() {
  local port target rules=''
  for port in $EC2RUNNERS_FORWARD_PORTS; do
    target=$(target_of "$port") || return
    rules+="-A OUTPUT -d 127.0.0.1/32 -p $(protocol_of "$port") --dport ${port%/*} -j DNAT --to-destination $target:${port%/*}"$'\n'
  done
  [ "$rules" != "${forwards-}" ] || return 0
  printf '*nat\n%s-A POSTROUTING -s 127.0.0.0/8 ! -o lo -j MASQUERADE\nCOMMIT\n' "$rules" | nsenter "--net=$network" iptables-restore || return
  [ -z "${forwards-}" ] || say "forwarded ports lead elsewhere now"
  forwards=$rules
}

protocol_of() { [ "${1#*/}" = udp ] && echo udp || echo tcp; }

# Where several hosts are given, the first that accepts connections there; else the first.
target_of() { # PORT/PROTOCOL
  local hosts host address first=''
  read -ra hosts <<<"$EC2RUNNERS_FORWARD_TO"
  case $1 in *-backup) hosts=("${hosts[@]:1}" "${hosts[0]}") ;; esac
  for host in "${hosts[@]}"; do
    read -r address _ < <(getent ahostsv4 "$host") || { echo "$host has no IPv4 address" >&2; continue; }
    : "${first:=$address}"
    { [ ${#hosts[@]} = 1 ] || [ "${1#*/}" = udp ]; } && break
    timeout 2 bash -c ": <>/dev/tcp/$address/${1%/*}" 2>/dev/null && echo "$address" && return
  done
  [ -n "$first" ] && echo "$first"
}
