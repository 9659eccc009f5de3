# Part of host.sh with runner.warmUp: fills the folder of jobs before the first runner connects.

# The loader has a group of processes of its own, so that all of it ends with its time. What it loads from is in another part.
warm_up() {
  local folder=$work${EC2RUNNERS_WARM_UP_FOLDER:+/$EC2RUNNERS_WARM_UP_FOLDER} code=$state/warm-up.code word=Failed why end loader line
  (umask 022 && mkdir -p "$folder") && own_folders "$folder"
  # After standby it is still there, unless it was in memory or on a disk of a machine that is gone.
  [ -z "$again" ] || [ "$EC2RUNNERS_WARM_UP" = Snapshot ] || [ -z "$(ls -A "$folder")" ] || return 0
  say "warming up $folder"
  rm -f "$code"
  clock
  end=$((now + EC2RUNNERS_WARM_UP_SECONDS * 1000))
  set -m
  {
    ("load_$EC2RUNNERS_WARM_UP")
    echo $? >"$code"
  } >"$state/warm-up.log" 2>&1 </dev/null &
  loader=$!
  set +m
  while [ ! -s "$code" ] && kill -0 "$loader" 2>/dev/null && ((now < end)); do
    nap "$EC2RUNNERS_TICK" &
    wait -n $! "$loader"
    clock
  done
  kill -KILL -- "-$loader" 2>/dev/null
  { read -r why <"$code" || why=''; } 2>/dev/null
  case $why in
    0) say "the folder of jobs is warm"; return ;;
    '') word=TimedOut why="it was not done after $EC2RUNNERS_WARM_UP_SECONDS s" ;;
    *) why="code $why" ;;
  esac
  tail -n 5 "$state/warm-up.log" | while IFS= read -r line; do say "warm-up: $line"; done
  [ -z "$EC2RUNNERS_WARM_UP_REQUIRED" ] || fail "the folder of jobs cannot be warmed up: $why"
  say "the folder of jobs is empty, since it cannot be warmed up: $why"
  ! mountpoint -q "$work" || [ "$EC2RUNNERS_WARM_UP" != Snapshot ] || umount -l "$work"
  find "$work" -mindepth 1 -delete
  tell "cold $word"
}

# From the folder up to that of all jobs.
own_folders() {
  local path=$1
  while chown "$user:" "$path" && [ "$path" != "$work" ]; do path=${path%/*}; done
}

load_Script() {
  local file=$state/warm-up
  printf '%s\n' "$EC2RUNNERS_WARM_UP_SOURCE" >"$file" && chmod 755 "$file" || return
  umask 022
  [ -z "$EC2RUNNERS_SECRETS" ] || share_secrets
  cd "$folder" && HOME=$home USER=$user LOGNAME=$user exec "${as_user[@]}" "$file"
}
