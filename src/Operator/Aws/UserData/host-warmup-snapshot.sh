# Part of host.sh with runner.warmUp.snapshot: the folder of jobs is a volume that EC2 has made from the snapshot.

load_Snapshot() {
  local device
  until find_volume; do nap "$EC2RUNNERS_RETRY"; done
  [ -n "$device" ] || return
  mount -o noatime "$device" "$work" || return
  [ "$(stat -c %U "$work")" = "$user" ] || chown -R "$user:" "$work"
}

# By the name that it was given, which some images know; else it is the only volume with a file system that is not in use.
find_volume() {
  local disk model part name found=()
  for disk in /dev/sdw /dev/xvdw; do
    device=$(readlink -e "$root$disk")
    [ -n "$device" ] || continue
    name=$(lsblk -nPpo NAME,FSTYPE "$device" | sed -n 's/^NAME="\([^"]*\)" FSTYPE="..*"$/\1/p' | head -n 1)
    device=${name:-$device}
    return 0
  done
  while read -r disk model; do
    [ "$model" = "Amazon Elastic Block Store" ] || continue
    part=$(lsblk -nPpo NAME,FSTYPE,MOUNTPOINT "$disk")
    case $part in *' MOUNTPOINT="/'* | *' MOUNTPOINT="['*) continue ;; esac
    name=$(sed -n 's/^NAME="\([^"]*\)" FSTYPE="..*" MOUNTPOINT.*/\1/p' <<<"$part" | head -n 1)
    [ -z "$name" ] || found+=("$name")
  done < <(lsblk -dnpo NAME,MODEL)
  device=${found[0]-}
  [ ${#found[@]} -gt 0 ] || return
  [ ${#found[@]} -lt 2 ] || { device='' && echo "several volumes could be that of the snapshot: ${found[*]}"; }
}
