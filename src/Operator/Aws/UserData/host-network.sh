# Part of host.sh with runner.proxy and runner.caBundle: how this machine reaches others. Comes before anything that does.

set_up_network() {
  [ -z "$EC2RUNNERS_HTTPS_PROXY$EC2RUNNERS_HTTP_PROXY" ] || use_proxy
  [ -z "$EC2RUNNERS_CA" ] || trust_authorities
}

# Programs differ in the case that they read; curl takes the proxy for http in lower case only.
use_proxy() {
  local name value unit=$root/etc/systemd/system/docker.service.d/ec2runners-proxy.conf
  for name in https_proxy http_proxy no_proxy; do
    value=EC2RUNNERS_${name^^}
    value=${!value}
    [ -z "$value" ] || export "$name=$value" "${name^^}=$value"
  done
  [ -n "$EC2RUNNERS_SETUP" ] || return 0
  mkdir -p "${unit%/*}"
  {
    echo '[Service]'
    for name in HTTPS_PROXY HTTP_PROXY NO_PROXY; do
      value=${!name-}
      [ -z "$value" ] || printf 'Environment="%s=%s"\n' "$name" "${value//%/%%}"
    done
  } >"$unit"
  refresh_docker
}

# One that runs already; the setup starts it otherwise.
refresh_docker() {
  [ -d "$root/run/systemd/system" ] || return 0
  systemctl daemon-reload
  systemctl try-restart docker 2>/dev/null
}

# A file for each certificate: the tools of distributions skip what is after the first. Node has a list of its own.
trust_authorities() {
  local folder update file=$state/ca.pem
  if command -v update-ca-certificates >/dev/null; then
    folder=$root/usr/local/share/ca-certificates update=(update-ca-certificates)
  elif command -v update-ca-trust >/dev/null; then
    folder=$root/etc/pki/ca-trust/source/anchors update=(update-ca-trust extract)
  else
    fail "the image has no update-ca-certificates and no update-ca-trust, so the certificates of runner.caBundle cannot be trusted"
  fi
  umask 022
  printf '%s\n' "$EC2RUNNERS_CA" >"$file"
  mkdir -p "$folder"
  awk -v name="$folder/ec2runners-" '/BEGIN CERTIFICATE/ { n++ } n { print >(name n ".crt") }' "$file"
  "${update[@]}" >"$state/ca.log" 2>&1 || fail "the certificates of runner.caBundle cannot be installed: $(tail -n 2 "$state/ca.log" | tr '\n' ' ')"
  umask 077
  [ -z "$EC2RUNNERS_SETUP" ] || refresh_docker
}
