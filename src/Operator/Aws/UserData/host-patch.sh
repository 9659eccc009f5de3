# Part of host.sh with runner.patch: installs the distribution's updates before anything else runs.

install_updates() {
  if command -v dnf >/dev/null; then
    # Amazon Linux stays at the release of its image unless told otherwise.
    dnf upgrade -y -q --releasever=latest
  elif command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
    apt-get -q update &&
      apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold upgrade --with-new-pkgs
  else
    echo "there is neither dnf nor apt-get on this image"
    return 1
  fi
}

wants_reboot() {
  [ ! -e "$root/run/reboot-required" ] || return 0
  command -v dnf >/dev/null && dnf -q needs-restarting --help >/dev/null 2>&1 && ! dnf -q needs-restarting -r >/dev/null 2>&1
}

# Other package managers run at boot. A machine that should have its updates does not work without them.
patch_system() {
  local attempts=0
  [ ! -e "$state/rebooted" ] || return 0
  say "installing updates"
  until (install_updates) >"$state/patch.log" 2>&1 </dev/null; do
    ((++attempts < 5)) || fail "the updates cannot be installed: $(tail -n 2 "$state/patch.log" | tr '\n' ' ')"
    nap $((EC2RUNNERS_RETRY * 10 * attempts))
  done
  [ "$EC2RUNNERS_PATCH" != InstallAndReboot ] || ! wants_reboot || reboot_once
}

# Cloud-init runs user data at the first boot only, so this script comes back as one of the scripts of each boot. The marker ends that: a later
# reboot finds the script that powers off.
reboot_once() {
  if [ ! -d "$per_boot" ]; then
    say "the updates want a reboot, which this image cannot come back from: it has no cloud-init"
    return
  fi
  if ! { cp "$0" "$state/host" && printf '#!/bin/sh\nexec bash "%s"\n' "$state/host" >"$per_boot/ec2runners" && touch "$state/rebooted"; }; then
    fail "cannot prepare the reboot"
  fi
  sync
  say "the updates want a reboot; rebooting"
  trap - EXIT TERM INT HUP
  # It would take the end of this script for a failure.
  kill "$watchdog"
  "$EC2RUNNERS_REBOOT"
  nap 300000
  power_off "the reboot did not happen"
}
