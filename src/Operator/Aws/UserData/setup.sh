#!/bin/bash
# The standard setup of a runner machine: what workflows written for GitHub's own machines expect. Runs as root, at boot
# (runner.setup: Standard) or while an image is baked (images/). What is there already is left alone: on a baked image it
# installs nothing. Knows Amazon Linux 2023, Ubuntu 22.04 and 24.04, and Debian 12.
set -euo pipefail

root=${EC2RUNNERS_ROOT-} # only tests set it
user=${EC2RUNNERS_USER:-runner}
# shellcheck source=/dev/null
. "$root/etc/os-release"
packages=()

fail() {
  echo "setup: $*" >&2
  exit 1
}

# Other package managers run at boot: cloud-init's and the daily timers.
patiently() {
  local attempts=0
  until "$@"; do
    ((++attempts < 5)) || fail "gave up after $attempts attempts: $*"
    sleep 10
  done
}

apt() { DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"; }

need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null || packages+=("$2")
}

need_tools() {
  local tool
  for tool in git jq sudo rsync tar gzip zip unzip zstd; do
    need "$tool" "$tool"
  done
}

# GitHub's runner is a .NET program.
need_icu() {
  ldconfig -p | grep libicuuc >/dev/null || packages+=("$1")
}

has_buildx() { docker buildx version >/dev/null 2>&1; }

# Debian's own docker has no buildx.
add_docker_repository() {
  local keyring=/etc/apt/keyrings/docker.asc
  install -d -m 755 "$root${keyring%/*}"
  patiently curl -fsSL --retry 5 -o "$root$keyring" https://download.docker.com/linux/debian/gpg
  chmod 644 "$root$keyring"
  printf 'deb [arch=%s signed-by=%s] https://download.docker.com/linux/debian %s stable\n' \
    "$(dpkg --print-architecture)" "$keyring" "$VERSION_CODENAME" >"$root/etc/apt/sources.list.d/docker.list"
}

choose_packages() {
  need_tools
  case $ID-${VERSION_ID-} in
    amzn-2023)
      need_icu libicu
      has_buildx || packages+=(docker)
      ;;
    ubuntu-22.04 | ubuntu-24.04)
      need_icu "$([ "$VERSION_ID" = 22.04 ] && echo libicu70 || echo libicu74)"
      need docker docker.io
      has_buildx || packages+=(docker-buildx)
      ;;
    debian-12)
      need_icu libicu72
      if ! has_buildx; then
        add_docker_repository
        packages+=(docker-ce docker-ce-cli containerd.io docker-buildx-plugin)
      fi
      ;;
    amzn-2) fail "Amazon Linux 2 is out of support, and GitHub's runner does not start on its C library: use Amazon Linux 2023" ;;
    *)
      fail "only Amazon Linux 2023, Ubuntu 22.04 and 24.04 and Debian 12 are known, not ${PRETTY_NAME:-$ID}:" \
        "use one of them, or runner.setup None with a script of your own"
      ;;
  esac
}

install_packages() {
  [ ${#packages[@]} -gt 0 ] || return 0
  echo "setup: installing ${packages[*]}"
  case $ID in
    amzn) patiently dnf install -y -q "${packages[@]}" ;;
    *)
      patiently apt update
      patiently apt install --no-install-recommends "${packages[@]}"
      ;;
  esac
}

# Jobs become root by sudo and by docker alike: these machines are for one trust domain.
allow_root() {
  local rules=$root/etc/sudoers.d/90-ec2runners
  install -d -m 750 "${rules%/*}"
  printf '%s ALL=(ALL) NOPASSWD:ALL\nDefaults env_keep += "DEBIAN_FRONTEND"\n' "$user" >"$rules.new"
  visudo -q -c -f "$rules.new" || fail "$rules.new is not valid"
  chmod 440 "$rules.new"
  mv "$rules.new" "$rules"
}

start_docker() {
  getent group docker >/dev/null || groupadd --system docker
  usermod -aG docker "$user"
  # There is no systemd while an image is built in a container or a chroot.
  [ ! -d "$root/run/systemd/system" ] || systemctl enable --now docker
}

choose_packages
install_packages
id -u "$user" >/dev/null 2>&1 || useradd -m -s /bin/bash "$user"
allow_root
start_docker
install -d -o "$user" -g "$(id -gn "$user")" "$root/opt/hostedtoolcache"
echo "setup: done"
