# Part of host.sh with runner.warmUp.ciStorage: a slot of a ci-storage server. Its layout of slots is https://github.com/dimikot/ci-storage.

load_CiStorage() {
  local host=$EC2RUNNERS_WARM_UP_SOURCE port=22 dir slots slot ssh
  for slot in rsync ssh ssh-agent ssh-add; do
    command -v "$slot" >/dev/null || { echo "the image has no $slot"; return 1; }
  done
  case $host in *:*) port=${host##*:} host=${host%:*} ;; esac
  case $host in *@*) ;; *) host=guest@$host ;; esac
  dir=$EC2RUNNERS_STORAGE_DIR/$EC2RUNNERS_STORAGE_REPOSITORY/$(readlink -m "$folder" | tr / _)
  dir=${dir#"~/"}
  offer_key || return
  printf '%s\n' "$EC2RUNNERS_STORAGE_KNOWN_HOSTS" >"$state/known_hosts"
  ssh=(ssh -F /dev/null -p "$port" -o BatchMode=yes -o StrictHostKeyChecking=yes -o "UserKnownHostsFile=$state/known_hosts" -o GlobalKnownHostsFile=/dev/null
    -o ConnectTimeout=20 -o ServerAliveInterval=15 -o LogLevel=ERROR)
  slots=$("${ssh[@]}" "$host" "$(list_slots "$dir")") || return
  slot=$(choose_slot <<<"$slots") || return
  if [ -z "$slot" ]; then
    echo "there are no slots in $dir yet"
  else
    echo "loading slot $slot of $dir"
    rsync -a --delete --partial --stats --human-readable --exclude=.ci-storage.meta --chown="$user:$(id -gn "$user")" -e "${ssh[*]}" "$host:$dir/$slot/" "$folder/" || return
  fi
  # The action takes the server from there when a workflow names none.
  [ ! -d "$root$home" ] || "${as_user[@]}" tee "$root$home/ci-storage-host" <<<"$host:$port" >/dev/null
}

# The key is in the agent's memory alone.
offer_key() {
  local i key=''
  for i in "${!secret_names[@]}"; do
    [ "${secret_names[i]}" != CI_STORAGE_PRIVATE_KEY ] || key=${secret_values[i]%.}
  done
  export SSH_AUTH_SOCK=$state/agent
  rm -f "$SSH_AUTH_SOCK"
  ssh-agent -D -a "$SSH_AUTH_SOCK" >/dev/null &
  until [ -S "$SSH_AUTH_SOCK" ]; do nap 20; done
  printf '%s\n' "${key//$'\r'/}" | ssh-add -q -
}

# For the server: a line for each finished slot, the newest first, with its hints. Names with a dot are of slots that are being written or removed.
list_slots() { # DIR
  cat <<END
cd '$1' 2>/dev/null || exit 0
ls -1tc | while read -r slot; do
case \$slot in *.*) continue ;; esac
[ -d "\$slot" ] || continue
[ -n "\$first" ] || touch -c "\$slot" 2>/dev/null
first=1
echo "\$slot \$(sed -n 's/^hints=//p' "\$slot/.ci-storage.meta" 2>/dev/null | head -n 1)"
done
END
}

# Of hints, the first weighs most: as a binary number, one digit each. Fails where none of several names exists.
choose_slot() {
  local lines line slot hint name best weight most
  mapfile -t lines
  for name in $EC2RUNNERS_STORAGE_SLOTS; do
    best='' most=''
    for line in "${lines[@]}"; do
      slot=${line%% *} weight=0
      [ -n "$slot" ] || continue
      [ "$name" != "$slot" ] || { echo "$slot" && return; }
      for hint in $EC2RUNNERS_STORAGE_HINTS; do
        case " ${line#* } " in *" $hint "*) weight+=1 ;; *) weight+=0 ;; esac
      done
      if [ -z "$best" ] || ((10#$weight > 10#$most)); then best=$slot most=$weight; fi
    done
    [ "$name" != '@' ] || { echo "$best" && return; }
  done
  echo "there is no slot $EC2RUNNERS_STORAGE_SLOTS" >&2
  return 1
}
