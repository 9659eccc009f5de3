#!/bin/bash
# What is different on a machine that runs GitLab's jobs: these functions replace those of host.sh. The runner authentication token comes in the command, like a JIT config.
# The operator pauses the runner, looks for a job and deletes it; here gitlab-runner is only told to take no further job, and a job that it has is finished.

# It writes this line when GitLab has given it a job; with one job at most, it is busy from then on until it exits. A runner that has been deleted sleeps for minutes.
busy() {
  read -r pid 2>/dev/null <"$state/runner" && kill -0 "$pid" 2>/dev/null || return 1
  grep -qsE 'Checking for jobs.*received' "$state/runner.log" || return 1
  : >"$state/job/started"
}

# A request may be under way and held by GitLab for most of a minute: whoever answers it decides whether there is a job.
end_runner() {
  local waited
  [ -n "$runner" ] || return 0
  kill -QUIT "$runner" 2>/dev/null
  for ((waited = 0; waited < EC2RUNNERS_GRACE * 6; waited += 50)); do
    if ! kill -0 "$runner" 2>/dev/null || busy; then break; fi
    nap 50
  done
  ! busy || return
  runner_ended
}

# A job may have begun and ended between two looks.
note_job() { ! grep -qsE 'Checking for jobs.*received' "$state/runner.log" || : >"$state/job/started"; }

find_runner() {
  dir=$root/opt/gitlab-runner
  program=$(PATH=$PATH:$root/usr/local/bin:$root/usr/bin command -v gitlab-runner) ||
    fail "no gitlab-runner on the image: install it there, or by spec.runner.preRunnerScript"
  [ "$EC2RUNNERS_GITLAB_EXECUTOR" != docker ] || command -v docker >/dev/null || fail "no docker on the image: install it there, by spec.runner.preRunnerScript or by spec.runner.setup: Standard"
  find_work
  (umask 022 && mkdir -p "$dir" "$work") && chown "$user:" "$work"
  say "$("$program" --version 2>/dev/null | head -n 1 | tr -s ' ')"
}

# GitHub's hooks have no counterpart here.
write_hooks() { (umask 022 && mkdir -p "$state/job"); }

# Jobs of the executor shell run as the user; docker is root's, and jobs run in containers. Whatever happens, the machine does not listen for longer than it lives.
start_runner() {
  rm -rf "$state/job/started"
  : >"$state/runner.log"
  (
    local as=() line
    umask 022
    [ -z "$cgroup" ] || echo "$BASHPID" >>"$cgroup/cgroup.procs"
    cd "$work" || exit
    while IFS= read -r line; do
      [ -z "$line" ] || export "${line?}"
    done <<<"$EC2RUNNERS_ENVIRONMENT"
    export CI_SERVER_URL="$EC2RUNNERS_GITLAB_URL" CI_SERVER_TOKEN="$jit" RUNNER_EXECUTOR="$EC2RUNNERS_GITLAB_EXECUTOR" RUNNER_NAME="$id" RUNNER_BUILDS_DIR="$work/builds" RUNNER_CACHE_DIR="$work/cache"
    if [ "$RUNNER_EXECUTOR" = docker ]; then
      export DOCKER_IMAGE="$EC2RUNNERS_GITLAB_IMAGE" HOME=/root
      unset RUNNER_BUILDS_DIR RUNNER_CACHE_DIR
      [ -z "$EC2RUNNERS_GITLAB_PRIVILEGED" ] || export DOCKER_PRIVILEGED=true
    else
      export RUNNER_SHELL=bash HOME="$home" USER="$user" LOGNAME="$user"
      as=("${as_user[@]}")
    fi
    exec setsid env --default-signal=INT,QUIT "${as[@]}" "$program" run-single --max-builds 1 --wait-timeout "$EC2RUNNERS_MAX_AGE_SECONDS" </dev/null
  ) >>"$state/runner.log" 2>&1 &
  runner=$!
  echo "$runner" >"$state/runner"
  say "runner started"
}
